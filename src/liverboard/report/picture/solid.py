"""The liver as a solid: smooth fields that a ray can be followed through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from liverboard.numerics.distance import nearest_seed, signed_distance_mm
from liverboard.numerics.grid import Array, Grid, bounding_box
from liverboard.report.picture.scene import Scene, on_grid
from liverboard.report.picture.trace import softened
from liverboard.treatments.protocol import Layer, LayerKind

__all__ = ["INSIDE", "Shares", "Solid", "mask_of", "shares_of", "solid_of"]

MARGIN_VOXELS = 6
SOFT_LIVER_VOXELS = 1.0
SOFT_INNER_VOXELS = 0.6

THICKENED_VOXELS = 0.35
"""Vessels and lesions are drawn this much thicker, so that smoothing does not lose thin vessels."""

INSIDE: Mapping[str, int] = {
    "inferior_vena_cava": 1,
    "gallbladder": 2,
    "hepatic_veins": 3,
    "portal_vein": 4,
    "lesions": 5,
}
"""What is drawn opaque, and its number in the palette; a later one wins where two overlap."""


@dataclass(frozen=True, slots=True, eq=False)
class Solid:
    """Smooth signed distances in voxels, negative inside, (z, y, x) float32.

    `liver` to the surface of the liver, `inner` to the nearest of what is drawn opaque; `owner`
    (uint8) says which of `INSIDE` that is. `tissue` is the liver from 0 to 1,
    smooth, never quite 0. `segments` are labels 1 to 8, zero where unknown.
    """

    grid: Grid
    tissue: Array
    liver: Array
    inner: Array
    owner: Array
    segments: Array


def solid_of(scene: Scene) -> Solid:
    """Return the solid of a scene."""
    box = bounding_box(scene.liver, margin=MARGIN_VOXELS)
    grid = scene.grid.crop(box)
    step = grid.spacing_mm
    liver = signed_distance_mm(scene.liver[box], step) / step[0]
    marks = _marks(scene, grid, scene.lesions[box] > 0)
    inner, owner = _inner(marks, step)
    segments = np.zeros(grid.shape, np.uint8)
    if "segments" in scene.layers:
        segments = on_grid(scene.layers["segments"].image, grid).astype(np.uint8)
    smooth = gaussian_filter(np.asarray(liver, np.float32), SOFT_LIVER_VOXELS)
    tissue = np.maximum(softened(scene.liver[box].astype(np.uint8)), np.float32(0.02))
    return Solid(grid, tissue, smooth, inner, owner, segments)


def _marks(scene: Scene, grid: Grid, lesions: Array) -> Array:
    """Return the number in `INSIDE` of what is opaque at each voxel, zero elsewhere."""
    marks = np.zeros(grid.shape, np.uint8)
    for name, number in INSIDE.items():
        if name in scene.layers and name != "lesions":
            marks[on_grid(scene.layers[name].image, grid) > 0] = number
    marks[lesions] = INSIDE["lesions"]
    return marks


def _inner(marks: Array, step: tuple[float, float, float]) -> tuple[Array, Array]:
    """Return the smooth distance to what is marked, and the mark that is nearest."""
    if not marks.any():
        return np.full(marks.shape, 1e3, np.float32), marks
    distance = signed_distance_mm(marks > 0, step) / step[0]
    _, seed = nearest_seed(marks > 0, step)
    smooth = gaussian_filter(np.asarray(distance, np.float32), SOFT_INNER_VOXELS)
    smooth -= np.float32(THICKENED_VOXELS)
    for axis in range(3):  # what leaves the box is closed there
        for side in (0, -1):
            smooth.swapaxes(0, axis)[side] = np.maximum(smooth.swapaxes(0, axis)[side], 0.5)
    return smooth, marks.reshape(-1)[seed]


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """How far each voxel of the liver belongs to several things: (n, z, y, x) float32, 0 to 1.

    `box` (3, 2) holds the first and last index along each axis where the first is not zero.
    """

    soft: Array
    box: Array


def shares_of(solid: Solid, masks: Sequence[Array]) -> Shares:
    """Return how far each voxel of a solid belongs to each of `masks` (z, y, x) bool, smooth.

    Outside the liver a share goes on as it is just inside, so that no border follows the surface.
    """
    soft = np.zeros((len(masks), *solid.grid.shape), np.float32)
    boxes = [bounding_box(mask, margin=2) if mask.any() else None for mask in masks]
    for share, mask, box in zip(soft, masks, boxes, strict=True):
        if box is not None:
            part = softened(mask[box].view(np.uint8)) / solid.tissue[box]
            share[box] = np.minimum(part, 1.0)
    first = boxes[0] or (slice(0, 1),) * 3
    return Shares(soft, np.array([(part.start, part.stop - 1) for part in first], np.float64))


def mask_of(layers: Sequence[Layer], roles: tuple[str, ...], grid: Grid) -> Array:
    """Return where any mask of `roles` is, on `grid`: (z, y, x) bool."""
    mask = np.zeros(grid.shape, bool)
    for layer in layers:
        if layer.kind is LayerKind.MASK and layer.role in roles:
            mask |= on_grid(layer.image, grid) > 0
    return mask
