"""Lesions as labels: given labelled, one by one, or as one mask split into its parts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from liverboard.case.mask import distinct
from liverboard.case.model import Remark, note, warning
from liverboard.case.resample import brought_to
from liverboard.errors import ImageError
from liverboard.numerics.grid import Array, Image, bounding_box

__all__ = ["joined", "labelled", "with_touching"]

NEAR_MM = 3.0
"""Parts of a binary mask nearer than this may be one lesion: a person should look."""

SPECK_ML = 0.05
"""Parts smaller than this (a ball of 4.6 mm) may be specks: kept, with a remark."""

MAX_LESIONS = 500
"""More parts are no lesion mask but noise."""

NEIGHBOURS_26 = np.ones((3, 3, 3), dtype=bool)


def labelled(labels: Image, where: str) -> tuple[Image, tuple[Remark, ...]]:
    """Return lesions 1..n of a label image; one with a single value is split into its parts.

    Labels that are given are kept as they are, so that they can be found again in the file.
    """
    values = distinct(labels.array)
    if values.size == 0:
        return labels, (warning(where, "the lesion mask is empty: no lesion was marked"),)
    if values.size > 1:
        _check_count(values.size, where)
        return labels, _numbering(values, where)
    return _split(labels, where)


def _numbering(values: NDArray[np.int64], where: str) -> tuple[Remark, ...]:
    if values[-1] == values.size:
        return ()
    shown = ", ".join(str(value) for value in values[:20])
    return (note(where, f"labels {shown} are kept as they are numbered"),)


def _check_count(count: int, where: str) -> None:
    if count > MAX_LESIONS:
        raise ImageError(
            f"{count:,} separate lesions, more than {MAX_LESIONS}",
            where=where,
            remedy="clean the mask of specks, or label the lesions",
        )


def _split(labels: Image, where: str) -> tuple[Image, tuple[Remark, ...]]:
    """Return the 26-connected parts as lesions 1..n, in the order of their voxels."""
    box = bounding_box(labels.array)
    parts, count = ndimage.label(labels.array[box] != 0, structure=NEIGHBOURS_26)
    _check_count(count, where)
    array = np.zeros(labels.grid.shape, dtype=np.uint16)
    array[box] = parts
    remarks = [note(where, f"one mask, split into {count} separate part(s)")] if count > 1 else []
    remarks += _near_parts(parts, labels.crop(box), where)
    remarks += _specks(parts, labels.grid.voxel_ml, where)
    return Image(array, labels.grid), tuple(remarks)


def _near_parts(parts: Array, image: Image, where: str) -> list[Remark]:
    """Return a warning for each two parts whose voxel centres come nearer than `NEAR_MM`."""
    surface = (parts > 0) & ~ndimage.binary_erosion(parts > 0)
    index = np.argwhere(surface)
    owner = parts[surface]
    pairs = cKDTree(image.grid.points(index)).query_pairs(NEAR_MM, output_type="ndarray")
    both = np.sort(owner[pairs], axis=1) if pairs.size else np.zeros((0, 2), dtype=np.int64)
    near = np.unique(both[both[:, 0] != both[:, 1]], axis=0)
    return [
        warning(where, f"lesions {one} and {other} lie under {NEAR_MM:g} mm apart: one or two?")
        for one, other in near.tolist()
    ]


def _specks(parts: Array, voxel_ml: float, where: str) -> list[Remark]:
    volumes = np.bincount(parts.ravel())[1:] * voxel_ml
    small = np.flatnonzero(volumes < SPECK_ML) + 1
    if not small.size:
        return []
    shown = ", ".join(str(label) for label in small[:20])
    return [warning(where, f"lesions {shown} are smaller than {SPECK_ML:g} ml: specks?")]


def joined(single: Mapping[int, Image]) -> tuple[Image, tuple[Remark, ...]]:
    """Return single lesion masks as labels, on the grid of the first; overlaps are reported."""
    grid = single[min(single)].grid
    array = np.zeros(grid.shape, dtype=np.uint16)
    remarks = []
    for number, image in sorted(single.items()):
        mask = brought_to(image, grid, f"lesion {number}").array
        if not mask.any():
            remarks.append(warning(f"lesion {number}", "its mask is empty"))
            continue
        box = bounding_box(mask)
        here, filled = array[box], mask[box] != 0
        taken = np.unique(here[filled & (here != 0)])
        if taken.size:
            others = ", ".join(str(label) for label in taken)
            text = f"overlaps lesion {others}: the overlap counts for the lower number"
            remarks.append(warning(f"lesion {number}", text))
        here[filled & (here == 0)] = number
    return Image(array, grid), tuple(remarks)


def with_touching(liver: Array, lesions: Array) -> Array:
    """Return the liver mask with those parts of `lesions` that touch it; both are 0/1 uint8.

    For files in which a voxel holds one label only, so that the liver is left out under a lesion.
    """
    if not lesions.any() or not liver.any():
        return liver
    box = bounding_box((liver | lesions) != 0, margin=1)
    near = ndimage.binary_dilation(liver[box] != 0, structure=NEIGHBOURS_26)
    parts, _ = ndimage.label(lesions[box] != 0, structure=NEIGHBOURS_26)
    touching = np.unique(parts[near & (parts > 0)])
    result = liver.copy()
    result[box] |= np.isin(parts, touching[touching > 0]).astype(np.uint8)
    return result
