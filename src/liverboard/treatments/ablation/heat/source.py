"""Where an applicator gives off its heat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from liverboard.errors import RequestError
from liverboard.numerics.grid import Array, Grid
from liverboard.treatments.ablation.tables import table

__all__ = ["Antenna", "Applicator", "Shaft", "antenna_field", "applicator", "shaft_voxels"]

REFERENCE_W = 60.0
"""The power at which the exponents of an antenna count as one."""


@dataclass(frozen=True, slots=True)
class Antenna:
    """A microwave antenna as a line source.

    Power density falls as e^(-r/decay)/r from the axis and as a Gaussian along it, whose width
    grows with power; what reaches tissue is efficiency times a power law of the setting, and falls
    to a share `late` in time, as hot tissue absorbs less and cables warm.
    """

    efficiency: float
    decay_mm: float
    axial_mm: float
    late: float
    fall_s: float
    power_exponent: float
    axial_exponent: float

    def delivered_w(self, power_w: float, seconds: float) -> float:
        """Return the power that heats tissue some time after the start."""
        share = self.late + (1.0 - self.late) * float(np.exp(-seconds / self.fall_s))
        return (
            self.efficiency * REFERENCE_W * (power_w / REFERENCE_W) ** self.power_exponent * share
        )

    def sigma_mm(self, power_w: float) -> float:
        """Return the width of the source along the needle."""
        return self.axial_mm * (power_w / REFERENCE_W) ** self.axial_exponent


@dataclass(frozen=True, slots=True)
class Shaft:
    """The active end of an electrode or cryoprobe."""

    active_mm: float
    radius_mm: float
    ceiling_c: float = 0.0
    cooling_c: float = 0.0
    probe_c: float = 0.0
    thaw_min: float = 0.0


@dataclass(frozen=True, slots=True)
class Applicator:
    """How a device heats or cools, by how its table may be read: `living` or `ex_vivo`."""

    kind: str
    readings: Mapping[str, Antenna | Shaft]

    def reading(self, name: str) -> Antenna | Shaft:
        """Return one reading; that of living liver where the table leaves no doubt."""
        return self.readings.get(name, self.readings["living"])


@cache
def applicator(device_id: str) -> Applicator:
    """Return how a device heats; RequestError where that is not known."""
    known = table("heat")["applicators"]
    if device_id not in known:
        raise RequestError(f"no heat source is known for {device_id!r}")
    entry = known[device_id]
    make = Antenna if entry["kind"] == "microwave" else Shaft
    readings = {
        name: make(**{key: float(value) for key, value in entry[name].items()})
        for name in ("living", "ex_vivo")
        if name in entry
    }
    return Applicator(entry["kind"], readings)


def antenna_field(
    antenna: Antenna, power_w: float, grid: Grid, middle_mm: Array, outward: Array
) -> Array:
    """Return the density of one delivered watt: (z, y, x) float32 in 1/m3, its integral one."""
    along, across = _cylinder(grid, middle_mm, outward)
    sigma = antenna.sigma_mm(power_w)
    thinnest = 0.9 * min(grid.spacing_mm)
    radius = np.maximum(across, thinnest)
    density = np.exp(-across / antenna.decay_mm - 0.5 * (along / sigma) ** 2) / radius
    voxel_m3 = float(np.prod(grid.spacing_mm)) * 1e-9
    return (density / (density.sum() * voxel_m3)).astype(np.float32)


def shaft_voxels(grid: Grid, tip_mm: Array, outward: Array, shaft: Shaft) -> Array:
    """Return the voxels of the active end: (z, y, x) bool, at least those the axis passes."""
    step = 0.5 * min(grid.spacing_mm)
    line = tip_mm + np.arange(0.0, shaft.active_mm + step, step)[:, None] * outward
    index = np.rint(grid.indices(line)).astype(int)
    inside = ((index >= 0) & (index < np.array(grid.shape))).all(axis=1)
    found = np.zeros(grid.shape, bool)
    found[tuple(index[inside].T)] = True
    along, across = _cylinder(grid, tip_mm, outward)
    return found | ((along >= 0.0) & (along <= shaft.active_mm) & (across <= shaft.radius_mm))


def _cylinder(grid: Grid, middle_mm: Array, outward: Array) -> tuple[Array, Array]:
    """Return the distances along and across a needle from a point of it: (z, y, x) mm."""
    matrix = grid.index_to_mm
    k, j, i = (np.arange(size, dtype=np.float32) for size in grid.shape)
    parts = [
        np.float32(matrix[row, 0]) * i[None, None, :]
        + np.float32(matrix[row, 1]) * j[None, :, None]
        + np.float32(matrix[row, 2]) * k[:, None, None]
        + np.float32(matrix[row, 3] - middle_mm[row])
        for row in range(3)
    ]
    u = outward.astype(np.float32)
    along = parts[0] * u[0] + parts[1] * u[1] + parts[2] * u[2]
    square = parts[0] ** 2 + parts[1] ** 2 + parts[2] ** 2 - along**2
    return along, np.sqrt(np.maximum(square, 0.0))
