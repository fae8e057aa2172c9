"""Slices: the CT as a picture, and outlines of anatomy and plans as vectors on top of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from liverboard.numerics.distance import signed_distance_mm
from liverboard.numerics.grid import Array, Box, bounding_box
from liverboard.report.picture.contour import level_path, mask_path
from liverboard.report.picture.encode import enlarged, webp_uri
from liverboard.report.picture.plane import Cut, Plane
from liverboard.report.picture.scene import Scene
from liverboard.treatments.protocol import Layer, LayerKind

__all__ = ["WINDOW_CENTRE_HU", "WINDOW_WIDTH_HU", "Backdrop", "Rings", "Shape", "backdrop", "drawn"]

WINDOW_WIDTH_HU = 350.0
WINDOW_CENTRE_HU = 50.0

ENLARGED = 3
"""Picture pixels per voxel edge: smooth on screen and at 300 dots per inch on paper."""

QUALITY = 80

WIDEST_RING_MM = 15.0
"""A margin is drawn as a ring up to here; a wider one would fill the picture."""

LOOKS: Mapping[str, str] = {
    "resected": "gone",
    "destroyed": "zone",
    "zone": "zone",
    "ablated": "zone",
    "margin": "margin",
    "not perfused": "dry",
    "not drained": "congested",
    "congested": "congested",
    "path": "path",
    "dose": "dose",
}
"""How the layers of a plan are drawn, by role; any other role is outlined."""

STRUCTURES: Mapping[str, str] = {
    "portal_vein": "portal",
    "hepatic_veins": "hepatic",
    "inferior_vena_cava": "cava",
    "gallbladder": "bile",
}
"""How neighbours and vessels are drawn, by name; any other is outlined in grey."""

HIDDEN = ("lungs", "body", "spinal_canal", "ribs")
"""Structures whose outline would only disturb."""

ISODOSES = (0.2, 0.5, 0.8, 0.95)
"""Shares of the largest value at which a layer of numbers is drawn as lines."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One outline: `look` is its class in the style sheet, `name` says what it is."""

    look: str
    path: str
    name: str


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What stands under every plan in one plane: CT and outlines of the anatomy."""

    plane: Plane
    image: str
    shapes: tuple[Shape, ...]


def backdrop(scene: Scene, plane: Plane) -> Backdrop:
    """Return CT and anatomy in one plane."""
    return Backdrop(plane, _picture(scene, plane), tuple(_anatomy(scene, plane)))


def _picture(scene: Scene, plane: Plane) -> str:
    """Return the CT in one plane as a data URI, empty where there is none."""
    if scene.ct is None:
        return ""
    shown = enlarged(plane.numbers(scene.ct), ENLARGED)
    grey = (shown - (WINDOW_CENTRE_HU - WINDOW_WIDTH_HU / 2)) * (255.0 / WINDOW_WIDTH_HU)
    return webp_uri(np.clip(np.rint(grey), 0, 255).astype(np.uint8), QUALITY)


def _anatomy(scene: Scene, plane: Plane) -> Iterator[Shape]:
    """Yield the outlines of the anatomy, what matters most last."""
    for layer in scene.structures():
        if layer.name not in HIDDEN:
            look = STRUCTURES.get(layer.name, "other")
            yield from _outline(look, plane.labels(layer.image) > 0, plane, _spoken(layer.name))
    yield from _outline("liver", plane.turned(_thin(scene, plane, scene.liver)), plane, "liver")
    labels = plane.turned(_thin(scene, plane, scene.lesions))
    for label in np.unique(labels[labels > 0]).tolist():
        yield from _outline("lesion", labels == label, plane, scene.names.get(label, "lesion"))


def _thin(scene: Scene, plane: Plane, array: Array) -> Array:
    """Return the one layer of a scene's array that lies in `plane`."""
    start = np.rint(scene.grid.indices(np.array([plane.grid.origin_mm]))[0]).astype(int)
    return array[tuple(slice(a, a + n) for a, n in zip(start, plane.grid.shape, strict=True))]


def _outline(look: str, mask: Array, plane: Plane, name: str) -> Iterator[Shape]:
    """Yield the outline of a mask, unless it is empty."""
    path = mask_path(mask, plane.step_mm)
    if path:
        yield Shape(look, path, name)


def _spoken(name: str) -> str:
    """Return the name of a structure in words."""
    return name.replace("_", " ")


def drawn(layers: Sequence[Layer], plane: Plane) -> tuple[Shape, ...]:
    """Return the layers of a plan in one plane, fills before lines."""
    shapes = [shape for layer in layers for shape in _layer(layer, plane)]
    return tuple(sorted(shapes, key=lambda shape: shape.look in ("margin", "path", "dose")))


def _layer(layer: Layer, plane: Plane) -> Iterator[Shape]:
    """Yield one layer in one plane."""
    look = LOOKS.get(layer.role, "unnamed")
    if layer.kind is LayerKind.SCALAR:
        yield from _isolines(layer, plane)
        return
    labels = plane.labels(layer.image)
    if layer.kind is LayerKind.MASK:
        yield from _outline(look, labels > 0, plane, layer.role)
        return
    for label in np.unique(labels[labels > 0]).tolist():
        name = layer.names.get(label, f"{layer.role} {label}")
        yield from _outline(look, labels == label, plane, name)


def _isolines(layer: Layer, plane: Plane) -> Iterator[Shape]:
    """Yield lines of equal value of a layer of numbers."""
    top = float(np.nanmax(layer.image.array))
    field = plane.numbers(layer.image, fill=0.0)
    for rank, share in enumerate(ISODOSES):
        path = level_path(field, share * top, plane.step_mm)
        if path:
            yield Shape(f"dose dose-{rank}", path, f"{share * top:.3g} {layer.unit}".strip())


@dataclass(frozen=True, slots=True, eq=False)
class Rings:
    """Distances from each lesion, for drawing a margin as a ring round it.

    `fields` maps a lesion to the box of the scene it covers and the signed distance in mm there.
    """

    scene: Scene
    fields: Mapping[str, tuple[Box, Array]]

    @staticmethod
    def of(scene: Scene, lesions: Sequence[str]) -> Rings:
        """Return the distances from `lesions`, worked out once for all plans."""
        fields = {}
        wide = int(WIDEST_RING_MM / scene.step_mm) + 3
        for lesion in lesions:
            mask = scene.lesions == scene.label_of(lesion)
            if scene.label_of(lesion) and mask.any():
                box = bounding_box(mask, margin=wide)
                fields[lesion] = box, signed_distance_mm(mask[box], scene.grid.spacing_mm)
        return Rings(scene, fields)

    def ring(self, plane: Plane, margin_mm: float) -> Shape | None:
        """Return the line at `margin_mm` from the lesion of `plane`; None where it is too wide."""
        found = self.fields.get(plane.lesion)
        if found is None or not 0.0 < margin_mm <= WIDEST_RING_MM:
            return None
        box, distance = found
        axis = 0 if plane.cut is Cut.AXIAL else 1
        at = self.scene.grid.indices(np.array([plane.grid.origin_mm]))[0][axis]
        field = distance.take([round(at) - box[axis].start], axis)
        wide = np.full(plane.grid.shape, 2 * WIDEST_RING_MM, np.float32)
        wide[tuple(slice(None) if n == axis else box[n] for n in range(3))] = field
        path = level_path(plane.turned(wide), margin_mm, plane.step_mm)
        return Shape("margin", path, f"margin {margin_mm:.1f} mm") if path else None
