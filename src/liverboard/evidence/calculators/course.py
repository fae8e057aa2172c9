"""The course of tumour and marker: early shrinkage, depth of response, doubling time of CEA."""

from __future__ import annotations

import math

from liverboard.evidence.calculators.formula import formula
from liverboard.values import Reason, Unknown

__all__ = ["doubling_days", "early_shrinkage", "is_week_eight", "shrinkage_percent"]


def shrinkage_percent(baseline_mm: float, now_mm: float) -> float | Unknown:
    """Return how much of the baseline sum is gone, in percent; negative where it grew.

    At the smallest sum this is the depth of response. Source: piessevaux-2013.
    """
    problem = formula("tumour-course").problem({"baseline": baseline_mm, "now": now_mm})
    return problem or 100.0 * (baseline_mm - now_mm) / baseline_mm


def early_shrinkage(baseline_mm: float, week_eight_mm: float) -> bool | Unknown:
    """Return whether 20 % of the baseline sum is gone at week 8. Source: piessevaux-2013."""
    found = shrinkage_percent(baseline_mm, week_eight_mm)
    if isinstance(found, Unknown):
        return found
    return found >= 100.0 * formula("tumour-course")["early_share"] - 1e-9


def is_week_eight(days: int) -> bool:
    """Whether a scan so many days after the start counts as that of week 8."""
    spec = formula("tumour-course")
    return abs(days - spec["early_day"]) <= spec["early_window"]


def doubling_days(before: float, after: float, *, days: float) -> float | Unknown:
    """Return in how many days a marker doubles that rose exponentially from `before` to `after`.

    ln 2 times the days, over the logarithm of the ratio: growth by a constant rate, nothing else is
    modelled. Unknown where it did not rise.
    """
    if not (0.0 < before < after and days > 0.0 and math.isfinite(after)):
        return Unknown(Reason.OUT_OF_RANGE, "doubling time: the marker did not rise")
    return math.log(2.0) * days / math.log(after / before)
