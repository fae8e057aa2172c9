"""Lesions as voxels, true to their volume."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from liverboard.numerics.grid import Array, Grid
from liverboard.phantom.lesion import Ellipsoid

__all__ = ["label_lesions"]


def label_lesions(lesions: Sequence[Ellipsoid], grid: Grid) -> Array:
    """Return the labels (z, y, x) uint8: 1 to n in the order of `lesions`, 0 elsewhere.

    A lesion gets as many voxels as its volume asks for, those deepest in it first, so its mask has
    the analytic volume to half a voxel whatever the spacing.
    """
    labels = np.zeros(grid.shape, dtype=np.uint8)
    for number, lesion in enumerate(lesions, start=1):
        index = _around(lesion, grid)
        level = lesion.level(grid.points(index))
        count = round(lesion.volume_ml / grid.voxel_ml)
        chosen = index[np.argsort(level, kind="stable")[:count]]
        labels[tuple(chosen.T)] = number
    return labels


def _around(lesion: Ellipsoid, grid: Grid) -> Array:
    """Return the indices (n, 3) of the voxels of a box round a lesion."""
    middle = grid.indices(np.array([lesion.centre_mm]))[0]
    spans = []
    for place, size, spacing in zip(middle, grid.shape, grid.spacing_mm, strict=True):
        half = lesion.reach_mm / spacing + 2
        spans.append(
            range(max(0, math.floor(place - half)), min(size, math.ceil(place + half) + 1))
        )
    return np.array(np.meshgrid(*spans, indexing="ij")).reshape(3, -1).T
