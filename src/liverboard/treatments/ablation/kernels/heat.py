"""Heat in perfused tissue that boils or freezes, on a Cartesian grid.

Solves dH/dt = div(k grad T) - s (T - T_body) + Q for the enthalpy H (J/m3), with T a rising
piecewise linear function of H in three pieces: below, through and above one change of phase. The
same kernel serves boiling (liquid, boiling, dry) and freezing (ice, mush, liquid). s (W/m3/K) is
the sum of perfusion and of exchange with vessel walls. Finite volumes, explicit in time.

Arrays are (z, y, x) float32 with one layer of halo voxels that stay at body temperature. Cost:
about 3 ns a voxel and step on one core.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numba import njit

from liverboard.numerics.grid import Array

__all__ = [
    "Bounds",
    "Curve",
    "conduct",
    "conduct_held",
    "face_conductance",
    "largest_step_s",
    "outward_flow",
    "outward_rise",
]

Curve: TypeAlias = tuple[float, float, float, float, float, float]
"""(H_a, H_b, T_a, slope below, slope between, slope above): J/m3, degC, degC per J/m3."""

Bounds: TypeAlias = tuple[int, int, int, int, int, int]
"""Voxels [z0, z1), [y0, y1), [x0, x1) that are followed; the halo is never among them."""

REORDER = {"contract", "reassoc", "nsz"}
"""What the compiler may do to sums: enough to use vector registers."""


@njit(cache=True, nogil=True, fastmath=REORDER)
def _gather(
    enthalpy: Array,
    temperature: Array,
    conductance: tuple[Array, Array, Array],
    exchange: tuple[Array, Array],
    bounds: Bounds,
    step: tuple[float, float],
) -> float:
    """Add one step's heat to `enthalpy` and return the heat lost to blood, in J/m3 of one voxel."""
    z0, z1, y0, y1, x0, x1 = bounds
    gz, gy, gx = conductance
    sink, source = exchange
    dt, body = np.float32(step[0]), np.float32(step[1])
    lost = 0.0
    for z in range(z0, z1):
        for y in range(y0, y1):
            here, heat = temperature[z, y, x0:x1], enthalpy[z, y, x0:x1]
            west, east = temperature[z, y, x0 - 1 : x1 - 1], temperature[z, y, x0 + 1 : x1 + 1]
            front, back = temperature[z, y - 1, x0:x1], temperature[z, y + 1, x0:x1]
            under, over = temperature[z - 1, y, x0:x1], temperature[z + 1, y, x0:x1]
            to_west, to_east = gx[z, y, x0:x1], gx[z, y, x0 + 1 : x1 + 1]
            to_front, to_back = gy[z, y, x0:x1], gy[z, y + 1, x0:x1]
            to_under, to_over = gz[z, y, x0:x1], gz[z + 1, y, x0:x1]
            loss, gain = sink[z, y, x0:x1], source[z, y, x0:x1]
            row = np.float32(0.0)
            for i in range(x1 - x0):
                t = here[i]
                out = loss[i] * (t - body)
                row += out
                heat[i] += dt * (
                    to_west[i] * (west[i] - t)
                    + to_east[i] * (east[i] - t)
                    + to_front[i] * (front[i] - t)
                    + to_back[i] * (back[i] - t)
                    + to_under[i] * (under[i] - t)
                    + to_over[i] * (over[i] - t)
                    + gain[i]
                    - out
                )
            lost += float(row)
    return lost * step[0]


@njit(cache=True, nogil=True, fastmath=REORDER)
def _warm(enthalpy: Array, temperature: Array, bounds: Bounds, curve: Curve) -> None:
    """Set `temperature` to what `enthalpy` stands for."""
    z0, z1, y0, y1, x0, x1 = bounds
    start, width, at = np.float32(curve[0]), np.float32(curve[1] - curve[0]), np.float32(curve[2])
    below, between, above = np.float32(curve[3]), np.float32(curve[4]), np.float32(curve[5])
    zero = np.float32(0.0)
    for z in range(z0, z1):
        for y in range(y0, y1):
            heat, warmth = enthalpy[z, y, x0:x1], temperature[z, y, x0:x1]
            for i in range(x1 - x0):
                h = heat[i] - start
                warmth[i] = (
                    at
                    + below * min(h, zero)
                    + between * min(max(h, zero), width)
                    + above * max(h - width, zero)
                )


@njit(cache=True, nogil=True)
def conduct(
    state: tuple[Array, Array],
    conductance: tuple[Array, Array, Array],
    exchange: tuple[Array, Array],
    bounds: Bounds,
    curve: Curve,
    clock: tuple[int, float, float],
) -> float:
    """Advance `state` in place and return the heat lost to blood, in J/m3 of one voxel.

    state: enthalpy and temperature; conductance: W/m3/K through the lower face of each voxel along
    z, y and x; exchange: sink W/m3/K and source W/m3; clock: number of steps, seconds of a step,
    body temperature. Stable for steps up to `largest_step_s`.
    """
    lost = 0.0
    for _ in range(clock[0]):
        lost += _gather(state[0], state[1], conductance, exchange, bounds, (clock[1], clock[2]))
        _warm(state[0], state[1], bounds, curve)
    return lost


