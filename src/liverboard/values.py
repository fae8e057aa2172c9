"""Values that may be unknown: the currency of every room.

`Unknown` is a value with a reason, never `None`, NaN, 0 or a default. An `Estimate` is a number
with its interval, unit and sources. A source is an id of `evidence/data/sources.yaml`, or the name
of a method of ours written `method:<name>`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

__all__ = ["Estimate", "Mark", "Quantity", "Reason", "Unknown", "measured"]


class Reason(StrEnum):
    """Why a value is unknown."""

    NOT_RECORDED = "not recorded"
    NOT_TESTED = "not tested"
    PENDING = "pending"
    INDETERMINATE = "indeterminate"
    STALE = "stale"
    CONFLICT = "conflicting"
    NO_MASK = "no mask"
    NOT_COMPUTED = "not computed"
    NO_EVIDENCE = "no published evidence"
    OUT_OF_RANGE = "outside the range of validity"


class Mark(StrEnum):
    """How sure a published number is."""

    VERIFIED = "verified"
    SECONDARY = "secondary"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is not known, and why.

    `detail` says in a few words what is missing or what would supply it.
    """

    reason: Reason
    detail: str = ""

    def __str__(self) -> str:
        return f"unknown ({self.reason}{': ' + self.detail if self.detail else ''})"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval, unit and sources; `low <= value <= high`.

    The interval is what the sources or the method state; where neither states one, `low` and
    `high` equal `value` and the sources say so.
    """

    value: float
    low: float
    high: float
    unit: str
    sources: tuple[str, ...]
    mark: Mark = Mark.VERIFIED

    def __post_init__(self) -> None:
        if not all(math.isfinite(number) for number in (self.value, self.low, self.high)):
            raise ValueError(f"an estimate must be finite, got {self}")
        if not self.low <= self.value <= self.high:
            raise ValueError(f"an estimate must lie in its interval, got {self}")
        if not self.sources:
            raise ValueError(f"an estimate must name a source, got {self.value} {self.unit}")


Quantity: TypeAlias = Estimate | Unknown


def measured(value: float, unit: str, method: str, *, spread: float = 0.0) -> Estimate:
    """Return what a method of ours measured: `value` +- `spread` in `unit`."""
    number, half = float(value), abs(float(spread))
    return Estimate(number, number - half, number + half, unit, (f"method:{method}",))
