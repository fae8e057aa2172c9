"""Outlines of masks and lines of equal value as SVG paths in tenths of a millimetre."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numba import njit
from scipy.ndimage import gaussian_filter
from skimage.measure import find_contours

from liverboard.numerics.grid import Array

__all__ = ["level_path", "mask_path"]

SOFT_VOXELS = 0.5
"""How far an outline is smoothed: no outline moves by more than about a third of a voxel, and a
single voxel still shows."""

TOLERANCE_VOXELS = 0.08
"""How far a simplified outline may leave the full one."""

PER_MM = 10.0
"""Path units in a millimetre."""


def mask_path(mask: Array, step_mm: float) -> str:
    """Return the outline of `mask` (rows, columns) as path data, empty where it is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return ""
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    soft = gaussian_filter(np.pad(mask[box].astype(np.float32), 2), SOFT_VOXELS)
    return _path(find_contours(soft, 0.5), (rows[0] - 2, columns[0] - 2), step_mm)


def level_path(field: Array, level: float, step_mm: float) -> str:
    """Return the lines on which `field` (rows, columns) has the value `level`, as path data."""
    if not np.nanmin(field) < level < np.nanmax(field):
        return ""
    return _path(find_contours(field, level), (0, 0), step_mm)


def _path(lines: Iterable[Array], corner: tuple[int, int], step_mm: float) -> str:
    """Return lines of (row, column) as path data; `corner` is the first pixel's index."""
    scale = step_mm * PER_MM
    parts = []
    for line in lines:
        kept = line[_kept(np.ascontiguousarray(line), TOLERANCE_VOXELS)]
        places = np.rint((kept + corner + 0.5) * scale).astype(int)[:, ::-1]
        parts.append("".join(_steps(places)))
    return "".join(parts)


def _steps(places: Array) -> Iterator[str]:
    """Yield the path commands of one line of (x, y) whole numbers."""
    moves = np.diff(places, axis=0)
    moves = moves[moves.any(axis=1)]
    if len(moves) < 2:
        return
    yield f"M{places[0, 0]} {places[0, 1]}l"
    yield " ".join(f"{x} {y}" for x, y in moves.tolist()).replace(" -", "-")
    yield "z" if (places[0] == places[-1]).all() else ""


@njit(nogil=True, cache=True)
def _kept(line: Array, tolerance: float) -> Array:
    """Return which points (n,) of `line` (n, 2) are needed to follow it within `tolerance`.

    Method: Ramer 1972, Douglas and Peucker 1973, with a stack in place of recursion.
    """
    n = line.shape[0]
    kept = np.zeros(n, np.bool_)
    kept[0] = kept[n - 1] = True
    stack = np.empty((n, 2), np.int64)
    stack[0, 0], stack[0, 1] = 0, n - 1
    top = 1
    while top > 0:
        top -= 1
        first, last = stack[top, 0], stack[top, 1]
        dy, dx = line[last, 0] - line[first, 0], line[last, 1] - line[first, 1]
        length = (dy * dy + dx * dx) ** 0.5
        worst, at = tolerance, -1
        for k in range(first + 1, last):
            y, x = line[k, 0] - line[first, 0], line[k, 1] - line[first, 1]
            gap = (y * y + x * x) ** 0.5 if length == 0.0 else abs(y * dx - x * dy) / length
            if gap > worst:
                worst, at = gap, k
        if at >= 0:
            kept[at] = True
            stack[top, 0], stack[top, 1] = first, at
            stack[top + 1, 0], stack[top + 1, 1] = at, last
            top += 2
    return kept
