"""Ellipsoids of revolution and needles against points: who is covered, who is hit.

Shapes: S samples, N needles or zones, P points. Everything in mm, float64.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from liverboard.numerics.grid import Array

__all__ = ["all_covered", "any_inside", "ellipsoid_gap", "needle_near", "smallest_gaps"]


@njit(cache=True, nogil=True, inline="always")
def _level(point: Array, centre: Array, axis: Array, half_long: float, half_short: float) -> float:
    """Return the squared radius of a point in units of the ellipsoid's surface."""
    dx, dy, dz = point[0] - centre[0], point[1] - centre[1], point[2] - centre[2]
    along = dx * axis[0] + dy * axis[1] + dz * axis[2]
    across = max(0.0, dx * dx + dy * dy + dz * dz - along * along)
    return float(along * along / (half_long * half_long) + across / (half_short * half_short))


@njit(cache=True, nogil=True)
def ellipsoid_gap(
    point: Array, centre: Array, axis: Array, half_long: float, half_short: float
) -> float:
    """Return about how deep a point lies inside an ellipsoid, negative outside, in mm.

    First order: exact on the surface and along the axes, else off by the square of the distance
    over the radius of curvature. It ranks candidates; margins that are told never come from it.
    """
    dx, dy, dz = point[0] - centre[0], point[1] - centre[1], point[2] - centre[2]
    along = dx * axis[0] + dy * axis[1] + dz * axis[2]
    across = max(0.0, dx * dx + dy * dy + dz * dz - along * along)
    level = np.sqrt(along**2 / half_long**2 + across / half_short**2)
    if level < 1e-9:
        return min(half_long, half_short)
    slope = np.sqrt(along**2 / half_long**4 + across / half_short**4) / level
    return float((1.0 - level) / slope)


@njit(cache=True, nogil=True)
def smallest_gaps(points: Array, centres: Array, axes: Array, halves: Array) -> Array:
    """Return for each set of zones the smallest depth of any point in the union of the set: (S,).

    points (P, 3); centres, axes (S, N, 3); halves (S, N, 2): half the long and the short axis.
    """
    found = np.empty(len(centres))
    for s in range(len(centres)):
        least = np.inf
        for p in range(len(points)):
            best = -np.inf
            for n in range(centres.shape[1]):
                gap = ellipsoid_gap(
                    points[p], centres[s, n], axes[s, n], halves[s, n, 0], halves[s, n, 1]
                )
                best = max(best, gap)
            least = min(least, best)
        found[s] = least
    return found


@njit(cache=True, nogil=True)
def all_covered(points: Array, centres: Array, axes: Array, halves: Array) -> Array:
    """Return for each sample whether every point lies in one of its zones: (S,) bool.

    Quickest where points that are hard to cover come first.
    """
    found = np.ones(len(centres), np.bool_)
    for s in range(len(centres)):
        for p in range(len(points)):
            is_in = False
            for n in range(centres.shape[1]):
                half = halves[s, n]
                if _level(points[p], centres[s, n], axes[s, n], half[0], half[1]) <= 1.0:
                    is_in = True
                    break
            if not is_in:
                found[s] = False
                break
    return found


@njit(cache=True, nogil=True)
def any_inside(points: Array, centres: Array, axes: Array, halves: Array) -> Array:
    """Return for each sample whether any point lies in one of its zones: (S,) bool."""
    found = np.zeros(len(centres), np.bool_)
    for s in range(len(centres)):
        for p in range(len(points)):
            for n in range(centres.shape[1]):
                half = halves[s, n]
                if _level(points[p], centres[s, n], axes[s, n], half[0], half[1]) <= 1.0:
                    found[s] = True
                    break
            if found[s]:
                break
    return found


@njit(cache=True, nogil=True)
def needle_near(points: Array, tips: Array, outward: Array, length: Array, radius: float) -> Array:
    """Return for each sample whether any point lies within `radius` of one of its needles: (S,).

    tips (S, N, 3); outward (S, N, 3) unit vectors to the skin; length (N,) mm.
    """
    found = np.zeros(len(tips), np.bool_)
    for s in range(len(tips)):
        for n in range(tips.shape[1]):
            for p in range(len(points)):
                dx = points[p, 0] - tips[s, n, 0]
                dy = points[p, 1] - tips[s, n, 1]
                dz = points[p, 2] - tips[s, n, 2]
                u = outward[s, n]
                along = min(length[n], max(0.0, dx * u[0] + dy * u[1] + dz * u[2]))
                gx, gy, gz = dx - along * u[0], dy - along * u[1], dz - along * u[2]
                if gx * gx + gy * gy + gz * gz <= radius * radius:
                    found[s] = True
                    break
            if found[s]:
                break
    return found
