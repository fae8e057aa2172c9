"""Where voxels lie in the patient.

Arrays are indexed `[z, y, x]`; points are LPS millimetres `(x, y, z)`: x grows to the patient's
left, y to the back, z to the head. A `Grid` ties the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["IDENTITY", "Array", "Box", "Grid", "Image", "bounding_box", "read_only"]

Array: TypeAlias = NDArray[Any]
Box: TypeAlias = tuple[slice, slice, slice]
Rows: TypeAlias = tuple[
    tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]
]

IDENTITY: Rows = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
"""Index axes x, y, z along left, posterior, superior."""

ORTHONORMAL_TOLERANCE = 1e-4
"""Largest deviation of direction cosines from orthonormal that is still rounding, not shear."""


def read_only(array: Array) -> Array:
    """Return a view of `array` that cannot be written."""
    view = array.view()
    view.flags.writeable = False
    return view


@dataclass(frozen=True, slots=True)
class Grid:
    """Size, spacing, origin and direction of an array.

    `shape` (z, y, x) voxels; `spacing_mm` (z, y, x); `origin_mm` LPS of the centre of voxel
    [0, 0, 0]; `direction` a 3 x 3 matrix whose columns are the LPS unit vectors of the x, y and z
    index axes (as in ITK). Left-handed grids are allowed; sheared ones are not.
    """

    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    origin_mm: tuple[float, float, float]
    direction: Rows = IDENTITY

    def __post_init__(self) -> None:
        if min(self.shape) < 1 or min(self.spacing_mm) <= 0:
            raise ValueError(f"a grid needs positive size and spacing, got {self}")
        matrix = np.array(self.direction)
        if not np.allclose(matrix.T @ matrix, np.eye(3), atol=ORTHONORMAL_TOLERANCE):
            raise ValueError(f"direction cosines must be orthonormal, got {self.direction}")

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in ml."""
        return float(np.prod(self.spacing_mm)) / 1000.0

    @property
    def is_axis_aligned(self) -> bool:
        """Whether the index axes are left, posterior and superior themselves."""
        return bool(np.allclose(np.array(self.direction), np.eye(3), atol=ORTHONORMAL_TOLERANCE))

    @property
    def index_to_mm(self) -> NDArray[np.float64]:
        """The (3, 4) matrix that maps (x, y, z, 1) indices to LPS millimetres."""
        scale = np.diag(self.spacing_mm[::-1])
        matrix = np.array(self.direction) @ scale
        return np.column_stack([matrix, np.array(self.origin_mm)])

    def points(self, indices: Array) -> NDArray[np.float64]:
        """Return the LPS points (n, 3) of `indices` (n, 3) [z, y, x]; fractions are allowed."""
        matrix = self.index_to_mm
        found = np.asarray(indices, dtype=np.float64)[..., ::-1] @ matrix[:, :3].T + matrix[:, 3]
        return np.asarray(found, dtype=np.float64)

    def indices(self, points_mm: Array) -> NDArray[np.float64]:
        """Return fractional indices (n, 3) [z, y, x] of LPS `points_mm` (n, 3)."""
        matrix = self.index_to_mm
        inverse = np.linalg.inv(matrix[:, :3])
        found = (np.asarray(points_mm, dtype=np.float64) - matrix[:, 3]) @ inverse.T
        return np.asarray(found[..., ::-1], dtype=np.float64)

    def contains(self, points_mm: Array) -> NDArray[np.bool_]:
        """Tell which LPS points (n, 3) lie within the voxels of this grid."""
        index = self.indices(points_mm)
        inside = (index >= -0.5) & (index <= np.array(self.shape) - 0.5)
        return np.asarray(inside.all(axis=-1))

    def corners_mm(self) -> NDArray[np.float64]:
        """Return the LPS points (8, 3) of the centres of the corner voxels."""
        ends = [(0, size - 1) for size in self.shape]
        return self.points(np.array(np.meshgrid(*ends, indexing="ij")).reshape(3, -1).T)

    def crop(self, box: Box) -> Grid:
        """Return the grid of `array[box]`; the slices have step 1."""
        starts = [part.indices(size)[:2] for part, size in zip(box, self.shape, strict=True)]
        origin = self.points(np.array([start for start, _ in starts], dtype=float))
        shape = tuple(stop - start for start, stop in starts)
        return Grid(
            (shape[0], shape[1], shape[2]),
            self.spacing_mm,
            (float(origin[0]), float(origin[1]), float(origin[2])),
            self.direction,
        )

    def matches(self, other: Grid, *, tolerance_mm: float = 0.05) -> bool:
        """Whether both grids put every voxel at the same place, within `tolerance_mm`."""
        if self.shape != other.shape:
            return False
        gap = np.abs(self.corners_mm() - other.corners_mm()).max()
        return bool(gap <= tolerance_mm)

    @staticmethod
    def around(points_mm: Array, spacing_mm: float, *, margin_mm: float = 0.0) -> Grid:
        """Return the isotropic, axis-aligned grid that covers LPS points (n, 3) plus a margin."""
        low = np.floor((points_mm.min(axis=0) - margin_mm) / spacing_mm) * spacing_mm
        high = np.ceil((points_mm.max(axis=0) + margin_mm) / spacing_mm) * spacing_mm
        size = np.rint((high - low) / spacing_mm).astype(int) + 1
        return Grid(
            (int(size[2]), int(size[1]), int(size[0])),
            (spacing_mm, spacing_mm, spacing_mm),
            (float(low[0]), float(low[1]), float(low[2])),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """An array with its grid; the array is read-only and has the grid's shape."""

    array: Array
    grid: Grid

    def __post_init__(self) -> None:
        if self.array.shape != self.grid.shape:
            raise ValueError(f"array {self.array.shape} does not fit grid {self.grid.shape}")
        object.__setattr__(self, "array", read_only(self.array))

    def crop(self, box: Box) -> Image:
        """Return the part of the image inside `box`."""
        return Image(self.array[box], self.grid.crop(box))


def bounding_box(mask: Array, *, margin: int | tuple[int, int, int] = 0) -> Box:
    """Return the slices round the non-zero voxels of `mask`, widened by `margin` voxels.

    Raises ValueError where the mask is empty. A margin per axis is (z, y, x).
    """
    wide = (margin, margin, margin) if isinstance(margin, int) else margin
    slices = []
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        filled = np.flatnonzero(mask.any(axis=others))
        if filled.size == 0:
            raise ValueError("an empty mask has no bounding box")
        start = max(0, int(filled[0]) - wide[axis])
        slices.append(slice(start, min(mask.shape[axis], int(filled[-1]) + 1 + wide[axis])))
    return slices[0], slices[1], slices[2]
