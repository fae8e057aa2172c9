"""The picture as it is painted: tissues laid under one another, the foremost first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liverboard.numerics.grid import Array
from liverboard.phantom.field import Field, Lattice
from liverboard.phantom.kernel import FAR_MM, paint
from liverboard.phantom.layer import NO_GAS_MM, Layer
from liverboard.phantom.parallel import in_threads, slabs

__all__ = ["NO_GAP_MM", "OWNERS", "Canvas", "Tissue"]

OWNERS = (
    "outside", "tissue", "liver", "portal_vein", "hepatic_veins", "inferior_vena_cava", "aorta",
    "gallbladder", "stomach", "duodenum", "small_bowel", "colon", "pancreas", "kidney_right",
    "kidney_left", "spleen", "heart", "lung_right", "lung_left", "ribs", "vertebrae", "spinal_cord",
    "esophagus",
)  # fmt: skip
"""What a voxel can belong to; its number is the place in this list."""

SOFTNESS_MM = 1.0
"""Width over which one tissue passes into the next."""

GAS_HU = -950.0

NO_GAP_MM = -50.0
"""Gap of a layer that lies on what is before it."""


@dataclass(frozen=True, slots=True)
class Tissue:
    """CT numbers of a tissue, HU: its core, its outermost `rim_mm`, and its fine structure."""

    core: float
    rim: float
    rim_mm: float = 0.0
    texture: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """Arrays (z, y, x) of a picture being painted: hu, clear, near float32 and owner uint8.

    `clear` is the share of a voxel that still shows what lies behind, `near` the distance to what
    was painted already. `texture` is a field of unit noise on the lattice.
    """

    lattice: Lattice
    hu: Array
    clear: Array
    near: Array
    owner: Array
    texture: Array

    @staticmethod
    def blank(lattice: Lattice, texture: Array) -> Canvas:
        """Return a canvas on which nothing is painted."""
        shape = lattice.grid.shape
        hu = np.zeros(shape, dtype=np.float32)
        clear = np.ones(shape, dtype=np.float32)
        near = np.full(shape, FAR_MM, dtype=np.float32)
        return Canvas(lattice, hu, clear, near, np.zeros(shape, dtype=np.uint8), texture)

    def lay(self, layer: Layer, field: Field, tissue: Tissue) -> None:
        """Lay the organ of `layer` under what is painted already."""
        scale = self.lattice.scale
        gas = (layer.gas_y_mm * scale, GAS_HU) if layer.gas_y_mm > NO_GAS_MM else (NO_GAS_MM, 0.0)
        look = np.array(
            [
                OWNERS.index(layer.owner),
                tissue.core,
                tissue.rim,
                tissue.rim_mm,
                tissue.texture,
                SOFTNESS_MM,
                *gas,
                layer.gap_mm,
            ]
        )
        texture = self.texture[field.box] if field.step == self.lattice.step else field.array
        if field.step != self.lattice.step:
            look[4] = 0.0

        def lay_slab(part: slice) -> None:
            place = self._place(field, part.start)
            paint(self._arrays(), texture[part], field.array[part], look, place)

        in_threads(lay_slab, slabs(len(field.array)))

    def _arrays(self) -> tuple[Array, ...]:
        return self.hu, self.clear, self.near, self.owner

    def _place(self, field: Field, first: int) -> Array:
        grid = self.lattice.grid
        z, y, x = field.corner
        corner = [z + first, y * field.step, x * field.step]
        return np.array([*corner, field.step, grid.origin_mm[1], grid.spacing_mm[1]])
