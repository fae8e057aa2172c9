"""Whether images, masks and record can belong together; everything doubtful becomes a remark.

Nothing is corrected, dropped or measured for use: the numbers here only decide whether a person
should look. Left/right mistakes kill, so the liver's side is checked against everything that
lies on a known side.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from liverboard.case.facts import RecordFacts
from liverboard.case.mask import distinct
from liverboard.case.model import Remark, note, warning
from liverboard.case.names import LIVER
from liverboard.case.resample import placed
from liverboard.case.volume import Person
from liverboard.evidence.fact import FactSheet
from liverboard.numerics.grid import Array, Grid, Image, bounding_box
from liverboard.values import Unknown

__all__ = ["centre_mm", "image_remarks", "overlap_remarks", "person_remarks", "side_remarks"]

X, Y, Z = 0, 1, 2
"""Axes of LPS points: to the left, to the back, to the head."""

PLACES = (
    ("spleen", X, 1, "left of"),
    ("stomach", X, 1, "left of"),
    ("kidney_left", X, 1, "left of"),
    ("aorta", X, 1, "left of"),
    ("spinal_cord", X, 1, "left of"),
    ("spinal_canal", X, 1, "left of"),
    ("vertebrae", X, 1, "left of"),
    ("body", X, 1, "left of"),
    ("spinal_cord", Y, 1, "behind"),
    ("spinal_canal", Y, 1, "behind"),
    ("vertebrae", Y, 1, "behind"),
    ("lungs", Z, 1, "above"),
    ("heart", Z, 1, "above"),
    ("urinary_bladder", Z, -1, "below"),
)
"""Where structures lie as seen from the liver: axis, sign, and in words."""

MIRRORED = {"left of": "left and right may be swapped (or situs inversus)",
            "behind": "front and back may be swapped",
            "above": "head and feet may be swapped",
            "below": "head and feet may be swapped"}  # fmt: skip

LEAST_SHIFT_MM = 5.0
"""Centres that are nearer than this along an axis say nothing of sides."""

LIVER_HU = (0.0, 250.0)
"""A mean beyond is no liver on a CT: unenhanced 40 to 70 HU, enhanced up to about 150."""

UNENHANCED_AORTA_HU, ARTERIAL_AORTA_HU = 80.0, 220.0
"""Medians of the aorta below and above which a phase other than portal-venous is likely."""

EXCLUSIVE = (
    "liver", "spleen", "kidney_right", "kidney_left", "stomach", "gallbladder", "heart", "lungs",
    "aorta", "inferior_vena_cava", "colon", "duodenum", "small_bowel", "pancreas", "spinal_cord",
)  # fmt: skip
"""Structures that cannot share a voxel, save along their borders."""

OVERLAP_SHARE, OVERLAP_ML = 0.1, 1.0
"""Borders differ by a voxel between tools; more than this share and volume is a mistake."""

OUTSIDE_SHARE = 0.05
"""Share of a lesion outside the liver that is more than a border effect."""

MAX_CT_AGE_DAYS = 60
"""Age of the CT beyond which it is said; no fact goes stale by it."""

AGE_YEARS = 2.0
"""Ages of record and image that differ by more cannot be of one person."""


def image_remarks(
    ct: Image | Unknown, masks: Mapping[str, Image], lesions: Image | Unknown, *, facts: FactSheet
) -> tuple[Remark, ...]:
    """Return what is doubtful about the images of a case, and against the record."""
    found = [*side_remarks(masks), *overlap_remarks(masks), *_cut_remarks(masks)]
    if not isinstance(ct, Unknown):
        found += _intensity_remarks(ct, masks)
    if not isinstance(lesions, Unknown):
        found += _outside_remarks(lesions, masks.get(LIVER))
        found += _count_remarks(lesions, facts)
    return tuple(found)


def centre_mm(mask: Image) -> NDArray[np.float64]:
    """Return the LPS centre (3,) of a mask that is not empty."""
    box = bounding_box(mask.array)
    filled = mask.array[box] != 0
    index = []
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        counts = np.count_nonzero(filled, axis=others)
        index.append(box[axis].start + np.average(np.arange(counts.size), weights=counts))
    return mask.grid.points(np.array(index))


def side_remarks(masks: Mapping[str, Image]) -> Iterator[Remark]:
    """Yield a warning for every structure that lies on the wrong side of the liver."""
    if LIVER not in masks:
        return
    liver = centre_mm(masks[LIVER])
    centres = {name: centre_mm(masks[name]) for name, *_ in PLACES if name in masks}
    for name, axis, sign, words in PLACES:
        if name not in centres:
            continue
        shift = sign * (centres[name][axis] - liver[axis])
        if shift < -LEAST_SHIFT_MM:
            text = f"does not lie {words} the liver ({-shift:.0f} mm off): {MIRRORED[words]}"
            yield warning(name, text)


def _cut_remarks(masks: Mapping[str, Image]) -> Iterator[Remark]:
    """Yield a warning where the liver reaches the edge of its image."""
    if LIVER not in masks:
        return
    liver = masks[LIVER]
    box = bounding_box(liver.array)
    for axis, part in enumerate(box):
        if part.stop - part.start < liver.array.shape[axis] == 1:
            continue
        if part.start == 0 or part.stop == liver.array.shape[axis]:
            text = "reaches the edge of the image: it may be cut off, its volume a lower bound"
            yield warning(LIVER, text)
            return


def overlap_remarks(masks: Mapping[str, Image]) -> Iterator[Remark]:
    """Yield a warning for each two structures that share more than their borders."""
    present = {name: masks[name] for name in EXCLUSIVE if name in masks}
    for grid, group in _by_grid(present):
        crowded = _crowded(group)
        values = {name: image.array[crowded] != 0 for name, image in group.items()}
        for one, other in combinations(group, 2):
            shared = int(np.count_nonzero(values[one] & values[other]))
            if shared * grid.voxel_ml > OVERLAP_ML:
                yield from _overlap(one, other, shared, group=group)


def _by_grid(masks: Mapping[str, Image]) -> Iterator[tuple[Grid, dict[str, Image]]]:
    for grid in dict.fromkeys(image.grid for image in masks.values()):
        yield grid, {name: image for name, image in masks.items() if image.grid == grid}


def _crowded(group: Mapping[str, Image]) -> tuple[Array, ...]:
    """Return the indices of the voxels that more than one mask of the group holds."""
    held = np.zeros(next(iter(group.values())).array.shape, dtype=np.uint8)
    for image in group.values():
        np.add(held, image.array, out=held, casting="unsafe")
    return np.unravel_index(np.flatnonzero(held > 1), held.shape)


def _overlap(one: str, other: str, shared: int, *, group: Mapping[str, Image]) -> Iterator[Remark]:
    smaller = min((one, other), key=lambda name: np.count_nonzero(group[name].array))
    share = shared / np.count_nonzero(group[smaller].array)
    if share > OVERLAP_SHARE:
        yield warning(f"{one}, {other}", f"overlap by {share:.0%} of the {smaller}: one is wrong")


def _intensity_remarks(ct: Image, masks: Mapping[str, Image]) -> Iterator[Remark]:
    """Yield doubts about the liver's density and about the phase of contrast."""
    if LIVER in masks:
        mean = float(_within(ct, masks[LIVER]).mean())
        if not LIVER_HU[0] <= mean <= LIVER_HU[1]:
            text = f"mean {mean:.0f} HU under the mask: mask and CT do not belong together"
            yield warning(LIVER, text)
    if "aorta" in masks:
        middle = float(np.median(_within(ct, masks["aorta"])))
        if middle < UNENHANCED_AORTA_HU:
            text = f"the aorta has {middle:.0f} HU: no contrast, vessels and lesions are unsure"
            yield warning("ct", text)
        elif middle > ARTERIAL_AORTA_HU:
            text = f"the aorta has {middle:.0f} HU: arterial phase, veins and lesions are unsure"
            yield warning("ct", text)


