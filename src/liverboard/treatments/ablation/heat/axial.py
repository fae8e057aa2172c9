"""Zones of an antenna alone in liver: what its source is fitted to its table with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liverboard.numerics.grid import Array
from liverboard.treatments.ablation.heat.run import ARRHENIUS_FROM_C, GAS
from liverboard.treatments.ablation.heat.source import Antenna
from liverboard.treatments.ablation.heat.tissue import Tissue
from liverboard.treatments.ablation.kernels.axial import warm_axial
from liverboard.treatments.ablation.tables import table

__all__ = ["AxialZone", "axial_zones"]

VOXEL_M = 0.001
HALF_LENGTH, RADIUS = 46, 44
"""Voxels of the plane along the needle on either side, and across."""


@dataclass(frozen=True, slots=True)
class AxialZone:
    """One zone: axes in mm, and the highest temperature of the whole course in degC."""

    long_mm: float
    short_mm: float
    peak_c: float


def axial_zones(
    antenna: Antenna, power_w: float, seconds: Sequence[float], tissue: Tissue
) -> tuple[AxialZone, ...]:
    """Return the zones after some times, rising, of one antenna in liver without vessels."""
    hottest = tissue.conductivity * (1.0 + tissue.conductivity_per_k * (tissue.boiling_c[1] - 37.0))
    stiff = 6.0 * hottest / VOXEL_M**2 + tissue.sink
    steps = int(np.ceil(seconds[-1] * stiff / (0.9 * tissue.heat_capacity)))
    step_s = seconds[-1] / steps
    times = (np.arange(steps) + 0.5) * step_s
    watts = np.array([antenna.delivered_w(power_w, time) for time in times])
    law = table("heat")["damage"]["arrhenius"]
    omega, peak = warm_axial(
        _density(antenna, power_w),
        watts,
        (step_s, VOXEL_M),
        (tissue.conductivity, tissue.conductivity_per_k, tissue.sink, tissue.body_c),
        tissue.hot,
        (float(law["a_per_s"]), float(law["ea_j_mol"]) / GAS, float(law["dead"]), ARRHENIUS_FROM_C),
        np.rint(np.asarray(seconds) / step_s),
    )
    return tuple(AxialZone(*_axes(one / float(law["dead"])), peak) for one in omega)


def _density(antenna: Antenna, power_w: float) -> Array:
    """Return the density of one watt on the plane in 1/m3."""
    across = (np.arange(RADIUS) + 0.5) * VOXEL_M * 1000.0
    along = (np.arange(2 * HALF_LENGTH) + 0.5 - HALF_LENGTH) * VOXEL_M * 1000.0
    radius = np.maximum(across, 0.9 * VOXEL_M * 1000.0)[None]
    wide = 0.5 * (along[:, None] / antenna.sigma_mm(power_w)) ** 2
    density = np.exp(-across[None] / antenna.decay_mm - wide) / radius
    volume = 2.0 * np.pi * (across / 1000.0) * VOXEL_M**2
    return np.asarray(density / (density * volume[None]).sum())


def _axes(omega: Array) -> tuple[float, float]:
    """Return length and width of a zone in mm, its edge between voxels by the logarithm."""
    level = np.log(np.maximum(omega, 1e-12))
    if not (level >= 0.0).any():
        return 0.0, 0.0
    long_mm = sum(_reach(line) for line in (level.max(axis=1), level.max(axis=1)[::-1]))
    short_mm = 2.0 * max(_reach(row) + 0.5 for row in level if row[0] >= 0.0)
    return (long_mm - (len(level) - 1)) * VOXEL_M * 1000.0, short_mm * VOXEL_M * 1000.0


def _reach(line: Array) -> float:
    """Return the place after which a line stays below zero, in voxels from its first centre."""
    last = int(np.flatnonzero(line >= 0.0)[-1])
    if last == len(line) - 1:
        return float(last)
    return last + float(line[last] / (line[last] - line[last + 1]))
