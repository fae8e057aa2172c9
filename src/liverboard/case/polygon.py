"""Closed outlines to pixels: which pixel centres lie inside or on a set of polygons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["filled"]

ON_OUTLINE = 0.05
"""A pixel whose centre is nearer than this to an outline counts as inside; in pixels.

Programs that trace masks put the outline through the centres of the border pixels.
"""


def filled(polygons: Sequence[NDArray[np.float64]], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the (y, x) pixels inside `polygons`, each (n, 2) [y, x] in pixels, closed.

    Even-odd rule over all polygons: one drawn inside another is a hole. Pixels whose centre lies
    on an outline are inside. Cost: linear in the pixels of the outlines' box plus their length.
    """
    inside = np.zeros(shape, dtype=bool)
    corners = np.vstack(polygons)
    low = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, shape)
    high = np.clip(np.ceil(corners.max(axis=0)).astype(int) + 1, 0, shape)
    if (high > low).all():
        moved = [polygon - low for polygon in polygons]
        inside[low[0] : high[0], low[1] : high[1]] = _inside(moved, (*(high - low).tolist(),))
    return inside


def _inside(polygons: Sequence[NDArray[np.float64]], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    inside = _crossed(polygons, shape)
    for polygon in polygons:
        rows, columns = _on_outline(polygon, shape)
        inside[rows, columns] = True
    return inside


def _edges(polygon: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return polygon, np.roll(polygon, -1, axis=0)


def _crossed(polygons: Sequence[NDArray[np.float64]], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the pixels that an odd number of outlines lie to the left of."""
    toggles = np.zeros((shape[0], shape[1] + 1), dtype=np.int64)
    for polygon in polygons:
        rows, columns = _crossings(*_edges(polygon))
        keep = (rows >= 0) & (rows < shape[0])
        np.add.at(toggles, (rows[keep], np.clip(columns[keep], 0, shape[1])), 1)
    return np.asarray(np.cumsum(toggles, axis=1)[:, :-1] % 2 == 1)


def _crossings(
    start: NDArray[np.float64], end: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return row and first column at or right of every crossing of an edge with a pixel row."""
    low, high = np.minimum(start[:, 0], end[:, 0]), np.maximum(start[:, 0], end[:, 0])
    first = np.ceil(low).astype(np.int64)
    counts = np.maximum(0, np.ceil(high).astype(np.int64) - first)
    edge = np.repeat(np.arange(len(start)), counts)
    rows = np.repeat(first - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
    span = end[edge] - start[edge]
    share = (rows - start[edge, 0]) / np.where(span[:, 0] == 0, 1.0, span[:, 0])
    columns = start[edge, 1] + share * span[:, 1]
    return rows, np.ceil(columns).astype(np.int64)


def _on_outline(
    polygon: NDArray[np.float64], shape: tuple[int, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows and columns of the pixels whose centre lies on the outline."""
    start, end = _edges(polygon)
    steps = np.maximum(1, np.ceil(np.abs(end - start).max(axis=1)).astype(np.int64))
    edge = np.repeat(np.arange(len(start)), steps)
    place = np.arange(len(edge)) - np.repeat(np.cumsum(steps) - steps, steps)
    points = start[edge] + (end - start)[edge] * (place / steps[edge])[:, None]
    nearest = np.rint(points).astype(np.int64)
    is_on = (np.abs(points - nearest) <= ON_OUTLINE).all(axis=1)
    is_within = ((nearest >= 0) & (nearest < np.array(shape))).all(axis=1)
    kept = nearest[is_on & is_within]
    return kept[:, 0], kept[:, 1]
