"""The highest dose that every organ allows, and what stands in the way of more.

The dose asked for is planned first. Where a limit is exceeded, the plan is optimised again for
doses between one that is certainly safe (the same plan scaled down: every figure is linear in dose)
and the one asked for; the highest that meets all limits is kept, rounded down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from liverboard.numerics.dvh import Dvh, dvh
from liverboard.numerics.grid import Array, Image
from liverboard.treatments.radiotherapy.limit import Check, Limit, Verdict, check
from liverboard.treatments.radiotherapy.options import LEAST_GY, Prescription
from liverboard.treatments.radiotherapy.solve import Problem, Solution, solve
from liverboard.treatments.radiotherapy.structures import Structures
from liverboard.values import Reason, Unknown

__all__ = ["Prescribed", "checks_of", "histograms", "prescribed"]

TRIES = 2
"""Doses tried between the safe one and the one asked for."""

ROUND_GY = 0.5
"""Fractions are rounded down to this, fractions below 5 Gy to a fifth of it."""

BINS = 1000
"""Bins of a histogram: doses within a bin are interpolated, so that figures are true to far less
than a thousandth of the largest dose, and their time grows with this number."""

WARM = 0.01
"""Voxels below this share of the largest dose are counted at their own dose, without slopes."""


@dataclass(frozen=True, slots=True, eq=False)
class Prescribed:
    """A plan, the dose that was asked for, and the limit that stood in its way."""

    solution: Solution
    asked: Prescription
    checks: tuple[Check, ...]
    binding: Check | None
    histograms: Mapping[str, Dvh]


def histograms(dose: Image, structures: Structures) -> dict[str, Dvh]:
    """Return the dose-volume histogram of every organ, `ptv` and `gtv`."""
    found = {name: _histogram(dose, mask) for name, mask in structures.organs.items()}
    found["ptv"] = _histogram(dose, structures.ptv)
    found["gtv"] = _histogram(dose, structures.gtv)
    return found


def _histogram(dose: Image, mask: Array) -> Dvh:
    """Return a histogram; voxels that get next to nothing are counted without slopes."""
    most = float(dose.array.max())
    warm = dose.array >= WARM * most
    cold = mask & ~warm
    if not cold.any() or not (mask & warm).any():
        return dvh(dose, mask, dose.grid, bin_gy=most / BINS)
    near = dvh(dose, mask & warm, dose.grid, bin_gy=most / BINS)
    width = float(near.edges_gy[1])
    own = dose.array[cold].astype(np.float64)
    counts = np.bincount((own / width).astype(int), minlength=len(near.edges_gy))
    count = len(near.edges_gy)
    colder = np.concatenate([[0.0], np.cumsum(counts[:count])[:-1]]) * dose.grid.voxel_ml
    cold_ml = float(own.size) * dose.grid.voxel_ml
    whole = near.total_ml + cold_ml
    return Dvh(
        near.edges_gy,
        near.volume_ml + np.maximum(cold_ml - colder, 0.0),
        min(near.least_gy, float(own.min())),
        near.most_gy,
        (near.mean_gy * near.total_ml + float(own.mean()) * cold_ml) / whole,
        near.missing_ml,
    )


def checks_of(
    limits: Sequence[Limit], found: Mapping[str, Dvh], structures: Structures
) -> tuple[Check, ...]:
    """Return what becomes of every limit; those of organs without a mask are not checked."""
    checks = []
    for limit in limits:
        name = limit.organ.id
        if name in structures.missing or name not in found:
            reason = structures.missing.get(name, "no voxel in the body")
            checks.append(Check(limit, Verdict.UNCHECKED, 0.0, reason))
        elif found[name].total_ml <= 0.0:
            checks.append(Check(limit, Verdict.UNCHECKED, 0.0, "no voxel in the body"))
        else:
            checks.append(check(limit, found[name], is_cut_off=name in structures.cut_off))
    return tuple(checks)


def prescribed(
    problem: Problem, asked: Prescription, limits: Sequence[Limit], *, reduces: bool
) -> Prescribed | Unknown:
    """Return the plan at the dose asked for, or with `reduces` at the highest that limits allow.

    Unknown where no dose worth giving is left.
    """
    first = _tried(problem, asked, limits, asked, None)
    if not reduces or first.binding is None:
        return first
    best, binding = first, first.binding
    low, high = first.binding.headroom, 1.0
    for _ in range(TRIES):
        if _rounded(asked, low) == _rounded(asked, high * (1.0 - 1e-6)):
            break
        middle = _scaled(asked, (low + high) / 2.0)
        if middle is None:
            break
        found = _tried(problem, middle, limits, asked, best.solution)
        share = middle.fraction_gy / asked.fraction_gy
        if found.binding is None:
            low, best = min(1.0, share * _headroom(found.checks)), found
        else:
            high, binding = share, found.binding
            if share * found.binding.headroom > low:
                low, best = share * found.binding.headroom, found
    return _settled(problem, best, _rounded(asked, low), (asked, limits, binding))


def _tried(
    problem: Problem,
    prescription: Prescription,
    limits: Sequence[Limit],
    asked: Prescription,
    start: Solution | None,
) -> Prescribed:
    """Return a plan at one dose, with the limit that it exceeds most."""
    fluence = None
    if start is not None:
        fluence = start.cells[problem.operator.is_open] / start.prescription.total_gy
    solution = solve(problem, prescription, limits, fluence)
    found = histograms(solution.dose, problem.structures)
    return _judged(problem, solution, found, (asked, limits))


def _judged(
    problem: Problem,
    solution: Solution,
    found: Mapping[str, Dvh],
    request: tuple[Prescription, Sequence[Limit]],
) -> Prescribed:
    """Return a plan with checks of its histograms; the request is the dose asked for and limits."""
    asked, limits = request
    checks = checks_of(limits, found, problem.structures)
    failed = [one for one in checks if one.verdict is Verdict.NOT_MET]
    binding = min(failed, key=lambda one: one.headroom, default=None)
    return Prescribed(solution, asked, checks, binding, found)


def _headroom(checks: Sequence[Check]) -> float:
    """Return the factor by which all dose may grow until the first limit is reached."""
    return min((one.headroom for one in checks if one.verdict is Verdict.MET), default=1.0)


def _scaled(asked: Prescription, share: float) -> Prescription | None:
    """Return a share of a prescription; None where it is no dose worth giving."""
    each = asked.fraction_gy * share
    return Prescription(asked.fractions, each) if each >= LEAST_GY else None


def _rounded(asked: Prescription, share: float) -> Prescription | None:
    """Return a share of a prescription rounded down."""
    each = asked.fraction_gy * share
    step = ROUND_GY if each >= 10.0 * ROUND_GY else ROUND_GY / 5.0
    each = np.floor(each / step + 1e-9) * step
    return Prescription(asked.fractions, float(each)) if each >= LEAST_GY else None


def _settled(
    problem: Problem,
    best: Prescribed,
    final: Prescription | None,
    request: tuple[Prescription, Sequence[Limit], Check],
) -> Prescribed | Unknown:
    """Return the best plan scaled to the final dose, with the limit that forbids more."""
    asked, limits, binding = request
    if final is None:
        return Unknown(
            Reason.OUT_OF_RANGE,
            f"{binding.limit.organ.label}: {binding.limit.figure} allows no dose worth giving",
        )
    factor = final.total_gy / best.solution.prescription.total_gy
    scaled = {name: one.times(factor) for name, one in best.histograms.items()}
    found = _judged(problem, best.solution.times(factor, final), scaled, (asked, limits))
    tightest = min(
        (one for one in found.checks if one.verdict is Verdict.MET),
        key=lambda one: one.headroom,
        default=binding,
    )
    return Prescribed(found.solution, asked, found.checks, tightest, found.histograms)
