"""The patient as the beam sees it: electron density on a body grid of 2 to 3 mm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liverboard.case import Case
from liverboard.errors import RequestError
from liverboard.numerics.grid import Array, Grid, Image, bounding_box, read_only
from liverboard.numerics.resample import resample_linear
from liverboard.treatments.radiotherapy.beam_data import tables
from liverboard.values import Reason, Unknown

__all__ = ["Body", "body_of", "density_of"]

AIR_HU = -1000.0

COUCH_HU, COUCH_ML = -500.0, 50.0
"""More matter than this outside the body mask is a couch or a device."""

METAL_HU, METAL_ML = 2000.0, 0.5
"""Voxels this dense are metal, or streaks of it: no bone of the trunk is so dense."""

COARSEST_MM = 5.0
"""On a coarser grid the field's edge (penumbra 5 mm) is not resolved."""


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """The body on an isotropic grid along LPS.

    density: (z, y, x) float32 electron density relative to water, 0 outside the body; mask: bool.
    The grid ends where the CT ends, or in air beyond the skin. `remarks` say what a reader must
    know of couch, metal and densities beyond the table.
    """

    grid: Grid
    density: Array
    mask: Array
    remarks: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in ("density", "mask"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def density_of(hounsfield: Array) -> Array:
    """Return electron density relative to water (float32) of Hounsfield units.

    Linear between the points of `data/beams.yaml`; beyond its ends the last value holds.
    Source: matrad-hlut.
    """
    points = np.array(tables()["density"]["points"])
    return np.interp(hounsfield, points[:, 0], points[:, 1]).astype(np.float32)


def body_of(case: Case, *, spacing_mm: float, metal_density: float | None = None) -> Body | Unknown:
    """Return the body of a case; Unknown without CT or body mask.

    Whatever lies outside the body mask is taken as air, the couch too. With `metal_density` voxels
    above 2000 HU get that density, because their CT numbers mean little.
    """
    if not 1.0 <= spacing_mm <= COARSEST_MM:
        raise RequestError(
            f"a dose grid of {spacing_mm:g} mm is not planned on",
            where="--grid",
            remedy=f"choose 1 to {COARSEST_MM:g} mm; 2 to 3 mm are usual",
        )
    if isinstance(case.ct, Unknown):
        return case.ct
    mask = case.structures.get("body")
    if mask is None or not mask.array.any():
        reason = "no body mask: where the skin lies is not known (segmentations/body.nii.gz)"
        return Unknown(Reason.NO_MASK, reason)
    return _resampled(case.ct, mask, spacing_mm, metal_density)


def _resampled(ct: Image, mask: Image, spacing_mm: float, metal_density: float | None) -> Body:
    """Return CT and mask on a grid round the body that never leaves the CT."""
    box = bounding_box(mask.array, margin=2)
    near, inside = ct.crop(box), Image(np.asarray(mask.array[box], np.float32), mask.grid.crop(box))
    grid = _within(near.grid, spacing_mm)
    body = resample_linear(inside, grid) >= 0.5
    hounsfield = resample_linear(near, grid, fill=AIR_HU)
    density = density_of(hounsfield)
    if metal_density is not None:
        density[hounsfield > METAL_HU] = metal_density
    density[~body] = 0.0
    remarks = _remarks(near, np.asarray(mask.array[box], bool), metal_density)
    return Body(grid, density, body, remarks)


def _within(near: Grid, spacing_mm: float) -> Grid:
    """Return the isotropic LPS grid whose voxel centres lie inside the voxels of `near`."""
    corners = near.corners_mm()
    half = np.abs(np.array(near.direction)) @ (np.array(near.spacing_mm[::-1]) / 2.0)
    low, high = corners.min(axis=0) - half, corners.max(axis=0) + half
    size = np.maximum(1, np.floor((high - low) / spacing_mm).astype(int))
    first = (low + high) / 2.0 - (size - 1) / 2.0 * spacing_mm
    return Grid(
        (int(size[2]), int(size[1]), int(size[0])),
        (spacing_mm,) * 3,
        (float(first[0]), float(first[1]), float(first[2])),
    )


def _remarks(ct: Image, inside: Array, metal_density: float | None) -> tuple[str, ...]:
    """Return what is odd about the CT: couch, metal, numbers beyond the table."""
    found = []
    points = np.array(tables()["density"]["points"])
    outside = np.count_nonzero((ct.array > COUCH_HU) & ~inside) * ct.grid.voxel_ml
    if outside > COUCH_ML:
        found.append(
            f"{outside:.0f} ml of couch or other matter outside the body mask are taken as air"
        )
    dense = np.count_nonzero((ct.array > METAL_HU) & inside) * ct.grid.voxel_ml
    if dense > METAL_ML:
        rule = "taken as measured; --metal-density overrides it"
        if metal_density is not None:
            rule = f"given the density {metal_density:g}"
        found.append(f"{dense:.1f} ml above {METAL_HU:.0f} HU (metal or streaks): {rule}")
    beyond = np.count_nonzero((ct.array > points[-1, 0]) & inside)
    if beyond:
        found.append(f"{beyond} voxels above {points[-1, 0]:.0f} HU lie beyond the density table")
    return tuple(found)
