"""Kinetics of a drug infused into artery, portal vein or vein.

Compartments: central and peripheral blood, gut with portal vein, and for every arterial territory
a liver of sinusoids in series with saturable extraction and a tumour fed by the artery alone.
Amounts umol, litres, minutes. Not modelled: binding, metabolites, shunts, streaming in the portal
vein, recirculation through bile.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.integrate import solve_ivp

from liverboard.numerics.grid import Array, read_only

__all__ = [
    "Body",
    "Course",
    "course",
    "extraction_tube",
    "extraction_well_stirred",
    "linear_steady",
]

SEGMENTS = 8
"""Well-stirred segments in series that stand for a sinusoid."""


def extraction_well_stirred(inflow: float, *, most: float, half: float) -> float:
    """Return the share extracted at an inflow concentration; `most` is Vmax / Q, `half` Km.

    Q (Cin - C) = Vmax C / (Km + C). Source: robinson-1988.
    """
    b = half + most - inflow
    outflow = (-b + float(np.sqrt(b * b + 4.0 * half * inflow))) / 2.0
    return 1.0 - outflow / inflow


def extraction_tube(inflow: float, *, most: float, half: float) -> float:
    """Return the share extracted along a sinusoid: Cin - C + Km ln(Cin / C) = Vmax / Q.

    Solved by bisection of ln(Cin / C). Source: robinson-1988.
    """
    low, high = 0.0, most / half + 1.0
    for _ in range(200):
        middle = (low + high) / 2.0
        removed = inflow * (1.0 - float(np.exp(-middle))) + half * middle
        low, high = (middle, high) if removed < most else (low, middle)
    return 1.0 - float(np.exp(-(low + high) / 2.0))


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """Flows in l/min, volumes in l, by territory where arrays (k,).

    arterial, portal, tumour_flow; liver_l, tumour_l; most (Vmax, umol/min), half (Km, umol/l).
    """

    arterial: Array
    portal: Array
    tumour_flow: Array
    liver_l: Array
    tumour_l: Array
    most: Array
    half: float
    central_l: float
    peripheral_l: float
    exchange: float
    gut_l: float
    clearance: float

    def __post_init__(self) -> None:
        for name in ("arterial", "portal", "tumour_flow", "liver_l", "tumour_l", "most"):
            values = np.atleast_1d(np.asarray(getattr(self, name), dtype=np.float64))
            object.__setattr__(self, name, read_only(values))


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Concentrations over time_min (t,): central (t,), liver outflow and tumour (t, k) umol/l.

    `infused`, `held`, `removed` are amounts (umol) at the end: the first is the sum of the others.
    """

    time_min: Array
    central: Array
    outflow: Array
    tumour: Array
    infused: float
    held: float
    removed: float

    def __post_init__(self) -> None:
        for name in ("time_min", "central", "outflow", "tumour"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


@njit(cache=True)
def _rates(
    state: Array, flows: Array, sizes: Array, scalars: Array, infusion: Array, out: Array
) -> None:
    """Fill `out` with the rates of change of `state`: see `course` for the order."""
    territories = flows.shape[1]
    half, central_l, peripheral_l, exchange, gut_l, clearance = scalars
    central, peripheral, gut = state[0], state[1], state[2]
    leaving, removed, returning = 0.0, clearance * central, 0.0
    portal_flow = flows[1].sum()
    for k in range(territories):
        artery, portal, tumour = flows[0, k], flows[1, k], flows[2, k]
        fed = central + infusion[2 + k] / (artery + tumour)
        flow, start = artery + portal, 3 + k * (SEGMENTS + 1)
        before = (artery * fed + portal * gut) / flow
        for n in range(SEGMENTS):
            here = state[start + n]
            taken = sizes[2, k] / SEGMENTS * here / (half + here)
            out[start + n] = (flow * (before - here) - taken) * SEGMENTS / sizes[0, k]
            removed += taken
            before = here
        held = state[start + SEGMENTS]
        out[start + SEGMENTS] = tumour * (fed - held) / sizes[1, k]
        returning += flow * before + tumour * held
        leaving += (artery + tumour) * central
    out[0] = (
        returning
        - leaving
        - portal_flow * central
        + exchange * (peripheral - central)
        - clearance * central
        + infusion[0]
    ) / central_l
    out[1] = exchange * (central - peripheral) / peripheral_l
    out[2] = (portal_flow * (central - gut) + infusion[1]) / gut_l
    out[-1] = removed


def course(
    body: Body,
    *,
    vein: float = 0.0,
    portal: float = 0.0,
    artery: Array | tuple[float, ...] = (),
    minutes: float,
    points: int = 200,
) -> Course:
    """Return the time course of a constant infusion (umol/min) that starts at zero.

    artery: (k,) rate into each territory. Cost: under 0.1 s after compilation.
    """
    count = body.arterial.size
    rates = np.zeros(2 + count)
    rates[0], rates[1] = vein, portal
    if len(artery):
        rates[2:] = artery
    flows = np.stack([body.arterial, body.portal, body.tumour_flow])
    sizes = np.stack([body.liver_l, body.tumour_l, body.most])
    scalars = np.array(
        [body.half, body.central_l, body.peripheral_l, body.exchange, body.gut_l, body.clearance]
    )

    def derivative(_: float, state: Array) -> Array:
        out = np.empty_like(state)
        _rates(state, flows, sizes, scalars, rates, out)
        return out

    start = np.zeros(4 + count * (SEGMENTS + 1))
    times = np.linspace(0.0, minutes, points)
    found = solve_ivp(
        derivative, (0.0, minutes), start, method="LSODA", t_eval=times, rtol=1e-9, atol=1e-12
    )
    if not found.success:
        raise ArithmeticError(f"the kinetics did not converge: {found.message}")
    return _course(body, found.y, times, float(rates.sum()) * minutes)


def _course(body: Body, states: Array, times: Array, infused: float) -> Course:
    """Sort the states of the solver (n, t) into a course."""
    count = body.arterial.size
    parts = states[3:-1].reshape(count, SEGMENTS + 1, -1)
    volumes = np.concatenate(
        [
            [body.central_l, body.peripheral_l, body.gut_l],
            *(
                np.append(np.full(SEGMENTS, body.liver_l[k] / SEGMENTS), body.tumour_l[k])
                for k in range(count)
            ),
        ]
    )
    held = float(states[:-1, -1] @ volumes)
    return Course(
        times,
        states[0],
        parts[:, SEGMENTS - 1].T,
        parts[:, SEGMENTS].T,
        infused,
        held,
        float(states[-1, -1]),
    )


def linear_steady(
    rate: Array, extraction: Array, flow: Array, arterial_share: Array, clearance: Array
) -> tuple[Array, Array, Array]:
    """Return steady concentrations (artery, liver inflow, body) of a drug of constant extraction.

    rate: amount per min into the artery; flow: l/min through the liver; all (n,). Body:
    rate (1 - E) / (Q E + CL). Source: docs/arterial_infusion.md#kinetics.
    """
    body = rate * (1.0 - extraction) / (flow * extraction + clearance)
    return body + rate / (flow * arterial_share), body + rate / flow, body