@njit(cache=True, nogil=True)
def conduct_held(
    state: tuple[Array, Array],
    conductance: tuple[Array, Array, Array],
    exchange: tuple[Array, Array],
    bounds: Bounds,
    curve: Curve,
    clock: tuple[int, float, float],
    held: tuple[Array, float, float],
) -> tuple[float, float]:
    """Advance as `conduct`, some voxels held; return the heat lost and the heat that these gave.

    held: indices (n, 3), and the enthalpy and temperature that these voxels keep.
    """
    lost = given = 0.0
    index, heat, warmth = held
    for _ in range(clock[0]):
        for n in range(len(index)):
            z, y, x = index[n]
            given += heat - state[0][z, y, x]
            state[0][z, y, x] = heat
            state[1][z, y, x] = warmth
        lost += _gather(state[0], state[1], conductance, exchange, bounds, (clock[1], clock[2]))
        _warm(state[0], state[1], bounds, curve)
    return lost, given


@njit(cache=True, nogil=True)
def face_conductance(
    conductivity: Array,
    spacing_m: tuple[float, float, float],
    bounds: Bounds,
    into: tuple[Array, Array, Array],
) -> None:
    """Fill `into` with the conductance of lower faces: harmonic mean of `conductivity` over dx^2.

    conductivity: W/m/K, 0 where heat does not pass (inside vessels). One face more than `bounds` is
    filled on every upper side.
    """
    z0, z1, y0, y1, x0, x1 = bounds
    gz, gy, gx = into
    rz, ry, rx = 2.0 / spacing_m[0] ** 2, 2.0 / spacing_m[1] ** 2, 2.0 / spacing_m[2] ** 2
    end = x1 + 1
    for z in range(z0, z1 + 1):
        for y in range(y0, y1 + 1):
            here = conductivity[z, y, x0:end]
            _harmonic(here, conductivity[z - 1, y, x0:end], rz, gz[z, y, x0:end])
            _harmonic(here, conductivity[z, y - 1, x0:end], ry, gy[z, y, x0:end])
            _harmonic(here, conductivity[z, y, x0 - 1 : end - 1], rx, gx[z, y, x0:end])


@njit(cache=True, nogil=True, fastmath=REORDER)
def _harmonic(first: Array, second: Array, factor: float, into: Array) -> None:
    """Fill a row with half of `factor` times the harmonic mean of two, 0 where either is."""
    least, twice = np.float32(1e-30), np.float32(factor)  # keeps 0 / 0 from being asked
    for i in range(len(into)):
        a, b = first[i], second[i]
        into[i] = twice * a * b / (a + b + least)


@njit(cache=True, nogil=True)
def largest_step_s(
    conductance: tuple[Array, Array, Array], sink: Array, slope: float, bounds: Bounds
) -> float:
    """Return the longest stable step: 1 / (slope * (conductances + sink)) at the worst voxel.

    slope: the steepest dT/dH of the curve in K per J/m3.
    """
    z0, z1, y0, y1, x0, x1 = bounds
    gz, gy, gx = conductance
    most = 0.0
    for z in range(z0, z1):
        for y in range(y0, y1):
            for x in range(x0, x1):
                total = gz[z, y, x] + gz[z + 1, y, x] + gy[z, y, x] + gy[z, y + 1, x]
                total += gx[z, y, x] + gx[z, y, x + 1] + sink[z, y, x]
                most = max(most, total)
    return 1.0 / (slope * most) if most > 0.0 else np.inf


@njit(cache=True, nogil=True)
def outward_rise(temperature: Array, bounds: Bounds, body_c: float) -> Array:
    """Return the largest departure from body temperature on each side of the box: (6,) K.

    Order: z low, z high, y low, y high, x low, x high.
    """
    z0, z1, y0, y1, x0, x1 = bounds
    rise = np.zeros(6)
    for z in range(z0, z1):
        for y in range(y0, y1):
            rise[4] = max(rise[4], abs(temperature[z, y, x0] - body_c))
            rise[5] = max(rise[5], abs(temperature[z, y, x1 - 1] - body_c))
    for z in range(z0, z1):
        for x in range(x0, x1):
            rise[2] = max(rise[2], abs(temperature[z, y0, x] - body_c))
            rise[3] = max(rise[3], abs(temperature[z, y1 - 1, x] - body_c))
    for y in range(y0, y1):
        for x in range(x0, x1):
            rise[0] = max(rise[0], abs(temperature[z0, y, x] - body_c))
            rise[1] = max(rise[1], abs(temperature[z1 - 1, y, x] - body_c))
    return rise


@njit(cache=True, nogil=True)
def outward_flow(
    temperature: Array, conductance: tuple[Array, Array, Array], bounds: Bounds
) -> float:
    """Return the heat that leaves the box through its border, in W/m3 of one voxel."""
    z0, z1, y0, y1, x0, x1 = bounds
    gz, gy, gx = conductance
    flow = 0.0
    for z in range(z0, z1):
        for y in range(y0, y1):
            flow += gx[z, y, x0] * (temperature[z, y, x0] - temperature[z, y, x0 - 1])
            flow += gx[z, y, x1] * (temperature[z, y, x1 - 1] - temperature[z, y, x1])
    for z in range(z0, z1):
        for x in range(x0, x1):
            flow += gy[z, y0, x] * (temperature[z, y0, x] - temperature[z, y0 - 1, x])
            flow += gy[z, y1, x] * (temperature[z, y1 - 1, x] - temperature[z, y1, x])
    for y in range(y0, y1):
        for x in range(x0, x1):
            flow += gz[z0, y, x] * (temperature[z0, y, x] - temperature[z0 - 1, y, x])
            flow += gz[z1, y, x] * (temperature[z1 - 1, y, x] - temperature[z1, y, x])
    return flow
