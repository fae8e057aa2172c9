"""Solids that organs are put together from: ellipsoids, tubes and half-spaces.

A `Shape` is one solid and how it joins the solids before it: added, cut out, or kept (only what
lies inside it stays). All lengths are millimetres of the template patient; points are LPS.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["REACH_MM", "Joint", "Kind", "Point", "Shape", "ellipsoid", "plane", "tube"]

Point = tuple[float, float, float]

REACH_MM = 6.0
"""How far outside a solid its distance is still computed."""

WIDTH = 21
"""Numbers that describe one shape to the kernels."""


class Kind(IntEnum):
    """What a shape is; the kernels know these numbers."""

    ELLIPSOID = 0
    PIECE = 1
    PLANE = 2


class Joint(IntEnum):
    """How a shape joins those before it; the kernels know these numbers."""

    ADD = 0
    CUT = 1
    KEEP = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """One solid: `points` that locate it, `sizes` in mm, and how it joins the others.

    Ellipsoid: one point, three semi-axes; `turn_deg` turns it about x, then y, then z; `power` 2 is
    round, 4 nearly a box; `is_bottomless` extends its lower half downwards without end.
    Piece of a tube: two points, their two radii, and `squash` > 1 makes it taller than wide.
    Plane: one point on it, and as second point the outward normal.
    """

    kind: Kind
    points: tuple[Point, ...]
    sizes: tuple[float, ...] = ()
    joint: Joint = Joint.ADD
    blend_mm: float = 0.0
    turn_deg: Point = (0.0, 0.0, 0.0)
    power: float = 2.0
    squash: float = 1.0
    is_bottomless: bool = False

    def moved(self, shift_mm: Point, *, scale: float, about: Point) -> Shape:
        """Return this shape scaled about a point, then shifted."""
        first = [_moved(point, shift_mm, scale, about) for point in self.points]
        if self.kind is Kind.PLANE:
            first[1] = self.points[1]
        sizes = tuple(size * scale for size in self.sizes)
        return replace(self, points=tuple(first), sizes=sizes)

    def bounds_mm(self) -> NDArray[np.float64]:
        """Return the lowest and highest corner (2, 3) of a box round this shape."""
        points = np.array(self.points)
        if self.kind is Kind.PLANE:
            return np.array([[-np.inf] * 3, [np.inf] * 3])
        if self.kind is Kind.PIECE:
            margin = np.full(3, max(self.sizes))
        else:
            margin = np.abs(_rotation(self.turn_deg)).T @ np.array(self.sizes)
        margin[2] *= self.squash
        low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
        low[2] = -np.inf if self.is_bottomless else low[2]
        return np.array([low, high])

    def encoded(self) -> NDArray[np.float64]:
        """Return this shape as the (21,) numbers that the kernels read."""
        code = np.zeros(WIDTH)
        code[:3] = self.kind, self.joint, self.blend_mm
        body = _ENCODERS[self.kind](self)
        code[3 : 3 + len(body)] = body
        return code


def _moved(point: Point, shift_mm: Point, scale: float, about: Point) -> Point:
    x, y, z = (
        (here - centre) * scale + centre + shift
        for here, centre, shift in zip(point, about, shift_mm, strict=True)
    )
    return x, y, z


def _rotation(turn_deg: Point) -> NDArray[np.float64]:
    """Return the (3, 3) matrix whose rows are the turned axes."""
    matrix = np.eye(3)
    for axis, angle in enumerate(np.radians(turn_deg)):
        one, two = [other for other in range(3) if other != axis]
        step = np.eye(3)
        step[one, one] = step[two, two] = math.cos(angle)
        step[two, one] = math.sin(angle) * (-1.0 if axis == 1 else 1.0)
        step[one, two] = -step[two, one]
        matrix = step @ matrix
    return matrix.T


def _encode_ellipsoid(shape: Shape) -> list[float]:
    turned = _rotation(shape.turn_deg).ravel()
    inverse = [1.0 / size for size in shape.sizes]
    return [*shape.points[0], *inverse, *turned, shape.power, float(shape.is_bottomless)]


def _encode_piece(shape: Shape) -> list[float]:
    return [*shape.points[0], *shape.points[1], *shape.sizes, 1.0 / shape.squash]


def _encode_plane(shape: Shape) -> list[float]:
    normal = np.array(shape.points[1]) / np.linalg.norm(shape.points[1])
    return [*normal, float(normal @ np.array(shape.points[0]))]


_ENCODERS = {
    Kind.ELLIPSOID: _encode_ellipsoid,
    Kind.PIECE: _encode_piece,
    Kind.PLANE: _encode_plane,
}


def ellipsoid(at: Point, axes_mm: Point, *, turn_deg: Point = (0.0, 0.0, 0.0)) -> Shape:
    """Return the solid ellipsoid with centre `at` and semi-axes `axes_mm`."""
    return Shape(Kind.ELLIPSOID, (at,), axes_mm, turn_deg=turn_deg)


def tube(path: NDArray[np.float64], *, squash: float = 1.0) -> list[Shape]:
    """Return the pieces of a tube along `path` (n, 4): x, y, z and radius in mm."""
    rows = [tuple(float(number) for number in row) for row in path]
    return [
        Shape(Kind.PIECE, (one[:3], two[:3]), (one[3], two[3]), squash=squash)  # type: ignore[arg-type]
        for one, two in pairwise(rows)
    ]


def plane(at: Point, outward: Point) -> Shape:
    """Return the half-space behind the plane through `at`; only what lies in it is kept."""
    return Shape(Kind.PLANE, (at, outward), joint=Joint.KEEP)
