"""What there is to draw: the layers of a board on one picture grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from liverboard.numerics.grid import Array, Grid, Image, bounding_box
from liverboard.numerics.resample import resample_nearest
from liverboard.treatments.protocol import Layer, LayerKind

__all__ = ["Scene", "on_grid", "scene_of"]

MARGIN_MM = 20.0
"""What is shown round the liver."""

COINCIDE_VOXELS = 0.02
"""Grids whose voxels lie this close to one another are the same grid, rounding apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """The liver, its surroundings and lesions, on an isotropic grid along the body's axes.

    liver: (z, y, x) bool; lesions: (z, y, x) unsigned, named in `names`. `layers` are all layers of
    the anatomy by name, each on its own grid; the CT, where there is one, is called `ct`.
    """

    grid: Grid
    liver: Array
    lesions: Array
    names: Mapping[int, str]
    layers: Mapping[str, Layer]

    @property
    def step_mm(self) -> float:
        """Edge of a voxel."""
        return self.grid.spacing_mm[0]

    @property
    def ct(self) -> Image | None:
        """The CT, None where there is none."""
        layer = self.layers.get("ct")
        return None if layer is None else layer.image

    def structures(self) -> tuple[Layer, ...]:
        """Return vessels and neighbours."""
        return tuple(layer for layer in self.layers.values() if layer.role == "structure")

    def label_of(self, lesion: str) -> int:
        """Return the label of a lesion, zero where it is not drawn."""
        return next((label for label, name in self.names.items() if name == lesion), 0)


def scene_of(layers: Sequence[Layer]) -> Scene | None:
    """Return the scene of a board's layers; None where there is no liver to be seen."""
    by_name = {layer.name: layer for layer in layers}
    liver = by_name.get("liver")
    if liver is None or not liver.image.array.any():
        return None
    grid = _picture_grid(liver.image)
    lesions = next((layer for layer in layers if layer.role == "lesion"), None)
    labels = np.zeros(grid.shape, np.uint8)
    names: dict[int, str] = {}
    if lesions is not None and lesions.kind is LayerKind.LABELS:
        labels, names = on_grid(lesions.image, grid), dict(lesions.names)
    return Scene(grid, on_grid(liver.image, grid) > 0, labels, names, by_name)


def on_grid(image: Image, grid: Grid) -> Array:
    """Return an image of labels on `grid`, zero beyond it: copied where the voxels coincide."""
    first = image.grid.indices(np.array([grid.origin_mm]))[0]
    start = np.rint(first).astype(int)
    is_same = image.grid.direction == grid.direction and image.grid.spacing_mm == grid.spacing_mm
    if not is_same or np.abs(first - start).max() > COINCIDE_VOXELS:
        return resample_nearest(image, grid)
    out = np.zeros(grid.shape, image.array.dtype)
    here, there = [], []
    for at, size, own in zip(start, grid.shape, image.array.shape, strict=True):
        low, high = max(0, -at), max(0, min(size, own - at))
        here.append(slice(low, high))
        there.append(slice(low + at, high + at))
    if all(part.start < part.stop for part in here):
        out[tuple(here)] = image.array[tuple(there)]
    return out


def _picture_grid(liver: Image) -> Grid:
    """Return the grid round the liver: as fine as the liver's, along the body's axes."""
    box = bounding_box(liver.array)
    corners = liver.grid.crop(box).corners_mm()
    return Grid.around(corners, min(liver.grid.spacing_mm), margin_mm=MARGIN_MM)
