"""The trunk as regions: the cavity of chest and belly, its wall, the skin, and the diaphragm."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liverboard.numerics.grid import Array, Grid
from liverboard.phantom.field import Lattice, template_frame
from liverboard.phantom.kernel import FAR_MM, draw, draw_stack, refine
from liverboard.phantom.layer import read_shape
from liverboard.phantom.parallel import in_threads, slabs
from liverboard.phantom.shape import Shape

__all__ = ["draw_regions", "fat_rings", "read_domes", "rings_at", "skin_extent_mm"]

THINNING = 4
"""The trunk is so smooth that every fourth sample of the lattice describes it."""

RING = 6
"""Numbers of a ring: centre x and y, half width, depth to front and back, power."""


def rings_at(rows: NDArray[np.float64], z_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rings (n, 6) at heights `z_mm` (n,) between `rows` (m, 7), lowest first."""
    return np.column_stack([np.interp(z_mm, rows[:, 0], rows[:, n + 1]) for n in range(RING)])


def fat_rings(
    wall: NDArray[np.float64], share: Mapping[str, float], fat_mm: float
) -> NDArray[np.float64]:
    """Return the rows (m, 7) of the skin: the wall's, widened by the fat under the skin."""
    skin = wall.copy()
    for column, side in ((3, "side"), (4, "front"), (5, "back")):
        skin[:, column] += fat_mm * share[side]
    return skin


def draw_regions(
    lattice: Lattice, outline: Mapping[str, Any], *, fat_mm: float, domes: tuple[Shape, ...]
) -> dict[str, Array]:
    """Return the distances (z, y, x) float32 to each region of the trunk on the lattice.

    `cavity` lies inside ribs and muscle, `wall` is bounded by the muscles' outside, `skin` by the
    skin; `beneath` and `chest` lie below and above the diaphragm; `abdomen` is the part of the
    cavity beneath it.
    """
    grid = lattice.thinned()
    wall = np.array(outline["wall"], dtype=float)
    rows = {
        "cavity": np.array(outline["cavity"], dtype=float),
        "wall": wall,
        "skin": fat_rings(wall, outline["fat"], fat_mm / lattice.scale),
    }
    drawn = {name: _draw_stack(row, grid, lattice.scale) for name, row in rows.items()}
    beneath = _draw_domes(domes, grid, lattice.scale)
    drawn["beneath"], drawn["chest"] = beneath, -beneath
    drawn["abdomen"] = np.maximum(drawn["cavity"], beneath)
    return drawn


def _draw_stack(rows: NDArray[np.float64], grid: Grid, scale: float) -> Array:
    field, frame = _coarse(grid, scale)
    heights = frame[2] + np.arange(grid.shape[0]) * frame[5]
    draw_stack(field, frame, rings_at(rows, heights))
    return _refined(field, grid, scale)


def _draw_domes(domes: tuple[Shape, ...], grid: Grid, scale: float) -> Array:
    field, frame = _coarse(grid, scale)
    field.fill(FAR_MM)
    everywhere = np.zeros(3, dtype=np.int64), np.array(field.shape, dtype=np.int64)
    for dome in domes:
        draw(field, frame, dome.encoded(), *everywhere)
    return _refined(field, grid, scale)


def _coarse(grid: Grid, scale: float) -> tuple[Array, NDArray[np.float64]]:
    """Return an array of `grid` thinned in plane, and its frame in mm of the template patient."""
    z, y, x = grid.shape
    size = (z, *(math.ceil((count - 1) / THINNING) + 1 for count in (y, x)))
    frame = template_frame(grid, scale, (0, 0, 0))
    frame[3:5] *= THINNING
    return np.empty(size, dtype=np.float32), frame


def _refined(coarse: Array, grid: Grid, scale: float) -> Array:
    """Return the coarse distances on `grid`, in mm of this patient."""
    coarse *= np.float32(scale)
    field = np.empty(grid.shape, dtype=np.float32)

    def fill(part: slice) -> None:
        refine(field[part], coarse[part], float(THINNING))

    in_threads(fill, slabs(grid.shape[0]))
    return field


def read_domes(outline: Mapping[str, Any]) -> tuple[Shape, ...]:
    """Return the domes of the diaphragm, right, left and the tendon between them."""
    solids = [shape for row in outline["domes"] for shape in read_shape(row)]
    return tuple(replace(solid, is_bottomless=True) for solid in solids)


def skin_extent_mm(
    outline: Mapping[str, Any], fat_mm: float, scale: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and highest x and y (2,) that the skin reaches, LPS mm."""
    rows = fat_rings(np.array(outline["wall"], dtype=float), outline["fat"], fat_mm / scale)
    low = np.column_stack([rows[:, 1] - rows[:, 3], rows[:, 2] - rows[:, 4]]).min(axis=0)
    high = np.column_stack([rows[:, 1] + rows[:, 3], rows[:, 2] + rows[:, 5]]).max(axis=0)
    return low * scale, high * scale
