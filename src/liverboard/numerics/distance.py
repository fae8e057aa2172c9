"""Exact Euclidean distance and nearest-seed transforms on anisotropic grids.

Method: separable lower envelopes of parabolas (Felzenszwalb and Huttenlocher, Theory of Computing
2012;8:415), one pass per axis, lines in parallel; float32 squared distances in mm2. Cost: about
25 ns per voxel on one core, 35 ns with seeds.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from liverboard.numerics.grid import Array, Box, bounding_box

__all__ = ["dilate_mm", "distance_mm", "erode_mm", "nearest_seed", "signed_distance_mm"]

Spacing = tuple[float, float, float]

FAR = np.float32(1e12)
"""Squared distance that stands for "no seed on this line"; far above any body."""


@njit(cache=True)
def _envelope(
    values: Array,
    seeds: Array,
    step: float,
    out_values: Array,
    out_seeds: Array,
    hull: Array,
    bound: Array,
) -> None:
    """Write the lower envelope of parabolas rooted at `values` (n,), `step` mm apart."""
    n = values.shape[0]
    top = -1
    square = step * step
    for q in range(n):
        if values[q] >= FAR:
            continue
        height = values[q] / square + q * q
        while top >= 0:
            p = hull[top]
            cross = (height - (values[p] / square + p * p)) / (2.0 * (q - p))
            if cross > bound[top]:
                break
            top -= 1
        if top < 0:
            bound[0] = -math.inf
        else:
            p = hull[top]
            bound[top + 1] = (height - (values[p] / square + p * p)) / (2.0 * (q - p))
        top += 1
        hull[top] = q
    if top < 0:
        for q in range(n):
            out_values[q] = FAR
            out_seeds[q] = -1
        return
    k = 0
    for q in range(n):
        while k < top and bound[k + 1] < q:
            k += 1
        p = hull[k]
        out_values[q] = square * (q - p) * (q - p) + values[p]
        out_seeds[q] = seeds[p]


@njit(cache=True)
def _work(n: int) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Return the line buffers of `_envelope` for lines of `n` voxels."""
    return (
        np.empty(n, np.float64),
        np.empty(n, np.int32),
        np.empty(n, np.float64),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(n + 1, np.float64),
    )


@njit(cache=True, parallel=True)
def _rows(is_seed: Array, step: float, squared: Array, seed: Array) -> None:
    """First pass, along x: squared distance to the nearest seed of the row."""
    nz, ny, nx = is_seed.shape
    for zy in prange(nz * ny):
        z, y = zy // ny, zy % ny
        last = -1
        for x in range(nx):
            if is_seed[z, y, x]:
                last = x
            squared[z, y, x] = FAR if last < 0 else np.float32(((x - last) * step) ** 2)
            seed[z, y, x] = -1 if last < 0 else (z * ny + y) * nx + last
        last = -1
        for x in range(nx - 1, -1, -1):
            if is_seed[z, y, x]:
                last = x
            if last >= 0:
                found = np.float32(((last - x) * step) ** 2)
                if found < squared[z, y, x]:
                    squared[z, y, x] = found
                    seed[z, y, x] = (z * ny + y) * nx + last


@njit(cache=True, parallel=True)
def _columns(step: float, squared: Array, seed: Array) -> None:
    """Second pass, along y."""
    nz, ny, nx = squared.shape
    for z in prange(nz):
        values, seeds, out, out_seeds, hull, bound = _work(ny)
        for x in range(nx):
            for y in range(ny):
                values[y] = squared[z, y, x]
                seeds[y] = seed[z, y, x]
            _envelope(values, seeds, step, out, out_seeds, hull, bound)
            for y in range(ny):
                squared[z, y, x] = out[y]
                seed[z, y, x] = out_seeds[y]


@njit(cache=True, parallel=True)
def _stacks(step: float, squared: Array, seed: Array) -> None:
    """Third pass, along z."""
    nz, ny, nx = squared.shape
    for y in prange(ny):
        values, seeds, out, out_seeds, hull, bound = _work(nz)
        for x in range(nx):
            for z in range(nz):
                values[z] = squared[z, y, x]
                seeds[z] = seed[z, y, x]
            _envelope(values, seeds, step, out, out_seeds, hull, bound)
            for z in range(nz):
                squared[z, y, x] = out[z]
                seed[z, y, x] = out_seeds[z]


def nearest_seed(is_seed: Array, spacing_mm: Spacing) -> tuple[Array, Array]:
    """Return distance in mm to, and flat index of, the nearest true voxel of `is_seed`.

    is_seed: (z, y, x) bool; spacing_mm (z, y, x). Distances run between voxel centres. Without any
    seed the distance is infinite and the index -1. Ties go to a fixed but unspecified seed.
    """
    flags = np.ascontiguousarray(is_seed, dtype=np.bool_)
    squared = np.empty(flags.shape, np.float32)
    seed = np.empty(flags.shape, np.int32)
    _rows(flags, float(spacing_mm[2]), squared, seed)
    _columns(float(spacing_mm[1]), squared, seed)
    _stacks(float(spacing_mm[0]), squared, seed)
    squared[seed < 0] = np.inf
    return np.sqrt(squared, out=squared), seed


def distance_mm(mask: Array, spacing_mm: Spacing) -> Array:
    """Return the distance in mm from each voxel centre to the nearest voxel centre of `mask`.

    mask: (z, y, x) bool. Zero inside; infinite everywhere where the mask is empty.
    """
    return nearest_seed(mask, spacing_mm)[0]


def signed_distance_mm(mask: Array, spacing_mm: Spacing) -> Array:
    """Return the distance to the border of `mask` in mm: negative inside, positive outside.

    The border is taken half-way between inside and outside voxel centres; the half voxel is
    subtracted isotropically (mean spacing), so values next to the border of an anisotropic grid are
    off by less than half the difference of spacings.
    """
    half = float(np.cbrt(np.prod(spacing_mm))) / 2.0
    outside = distance_mm(mask, spacing_mm)
    inside = distance_mm(~np.asarray(mask, dtype=bool), spacing_mm)
    return np.where(outside > 0, outside - half, half - inside).astype(np.float32)


def _widened(mask: Array, radius_mm: float, spacing_mm: Spacing) -> Box:
    """Return the box that a dilation of `mask` by `radius_mm` can reach."""
    z, y, x = (math.ceil(radius_mm / step) + 1 for step in spacing_mm)
    return bounding_box(mask, margin=(z, y, x))


def dilate_mm(mask: Array, radius_mm: float, spacing_mm: Spacing) -> Array:
    """Return the voxels whose centre lies within `radius_mm` of the mask's voxel centres."""
    grown = np.zeros(mask.shape, dtype=bool)
    if mask.any():
        box = _widened(mask, radius_mm, spacing_mm)
        grown[box] = distance_mm(mask[box], spacing_mm) <= radius_mm
    return grown


def erode_mm(mask: Array, radius_mm: float, spacing_mm: Spacing) -> Array:
    """Return the voxels of `mask` farther than `radius_mm` from every voxel outside it.

    What lies beyond the array counts as outside.
    """
    kept = np.zeros(mask.shape, dtype=bool)
    if mask.any():
        box = bounding_box(mask)
        padded = np.pad(np.asarray(mask[box], dtype=bool), 1)
        kept[box] = (distance_mm(~padded, spacing_mm) > radius_mm)[1:-1, 1:-1, 1:-1]
    return kept
