"""Margins: how far the surface of a cut, zone or dose stays from the surface of a tumour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree
from skimage.measure import marching_cubes

from liverboard.numerics.grid import Array, Grid, bounding_box, read_only

__all__ = ["CutSurface", "MarginProfile", "cut_surface", "margin_profile"]

SMOOTHING_VOXELS = 0.7
"""Gaussian that turns a voxel mask into a surface without stairs, before it is contoured."""

CURVATURE_VOXELS = 2.0
"""Gaussian before curvature is taken: finer detail is voxel noise."""

BORDER_LEVEL = 0.15
"""Where this much of the smoothed remnant is left, the surface is a cut and not the capsule."""

CURVATURE_CAP_PER_MM = 1.0
"""Curvature beyond one per mm is voxel noise."""


@dataclass(frozen=True, slots=True, eq=False)
class CutSurface:
    """The surface between what is removed and what stays.

    points_mm: (n, 3) LPS centres of triangles; area_mm2: (n,) of each; `rms_curvature_per_mm` is
    the root mean square of the mean curvature.
    """

    points_mm: Array
    area_mm2: Array
    rms_curvature_per_mm: float

    def __post_init__(self) -> None:
        for name in ("points_mm", "area_mm2"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def total_mm2(self) -> float:
        """Area of the whole surface in mm2."""
        return float(self.area_mm2.sum())


def cut_surface(removed: Array, remnant: Array, grid: Grid) -> CutSurface:
    """Return the surface between two masks (z, y, x) bool of an isotropic grid.

    The capsule, where `removed` borders on neither, is no part of it.
    """
    if not removed.any() or not remnant.any():
        return CutSurface(np.zeros((0, 3)), np.zeros(0), 0.0)
    box = bounding_box(removed, margin=4)
    gone = np.pad(removed[box], 1).astype(np.float32)
    soft = ndimage.gaussian_filter(gone, SMOOTHING_VOXELS)
    left = ndimage.gaussian_filter(np.pad(remnant[box], 1).astype(np.float32), SMOOTHING_VOXELS)
    vertices, faces, _, _ = marching_cubes(soft, min(0.5, 0.5 * float(soft.max())))
    corners = vertices[faces]
    centres = corners.mean(axis=1)
    at_cut = ndimage.map_coordinates(left, centres.T, order=1) > BORDER_LEVEL
    sides = (corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(np.cross(*sides), axis=1) / 2.0 * grid.spacing_mm[0] ** 2
    curvature = _rms_curvature(gone, centres[at_cut], area[at_cut], grid.spacing_mm[0])
    points = grid.crop(box).points(centres[at_cut] - 1.0)
    return CutSurface(points, area[at_cut], curvature)


def _rms_curvature(mask: Array, centres: Array, area: Array, step_mm: float) -> float:
    """Return the root mean square of the mean curvature of a mask's surface at `centres`."""
    if len(centres) == 0:
        return 0.0
    field = ndimage.gaussian_filter(mask, CURVATURE_VOXELS)
    slope = np.array(np.gradient(field, step_mm))
    normal = slope / np.maximum(np.linalg.norm(slope, axis=0), 1e-6)
    mean = 0.5 * sum(np.gradient(normal[axis], step_mm, axis=axis) for axis in range(3))
    there = ndimage.map_coordinates(mean, centres.T, order=1)
    there = np.clip(there, -CURVATURE_CAP_PER_MM, CURVATURE_CAP_PER_MM)
    return float(np.sqrt(np.average(there**2, weights=np.maximum(area, 1e-9))))


@dataclass(frozen=True, slots=True, eq=False)
class MarginProfile:
    """Distances from a tumour's surface to a cut surface.

    `smallest_mm` at `at_mm` (LPS); `smallest_free_mm` over the part of the cut called free,
    infinite where none is within reach of the histogram. `edges_mm` (k + 1) and `area_cm2` (k) are
    the histogram of the cut surface over its distance to the tumour.
    """

    smallest_mm: float
    smallest_free_mm: float
    at_mm: tuple[float, float, float]
    edges_mm: tuple[float, ...]
    area_cm2: tuple[float, ...]


HISTOGRAM_MM = (*(float(edge) for edge in range(21)), 1000.0)
"""Bins of a margin histogram: millimetre by millimetre up to 20, then all the rest."""


def margin_profile(
    surface: CutSurface, tumour_mm: Array, *, is_free: Array | None = None
) -> MarginProfile | None:
    """Return the margins of a cut surface to a tumour's surface points (n, 3) LPS mm.

    is_free: (points,) bool, the part of the cut that `smallest_free_mm` is taken over. None where
    there is no cut surface or no tumour surface. Distances only: whether the tumour is inside what
    is removed is for the caller to check by voxels.
    """
    if len(surface.points_mm) == 0 or len(tumour_mm) == 0:
        return None
    near = _near(surface.points_mm, tumour_mm)
    gap = np.full(len(surface.points_mm), np.inf)
    gap[near] = cKDTree(tumour_mm).query(surface.points_mm[near])[0]
    nearest = int(np.argmin(gap))
    free = gap if is_free is None else gap[is_free]
    area, _ = np.histogram(
        np.minimum(gap, HISTOGRAM_MM[-1]), HISTOGRAM_MM, weights=surface.area_mm2 / 100.0
    )
    x, y, z = (float(value) for value in surface.points_mm[nearest])
    return MarginProfile(
        float(gap[nearest]),
        float(free.min()) if len(free) else np.inf,
        (x, y, z),
        HISTOGRAM_MM,
        tuple(float(value) for value in area),
    )


def _near(points_mm: Array, tumour_mm: Array) -> Array:
    """Return which points may lie within the histogram's reach of a tumour, all if none does."""
    low = tumour_mm.min(axis=0) - HISTOGRAM_MM[-2]
    high = tumour_mm.max(axis=0) + HISTOGRAM_MM[-2]
    inside = ((points_mm >= low) & (points_mm <= high)).all(axis=1)
    return inside if inside.any() else ~inside
