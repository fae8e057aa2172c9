"""Lesions as turned ellipsoids: their geometry, exactly.

The irregular margin of real metastases, necrosis and satellite nodules are not modelled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ellipsoid"]


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """An ellipsoid: centre (LPS mm), semi-axes (mm), and its axes as the rows of a rotation."""

    centre_mm: tuple[float, float, float]
    semi_axes_mm: tuple[float, float, float]
    rows: tuple[tuple[float, float, float], ...]

    @property
    def volume_ml(self) -> float:
        """Volume in ml: 4/3 pi a b c."""
        return 4.0 / 3.0 * math.pi * math.prod(self.semi_axes_mm) / 1000.0

    @property
    def reach_mm(self) -> float:
        """The longest semi-axis, mm."""
        return max(self.semi_axes_mm)

    @property
    def longest_axial_mm(self) -> float:
        """Longest diameter in an axial slice, mm: that of the slice through the centre."""
        turn = np.array(self.rows)
        form = turn.T @ np.diag(1.0 / np.square(self.semi_axes_mm)) @ turn
        return float(2.0 / math.sqrt(np.linalg.eigvalsh(form[:2, :2])[0]))

    def level(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far out points (n, 3) lie: 1 on the surface, 0 at the centre."""
        local = (points - np.array(self.centre_mm)) @ np.array(self.rows).T
        return np.linalg.norm(local / np.array(self.semi_axes_mm), axis=-1)

    def distance_mm(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the distance (n,) of points (n, 3) to the surface, < 0 inside, to first order."""
        local = (points - np.array(self.centre_mm)) @ np.array(self.rows).T
        axes = np.array(self.semi_axes_mm)
        one = np.linalg.norm(local / axes, axis=-1)
        two = np.linalg.norm(local / axes**2, axis=-1)
        return np.asarray(
            np.where(two > 1e-9, one * (one - 1.0) / np.maximum(two, 1e-9), -min(axes))
        )
