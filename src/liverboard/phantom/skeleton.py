"""Spine, ribs and breastbone, built vertebra by vertebra and rib by rib.

Heights and lengths are mm of the template patient: what a radiologist expects, set by eye.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liverboard.phantom.layer import Layer, smooth_path
from liverboard.phantom.region import rings_at
from liverboard.phantom.shape import Joint, Shape, ellipsoid, tube

__all__ = ["skeleton_layers"]

CORD_MM = (26.0, 5.3, 8.6)
"""How far behind the vertebral axis the canal lies, radius of the cord, radius of the canal."""

RIB_RADIUS_MM = 3.6
"""Half the thickness of a rib; it is `RIB_SQUASH` times as tall."""

RIB_SQUASH = 1.7


@dataclass(frozen=True, slots=True)
class Vertebra:
    """One vertebra: its name, the height of its centre and the distance to the next, in mm."""

    name: str
    z_mm: float
    pitch_mm: float
    rib_sweep_deg: float


def skeleton_layers(
    outline: Mapping[str, Any], table: Sequence[Sequence[Any]]
) -> tuple[Layer, ...]:
    """Return the layers of the bones, foremost first: cord, canal, vertebrae, discs, ribs, gristle.

    `outline` holds the rings of the cavity; `table` rows are name, height, pitch, sweep of the rib.
    """
    spine = [Vertebra(str(row[0]), float(row[1]), float(row[2]), float(row[3])) for row in table]
    cavity = np.array(outline["cavity"], dtype=float)
    return (
        _layer("spinal_cord", "cord", _column(spine, CORD_MM[1])),
        _layer("canal", "canal", _column(spine, CORD_MM[2]), owner="tissue"),
        _layer("vertebrae", "bone", [s for one in spine for s in vertebra_shapes(one)]),
        _layer("discs", "disc", [_disc(one) for one in spine], owner="tissue"),
        _layer("ribs", "rib", [s for one in spine for s in rib_shapes(one, cavity)]),
        _layer("gristle", "cartilage", _arches(cavity), owner="tissue"),
        _layer("sternum", "bone", _sternum(cavity), owner="tissue"),
    )


def _layer(name: str, tissue: str, shapes: Sequence[Shape], *, owner: str = "") -> Layer:
    return Layer(name, owner or name, tissue, tuple(shapes), name)


def _column(spine: Sequence[Vertebra], radius_mm: float) -> list[Shape]:
    ends = [spine[0].z_mm + 40.0, spine[-1].z_mm - 40.0]
    return tube(np.array([[0.0, CORD_MM[0], z, radius_mm] for z in ends]))


def vertebra_shapes(one: Vertebra) -> list[Shape]:
    """Return body, pedicles, laminae, spinous and transverse processes of a vertebra."""
    z, tall = one.z_mm, 0.40 * one.pitch_mm
    body = replace(ellipsoid((0, 0, z), (22.5, 17.0, tall)), power=3.0)
    waist = replace(ellipsoid((0, -22, z), (26, 6.5, tall * 0.75)), joint=Joint.CUT, blend_mm=4.0)
    rows = [[0, 38, z - 3, 3.6], [0, 50, z - 9, 3.2], [0, 60, z - 13, 3.6]]
    spinous = tube(np.array(rows, dtype=float), squash=2.2)
    return [body, waist, *spinous, *_arch(z, -1.0), *_arch(z, 1.0)]


def _arch(z: float, side: float) -> list[Shape]:
    """Return pedicle, lamina and transverse process of one side."""
    ring = [[11, 13, z + 3, 4.2], [14, 23, z + 2, 3.8], [13, 31, z, 3.6], [0, 39, z - 3, 3.4]]
    wing = [[14, 24, z + 1, 4.2], [25, 28, z + 2, 3.4], [36, 31, z + 2, 2.8]]
    flip = np.array([side, 1.0, 1.0, 1.0])
    return [
        *tube(np.array(ring, dtype=float) * flip, squash=1.5),
        *tube(np.array(wing, dtype=float) * flip, squash=1.2),
    ]


def _disc(one: Vertebra) -> Shape:
    middle = one.z_mm - one.pitch_mm / 2
    return replace(ellipsoid((0, -1, middle), (20, 15.5, 0.13 * one.pitch_mm)), power=3.0)


def rib_shapes(one: Vertebra, cavity: NDArray[np.float64]) -> list[Shape]:
    """Return both ribs of a vertebra, from its joint along the cavity's wall downwards."""
    if one.rib_sweep_deg <= 0:
        return []
    sweep = np.radians(np.linspace(26.0, one.rib_sweep_deg, 22))
    drop = 78.0 * (sweep / np.pi * 180 / 130) ** 1.25
    return [
        *_along(sweep, one.z_mm + 6 - drop, cavity, -1.0),
        *_along(sweep, one.z_mm + 6 - drop, cavity, 1.0),
    ]


