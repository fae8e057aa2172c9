"""Distances to organs on a grid: negative inside, in mm.

Organs are computed on a `Lattice`: the CT grid thinned in plane, where smooth distances lose
nothing; what lies between its samples is interpolated when it is painted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liverboard.numerics.grid import Array, Grid, bounding_box
from liverboard.phantom.kernel import FAR_MM, draw, ripple
from liverboard.phantom.layer import Layer
from liverboard.phantom.shape import REACH_MM, Joint, Shape

__all__ = ["Field", "Lattice", "layer_field", "shapes_field"]

WORKING_MM = 1.6
"""In-plane spacing on which organs are computed, at most twice this."""

WAVES = 6
"""Waves that make up the bumps of an organ."""

WAVELENGTHS_MM = (28.0, 70.0)
"""Shortest and longest wave of the bumps."""

Index = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Lattice:
    """A CT grid, the in-plane step at which organs are sampled, and the size of the patient.

    `scale` turns mm of the template patient into mm of this one.
    """

    grid: Grid
    step: int
    scale: float

    @staticmethod
    def over(grid: Grid, scale: float) -> Lattice:
        """Return the lattice whose in-plane samples lie about 1.6 mm apart."""
        step = max(1, math.floor(WORKING_MM / max(grid.spacing_mm[1:]) + 0.01))
        return Lattice(grid, step, scale)

    def thinned(self) -> Grid:
        """Return the grid of the samples; it covers the CT grid to its last voxel."""
        z, y, x = self.grid.shape
        size = [math.ceil((count - 1) / self.step) + 1 for count in (y, x)]
        dz, dy, dx = self.grid.spacing_mm
        spacing = (dz, dy * self.step, dx * self.step)
        return Grid((z, size[0], size[1]), spacing, self.grid.origin_mm)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """Distances `array` (z, y, x) float32 mm whose first voxel is `corner` of a lattice.

    `step` is the in-plane step of the lattice in voxels of the CT grid.
    """

    array: Array
    corner: Index
    step: int = 1

    @property
    def box(self) -> tuple[slice, slice, slice]:
        """The slices of the lattice that the array covers."""
        a, b, c = (
            slice(first, first + size)
            for first, size in zip(self.corner, self.array.shape, strict=True)
        )
        return a, b, c


def template_frame(grid: Grid, scale: float, corner: Index) -> NDArray[np.float64]:
    """Return the kernels' frame (6,) of the box at `corner`, in mm of the template patient."""
    spacing = np.array(grid.spacing_mm[::-1])
    origin = np.array(grid.origin_mm) + np.array(corner[::-1]) * spacing
    return np.concatenate([origin, spacing]) / scale


def index_range(
    bounds_mm: NDArray[np.float64], frame: NDArray[np.float64], shape: Index
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first and one-past-last [z, y, x] of the voxels within `bounds_mm` (2, 3)."""
    size = np.array(shape[::-1])
    low = np.clip(np.floor((bounds_mm[0] - frame[:3]) / frame[3:]), 0, size)
    high = np.clip(np.ceil((bounds_mm[1] - frame[:3]) / frame[3:]) + 1, 0, size)
    return low[::-1].astype(np.int64), high[::-1].astype(np.int64)


def shapes_field(shapes: Sequence[Shape], grid: Grid, *, scale: float, step: int = 1) -> Field:
    """Return the distance to solids joined in order, in a box round those that are added."""
    whole = template_frame(grid, scale, (0, 0, 0))
    added = [shape.bounds_mm() for shape in shapes if shape.joint is Joint.ADD]
    bounds = np.array([np.min(added, axis=0)[0], np.max(added, axis=0)[1]])
    low, high = index_range(_widened(bounds, REACH_MM), whole, grid.shape)
    corner = (int(low[0]), int(low[1]), int(low[2]))
    array = np.full(np.maximum(high - low, 0), FAR_MM, dtype=np.float32)
    frame = template_frame(grid, scale, corner)
    for shape in shapes:
        _draw(array, frame, shape)
    array *= np.float32(scale)
    return Field(array, corner, step)


def _draw(array: Array, frame: NDArray[np.float64], shape: Shape) -> None:
    bounds = _widened(shape.bounds_mm(), REACH_MM + shape.blend_mm)
    if shape.joint is Joint.KEEP:
        bounds = np.array([[-np.inf] * 3, [np.inf] * 3])
    z, y, x = array.shape
    low, high = index_range(bounds, frame, (z, y, x))
    draw(array, frame, shape.encoded(), low, high)


def _widened(bounds_mm: NDArray[np.float64], margin_mm: float) -> NDArray[np.float64]:
    return bounds_mm + np.array([[-margin_mm], [margin_mm]])


def layer_field(
    layer: Layer, lattice: Lattice, regions: Mapping[str, Array], *, rng: np.random.Generator
) -> Field:
    """Return the distance to the organ of `layer` with its bumps, kept within its regions."""
    if not layer.shapes:
        return _region_field(layer, lattice, regions)
    grid = lattice.thinned()
    field = shapes_field(layer.shapes, grid, scale=lattice.scale, step=lattice.step)
    if layer.bumps_mm:
        frame = template_frame(grid, lattice.scale, field.corner)
        ripple(field.array, frame, _waves(rng, layer.bumps_mm))
    for region, offset_mm in layer.within:
        inside = regions[region][field.box] - np.float32(offset_mm)
        np.maximum(field.array, inside, out=field.array)
    return field


def _region_field(layer: Layer, lattice: Lattice, regions: Mapping[str, Array]) -> Field:
    """Return the distance to what lies in all regions of a layer without solids."""
    box = bounding_box(regions["skin"] < REACH_MM, margin=1)
    inside = [regions[name][box] - np.float32(offset_mm) for name, offset_mm in layer.within]
    corner = (box[0].start, box[1].start, box[2].start)
    return Field(np.maximum.reduce(inside), corner, lattice.step)


def _waves(rng: np.random.Generator, height_mm: float) -> NDArray[np.float64]:
    """Return random waves (n, 5): wave vector per mm, phase, height in mm."""
    direction = rng.normal(size=(WAVES, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    vector = direction * (2 * np.pi / rng.uniform(*WAVELENGTHS_MM, size=(WAVES, 1)))
    phase = rng.uniform(0, 2 * np.pi, size=(WAVES, 1))
    height = np.full((WAVES, 1), height_mm / math.sqrt(WAVES))
    return np.hstack([vector, phase, height])
