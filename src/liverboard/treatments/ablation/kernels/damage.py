"""Harm by heat, four ways at once, on a Cartesian grid.

Arrhenius (Henriques), thermal dose (Sapareto and Dewey), the three-state model of O'Neill, and the
highest temperature. Arrays (z, y, x) float32; only voxels above `WARM_C` are touched.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from liverboard.numerics.grid import Array
from liverboard.treatments.ablation.kernels.heat import Bounds

__all__ = ["STEP_K", "WARM_C", "chill", "conductivity_of", "harm"]

WARM_C = 39.0
"""Below this nothing is counted: 4 hours would be needed for a hundredth of a lethal dose."""

STEP_K = 0.25
"""Step of the tables by temperature, which begin at `WARM_C`."""


@njit(cache=True, nogil=True)
def harm(
    temperature: Array,
    peak: Array,
    harmed: tuple[Array, Array, Array, Array],
    rates: Array,
    clock: tuple[float, float, float],
    blood: tuple[Array, Array, float],
    bounds: Bounds,
) -> None:
    """Add the harm of one interval in place; where tissue dies, its perfusion ends.

    harmed: Arrhenius integral, minutes at 43 degC, shares alive and dead. rates (n, 3): Arrhenius
    1/s, minutes at 43 degC a second, and the factor e^(T/Tk), by temperature. clock: seconds, and
    the rates forth and back of the three states in 1/s. blood: what is carried off by perfusion and
    walls in W/m3/K (changed), by walls alone, and the integral at which tissue is dead.
    """
    z0, z1, y0, y1, x0, x1 = bounds
    omega, minutes, alive, dead = harmed
    seconds, forth, back = clock
    sink, wall, dead_at = blood
    last = len(rates) - 1
    for z in range(z0, z1):
        for y in range(y0, y1):
            for x in range(x0, x1):
                t = temperature[z, y, x]
                if t <= WARM_C:
                    continue
                peak[z, y, x] = max(peak[z, y, x], t)
                row = rates[min(last, int((t - WARM_C) / STEP_K))]
                omega[z, y, x] += np.float32(seconds * row[0])
                if omega[z, y, x] >= dead_at:
                    sink[z, y, x] = wall[z, y, x]
                minutes[z, y, x] += np.float32(seconds * row[1])
                a, d = alive[z, y, x], dead[z, y, x]
                hurt = forth * row[2] * (1.0 - a) * seconds
                between = 1.0 - a - d
                # implicit in each share, so that no share leaves 0 to 1 however hot it is
                alive[z, y, x] = np.float32((a + back * seconds * between) / (1.0 + hurt))
                dead[z, y, x] = np.float32(d + (1.0 - d - alive[z, y, x]) * hurt / (1.0 + hurt))


@njit(cache=True, nogil=True)
def conductivity_of(
    temperature: Array,
    open_to_heat: Array,
    law: tuple[float, float, float],
    into: Array,
    bounds: Bounds,
) -> None:
    """Fill `into` with conductivity by temperature: (at 37 degC, share a kelvin, highest T)."""
    z0, z1, y0, y1, x0, x1 = bounds
    base, slope, most = law
    for z in range(z0 - 1, z1 + 1):
        for y in range(y0 - 1, y1 + 1):
            for x in range(x0 - 1, x1 + 1):
                if open_to_heat[z, y, x]:
                    warm = min(temperature[z, y, x], np.float32(most)) - np.float32(37.0)
                    into[z, y, x] = np.float32(base) * (
                        np.float32(1.0) + np.float32(slope) * max(warm, np.float32(0.0))
                    )
                else:
                    into[z, y, x] = np.float32(0.0)


@njit(cache=True, nogil=True)
def chill(
    temperature: Array,
    into: tuple[Array, Array, Array],
    given: tuple[Array, Array],
    law: tuple[float, float, float, float],
    bounds: Bounds,
) -> None:
    """Note the coldest, and what conductivity and blood follow from it, halo included.

    into: coldest degC, conductivity W/m/K, sink W/m3/K. given: where heat passes, exchange with
    walls. law: temperature at which tissue begins to freeze, conductivity of tissue and of ice,
    exchange with perfusion, which ends for good where it froze.
    """
    z0, z1, y0, y1, x0, x1 = bounds
    coldest, conductivity, sink = into
    is_open, wall = given
    freezing, soft, ice = np.float32(law[0]), np.float32(law[1]), np.float32(law[2])
    living = np.float32(law[3])
    for z in range(z0 - 1, z1 + 1):
        for y in range(y0 - 1, y1 + 1):
            for x in range(x0 - 1, x1 + 1):
                t = temperature[z, y, x]
                least = min(coldest[z, y, x], t)
                coldest[z, y, x] = least
                sink[z, y, x] = wall[z, y, x]
                if least >= freezing:
                    sink[z, y, x] += living
                if not is_open[z, y, x]:
                    conductivity[z, y, x] = np.float32(0.0)
                elif t < freezing:
                    conductivity[z, y, x] = ice
                else:
                    conductivity[z, y, x] = soft
