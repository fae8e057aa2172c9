"""What is to be hit and what is to be spared, on the body grid.

Targets: GTV (lesion), ITV (GTV + motion) and PTV (ITV + set-up), half axes of both margins along
LPS. Organs come from the case's masks; one that is missing is named, never taken for unharmed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from liverboard.anatomy import Anatomy
from liverboard.case import Case
from liverboard.numerics.distance import distance_mm, erode_mm
from liverboard.numerics.grid import Array, Grid, Image, bounding_box, read_only
from liverboard.numerics.resample import resample_mask
from liverboard.treatments.radiotherapy.body import Body
from liverboard.treatments.radiotherapy.limit import Organ, organs

__all__ = ["Structures", "Target", "structures_of", "target_of"]

SKIN_MM = 5.0
"""Depth of the body's outer layer that counts as skin; planning targets stop below it."""

FINER = 2
"""Targets are widened on a grid this many times finer than the dose grid."""

TINY_MM = 1e-3

Margin = tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """One lesion as a target: `gtv` and `ptv` (z, y, x) bool on the body grid."""

    lesion: str
    gtv: Array
    ptv: Array

    def __post_init__(self) -> None:
        for name in ("gtv", "ptv"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


@dataclass(frozen=True, slots=True, eq=False)
class Structures:
    """Targets and organs on the body grid.

    `organs` by id of the limits table, each (z, y, x) bool. `missing` are organs without a mask,
    `cut_off` those whose mask reaches the end of the image: part of them was never seen.
    """

    targets: tuple[Target, ...]
    ptv: Array
    gtv: Array
    organs: Mapping[str, Array]
    missing: Mapping[str, str]
    cut_off: frozenset[str]
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("ptv", "gtv"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        views = {key: read_only(mask) for key, mask in self.organs.items()}
        object.__setattr__(self, "organs", MappingProxyType(views))

    def organ(self, name: str) -> Array:
        """Return the mask of an organ; nothing is set where it has none."""
        found = self.organs.get(name)
        return np.zeros(self.ptv.shape, dtype=bool) if found is None else found


def target_of(
    lesion: str, mask: Image, body: Body, *, itv_mm: Margin, ptv_mm: Margin, allowed: Array
) -> Target:
    """Return a lesion's target; its PTV stays within `allowed` (z, y, x) bool.

    mask: the lesion on a grid of its own. Margins add, as ellipsoids along x, y, z.
    """
    half = tuple(a + b for a, b in zip(itv_mm, ptv_mm, strict=True))
    box, fine = _box_round(mask, body.grid, max(half))
    inside = resample_mask(mask, fine)
    if not inside.any():
        nearest = np.rint(fine.indices(_middle_mm(mask)[None]))[0].astype(int)
        inside[tuple(np.clip(nearest, 0, np.array(fine.shape) - 1))] = True
    scale = (max(half[2], TINY_MM), max(half[1], TINY_MM), max(half[0], TINY_MM))
    z, y, x = (step / by for step, by in zip(fine.spacing_mm, scale, strict=True))
    wide = distance_mm(inside, (z, y, x)) <= 1.0
    gtv, ptv = np.zeros(body.grid.shape, dtype=bool), np.zeros(body.grid.shape, dtype=bool)
    gtv[box], ptv[box] = _coarse(inside), _coarse(wide | inside)
    return Target(lesion, gtv & body.mask, ptv & allowed)


def _middle_mm(mask: Image) -> Array:
    """Return the centroid of a mask (3,) LPS."""
    return np.asarray(mask.grid.points(np.argwhere(mask.array)).mean(axis=0))


def _box_round(mask: Image, grid: Grid, reach_mm: float) -> tuple[tuple[slice, slice, slice], Grid]:
    """Return the box of `grid` that a widened mask can reach, and that box divided finer."""
    near = mask.grid.crop(bounding_box(mask.array))
    index = grid.indices(near.corners_mm())
    step = grid.spacing_mm[0]
    room = reach_mm / step + 2.0 + max(near.spacing_mm) / step
    low = np.clip(np.floor(index.min(axis=0) - room), 0, np.array(grid.shape) - 1).astype(int)
    high = np.clip(np.ceil(index.max(axis=0) + room), 0, np.array(grid.shape) - 1).astype(int)
    z, y, x = (slice(int(a), int(b) + 1) for a, b in zip(low, high, strict=True))
    coarse = grid.crop((z, y, x))
    first = coarse.points(np.full((1, 3), -0.5 + 0.5 / FINER))[0]
    shape = tuple(n * FINER for n in coarse.shape)
    fine = Grid(
        (shape[0], shape[1], shape[2]),
        (step / FINER,) * 3,
        (float(first[0]), float(first[1]), float(first[2])),
        grid.direction,
    )
    return (z, y, x), fine


def _coarse(fine: Array) -> Array:
    """Return blocks of a finer mask that are half full; a mask too small keeps its best."""
    z, y, x = (n // FINER for n in fine.shape)
    share = fine.reshape(z, FINER, y, FINER, x, FINER).mean(axis=(1, 3, 5))
    found = np.asarray(share >= 0.5)
    return found if found.any() else np.asarray(share == share.max())


def structures_of(
    case: Case,
    anatomy: Anatomy,
    body: Body,
    lesions: Sequence[str],
    margins: tuple[Margin, Margin],
    *,
    is_whole: bool = False,
) -> Structures:
    """Return targets and organs of a plan for `lesions`; `margins` are those of ITV and PTV.

    With `is_whole` the planning target is the whole liver with its margin.
    """
    inner = erode_mm(body.mask, SKIN_MM, body.grid.spacing_mm)
    targets = tuple(
        target_of(
            lesion,
            Image(anatomy.mask_of(lesion), anatomy.grid),
            body,
            itv_mm=margins[0],
            ptv_mm=margins[1],
            allowed=inner,
        )
        for lesion in lesions
    )
    ptv, gtv = _union([t.ptv for t in targets], body), _union([t.gtv for t in targets], body)
    if is_whole:
        liver = Image(anatomy.liver | (anatomy.lesion_labels > 0), anatomy.grid)
        whole = target_of("liver", liver, body, itv_mm=margins[0], ptv_mm=margins[1], allowed=inner)
        ptv = whole.ptv
    found, missing, cut_off = _organs(case, body, inner)
    found["liver"], edge = _healthy_liver(case, anatomy, body, gtv)
    if edge:
        cut_off = cut_off | {"liver"}
    return Structures(targets, ptv, gtv, found, missing, cut_off, tuple(_overlaps(targets)))


def _union(masks: Sequence[Array], body: Body) -> Array:
    """Return the union of masks on the body grid."""
    found = np.zeros(body.grid.shape, dtype=bool)
    for mask in masks:
        found |= mask
    return found


def _overlaps(targets: Sequence[Target]) -> list[str]:
    """Return which targets overlap and are therefore irradiated as one."""
    pairs = [(a, b) for n, a in enumerate(targets) for b in targets[n + 1 :]]
    return [
        f"the planning targets of {a.lesion} and {b.lesion} overlap: they are irradiated as one"
        for a, b in pairs
        if (a.ptv & b.ptv).any()
    ]


def _organs(
    case: Case, body: Body, inner: Array
) -> tuple[dict[str, Array], dict[str, str], frozenset[str]]:
    """Return the organs there are, what is missing of the others, and those that are cut off."""
    found, missing, cut_off = {}, {}, set()
    for organ in organs():
        if organ.id in ("skin", "liver"):
            continue
        names = _masks_of(organ, case)
        if isinstance(names, str):
            missing[organ.id] = names
            continue
        masks = [case.structures[name] for name in names]
        found[organ.id] = _union([_on_body(mask, body) for mask in masks], body)
        if any(_reaches_the_end(mask) for mask in masks):
            cut_off.add(organ.id)
    found["skin"] = body.mask & ~inner
    return found, missing, frozenset(cut_off)


def _masks_of(organ: Organ, case: Case) -> tuple[str, ...] | str:
    """Return the masks an organ is made of, or what is missing."""
    there = {name for name, mask in case.structures.items() if mask.array.any()}
    if organ.all_of:
        lacking = [name for name in organ.all_of if name not in there]
        return f"no mask of {', '.join(lacking)}" if lacking else organ.all_of
    chosen = [name for name in organ.any_of if name in there]
    return (chosen[0],) if chosen else f"no mask of {' or '.join(organ.any_of)}"


def _on_body(mask: Image, body: Body) -> Array:
    """Return a mask of the case on the body grid."""
    return np.asarray(resample_mask(mask, body.grid) & body.mask)


def _reaches_the_end(mask: Image) -> bool:
    """Whether a mask touches the first or last slice of its image."""
    return bool(mask.array[0].any() or mask.array[-1].any())


def _healthy_liver(case: Case, anatomy: Anatomy, body: Body, gtv: Array) -> tuple[Array, bool]:
    """Return the liver without any lesion on the body grid, and whether it is cut off."""
    given = case.structures.get("liver")
    liver = given if given is not None else Image(anatomy.liver, anatomy.grid)
    labels = Image(anatomy.lesion_labels > 0, anatomy.grid)
    lesions = resample_mask(labels, body.grid) if labels.array.any() else gtv
    whole = resample_mask(liver, body.grid) & body.mask
    return np.asarray(whole & ~lesions & ~gtv), _reaches_the_end(liver)
