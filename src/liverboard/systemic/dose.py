"""The dose of one drug for one body: amount times body measure, caps, reductions, rounding.

Pure arithmetic: numbers in, numbers out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

__all__ = [
    "banded_dose",
    "carboplatin_mg",
    "reduction",
    "rounded",
    "tablet_sums",
    "whole_dose",
]

CARBOPLATIN_OFFSET_ML_PER_MIN = 25.0
"""Calvert's constant for clearance outside the kidney. Source: calvert-1989."""

MOST_TABLETS = 8
"""Tablets of the largest strength that are taken at one time at most."""

MOST_SMALL_TABLETS = 3
"""The same for each smaller strength: labels tabulate no more."""


def whole_dose(amount: float, body: float, cap: float = 0.0) -> float:
    """Return the dose before reductions: `amount` times `body` (m2, kg or 1), `cap` where not 0."""
    dose = amount * body
    return min(dose, cap) if cap else dose


def banded_dose(bands: Sequence[tuple[float, float]], surface_m2: float) -> float:
    """Return the dose of the last of the rising `bands` (from, dose) that `surface_m2` reaches.

    The surface is rounded to 0.01 m2 first, as the tables of labels are.
    """
    reached = [dose for start, dose in bands if start <= round(surface_m2, 2)]
    return reached[-1]


def carboplatin_mg(target_auc: float, clearance_ml_per_min: float, *, most: float) -> float:
    """Return carboplatin in mg after Calvert: AUC * (clearance + 25), clearance at most `most`.

    Source: calvert-1989. Not modelled: Cockcroft-Gault stands for a measured clearance.
    """
    clearance = min(clearance_ml_per_min, most)
    return target_auc * (clearance + CARBOPLATIN_OFFSET_ML_PER_MIN)


def reduction(shares: Iterable[tuple[str, float]]) -> float:
    """Return the share of the dose left by rules given as (axis, share).

    Of rules of one axis the strongest counts; axes multiply (judgement:combined-reductions).
    """
    by_axis: dict[str, float] = {}
    for axis, share in shares:
        by_axis[axis] = min(share, by_axis.get(axis, 1.0))
    left = 1.0
    for share in by_axis.values():
        left *= share
    return left


def tablet_sums(strengths: Sequence[float]) -> tuple[float, ...]:
    """Return every dose that whole tablets of rising `strengths` add up to, rising from 0."""
    most = [MOST_SMALL_TABLETS] * (len(strengths) - 1) + [MOST_TABLETS]
    counts = product(*(range(one + 1) for one in most))
    sums = {sum(n * size for n, size in zip(some, strengths, strict=True)) for some in counts}
    return tuple(sorted(sums))


def rounded(dose: float, *, step: float, tablets: Sequence[float]) -> float:
    """Return `dose` rounded to `tablets` or to the nearest `step`; half-way goes down.

    Neither given: unchanged. Nothing above 0 becomes 0: the smallest dose there is stands for it.
    """
    if dose <= 0.0:
        return 0.0
    if tablets:
        return min(tablet_sums(tablets)[1:], key=lambda sum_: (abs(sum_ - dose), sum_))
    if not step:
        return dose
    below = dose // step * step
    nearest = below if dose - below <= step / 2 else below + step
    return nearest or step
