"""Planes through the liver, as radiologists look at them.

Axial planes are seen from the feet, coronal ones from the front: in both the patient's right is on
the left of the picture. Picture coordinates are millimetres from the upper left corner.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from liverboard.numerics.grid import Array, Grid, Image
from liverboard.numerics.resample import resample_linear
from liverboard.report.picture.scene import Scene, on_grid

__all__ = ["Cut", "Plane", "plane_through", "planes_of"]

AIR_HU = -1024.0


class Cut(StrEnum):
    """How a plane lies in the body."""

    AXIAL = "axial"
    CORONAL = "coronal"


@dataclass(frozen=True, slots=True)
class Plane:
    """One plane of a scene: `grid` is a voxel thick, `name` unique among the planes of a report.

    `lesion` is the lesion it was laid through, empty for a plane through the middle of the liver.
    """

    name: str
    cut: Cut
    grid: Grid
    lesion: str = ""

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height."""
        rows, columns = self.shape
        return columns * self.step_mm, rows * self.step_mm

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of its pictures."""
        z, y, x = self.grid.shape
        return (y, x) if self.cut is Cut.AXIAL else (z, x)

    @property
    def step_mm(self) -> float:
        """Edge of a voxel."""
        return self.grid.spacing_mm[0]

    @property
    def position_mm(self) -> float:
        """Where the plane lies: LPS z of an axial, y of a coronal plane."""
        return self.grid.origin_mm[2 if self.cut is Cut.AXIAL else 1]

    @property
    def place(self) -> str:
        """Where the plane lies, in words."""
        axis = "z" if self.cut is Cut.AXIAL else "y"
        return f"{axis} {self.position_mm:.0f} mm"

    @property
    def letters(self) -> tuple[str, str, str, str]:
        """Sides of the body at the left, right, upper and lower edge."""
        return ("R", "L", "A", "P") if self.cut is Cut.AXIAL else ("R", "L", "H", "F")

    def labels(self, image: Image) -> Array:
        """Return an image of labels in this plane: (rows, columns)."""
        return self.turned(on_grid(image, self.grid))

    def numbers(self, image: Image, *, fill: float = AIR_HU) -> Array:
        """Return an image of numbers in this plane: (rows, columns) float32."""
        return self.turned(resample_linear(image, self.grid, fill=fill))

    def turned(self, thin: Array) -> Array:
        """Return the one layer of `thin`, on this plane's grid, as a picture."""
        if self.cut is Cut.AXIAL:
            return np.asarray(thin[0])
        return np.asarray(thin[::-1, 0])  # the head is at the top

    def at_mm(self, point: tuple[float, float, float]) -> tuple[float, float]:
        """Return the picture coordinates of an LPS point."""
        x = point[0] - self.grid.origin_mm[0]
        if self.cut is Cut.AXIAL:
            down = point[1] - self.grid.origin_mm[1]
        else:
            top = self.grid.origin_mm[2] + (self.grid.shape[0] - 1) * self.step_mm
            down = top - point[2]
        return x + self.step_mm / 2, down + self.step_mm / 2


def planes_of(scene: Scene, lesions: tuple[str, ...]) -> tuple[Plane, ...]:
    """Return an axial and a coronal plane through each lesion, where it is largest.

    Where no lesion is seen, the two planes go through the middle of the liver.
    """
    seen = [name for name in lesions if (scene.lesions == scene.label_of(name)).any()]
    named = [name for name in seen if scene.label_of(name)]
    return tuple(plane_through(scene, name, cut) for name in named or [""] for cut in Cut)


def plane_through(scene: Scene, lesion: str, cut: Cut) -> Plane:
    """Return the plane in which a lesion (the liver where empty) has its largest area."""
    mask = scene.liver if not lesion else scene.lesions == scene.label_of(lesion)
    axis = 0 if cut is Cut.AXIAL else 1
    areas = mask.sum(axis=tuple(other for other in range(3) if other != axis))
    at = int(np.argmax(areas))
    box = [slice(None)] * 3
    box[axis] = slice(at, at + 1)
    grid = scene.grid.crop((box[0], box[1], box[2]))
    return Plane(f"{lesion or 'liver'}-{cut}", cut, grid, lesion)
