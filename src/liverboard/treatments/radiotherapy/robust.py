"""How a plan fares when the patient lies or attenuates otherwise than planned.

Nine scenarios: as planned; set-up errors to either side along x, y and z; water depth longer and
shorter. Each is the plan's fluence on the body traced anew, not the planned dose shifted. Dose is
worked out at every voxel of tumours, at the hottest voxels and an even sample of organs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from liverboard.numerics.grid import Array
from liverboard.treatments.radiotherapy.field import traced
from liverboard.treatments.radiotherapy.operator import DoseOperator, with_cutoff
from liverboard.treatments.radiotherapy.solve import FINAL_CUTOFF_MM, Problem, Solution

__all__ = ["Robustness", "Scenario", "Spread", "robustness_of", "scenarios"]

HOTTEST, SAMPLED = 3000, 3000
"""Voxels of an organ that are looked at in every scenario: the hottest, and an even sample."""

NEAR_MAX_ML = 0.035
"""Volume that the largest dose of an organ is taken over, as in the table of limits."""

CURVE = 60
"""Points of a histogram's band."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """An error: the patient shifted in LPS mm, all densities multiplied."""

    name: str
    shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    density: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """One figure as planned and in the worst scenario, and the band of its histogram.

    dose_gy (k,); percent as planned, least and most (k,) each: volume at that dose or more.
    """

    planned_gy: float
    worst_gy: float
    worst_in: str
    dose_gy: Array
    percent: tuple[Array, Array, Array]


@dataclass(frozen=True, slots=True, eq=False)
class Robustness:
    """D98 of `tumours` by lesion, the lowest the worst; largest dose of `organs`, by name.

    by_scenario: (scenarios, tumours) D98 in Gy.
    """

    scenarios: tuple[Scenario, ...]
    tumours: Mapping[str, Spread]
    organs: Mapping[str, Spread]
    by_scenario: Array


def scenarios(setup_mm: float, range_percent: float) -> tuple[Scenario, ...]:
    """Return the plan itself, six shifts and two errors of water depth."""
    names = (("left", "right"), ("back", "front"), ("head", "feet"))
    shifts = []
    for axis, pair in enumerate(names):
        for sign, name in zip((1.0, -1.0), pair, strict=True):
            x, y, z = (sign * setup_mm * float(k == axis) for k in range(3))
            shifts.append(Scenario(f"{setup_mm:g} mm to the {name}", (x, y, z)))
    share = range_percent / 100.0
    return (
        Scenario("as planned"),
        *shifts,
        Scenario(f"{range_percent:g} % denser", density=1.0 + share),
        Scenario(f"{range_percent:g} % less dense", density=1.0 - share),
    )


def robustness_of(problem: Problem, solution: Solution) -> Robustness:
    """Return how tumours and organs fare under set-up and range errors."""
    options = problem.options
    cases = scenarios(options.setup_mm, options.range_percent)
    parts = dict(_parts(problem, solution))
    voxels = np.concatenate(list(parts.values()))
    points = problem.body.grid.points(voxels)
    doses = np.stack([_dose(problem, solution, points, one) for one in cases])
    ends = np.cumsum([len(one) for one in parts.values()])
    found = dict(zip(parts, np.split(doses, ends[:-1], axis=1), strict=True))
    rank = max(1, int(np.ceil(NEAR_MAX_ML / problem.body.grid.voxel_ml)))
    tumours, organs, rows = {}, {}, []
    for (kind, name), values in found.items():
        if kind == "gtv":
            d98 = np.percentile(values, 2.0, axis=1)
            rows.append(d98)
            tumours[name] = _spread(d98, int(np.argmin(d98)), values, cases)
        elif kind == "hot":
            k = min(rank, values.shape[1])
            largest = np.partition(values, -k, axis=1)[:, -k]
            sample = found[("all", name)]
            organs[name] = _spread(largest, int(np.argmax(largest)), sample, cases)
    return Robustness(cases, tumours, organs, np.array(rows).T)


def _parts(problem: Problem, solution: Solution) -> Iterator[tuple[tuple[str, str], Array]]:
    """Yield voxels (n, 3) by kind and name: all of a tumour, the hottest and some of an organ."""
    structures, dose = problem.structures, solution.dose.array
    for target in structures.targets:
        yield ("gtv", target.lesion), np.argwhere(target.gtv)
    for name, mask in structures.organs.items():
        voxels = np.argwhere(mask)
        if not len(voxels):
            continue
        own = dose[mask]
        yield ("hot", name), voxels[np.argsort(-own, kind="stable")[:HOTTEST]]
        yield ("all", name), voxels[:: max(1, len(voxels) // SAMPLED)]


def _dose(problem: Problem, solution: Solution, points: Array, case: Scenario) -> Array:
    """Return the dose (n,) at points of the patient in one scenario."""
    fields, shift = problem.fields, np.array(case.shift_mm)
    beams = [one.beam for one in fields.beams]
    if shift.any():
        # the patient moved one way sees the isocentre move the other way
        beams = [
            replace(one, isocentre_mm=_triple(np.array(one.isocentre_mm) - shift)) for one in beams
        ]
        rays = traced(
            problem.body, beams, problem.beam_data, fields.cells, problem.options.position
        )
    else:
        rays = tuple(replace(one, depths=one.depths * case.density) for one in fields.beams)
    nominal = problem.operator
    # kernels depend on the distance to the skin, which some mm do not change
    blur = with_cutoff(nominal, FINAL_CUTOFF_MM, problem.options.penumbra_mm)
    moved = DoseOperator(
        tuple(rays), problem.beam_data, nominal.blur, nominal.is_open, nominal.terms
    )
    return moved.dose_at(fields.cells.spread(solution.cells), points, blur)


def _triple(values: Array) -> tuple[float, float, float]:
    """Return three plain numbers."""
    x, y, z = (float(value) for value in values)
    return x, y, z


def _spread(figure: Array, worst: int, values: Array, cases: tuple[Scenario, ...]) -> Spread:
    """Return a figure with its worst scenario and the band of its histogram."""
    dose = np.linspace(0.0, float(values.max()) * 1.02 + 1e-6, CURVE)
    share = np.stack(
        [100.0 * (1.0 - np.searchsorted(np.sort(row), dose) / len(row)) for row in values]
    )
    return Spread(
        float(figure[0]),
        float(figure[worst]),
        cases[worst].name,
        dose,
        (share[0], share.min(axis=0), share.max(axis=0)),
    )
