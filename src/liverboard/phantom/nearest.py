"""Which piece of a tree lies nearest: for points, and for every voxel of the liver."""

from __future__ import annotations

import numpy as np

from liverboard.numerics.grid import Array
from liverboard.phantom.compiled import compiled

__all__ = ["nearest_pieces", "territories"]

BLOCK = (4, 12, 12)
"""Voxels of a block whose possible nearest pieces are found together."""


@compiled
def squared_gap(point: Array, start: Array, end: Array) -> float:
    """Return the squared distance between `point` (3,) and the piece `start`-`end` (3,)."""
    length, along = 0.0, 0.0
    for n in range(3):
        side = end[n] - start[n]
        length += side * side
        along += (point[n] - start[n]) * side
    share = min(1.0, max(0.0, along / length)) if length > 0.0 else 0.0
    total = 0.0
    for n in range(3):
        step = point[n] - start[n] - share * (end[n] - start[n])
        total += step * step
    return total


@compiled
def nearest_pieces(points: Array, start: Array, end: Array) -> tuple[Array, Array]:
    """Return the number (n,) of the piece nearest to each of `points` (n, 3), and the distance mm.

    `start` and `end` (m, 3). Of equally near pieces the first counts.
    """
    count = points.shape[0]
    number, distance = np.zeros(count, dtype=np.int64), np.empty(count)
    for n in range(count):
        best = np.inf
        for piece in range(start.shape[0]):
            gap = squared_gap(points[n], start[piece], end[piece])
            if gap < best:
                best = gap
                number[n] = piece
        distance[n] = np.sqrt(best)
    return number, distance


@compiled
def candidates(middle: Array, reach: float, start: Array, end: Array) -> Array:
    """Return the pieces (k,) that can be nearest to a point within `reach` mm of `middle` (3,)."""
    gaps = np.empty(start.shape[0])
    for piece in range(start.shape[0]):
        gaps[piece] = np.sqrt(squared_gap(middle, start[piece], end[piece]))
    return np.flatnonzero(gaps <= gaps.min() + 2.0 * reach)


@compiled
def territories(inside: Array, frame: Array, start: Array, end: Array) -> Array:
    """Return the nearest piece of every voxel inside (z, y, x) int32, counted from 1; 0 outside.

    `frame` (6,): point of voxel [0, 0, 0] and spacing (x, y, z) in mm; distances are Euclidean, to
    the line of the piece. Exact: a block asks only those pieces that may be nearest in it.
    """
    found = np.zeros(inside.shape, dtype=np.int32)
    size = np.array(BLOCK)
    reach = 0.5 * np.sqrt(np.sum(((size[::-1] - 1) * frame[3:]) ** 2))
    middle, point = np.empty(3), np.empty(3)
    for k0 in range(0, inside.shape[0], size[0]):
        for j0 in range(0, inside.shape[1], size[1]):
            for i0 in range(0, inside.shape[2], size[2]):
                corner = (k0, j0, i0)
                stop = np.minimum(np.array(corner) + size, np.array(inside.shape))
                if not inside[k0 : stop[0], j0 : stop[1], i0 : stop[2]].any():
                    continue
                for n in range(3):
                    middle[n] = frame[n] + (corner[2 - n] + 0.5 * (size[2 - n] - 1)) * frame[3 + n]
                asked = candidates(middle, reach, start, end)
                for k in range(k0, stop[0]):
                    point[2] = frame[2] + k * frame[5]
                    for j in range(j0, stop[1]):
                        point[1] = frame[1] + j * frame[4]
                        for i in range(i0, stop[2]):
                            if not inside[k, j, i]:
                                continue
                            point[0] = frame[0] + i * frame[3]
                            best = np.inf
                            for piece in asked:
                                gap = squared_gap(point, start[piece], end[piece])
                                if gap < best:
                                    best = gap
                                    found[k, j, i] = piece + 1
    return found
