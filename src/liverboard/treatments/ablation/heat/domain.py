"""The grid on which heat spreads in one patient, and the vessels that carry it away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from liverboard.anatomy import Anatomy
from liverboard.anatomy.model import VesselTree
from liverboard.numerics.grid import Array, Grid, read_only
from liverboard.treatments.ablation.heat.tissue import Tissue
from liverboard.treatments.ablation.tables import table
from liverboard.values import Unknown

__all__ = ["Domain", "Vessels", "Walls", "bare", "domain_of", "vessels_near", "walls_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Vessels:
    """Centrelines of vessels that are resolved: points (n, 3) LPS mm and radii (n,) mm."""

    points_mm: Array
    radius_mm: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "points_mm", read_only(self.points_mm))
        object.__setattr__(self, "radius_mm", read_only(self.radius_mm))


@dataclass(frozen=True, slots=True, eq=False)
class Domain:
    """A grid with its vessels.

    is_vessel: (z, y, x) bool; wall: W/m3/K that tissue voxels exchange with blood at their faces.
    """

    grid: Grid
    tissue: Tissue
    is_vessel: Array
    wall: Array

    def __post_init__(self) -> None:
        for name in ("is_vessel", "wall"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def bare(grid: Grid, tissue: Tissue) -> Domain:
    """Return a grid without vessels."""
    return Domain(grid, tissue, np.zeros(grid.shape, bool), np.zeros(grid.shape, np.float32))


def vessels_near(anatomy: Anatomy, grid: Grid) -> Vessels:
    """Return the vessels of 3 mm and more that may touch a grid.

    Taken from centrelines and radii, so that a mask with holes leaves no gap in a vessel.
    """
    least = float(table("planning")["heat_sink"]["diameter_mm"]) / 2.0
    points, radii = [np.zeros((0, 3))], [np.zeros(0)]
    for tree in (anatomy.portal, anatomy.hepatic):
        if not isinstance(tree, Unknown):
            for at, radius in _dense(tree, least):
                points.append(at)
                radii.append(radius)
    at, radius = np.concatenate(points), np.concatenate(radii)
    index = grid.indices(at)
    reach = (radius / min(grid.spacing_mm) + 2.0)[:, None]
    near = ((index > -reach) & (index < np.array(grid.shape) + reach)).all(axis=1)
    return Vessels(at[near], radius[near])


def _dense(tree: VesselTree, least_mm: float) -> Iterator[tuple[Array, Array]]:
    """Yield nodes of wide vessels and the middles of the steps to their parents."""
    wide = tree.radius_mm >= least_mm
    yield np.asarray(tree.points_mm[wide], float), np.asarray(tree.radius_mm[wide], float)
    child = np.flatnonzero(wide & (tree.parent >= 0))
    parent = tree.parent[child]
    both = wide[parent]
    child, parent = child[both], parent[both]
    for share in (0.25, 0.5, 0.75):
        yield (
            share * tree.points_mm[child] + (1.0 - share) * tree.points_mm[parent],
            share * tree.radius_mm[child] + (1.0 - share) * tree.radius_mm[parent],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Walls:
    """Vessels drawn on a grid.

    is_vessel: (z, y, x) bool. faces: for each kind of face the axis, the tissue voxels behind it
    (indices), the vessels' radii in mm, and the share of the face that looks along the normal.
    """

    grid: Grid
    is_vessel: Array
    faces: tuple[tuple[int, tuple[Array, ...], Array, Array], ...]


def walls_of(grid: Grid, vessels: Vessels) -> Walls:
    """Return vessels drawn on a grid."""
    if not len(vessels.points_mm):
        return Walls(grid, np.zeros(grid.shape, bool), ())
    field, normal, radius = _level(grid, vessels)
    is_vessel = field <= 0.0
    faces = []
    for axis in range(3):
        for side in (1, -1):
            place = np.nonzero(_shifted(is_vessel, axis, side) & ~is_vessel)
            faces.append((axis, place, radius[place], np.abs(normal[2 - axis][place])))
    return Walls(grid, is_vessel, tuple(faces))


def domain_of(walls: Walls, tissue: Tissue) -> Domain:
    """Return a grid with vessels drawn on it.

    A wall exchanges h = Nu k / D with blood at body temperature (dos-santos-2008), in series with
    the half voxel to its neighbour. Voxel faces over-state the area of a slanted wall: each counts
    with the share of it that looks along the wall's normal, so that the sum is the true area.
    """
    wall = np.zeros(walls.grid.shape, np.float32)
    spacing = np.array(walls.grid.spacing_mm) / 1000.0
    for axis, place, radius, share in walls.faces:
        h = tissue.nusselt * tissue.blood_conductivity / (2.0 * radius / 1000.0)
        through = 1.0 / (1.0 / h + 0.5 * spacing[axis] / tissue.conductivity)
        wall[place] += (share * through / spacing[axis]).astype(np.float32)
    return Domain(walls.grid, tissue, walls.is_vessel, wall)


def _shifted(mask: Array, axis: int, side: int) -> Array:
    """Return which voxels have a voxel of `mask` on one side."""
    found = np.zeros_like(mask)
    here: list[slice] = [slice(None)] * 3
    there: list[slice] = [slice(None)] * 3
    here[axis], there[axis] = (
        (slice(1, None), slice(None, -1)) if side < 0 else (slice(None, -1), slice(1, None))
    )
    found[tuple(here)] = mask[tuple(there)]
    return found


NEIGHBOURS = 6
"""Centreline points asked for the nearest wall: vessels of unlike width lie beside each other."""


def _level(grid: Grid, vessels: Vessels) -> tuple[Array, Array, Array]:
    """Return distance to the nearest wall (z, y, x), its normal (3, z, y, x) in LPS, its radius."""
    far = float(vessels.radius_mm.max()) + 2.0 * max(grid.spacing_mm)
    field = np.full(grid.shape, np.inf)
    normal = np.zeros((3, *grid.shape))
    radius = np.ones(grid.shape)
    index = np.argwhere(_near(grid, vessels, far))
    if not len(index):
        return field, normal, radius
    at = grid.points(index)
    count = min(NEIGHBOURS, len(vessels.points_mm))
    gap, who = cKDTree(vessels.points_mm).query(at, k=count)
    gap, who = gap.reshape(len(at), -1), who.reshape(len(at), -1)
    walls = gap - vessels.radius_mm[who]
    best = np.argmin(walls, axis=1)
    rows = np.arange(len(at))
    chosen = who[rows, best]
    away = at - vessels.points_mm[chosen]
    away /= np.maximum(np.linalg.norm(away, axis=1), 1e-9)[:, None]
    place = tuple(index.T)
    field[place] = walls[rows, best]
    radius[place] = vessels.radius_mm[chosen]
    for axis in range(3):
        normal[axis][place] = away[:, axis]
    return field, normal, radius


def _near(grid: Grid, vessels: Vessels, far_mm: float) -> Array:
    """Return the voxels that may lie at a vessel: those of cubes round its points."""
    found = np.zeros(grid.shape, bool)
    reach = np.ceil(far_mm / np.array(grid.spacing_mm)).astype(int)
    for low in np.unique(np.rint(grid.indices(vessels.points_mm)).astype(int), axis=0) - reach:
        start = np.maximum(low, 0)
        stop = np.maximum(low + 2 * reach + 1, 0)
        found[start[0] : stop[0], start[1] : stop[1], start[2] : stop[2]] = True
    return found
