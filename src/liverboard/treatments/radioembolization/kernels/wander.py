"""What a map gives to a region when it lies a little elsewhere: sums over shifted voxels."""

from __future__ import annotations

import numpy as np
from numba import njit

from liverboard.numerics.grid import Array

__all__ = ["three_points", "wandering_means"]


@njit(cache=True)
def _sums(
    field: Array, start: Array, voxels: Array, labels: Array, shift: Array, out: Array
) -> None:
    """Add the field at every voxel moved by -shift to the region it belongs to."""
    nz, ny, nx = field.shape
    for n in range(labels.size):
        z = voxels[n, 0] - shift[0] - start[0]
        y = voxels[n, 1] - shift[1] - start[1]
        x = voxels[n, 2] - shift[2] - start[2]
        if 0 <= z < nz and 0 <= y < ny and 0 <= x < nx:
            out[labels[n]] += field[z, y, x]


def wandering_means(
    field: Array, start: Array, voxels: Array, labels: Array, shifts: Array
) -> Array:
    """Return the mean (shifts, regions) of a field over regions as the field moves.

    field: (z, y, x) float32, its first voxel at index `start` (3,) of the grid. voxels: (n, 3)
    indices of the grid, labels: (n,) region of each from 0. shifts: (shifts, 3) voxels by which the
    field moves. Beyond the field is nothing. Cost: about 3 ns a voxel and shift.
    """
    count = int(labels.max()) + 1
    size = np.maximum(np.bincount(labels, minlength=count), 1)
    out = np.zeros((len(shifts), count))
    for row, shift in enumerate(shifts):
        _sums(field, start, voxels, labels, shift, out[row])
    return out / size


def three_points(sigma_mm: float, spacing_mm: tuple[float, float, float]) -> tuple[Array, Array]:
    """Return shifts (27, 3) in voxels [z, y, x] and their weights (27,), summing to one.

    Along every axis none, or about sqrt(3) sigma either way, rounded to whole voxels (at least
    one), weighted so that mean and variance are those of a normal deviate.
    """
    steps, weights = [], []
    for spacing in spacing_mm:
        step = max(1, round(np.sqrt(3.0) * sigma_mm / spacing))
        side = min(0.5, (sigma_mm / (step * spacing)) ** 2 / 2.0)
        steps.append((-step, 0, step))
        weights.append((side, 1.0 - 2.0 * side, side))
    shifts = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1).reshape(-1, 3)
    z, y, x = (np.array(part) for part in weights)
    return shifts, (z[:, None, None] * y[:, None] * x).ravel()
