"""What has to be destroyed: a lesion, and the liver round it by the margin that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from scipy.spatial import cKDTree

from liverboard.anatomy import Anatomy
from liverboard.case import Case
from liverboard.numerics.distance import signed_distance_mm
from liverboard.numerics.grid import Array, Grid, Image, bounding_box, read_only
from liverboard.numerics.iso_surface import IsoSurface, iso_surface
from liverboard.numerics.resample import resample_linear, shape_field
from liverboard.treatments.ablation.options import AblationOptions
from liverboard.values import Unknown

__all__ = ["Target", "target_of"]

REACH_MM = 42.0
"""Liver looked at beyond a lesion: more than the widest zone reaches past it."""

FINE_MM = 1.0
"""Grid on which lesion and zone are contoured."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """One lesion, ready to be covered.

    surface: its sub-voxel surface. liver: signed distance (z, y, x) mm of the liver round it on
    `grid`, negative inside, lesion included. points: by margin in mm (0 is the lesion alone), the
    points (n, 3) LPS that a zone must hold, those farthest from the middle first. radius_mm: the
    farthest that the lesion reaches from `centre_mm`.
    """

    lesion: str
    surface: IsoSurface
    liver: Image
    centre_mm: Array
    radius_mm: float
    points: Mapping[float, Array]

    def __post_init__(self) -> None:
        object.__setattr__(self, "centre_mm", read_only(self.centre_mm))
        views = {margin: read_only(array) for margin, array in self.points.items()}
        object.__setattr__(self, "points", MappingProxyType(views))

    @property
    def grid(self) -> Grid:
        """The grid round the lesion."""
        return self.liver.grid


@lru_cache(maxsize=32)
def target_of(case: Case, anatomy: Anatomy, lesion: str, options: AblationOptions) -> Target | None:
    """Return the target of a lesion; None where no voxel of it is left on the working grid."""
    label = anatomy.lesion(lesion).label
    if isinstance(case.lesions, Unknown):
        return None
    mask = np.asarray(case.lesions.array) == label
    if not mask.any():
        return None
    box = bounding_box(mask)
    near = case.lesions.grid.crop(box)
    grid = Grid.around(near.corners_mm(), FINE_MM, margin_mm=REACH_MM)
    close = Grid.around(near.corners_mm(), FINE_MM, margin_mm=4.0 + 3.0 * max(near.spacing_mm))
    shape = shape_field(Image(mask[box], near), close)
    surface = iso_surface(Image(np.minimum(shape.field, 1e3) - shape.level_mm, close))
    if surface.is_empty:
        return None
    liver = _liver(anatomy, grid)
    centre = surface.points_mm.mean(axis=0)
    radius = float(np.linalg.norm(surface.points_mm - centre, axis=1).max())
    margins = (0.0, options.margin_mm, options.goal_mm)
    points = {margin: _needed(surface, liver, centre, margin) for margin in margins}
    return Target(lesion, surface, liver, centre, radius, points)


def _liver(anatomy: Anatomy, grid: Grid) -> Image:
    """Return the signed distance of liver and lesion together on `grid`, from the working grid."""
    index = np.rint(anatomy.grid.indices(grid.corners_mm())).astype(int)
    low = np.clip(index.min(axis=0) - 2, 0, np.array(anatomy.grid.shape) - 2)
    high = np.clip(index.max(axis=0) + 3, low + 2, np.array(anatomy.grid.shape))
    box = (slice(low[0], high[0]), slice(low[1], high[1]), slice(low[2], high[2]))
    inside = anatomy.liver[box] | (anatomy.lesion_labels[box] > 0)
    part = anatomy.grid.crop(box)
    whole = Image(signed_distance_mm(inside, part.spacing_mm).astype(np.float32), part)
    return Image(resample_linear(whole, grid, fill=FAR_MM), grid)


FAR_MM = 50.0
"""What the liver is taken to be away by beyond the working grid."""


def _needed(surface: IsoSurface, liver: Image, centre: Array, margin: float) -> Array:
    """Return the points that a zone must hold for a margin, the farthest first.

    The surface of the lesion as contoured, and for a margin the liver within it: its outer shell in
    full, what lies under it on a coarser lattice, as a union of zones may leave holes.
    """
    corners = surface.points_mm
    _, first = np.unique(np.floor(corners / 1.5).astype(np.int64), axis=0, return_index=True)
    found = [corners[first]]
    if margin > 0.0:
        found.append(_round(surface, liver, margin))
    points = np.concatenate(found)
    far = np.linalg.norm(points - centre, axis=1)
    return np.ascontiguousarray(points[np.argsort(-far, kind="stable")])


SHELL_MM = 1.0
COARSE_VOXELS = 3


def _round(surface: IsoSurface, liver: Image, margin: float) -> Array:
    """Return the voxels of liver within `margin` of a lesion: (n, 3) LPS."""
    grid = liver.grid
    low = grid.indices(surface.points_mm.min(axis=0)[None] - margin - 1.0)[0]
    high = grid.indices(surface.points_mm.max(axis=0)[None] + margin + 1.0)[0]
    start = np.maximum(np.floor(low).astype(int), 0)
    stop = np.minimum(np.ceil(high).astype(int) + 1, np.array(grid.shape))
    box = (slice(start[0], stop[0]), slice(start[1], stop[1]), slice(start[2], stop[2]))
    index = np.argwhere(liver.array[box] <= 0.0) + start
    if not len(index):
        return np.zeros((0, 3))
    points = grid.points(index)
    gap, _ = cKDTree(surface.points_mm).query(points, distance_upper_bound=margin + 0.5)
    depth = -liver.array[tuple(index.T)]
    shell = (gap > margin - SHELL_MM) | (depth < SHELL_MM)
    coarse = (index % COARSE_VOXELS == 0).all(axis=1)
    thin = (index.sum(axis=1) % 2) == 0
    return points[(gap <= margin) & (coarse | (shell & thin))]
