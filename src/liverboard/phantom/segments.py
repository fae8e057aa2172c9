"""Distances between straight pieces of vessel, and where a branching costs least."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from liverboard.phantom.compiled import compiled

__all__ = ["branching_points", "nearest_on", "piece_gaps"]

Points = NDArray[np.float64]

STEPS = 24
"""Iterations of Weiszfeld's method; the points move by less than 0.01 mm after these."""


def nearest_on(point: Points, start: Points, end: Points) -> Points:
    """Return the points (n, 3) of pieces `start`-`end` (n, 3) that lie nearest to `point` (3,)."""
    along = end - start
    length = np.maximum((along * along).sum(axis=1), 1e-12)
    share = np.clip(((point - start) * along).sum(axis=1) / length, 0.0, 1.0)
    return np.asarray(start + share[:, None] * along)


@compiled
def piece_gaps(one: Points, two: Points, start: Points, end: Points) -> Points:
    """Return the distances (n,) between the piece `one`-`two` (3,) and pieces `start`-`end` (n, 3).

    Source: Ericson, Real-Time Collision Detection (2005), section 5.1.9 (closest points of two
    segments).
    """
    gaps = np.empty(start.shape[0])
    first = two - one
    a = max(np.dot(first, first), 1e-12)
    for n in range(start.shape[0]):
        second, between = end[n] - start[n], one - start[n]
        e, f = max(np.dot(second, second), 1e-12), np.dot(second, between)
        c, b = np.dot(first, between), np.dot(first, second)
        below = a * e - b * b
        s = min(1.0, max(0.0, (b * f - c * e) / below)) if below > 1e-9 * a * e else 0.0
        t = (b * s + f) / e
        if t < 0.0:
            t, s = 0.0, min(1.0, max(0.0, -c / a))
        elif t > 1.0:
            t, s = 1.0, min(1.0, max(0.0, (b - c) / a))
        apart = between + s * first - t * second
        gaps[n] = np.sqrt(np.dot(apart, apart))
    return gaps


def branching_points(
    start: Points, end: Points, tip: Points, *, weights: tuple[Points, Points, Points]
) -> Points:
    """Return where pieces `start`-`end` (n, 3) best branch to `tip` (3,), one point each (n, 3).

    Minimises w0 |x - start| + w1 |x - end| + w2 |x - tip|, the volume of the three pieces when a
    weight is the squared radius. Source: the optimum branching of Kamiya and Togawa (Bull Math
    Biophys 34:431, 1972; cited from memory), solved by Weiszfeld's iteration for the Fermat-Weber
    point.
    """
    x = nearest_on(tip, start, end) * 0.7 + 0.3 * (start + end + tip) / 3.0
    for n in range(len(x)):
        settle(x[n], np.stack((start[n], end[n], tip)), np.array([w[n] for w in weights]))
    return np.asarray(x)


@compiled
def settle(x: Points, corners: Points, weights: Points) -> None:
    """Move `x` (3,) to the Fermat-Weber point of three `corners` (3, 3) with `weights` (3,)."""
    for _ in range(STEPS):
        top, bottom = np.zeros(3), 0.0
        for n in range(3):
            away = x - corners[n]
            pull = weights[n] / max(np.sqrt(np.dot(away, away)), 1e-6)
            top += pull * corners[n]
            bottom += pull
        x[:] = top / bottom
