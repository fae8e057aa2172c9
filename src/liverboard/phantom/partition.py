"""How the liver is divided before it is supplied: the plan after which the portal tree grows.

Cantlie's plane and the plane of the right hepatic vein fan out from the vena cava as the veins do;
the umbilical fissure and the cuts between upper and lower segments are planes of a given direction.
Each stands where it gives its segments their share of the volume. The true segments are the
territories of the tree that has grown, not this plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Axis", "Partition", "divide"]


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """The vena cava as a line: `path` (n, 3) LPS mm, lowest first."""

    path: NDArray[np.float64]

    def at(self, z_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the points (n, 3) of the line at heights `z_mm` (n,)."""
        z = self.path[:, 2]
        x, y = (np.interp(z_mm, z, self.path[:, n]) for n in (0, 1))
        return np.column_stack([x, y, z_mm])

    def angle_deg(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the angle (n,) of points (n, 3) round the line, -90 to 270 degrees.

        0 is the patient's left, 90 the front, 180 the right.
        """
        offset = points - self.at(points[:, 2])
        angle = np.degrees(np.arctan2(-offset[:, 1], offset[:, 0]))
        return np.where(angle < -90.0, angle + 360.0, angle)

    def point(self, angle_deg: float, out_mm: float, z_mm: float) -> NDArray[np.float64]:
        """Return the LPS point (3,) `out_mm` from the line at an angle and a height."""
        turn = np.radians(angle_deg)
        middle = self.at(np.array([z_mm]))[0]
        return np.asarray(middle + out_mm * np.array([np.cos(turn), -np.sin(turn), 0.0]))


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """The plan: `points` (n, 3) LPS mm through the liver and their segment `labels` (n,), 1 to 8.

    Two planes stand at `cantlie_deg` and `right_vein_deg` round `axis`; the fissure is the plane
    where a point times `fissure_normal` is `fissure_mm`.
    """

    points: NDArray[np.float64]
    labels: NDArray[np.int64]
    axis: Axis
    fissure_normal: NDArray[np.float64]
    fissure_mm: float
    cantlie_deg: float
    right_vein_deg: float

    def of(self, *segments: int) -> NDArray[np.float64]:
        """Return the points (m, 3) of some segments."""
        return self.points[np.isin(self.labels, segments)]

    def centre(self, *segments: int) -> NDArray[np.float64]:
        """Return the centre (3,) of the points of some segments together."""
        return np.asarray(self.of(*segments).mean(axis=0))

    def on_fissure(self, y_mm: float, z_mm: float) -> NDArray[np.float64]:
        """Return the LPS point (3,) of the fissure's plane at a depth and a height."""
        normal = self.fissure_normal
        x = (self.fissure_mm - normal[1] * y_mm - normal[2] * z_mm) / normal[0]
        return np.array([x, y_mm, z_mm])


def divide(
    points: NDArray[np.float64],
    axis: Axis,
    plan: Mapping[str, Any],
    *,
    share: Mapping[int, float],
    scale: float,
) -> Partition:
    """Return the plan of the liver whose points are `points` (n, 3), given its segments' shares.

    `plan` holds the caudate's place and the directions of the cuts between upper and lower
    segments, in mm of the template patient, which `scale` turns into this patient's.
    """
    normal = np.array(plan["fissure"]["direction"], dtype=float)
    place = (points - np.array(plan["caudate"]["at"]) * scale) / np.array(plan["caudate"]["axes"])
    caudate = _lowest(np.linalg.norm(place, axis=1), share[1])
    level, angle = points @ normal, axis.angle_deg(points)
    left = share[2] + share[3]
    fissure = float(np.quantile(level[~caudate], 1.0 - left / (1.0 - share[1])))
    lateral = (level > fissure) & ~caudate
    middle = ~caudate & ~lateral
    parts = np.array([share[4], share[5] + share[8], share[6] + share[7]])
    limits = np.quantile(angle[middle], np.cumsum(parts)[:2] / parts.sum())
    sector = np.searchsorted(limits, angle)
    labels = np.where(caudate, 1, 4)
    for pair, members in (
        ((2, 3), lateral),
        ((5, 8), middle & (sector == 1)),
        ((6, 7), middle & (sector == 2)),
    ):
        labels[members] = _split(points[members], pair, plan["cuts"], share)
    return Partition(points, labels, axis, normal, fissure, float(limits[0]), float(limits[1]))


def _lowest(score: NDArray[np.float64], share: float) -> NDArray[np.bool_]:
    return np.asarray(score <= np.quantile(score, share))


def _split(
    points: NDArray[np.float64],
    pair: tuple[int, int],
    cuts: Mapping[str, Any],
    share: Mapping[int, float],
) -> NDArray[np.int64]:
    """Return the segment (n,) of points of a sector: the one its cut points at, or the other."""
    cut = cuts[f"{pair[0]}{pair[1]}"]
    first, second = cut["towards"], pair[0] if cut["towards"] == pair[1] else pair[1]
    level = points @ np.array(cut["direction"], dtype=float)
    limit = np.quantile(level, share[second] / (share[first] + share[second]))
    return np.where(level > limit, first, second)
