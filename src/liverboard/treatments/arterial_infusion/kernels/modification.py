"""What liver tests do to the next dose: bands of a test against its reference value."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Band", "dose_share", "flow_from_residual"]

Band = tuple[float, float]
"""(times the reference below which it holds, share of the dose): rising; beyond the last, none."""


def dose_share(reference: float, now: float, bands: Sequence[Band]) -> float:
    """Return the share of the dose that a test allows: that of the first band it lies below.

    The higher of the values of the day of emptying and of the day of treatment is to be given.
    """
    times = now / reference
    for below, share in bands:
        if times < below:
            return share
    return 0.0


def flow_from_residual(filled_ml: float, residual_ml: float, days: float) -> float:
    """Return the true flow of a pump in ml per day from what is left at a refill."""
    return (filled_ml - residual_ml) / days
