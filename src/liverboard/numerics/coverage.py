"""How far an ablation zone or dose level reaches beyond a tumour, point by point of its surface.

The margin at a point of the tumour's surface is the distance from there to the nearest liver that
is not destroyed, and negative (distance to the zone) where the point itself is outside the zone.
So a tumour at the capsule is judged by the liver round it alone: what lies outside the organ needs
no margin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liverboard.numerics.grid import Array, Image, read_only
from liverboard.numerics.iso_surface import IsoSurface, distance_to_surface_mm, iso_surface
from liverboard.numerics.resample import sample_linear

__all__ = ["MARGIN_CLASSES_MM", "MarginMap", "margin_map"]

MARGIN_CLASSES_MM = (0.0, 5.0, 10.0)
"""Borders between the classes of margin that reports count: uncovered, thin, enough, wide."""

FARTHEST_MM = 100.0
"""Margins are not followed farther than this; where nothing is left the margin is this."""

BEYOND_MM = 1e3
"""What a field is taken to be outside its array."""


@dataclass(frozen=True, slots=True, eq=False)
class MarginMap:
    """Margins over a tumour's surface.

    points_mm: (n, 3) LPS; area_mm2: (n,) the area each point stands for; margin_mm: (n,).
    """

    points_mm: Array
    area_mm2: Array
    margin_mm: Array

    def __post_init__(self) -> None:
        if len(self.margin_mm) == 0:
            raise ValueError("a margin map needs at least one point")
        for name in ("points_mm", "area_mm2", "margin_mm"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def smallest_mm(self) -> float:
        """The smallest margin."""
        return float(self.margin_mm.min())

    @property
    def worst_point_mm(self) -> tuple[float, float, float]:
        """Where the margin is smallest, LPS."""
        x, y, z = (float(v) for v in self.points_mm[int(np.argmin(self.margin_mm))])
        return x, y, z

    @property
    def total_mm2(self) -> float:
        """Area of the whole surface."""
        return float(self.area_mm2.sum())

    def percentile_mm(self, percent: float) -> float:
        """Return the margin that `percent` of the surface stays at or under."""
        order = np.argsort(self.margin_mm, kind="stable")
        share = np.cumsum(self.area_mm2[order])
        index = int(np.searchsorted(share, percent / 100.0 * share[-1]))
        return float(self.margin_mm[order[min(index, len(order) - 1)]])

    def area_by_class_mm2(self) -> tuple[float, ...]:
        """Return the areas with margins below 0, 0 to 5, 5 to 10, and 10 mm or more."""
        place = np.searchsorted(MARGIN_CLASSES_MM, self.margin_mm, side="right")
        areas = np.bincount(place, self.area_mm2, minlength=len(MARGIN_CLASSES_MM) + 1)
        return tuple(float(area) for area in areas)

    def histogram_mm2(self, edges_mm: tuple[float, ...]) -> tuple[float, ...]:
        """Return the area by margin between `edges_mm`; what lies beyond joins the outer bins."""
        inside = np.clip(self.margin_mm, edges_mm[0], np.nextafter(edges_mm[-1], -np.inf))
        found, _ = np.histogram(inside, edges_mm, weights=self.area_mm2)
        return tuple(float(area) for area in found)


def margin_map(tumour: IsoSurface, zone: Image, *, organ: Image | None = None) -> MarginMap:
    """Return the margins of `zone` over the surface of `tumour`.

    zone, organ: fields (z, y, x) on one grid, negative inside; only their zero level counts, the
    unit may be anything. Without `organ` every direction needs a margin. Beyond the array a zone is
    taken to end and the organ to go on, so both must reach well past the tumour.
    """
    if tumour.is_empty:
        raise ValueError("an empty tumour has no margin")
    inside = sample_linear(zone, tumour.points_mm, fill=BEYOND_MM) < 0.0
    left = -zone.array if organ is None else np.maximum(-zone.array, organ.array)
    gap = np.empty(len(tumour.points_mm))
    points = tumour.points_mm
    gap[inside] = distance_to_surface_mm(points[inside], iso_surface(Image(left, zone.grid)))
    gap[~inside] = -distance_to_surface_mm(points[~inside], iso_surface(zone))
    gap = np.clip(gap, -FARTHEST_MM, FARTHEST_MM)
    return MarginMap(points, tumour.point_areas_mm2(), gap)
