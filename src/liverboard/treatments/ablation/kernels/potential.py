"""The electric potential round an electrode, and the heat of its current.

Solves div(sigma grad phi) = 0 on a Cartesian grid by successive over-relaxation on two colours,
from the potential of the step before. Arrays (z, y, x) float32 with a halo at 0 V.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from liverboard.numerics.grid import Array
from liverboard.treatments.ablation.kernels.heat import Bounds

__all__ = ["joule", "relax"]


@njit(cache=True, nogil=True)
def relax(
    phi: Array,
    conductance: tuple[Array, Array, Array],
    held: Array,
    bounds: Bounds,
    choice: tuple[float, float, int],
) -> int:
    """Relax `phi` in place and return the sweeps taken; voxels of `held` keep their potential.

    conductance: S/m3 through lower faces. choice: over-relaxation, largest change of potential at
    which it ends, most sweeps.
    """
    z0, z1, y0, y1, x0, x1 = bounds
    gz, gy, gx = conductance
    over, tolerance, most = choice
    for sweep in range(most):
        change = 0.0
        for colour in range(2):
            for z in range(z0, z1):
                for y in range(y0, y1):
                    for x in range(x0 + (z + y + x0 + colour) % 2, x1, 2):
                        if held[z, y, x]:
                            continue
                        a, b = gz[z, y, x], gz[z + 1, y, x]
                        c, d = gy[z, y, x], gy[z, y + 1, x]
                        e, f = gx[z, y, x], gx[z, y, x + 1]
                        total = a + b + c + d + e + f
                        if total <= 0.0:
                            continue
                        mean = (
                            a * phi[z - 1, y, x]
                            + b * phi[z + 1, y, x]
                            + c * phi[z, y - 1, x]
                            + d * phi[z, y + 1, x]
                            + e * phi[z, y, x - 1]
                            + f * phi[z, y, x + 1]
                        ) / total
                        step = over * float(mean - phi[z, y, x])
                        phi[z, y, x] += np.float32(step)
                        change = max(change, abs(step))
        if change < tolerance:
            return sweep + 1
    return most


@njit(cache=True, nogil=True)
def joule(
    phi: Array,
    conductance: tuple[Array, Array, Array],
    held: Array,
    bounds: Bounds,
    into: Array,
) -> float:
    """Fill `into` with the heat of the current in W/m3 and return its sum over voxels.

    What a face turns into heat goes half to either side, all to the tissue beside an electrode.
    """
    z0, z1, y0, y1, x0, x1 = bounds
    into[z0 - 1 : z1 + 1, y0 - 1 : y1 + 1, x0 - 1 : x1 + 1] = 0.0
    total = 0.0
    half = np.float32(0.5)
    for axis in range(3):
        g = conductance[axis]
        dz, dy, dx = int(axis == 0), int(axis == 1), int(axis == 2)
        for z in range(z0, z1 + dz):
            for y in range(y0, y1 + dy):
                for x in range(x0, x1 + dx):
                    step = float(phi[z, y, x] - phi[z - dz, y - dy, x - dx])
                    heat = np.float32(g[z, y, x] * step * step)
                    total += float(heat)
                    if held[z, y, x]:
                        into[z - dz, y - dy, x - dx] += heat
                    elif held[z - dz, y - dy, x - dx]:
                        into[z, y, x] += heat
                    else:
                        into[z, y, x] += half * heat
                        into[z - dz, y - dy, x - dx] += half * heat
    return total
