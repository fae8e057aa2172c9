"""Diameters and surfaces of masks."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.distance import pdist
from skimage.measure import find_contours, marching_cubes

from liverboard.numerics.grid import Array

__all__ = ["longest_diameter_mm", "longest_slice_diameter_mm", "mesh", "surface_area_mm2"]

Spacing = tuple[float, float, float]


def _farthest(points: Array) -> float:
    """Return the largest distance between any two of `points` (n, d)."""
    if len(points) < 2:
        return 0.0
    # too few points, or all in a line or plane: then all of them are the hull
    with suppress(QhullError, ValueError):
        points = points[ConvexHull(points).vertices]
    return float(pdist(points).max())


def longest_slice_diameter_mm(mask: Array, spacing_mm: Spacing) -> float:
    """Return the longest diameter of `mask` (z, y, x) within any one slice of the first axis.

    Measured between the half-way contours of the mask, as RECIST's longest diameter on an axial
    slice (Eisenhauer 2009); parts of one slice are measured together.
    """
    longest = 0.0
    for plane in mask:
        if plane.any():
            contours = find_contours(np.pad(plane, 1).astype(np.float32), 0.5)
            points = np.concatenate(contours) * np.array(spacing_mm[1:])
            longest = max(longest, _farthest(points))
    return longest


def mesh(mask: Array, spacing_mm: Spacing, *, level: float = 0.5) -> tuple[Array, Array]:
    """Return vertices (n, 3) in mm [z, y, x] from the first voxel, and faces (m, 3), of a mask."""
    padded = np.pad(np.asarray(mask, dtype=np.float32), 1)
    vertices, faces, _, _ = marching_cubes(padded, level, spacing=spacing_mm)
    return vertices - np.array(spacing_mm), faces


def longest_diameter_mm(mask: Array, spacing_mm: Spacing) -> float:
    """Return the longest diameter of `mask` (z, y, x) in space, between its half-way surfaces."""
    return _farthest(mesh(mask, spacing_mm)[0]) if mask.any() else 0.0


def surface_area_mm2(vertices: Array, faces: Array) -> float:
    """Return the area in mm2 of a triangle mesh."""
    corners = vertices[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(np.linalg.norm(normals, axis=1).sum() / 2.0)
