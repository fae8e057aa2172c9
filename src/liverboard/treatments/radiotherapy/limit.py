"""Dose limits of organs: what they are, what a dose makes of them, and which one binds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

import yaml

from liverboard.numerics.bed import bed_gy, dose_for_bed_gy
from liverboard.numerics.dvh import Dvh
from liverboard.values import Mark

__all__ = ["Check", "Kind", "Limit", "Organ", "Verdict", "check", "limits_for", "organs"]

POINT_ML = 0.035
"""Volume that stands for a point in "largest dose" (tg101-2010: 0.035 ml or less)."""


class Kind(StrEnum):
    """Which figure of an organ's dose a limit is about."""

    MOST = "most"
    HOTTEST = "hottest"
    COLDEST = "coldest"
    MEAN = "mean"


class Verdict(StrEnum):
    """What a plan makes of a limit."""

    MET = "met"
    NOT_MET = "not met"
    IMPOSSIBLE = "cannot be met"
    UNCHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Organ:
    """An organ at risk and the masks it is made of."""

    id: str
    label: str
    any_of: tuple[str, ...]
    all_of: tuple[str, ...]
    alpha_beta_gy: float
    is_serial: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """A dose figure of an organ that stays at or below `gy`; `ml` is the volume of the figure.

    `converted_from` is the number of fractions that the limit was published for, where it is not
    the plan's: then it holds at equal BED, and its mark is `unverified`.
    """

    organ: Organ
    kind: Kind
    gy: float
    fractions: int
    source: str
    mark: Mark
    ml: float = 0.0
    converted_from: int = 0

    @property
    def figure(self) -> str:
        """The dose figure in words."""
        words = {
            Kind.MOST: f"point dose ({POINT_ML:g} ml)",
            Kind.HOTTEST: f"dose to the hottest {self.ml:g} ml",
            Kind.COLDEST: f"dose to the coldest {self.ml:g} ml",
            Kind.MEAN: "mean dose",
        }
        return words[self.kind]


@dataclass(frozen=True, slots=True)
class Check:
    """A limit and what became of it; `value_gy` is 0 where it was not checked."""

    limit: Limit
    verdict: Verdict
    value_gy: float = 0.0
    remark: str = ""

    @property
    def headroom(self) -> float:
        """Factor by which the dose could be multiplied until the limit is reached."""
        return self.limit.gy / max(self.value_gy, 1e-6)


@cache
def _table() -> Mapping[str, Any]:
    """Return the content of `data/limits.yaml`."""
    folder = resources.files("liverboard.treatments.radiotherapy")
    found: Mapping[str, Any] = yaml.safe_load(
        folder.joinpath("data/limits.yaml").read_text("utf-8")
    )
    return found


@cache
def organs() -> tuple[Organ, ...]:
    """Return every organ at risk, in the order of the table."""
    return tuple(
        Organ(
            name,
            entry["label"],
            tuple(entry.get("any_of", ())),
            tuple(entry.get("all_of", ())),
            float(entry["alpha_beta_gy"]),
            bool(entry["serial"]),
        )
        for name, entry in _table()["organs"].items()
    )


@cache
def limits_for(fractions: int) -> tuple[Limit, ...]:
    """Return the limits of every organ for a number of fractions.

    An organ with any limit published for this number is held to those alone; one without is held
    to its other limits, converted at equal BED from the nearest numbers on either side, the
    stricter result taken (linear-quadratic, alpha/beta of the organ; method:radiotherapy-limits).
    """
    found = []
    for organ in organs():
        rows = [row for row in _table()["limits"] if row["organ"] == organ.id]
        own = [row for row in rows if fractions in row["gy"]]
        if own:
            found += [_limit(organ, row, row["gy"][fractions], fractions, 0) for row in own]
        else:
            found += [_converted(organ, row, fractions) for row in rows]
    return tuple(found)


def _limit(organ: Organ, row: Mapping[str, Any], gy: float, fractions: int, origin: int) -> Limit:
    """Return one row of the table as a limit."""
    mark = Mark.UNVERIFIED if origin else Mark(row["mark"])
    kind = Kind(row["kind"])
    return Limit(
        organ, kind, float(gy), fractions, row["source"], mark, float(row.get("ml", 0.0)), origin
    )


def _converted(organ: Organ, row: Mapping[str, Any], fractions: int) -> Limit:
    """Return a row at equal BED from the nearest numbers of fractions, the stricter result."""
    given = sorted(int(count) for count in row["gy"])
    below = [count for count in given if count < fractions][-1:]
    above = [count for count in given if count > fractions][:1]
    ratio = organ.alpha_beta_gy
    doses = {
        count: dose_for_bed_gy(
            bed_gy(float(row["gy"][count]), count, alpha_beta_gy=ratio),
            fractions,
            alpha_beta_gy=ratio,
        )
        for count in (*below, *above)
    }
    origin = min(doses, key=lambda count: doses[count])
    return _limit(organ, row, doses[origin], fractions, origin)


def check(limit: Limit, histogram: Dvh, *, is_cut_off: bool) -> Check:
    """Return what a dose-volume histogram makes of a limit.

    A limit on the coldest part of an organ that the image cuts off is met if the part seen meets
    it; else it is not checked: the rest was not seen. An organ smaller than the volume asked
    for meets the limit only if all of it does.
    """
    value = _figure(limit, histogram)
    if limit.kind is Kind.COLDEST and histogram.total_ml < limit.ml:
        seen = f"{histogram.total_ml:.0f} ml"
        if is_cut_off:
            return Check(limit, Verdict.UNCHECKED, 0.0, f"cut off by the image, {seen} seen")
        if value <= limit.gy:
            return Check(limit, Verdict.MET, value, f"all {seen} of the organ lie below")
        return Check(limit, Verdict.IMPOSSIBLE, value, f"the organ has only {seen}")
    if value <= limit.gy:
        return Check(limit, Verdict.MET, value)
    if is_cut_off and limit.kind is Kind.COLDEST:
        return Check(limit, Verdict.UNCHECKED, 0.0, "cut off by the image")
    return Check(limit, Verdict.NOT_MET, value)


def _figure(limit: Limit, histogram: Dvh) -> float:
    """Return the dose figure that a limit is about."""
    if limit.kind is Kind.MOST:
        return histogram.dose_at(POINT_ML)
    if limit.kind is Kind.HOTTEST:
        return histogram.dose_at(limit.ml)
    if limit.kind is Kind.COLDEST:
        return histogram.dose_at(max(histogram.total_ml - limit.ml, 0.0))
    return histogram.mean_gy
