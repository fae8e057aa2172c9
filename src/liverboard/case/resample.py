"""A mask on another grid, by geometry and never by index."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from liverboard.errors import ImageError
from liverboard.numerics.grid import Array, Box, Grid, Image, bounding_box

__all__ = ["brought_to", "placed", "share_kept"]

LEAST_KEPT = 0.95
"""Share of a mask that must be left where masks are brought together without a CT."""


def placed(image: Image, grid: Grid) -> Image:
    """Return a mask or label image on `grid`: each voxel takes the nearest voxel of `image`.

    Outside of `image` the result is 0. Cost: one visit of each target voxel in the mask's box.
    """
    result = np.zeros(grid.shape, dtype=image.array.dtype)
    if image.array.any():
        source_box = bounding_box(image.array)
        target_box = _box_of(image.grid.crop(source_box), grid)
        if all(part.stop > part.start for part in target_box):
            part = grid.crop(target_box)
            result[target_box] = _nearest(image.crop(source_box), part)
    return Image(result, grid)


def _box_of(part: Grid, grid: Grid) -> Box:
    """Return the voxels of `grid` that `part` covers, one more on each side."""
    ends = [(-0.5, size - 0.5) for size in part.shape]
    corners = np.array(np.meshgrid(*ends, indexing="ij")).reshape(3, -1).T
    index = grid.indices(part.points(corners))
    low = np.clip(np.floor(index.min(axis=0)), 0, grid.shape).astype(int)
    high = np.clip(np.ceil(index.max(axis=0)) + 1, 0, grid.shape).astype(int)
    z, y, x = (slice(int(first), int(last)) for first, last in zip(low, high, strict=True))
    return z, y, x


def _nearest(image: Image, grid: Grid) -> Array:
    matrix, offset = _index_map(grid, image.grid)
    found: Array = ndimage.affine_transform(
        image.array, matrix, offset, grid.shape, order=0, mode="grid-constant", prefilter=False
    )
    return found


def _index_map(target: Grid, source: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return matrix and offset from indices [z, y, x] of `target` to those of `source`."""
    corners = np.vstack([np.zeros(3), np.eye(3)])
    index = source.indices(target.points(corners))
    matrix = (index[1:] - index[0]).T
    # Rounding noise must not decide between two neighbours where grids share their lines.
    return np.round(matrix, 9), np.round(index[0], 6)


def brought_to(image: Image, grid: Grid, where: str) -> Image:
    """Return a mask on `grid` as it is, or placed there; refuse to lose a part of it."""
    if image.grid.matches(grid):
        return image
    result = placed(image, grid)
    if share_kept(image, result) < LEAST_KEPT:
        raise ImageError(
            "lies on another grid that reaches further",
            where=where,
            remedy="give the CT, or save all masks on one grid",
        )
    return result


def share_kept(before: Image, after: Image) -> float:
    """Return the volume of the mask `after` resampling over that `before`; 1.0 for empty ones."""
    old = np.count_nonzero(before.array) * before.grid.voxel_ml
    new = np.count_nonzero(after.array) * after.grid.voxel_ml
    return float(new / old) if old else 1.0
