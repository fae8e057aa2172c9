"""Fields of a plan: isocentre, directions, and which cells of each field may be open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from liverboard.numerics.grid import Array
from liverboard.treatments.radiotherapy.beam import Beam, Point
from liverboard.treatments.radiotherapy.beam_data import BeamData
from liverboard.treatments.radiotherapy.body import Body
from liverboard.treatments.radiotherapy.fluence import PIXEL_MM, CellGrid
from liverboard.treatments.radiotherapy.operator import RAY_MM, TracedBeam, trace

__all__ = [
    "Fields",
    "cells_for",
    "enters_through_edge",
    "isocentre_of",
    "open_cells",
    "reach_of",
    "traced",
]

AROUND_MM = 70.0
"""How far beyond a field rays are traced: to where scattered dose has fallen below 1 %."""

ENTRY_DENSITY = 0.2
"""A ray that starts in more than this density enters through the edge of the image."""

ENTRY_SHARE = 0.01
"""A field is refused where more than this share of its rays enters through the edge."""


def isocentre_of(ptv: Array, body: Body) -> Point:
    """Return the centre of the target's bounding box, LPS mm."""
    index = np.argwhere(ptv)
    middle = (index.min(axis=0) + index.max(axis=0)) / 2.0
    x, y, z = body.grid.points(middle[None])[0]
    return float(x), float(y), float(z)


def reach_of(ptv: Array, body: Body, isocentre: Point) -> float:
    """Return the largest distance of the target from the isocentre in mm."""
    points = body.grid.points(np.argwhere(ptv))
    return float(np.sqrt(((points - np.array(isocentre)) ** 2).sum(axis=1)).max())


def cells_for(reach_mm: float, cell_mm: float, margin_cells: int) -> CellGrid:
    """Return square cells that cover a target of `reach_mm` round the axis, and a margin."""
    pixels = max(1, round(cell_mm / PIXEL_MM))
    half = int(np.ceil(reach_mm * 1.12 / (pixels * PIXEL_MM))) + margin_cells
    return CellGrid(2 * half, 2 * half, pixels, pixels)


def traced(
    body: Body, beams: Sequence[Beam], beam_data: BeamData, cells: CellGrid, position: str
) -> tuple[TracedBeam, ...]:
    """Return beams traced through the body."""
    reach = cells.rows * cells.leaf_mm / 2.0 + AROUND_MM
    return tuple(trace(body, beam, beam_data, reach_mm=reach, position=position) for beam in beams)


def open_cells(beam: TracedBeam, points_mm: Array, cells: CellGrid, margin_cells: int) -> Array:
    """Return the cells that see the target, widened: (rows, columns) bool.

    points_mm: (n, 3) LPS of the target's voxels.
    """
    at = beam.frame.project(points_mm)
    column = np.floor(at[:, 0] / cells.step_mm + cells.columns / 2.0).astype(int)
    row = np.floor(at[:, 1] / cells.leaf_mm + cells.rows / 2.0).astype(int)
    seen = np.zeros((cells.rows, cells.columns), dtype=bool)
    inside = (row >= 0) & (row < cells.rows) & (column >= 0) & (column < cells.columns)
    seen[row[inside], column[inside]] = True
    if not margin_cells:
        return seen
    return np.asarray(ndimage.binary_dilation(seen, np.ones((3, 3)), iterations=margin_cells))


def enters_through_edge(beam: TracedBeam, is_open: Array, cells: CellGrid) -> bool:
    """Whether too much of a field enters the patient where the image ends."""
    rows, columns = beam.entry.shape
    y = (np.arange(rows) - rows // 2) * RAY_MM
    x = (np.arange(columns) - columns // 2) * RAY_MM
    row = np.floor(y / cells.leaf_mm + cells.rows / 2.0).astype(int)
    column = np.floor(x / cells.step_mm + cells.columns / 2.0).astype(int)
    row_in, column_in = (row >= 0) & (row < cells.rows), (column >= 0) & (column < cells.columns)
    within = is_open[np.ix_(row[row_in], column[column_in])]
    entry = beam.entry[np.ix_(row_in, column_in)][within]
    return bool(entry.size and np.mean(entry > ENTRY_DENSITY) > ENTRY_SHARE)


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a plan: traced beams, their cells, what may be open, what was refused."""

    beams: tuple[TracedBeam, ...]
    cells: CellGrid
    is_open: Array
    refused_deg: tuple[float, ...] = ()