def _along(
    sweep: NDArray[np.float64], z_mm: NDArray[np.float64], cavity: NDArray[np.float64], side: float
) -> list[Shape]:
    rows = wall_points(sweep, z_mm, cavity, depth_mm=6.0)
    path = np.column_stack([rows[:, 0] * side, rows[:, 1], z_mm, np.full(len(z_mm), RIB_RADIUS_MM)])
    head = np.array([[22.0 * side, 14.0, z_mm[0] + 3, RIB_RADIUS_MM]])
    return tube(smooth_path(np.vstack([head, path]), step_mm=12.0), squash=RIB_SQUASH)


def wall_points(
    sweep: NDArray[np.float64],
    z_mm: NDArray[np.float64],
    cavity: NDArray[np.float64],
    *,
    depth_mm: float,
) -> NDArray[np.float64]:
    """Return x, y (n, 2) on the left wall at angles from the back (rad), `depth_mm` outside it."""
    rings = rings_at(cavity, z_mm)
    power = 2.0 / rings[:, 5]
    side, back = np.sin(sweep), np.cos(sweep)
    depth = np.where(back < 0, rings[:, 3], rings[:, 4]) + depth_mm
    x = rings[:, 0] + (rings[:, 2] + depth_mm) * np.abs(side) ** power
    y = rings[:, 1] + depth * np.sign(back) * np.abs(back) ** power
    return np.column_stack([x, y])


def _arches(cavity: NDArray[np.float64]) -> list[Shape]:
    """Return the costal arches, from the tenth ribs up to the breastbone."""
    shapes: list[Shape] = []
    for side in (-1.0, 1.0):
        for start, level, end in ((112.0, -74.0, 28.0), (128.0, -18.0, 66.0), (134.0, 16.0, 90.0)):
            sweep = np.radians(np.linspace(start, 174.0, 12))
            z_mm = level + (end - level) * ((sweep - sweep[0]) / np.ptp(sweep)) ** 1.3
            xy = wall_points(sweep, z_mm, cavity, depth_mm=6.0)
            path = np.column_stack([xy[:, 0] * side, xy[:, 1], z_mm, np.full(12, 4.2)])
            shapes += tube(path, squash=1.5)
    return shapes


def _sternum(cavity: NDArray[np.float64]) -> list[Shape]:
    heights = np.array([62.0, 85.0, 190.0])
    y = wall_points(np.full(3, np.pi), heights, cavity, depth_mm=6.5)[:, 1]
    boxes = []
    for n, wide in ((0, 7.0), (1, 17.0)):
        middle = (heights[n] + heights[n + 1]) / 2
        tall = (heights[n + 1] - heights[n]) / 2
        box = ellipsoid((0.0, float(y[n : n + 2].mean()), float(middle)), (wide, 5.0, float(tall)))
        boxes.append(replace(box, power=4.0))
    return boxes
