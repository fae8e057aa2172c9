"""The room inside the liver: how deep a point lies, and points spread through it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from liverboard.numerics.grid import Array, Grid
from liverboard.phantom.compiled import compiled
from liverboard.phantom.lesion import Ellipsoid

__all__ = ["Space", "room"]

SAMPLE_MM = 4.0
"""Distance of the points that stand for the liver while it is divided and supplied."""

GRADIENT_MM = 2.0
"""Half the step over which the slope of the depth is measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """Depth below the surface of the liver: `depth` (z, y, x) float32 mm on `grid`, 0 outside.

    Lesions count as outside where they were taken out with `without`.
    """

    depth: Array
    grid: Grid

    def depth_at(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the depth (n,) in mm at LPS points (n, 3)."""
        corner, spacing = np.array(self.grid.origin_mm), np.array(self.grid.spacing_mm[::-1])
        return interpolated(self.depth, (np.asarray(points) - corner) / spacing)

    def samples(self) -> NDArray[np.float64]:
        """Return LPS points (n, 3) about 4 mm apart that lie inside."""
        steps = [max(1, round(SAMPLE_MM / mm)) for mm in self.grid.spacing_mm]
        thin = self.depth[:: steps[0], :: steps[1], :: steps[2]]
        index = np.argwhere(thin > 0) * np.array(steps)
        return self.grid.points(index)

    def inward(self, point: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the unit vector (3,) along which depth grows fastest; zero where it is flat."""
        steps = np.eye(3) * GRADIENT_MM
        slope = self.depth_at(point + steps) - self.depth_at(point - steps)
        size = float(np.linalg.norm(slope))
        return slope / size if size > 1e-6 else np.zeros(3)

    def deepened(self, point: NDArray[np.float64], depth_mm: float) -> NDArray[np.float64]:
        """Return `point`, moved inwards until it lies `depth_mm` deep or can sink no further."""
        moved = point.copy()
        for _ in range(30):
            lack = depth_mm - float(self.depth_at(moved[None])[0])
            if lack <= 0:
                break
            moved = moved + min(lack + 0.2, 2.0) * self.inward(moved)
        return moved

    def without(self, lesions: tuple[Ellipsoid, ...]) -> Space:
        """Return this space with lesions taken out, so that nothing grows through them."""
        depth = self.depth.copy()
        index = np.argwhere(depth > 0)
        points = self.grid.points(index)
        for lesion in lesions:
            gap = lesion.distance_mm(points)
            where = tuple(index.T)
            depth[where] = np.clip(np.minimum(depth[where], gap), 0.0, None)
        return Space(depth, self.grid)


@compiled
def interpolated(array: Array, index: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `array` (z, y, x) at fractional indices (n, 3) x, y, z, linearly; 0 beyond."""
    found = np.zeros(len(index))
    for n in range(len(index)):
        x, y, z = index[n]
        i, j, k = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
        if min(i, j, k) < 0 or k + 1 >= array.shape[0]:
            continue
        if j + 1 >= array.shape[1] or i + 1 >= array.shape[2]:
            continue
        for c in range(2):
            for b in range(2):
                for a in range(2):
                    weight = abs(1 - a - x + i) * abs(1 - b - y + j) * abs(1 - c - z + k)
                    found[n] += weight * array[k + c, j + b, i + a]
    return found


def room(inside: Array, grid: Grid) -> Space:
    """Return the space of the mask `inside` (z, y, x) on `grid`.

    Depth is the Euclidean distance to the nearest voxel outside, less half an in-plane voxel.
    """
    depth = distance_transform_edt(inside, sampling=grid.spacing_mm)
    depth = np.clip(depth - 0.5 * min(grid.spacing_mm), 0.0, None)
    return Space(depth.astype(np.float32), grid)