def _within(ct: Image, mask: Image) -> Array:
    """Return the values of the CT under a mask on its grid."""
    box = bounding_box(mask.array)
    found: Array = ct.array[box][mask.array[box] != 0]
    return found


def _outside_remarks(lesions: Image, liver: Image | None) -> Iterator[Remark]:
    """Yield one remark that names every lesion with its share outside the liver."""
    if liver is None or not lesions.array.any():
        return
    if not liver.grid.matches(lesions.grid):
        liver = placed(liver, lesions.grid)
    box = bounding_box(lesions.array)
    labels, inside = lesions.array[box], liver.array[box] != 0
    total = np.bincount(labels.ravel())
    outside = np.bincount(labels[~inside].ravel(), minlength=total.size)
    shares = {
        label: outside[label] / total[label] for label in range(1, total.size) if outside[label]
    }
    if shares:
        shown = ", ".join(f"{label} ({share:.0%})" for label, share in shares.items())
        make = warning if max(shares.values()) > OUTSIDE_SHARE else note
        yield make("lesions", f"outside the liver mask, kept all the same: {shown}")


def _count_remarks(lesions: Image, facts: FactSheet) -> Iterator[Remark]:
    told = facts.number("lesion_count")
    count = distinct(lesions.array).size
    if not isinstance(told, Unknown) and count != told:
        text = f"the record counts {told:g}, the mask {count}: one may have missed or split some"
        yield warning("extent.lesion_count", text)


def person_remarks(person: Person, read: RecordFacts) -> tuple[Remark, ...]:
    """Return a warning where the images' header speaks of another person or an old scan."""
    found = []
    sex, age = read.facts.category("sex"), read.facts.number("age")
    if person.sex and not isinstance(sex, Unknown) and sex != person.sex:
        found.append(_other("sex", person.sex, sex))
    found += _other_age(person.age_years, age)
    return (*found, *_age_of_scan(person.acquired, read.reference_date))


def _other_age(in_image: float | Unknown, in_record: float | Unknown) -> list[Remark]:
    if isinstance(in_image, Unknown) or isinstance(in_record, Unknown):
        return []
    is_same = abs(in_image - in_record) <= AGE_YEARS
    return [] if is_same else [_other("age", f"{in_image:.0f}", f"{in_record:.0f}")]


def _other(what: str, in_image: str, in_record: str) -> Remark:
    text = f"{what} {in_record} in the record, {in_image} in the images: of one person?"
    return warning(f"patient.{what}", text)


def _age_of_scan(acquired: dt.date | Unknown, reference: dt.date | None) -> Iterator[Remark]:
    if isinstance(acquired, Unknown) or reference is None:
        return
    days = (reference - acquired).days
    if abs(days) > MAX_CT_AGE_DAYS:
        side = "before" if days > 0 else "after"
        yield warning("ct", f"taken {abs(days):,} days {side} the reference date")
