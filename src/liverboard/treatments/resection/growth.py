"""Growing the remnant first: embolisation, venous deprivation, ALPPS, as intervals with sources.

Growth is fast at first and slows (5.4 % a week, then 1.5 %), so no line is drawn through it: the
volume at resection is the published range of relative growth, mean +- one standard deviation.
Not modelled: tumour growth while waiting; it is shown as the published share of drop-outs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from liverboard.table_file import read_table
from liverboard.values import Estimate, Mark, Quantity, Reason, Unknown

__all__ = ["Technique", "grown", "kinetic_growth_limit", "technique", "techniques"]


@dataclass(frozen=True, slots=True)
class Technique:
    """One way to make the remnant grow; `growth_percent` is relative to its volume before."""

    id: str
    title: str
    growth_percent: Estimate
    wait_weeks: Estimate
    dropout_percent: Quantity
    sessions: int
    needs: tuple[str, ...]


@cache
def _data() -> dict[str, Any]:
    """Return the content of `data/growth.yaml`."""
    folder = resources.files("liverboard.treatments.resection")
    found: dict[str, Any] = read_table(folder.joinpath("data/growth.yaml").read_text("utf-8"))
    return found


def _range(entry: dict[str, Any], unit: str) -> Estimate:
    """Return an entry with low and high (value in the middle), or mean and sd."""
    if "mean" in entry:
        middle, low, high = entry["mean"], entry["mean"] - entry["sd"], entry["mean"] + entry["sd"]
    else:
        low, high = entry["low"], entry["high"]
        middle = (low + high) / 2
    return Estimate(middle, low, high, unit, (entry["source"],), Mark(entry["mark"]))


def _technique(name: str, entry: dict[str, Any]) -> Technique:
    """Build one technique from its YAML entry."""
    dropout = entry.get("dropout_percent")
    return Technique(
        name,
        entry["title"],
        _range(entry["growth_percent"], "percent"),
        _range(entry["wait_weeks"], "week"),
        _range(dropout, "percent") if dropout else Unknown(Reason.NO_EVIDENCE),
        entry["sessions"],
        tuple(entry["needs"]),
    )


@cache
def techniques() -> tuple[Technique, ...]:
    """Return every technique, in the order of the data file."""
    return tuple(_technique(name, entry) for name, entry in _data()["techniques"].items())


def technique(name: str) -> Technique:
    """Return the technique called `name`; KeyError where there is none."""
    return {entry.id: entry for entry in techniques()}[name]


def grown(volume: Estimate, by: Technique) -> Estimate:
    """Return a remnant volume after growth: the ends of both intervals multiplied."""
    factor = by.growth_percent
    return Estimate(
        volume.value * (1 + factor.value / 100),
        volume.low * (1 + factor.low / 100),
        volume.high * (1 + factor.high / 100),
        volume.unit,
        (*volume.sources, *factor.sources),
        factor.mark,
    )


def kinetic_growth_limit() -> Estimate:
    """Return the kinetic growth rate from which a resection may go ahead, in percent a week."""
    entry = _data()["proceed"]["kinetic_growth_percent_per_week"]
    value = float(entry["value"])
    return Estimate(value, value, value, "percent/week", (entry["source"],), Mark(entry["mark"]))
