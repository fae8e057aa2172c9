"""Views of the liver from the front and from the feet, and where a point lies in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image as Picture

from liverboard.numerics.grid import Array
from liverboard.report.picture.shading import GLASS, SKIN, Palette, colour, hollows
from liverboard.report.picture.solid import Shares, Solid
from liverboard.report.picture.trace import faces, follow, paint, uncut

__all__ = ["FROM_FEET", "FROM_FRONT", "SEGMENT_COLOURS", "Direction", "View", "view_of"]

RAY_VOXELS = 0.225
"""Distance of rays: 0.34 mm on a 1.5 mm grid."""

CUT_COARSER = 2
"""Cut surfaces, which show through the liver, are looked for along every second ray."""

SMALLER = 0.75
"""Pictures are made this much smaller than they were traced, so that edges are smooth."""

LIVER, GONE_COLOUR, POOR_COLOUR = "#93b3bd", "#de6f57", "#8fa3bd"

SEGMENT_COLOURS = (
    "#8c9aa8",
    "#e2b65b",
    "#cf8f4e",
    "#b9c46a",
    "#6fb08a",
    "#5aa6b8",
    "#6d8cc4",
    "#a98bc0",
)
"""Colours of the segments S1 to S8."""

THINGS = ("#ffffff", "#7fa3c7", "#5f9f6e", "#3f74b5", "#8d4f9e", "#e08b1f")
"""Colours of what is drawn opaque, by its number in `solid.INSIDE`."""


def rgb(codes: Sequence[str]) -> Array:
    """Return colours `#rrggbb` as shares (n, 3)."""
    return np.array([[int(code[n : n + 2], 16) / 255.0 for n in (1, 3, 5)] for code in codes])


PLAN = Palette(rgb((LIVER, GONE_COLOUR, POOR_COLOUR)), rgb(THINGS), striped=2)


@dataclass(frozen=True, slots=True)
class Direction:
    """Where a view is seen from: unit vectors right and down [z, y, x].

    `letters` name the sides of the body at the left, right, upper and lower edge.
    """

    name: str
    right: tuple[float, float, float]
    down: tuple[float, float, float]
    letters: tuple[str, str, str, str]

    @property
    def axes(self) -> Array:
        """Unit vectors right, down and forward as rows [z, y, x]."""
        right, down = np.array(self.right), np.array(self.down)
        forward = np.cross(right[::-1], down[::-1])[::-1]  # right-handed in (x, y, z)
        return np.array([right, down, forward], dtype=np.float64)


FROM_FRONT = Direction("from the front", (0, 0, 1), (-1, 0, 0), ("R", "L", "H", "F"))
FROM_FEET = Direction("from the feet", (0, 0, 1), (0, 1, 0), ("R", "L", "A", "P"))


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A liver seen from one side: what every ray meets, worked out once for all plans.

    `bare` is the picture of the liver without any plan, at the distance of the rays.
    """

    solid: Solid
    direction: Direction
    corner: Array
    found: Array
    hollow: Array
    bare: Array

    @property
    def met(self) -> tuple[Array, Array]:
        """What rays meet, and how much light reaches it."""
        return self.found, self.hollow

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of what is seen."""
        rows, columns, _ = self.found.shape
        step = RAY_VOXELS * self.solid.grid.spacing_mm[0]
        return columns * step, rows * step

    def at_mm(self, point_mm: Sequence[float]) -> tuple[float, float]:
        """Return how far right and down of the upper left corner an LPS point lies."""
        index = self.solid.grid.indices(np.array([point_mm]))[0] - self.corner
        step = self.solid.grid.spacing_mm[0]
        right, down, _ = self.direction.axes
        return float(index @ right) * step, float(index @ down) * step

    def anatomy(self) -> Array:
        """Return the picture of lesions and vessels in a liver of glass."""
        return _smaller(self.bare)

    def segments(self, shares: Shares) -> Array:
        """Return the picture of the segments S1 to S8."""
        tone = paint(self.found, shares.soft, *self._rays())
        palette = Palette(rgb((LIVER, *SEGMENT_COLOURS)), rgb(THINGS))
        blank = np.zeros((0, 0, 3), np.uint8)
        return _smaller(colour(self.met, tone, uncut(self.found), palette, SKIN, blank))

    def plan(self, shares: Shares) -> Array:
        """Return the picture of a plan; shares: what it takes, and what it leaves without blood."""
        tone = paint(self.found, shares.soft, *self._rays())
        axes, corner, step = self._rays()
        coarse = np.ascontiguousarray(self.found[::CUT_COARSER, ::CUT_COARSER])
        crossed = faces(coarse, shares.soft[0], shares.box, axes, corner, step * CUT_COARSER)
        return _smaller(colour(self.met, tone, crossed, PLAN, GLASS, self.bare))

    def _rays(self) -> tuple[Array, Array, float]:
        """Return axes, corner and distance of rays."""
        return self.direction.axes, self.corner, RAY_VOXELS


def _smaller(picture: Array) -> Array:
    """Return a picture at its final size."""
    rows, columns, _ = picture.shape
    size = (round(columns * SMALLER), round(rows * SMALLER))
    return np.asarray(Picture.fromarray(picture).resize(size, Picture.Resampling.LANCZOS))


def view_of(solid: Solid, direction: Direction) -> View:
    """Return the view of a solid from one direction, just wide enough to hold it."""
    axes = direction.axes
    ends = [(0.0, size - 1.0) for size in solid.grid.shape]
    corners = np.array(np.meshgrid(*ends, indexing="ij")).reshape(3, -1).T @ axes.T
    low, high = corners.min(axis=0), corners.max(axis=0)
    columns, rows = (int(n) for n in np.ceil((high - low)[:2] / RAY_VOXELS))
    corner = low @ axes
    found = np.empty((rows, columns, 7), np.float32)
    follow(solid.liver, solid.inner, solid.owner, axes, corner, RAY_VOXELS, found)
    hollow = hollows(found)
    untouched = np.zeros((rows, columns), np.uint8)
    blank = np.zeros((0, 0, 3), np.uint8)
    bare = colour((found, hollow), untouched, uncut(found), PLAN, GLASS, blank)
    return View(solid, direction, corner, found, hollow, bare)
