"""Straight paths through labelled voxels: what they meet first, without missing a corner.

A path is followed from voxel to voxel exactly (Amanatides and Woo, Eurographics 1987). Where the
nearest forbidden voxel is known to be far, the path jumps: a jump is shorter than that distance, so
it cannot pass a forbidden voxel and the verdict is the same as without jumping. Cost: about a
microsecond a path of 100 mm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from liverboard.numerics.distance import distance_mm
from liverboard.numerics.grid import Array, Grid, read_only

__all__ = ["Obstacles", "first_obstacles", "obstacles"]


@dataclass(frozen=True, slots=True, eq=False)
class Obstacles:
    """Voxels that no path may enter.

    label: (z, y, x) uint8, 0 where free. skip_mm: (z, y, x) float32, how far a path may jump from
    anywhere in a voxel without entering a forbidden one; zero or less near them.
    """

    label: Array
    skip_mm: Array
    grid: Grid

    def __post_init__(self) -> None:
        for name in ("label", "skip_mm"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def obstacles(label: Array, grid: Grid) -> Obstacles:
    """Return the obstacles of a label map (z, y, x) uint8, ready to be traced.

    From a point in a voxel to a point in a forbidden one it is at least the distance of their
    centres less one voxel diagonal.
    """
    diagonal = float(np.linalg.norm(grid.spacing_mm))
    gap = distance_mm(label > 0, grid.spacing_mm)
    skip = np.minimum(gap, np.float32(1e6)) - np.float32(1.001 * diagonal)
    return Obstacles(np.ascontiguousarray(label, dtype=np.uint8), skip.astype(np.float32), grid)


def first_obstacles(starts_mm: Array, ends_mm: Array, within: Obstacles) -> tuple[Array, Array]:
    """Return the label that each path meets first, 0 for none, and how far from its start in mm.

    starts_mm, ends_mm: (n, 3) LPS. Ends are included. What lies outside the grid is free. The
    distance is infinite where nothing is met.
    """
    first = np.ascontiguousarray(within.grid.indices(starts_mm))
    last = np.ascontiguousarray(within.grid.indices(ends_mm))
    length = np.linalg.norm(np.asarray(ends_mm) - np.asarray(starts_mm), axis=1)
    return _trace_all(within.label, within.skip_mm, first, last, length)


@njit(cache=True, nogil=True)
def _trace_all(
    label: Array, skip: Array, first: Array, last: Array, length: Array
) -> tuple[Array, Array]:
    """Return label met and distance for each path given by fractional indices (n, 3)."""
    met = np.zeros(len(first), np.uint8)
    where = np.full(len(first), np.inf)
    for n in range(len(first)):
        met[n], where[n] = _trace(label, skip, first[n], last[n], length[n])
    return met, where


@njit(cache=True, nogil=True)
def _next_border(start: float, along: float, cell: int) -> float:
    """Return the share of the path at which it leaves `cell` along one axis."""
    if along > 0.0:
        return float((cell + 0.5 - start) / along)
    if along < 0.0:
        return float((cell - 0.5 - start) / along)
    return np.inf


@njit(cache=True, nogil=True)
def _trace(
    label: Array, skip: Array, first: Array, last: Array, length: float
) -> tuple[int, float]:
    """Return what one path meets and where, walking voxel by voxel and jumping where it may."""
    shape = label.shape
    az, ay, ax = last[0] - first[0], last[1] - first[1], last[2] - first[2]
    share = 0.0
    while True:
        pz, py, px = first[0] + share * az, first[1] + share * ay, first[2] + share * ax
        z, y, x = int(np.floor(pz + 0.5)), int(np.floor(py + 0.5)), int(np.floor(px + 0.5))
        # walk exactly from here until a jump is allowed or the path ends
        while True:
            inside = 0 <= z < shape[0] and 0 <= y < shape[1] and 0 <= x < shape[2]
            free = 0.0
            if inside:
                if label[z, y, x] > 0:
                    return int(label[z, y, x]), share * length
                free = skip[z, y, x]
            if free > 0.0 and length > 0.0:
                share += free / length
                break
            bz = _next_border(first[0], az, z)
            by = _next_border(first[1], ay, y)
            bx = _next_border(first[2], ax, x)
            if bz <= by and bz <= bx:
                share = bz
                z += 1 if az > 0.0 else -1
            elif by <= bx:
                share = by
                y += 1 if ay > 0.0 else -1
            else:
                share = bx
                x += 1 if ax > 0.0 else -1
            if share > 1.0 or share == np.inf:
                return 0, np.inf
        if share > 1.0:
            return 0, np.inf
