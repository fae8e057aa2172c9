"""Heat round a needle in liver without vessels: a plane (z, r) turned about the needle's axis.

The same tissue as in `heat`, a thousand times quicker than a full grid: what devices are fitted
with. Arrays (z, r) float64 on a square grid, r from half a voxel outwards.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from liverboard.numerics.grid import Array
from liverboard.treatments.ablation.kernels.heat import Curve

__all__ = ["warm_axial"]


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"})
def warm_axial(
    density: Array,
    watts: Array,
    clock: tuple[float, float],
    tissue: tuple[float, float, float, float],
    curve: Curve,
    damage: tuple[float, float, float, float],
    snapshots: Array,
) -> tuple[Array, float]:
    """Return the Arrhenius integral at some steps (n, z, r), and the highest temperature.

    density: of one watt in 1/m3; watts (steps,); clock: step in s, voxel in m. tissue:
    conductivity, its share a kelvin up to boiling, sink W/m3/K, body temperature. damage: A, Ea/R,
    the integral at which perfusion ends, and the temperature from which it counts. snapshots
    (n,): after how many steps.
    """
    nz, nr = density.shape
    dt, dx = clock
    k37, per_k, sink, body = tissue
    start, stop, at, below, between, above = curve
    first, activation, dead, from_c = damage
    boil = at + between * (stop - start)
    warm = np.full((nz, nr), body)
    heat = np.full((nz, nr), start + (body - at) / below)
    omega = np.zeros((nz, nr))
    found = np.zeros((len(snapshots), nz, nr))
    peak, taken = body, 0
    for step in range(len(watts)):
        for z in range(1, nz - 1):
            for r in range(nr - 1):
                t = warm[z, r]
                k = k37 * (1.0 + per_k * max(0.0, min(t, boil) - 37.0)) / (dx * dx)
                inner = 0.0 if r == 0 else r / (r + 0.5) * (warm[z, r - 1] - t)
                outer = (r + 1.0) / (r + 0.5) * (warm[z, r + 1] - t)
                gain = k * (warm[z - 1, r] + warm[z + 1, r] - 2.0 * t + inner + outer)
                gain += density[z, r] * watts[step]
                if omega[z, r] < dead:
                    gain -= sink * (t - body)
                heat[z, r] += dt * gain
        for z in range(1, nz - 1):
            for r in range(nr - 1):
                h = heat[z, r] - start
                t = at + below * min(h, 0.0) + between * min(max(h, 0.0), stop - start)
                t += above * max(h - (stop - start), 0.0)
                warm[z, r] = t
                if t >= from_c:
                    omega[z, r] += dt * first * np.exp(-activation / (t + 273.15))
                    peak = max(peak, t)
        while taken < len(snapshots) and step + 1 >= snapshots[taken]:
            found[taken] = omega
            taken += 1
    return found, peak
