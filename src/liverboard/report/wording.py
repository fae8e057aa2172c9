"""Numbers, quantities and facts of the record in words: the same everywhere a person reads them."""

from __future__ import annotations

import math

from liverboard.board.model import EstimateRecord, FactRecord, QuantityRecord, UnknownRecord

__all__ = [
    "fact_text",
    "interval_text",
    "number_text",
    "quantity_text",
    "spoken",
    "titled",
    "unit_text",
    "unknown_text",
]

UNITS = {
    "1": "",
    "1/mm": "per mm",
    "10^9/L": "10⁹/L",
    "cm2": "cm²",
    "day": "days",
    "m2": "m²",
    "mL/m2": "mL/m²",
    "mm2": "mm²",
    "month": "months",
    "percent": "%",
    "percent/week": "% per week",
    "ug/L": "µg/L",
    "umol/L": "µmol/L",
    "week": "weeks",
    "year": "years",
}
"""How units are written for people; any other is written as it is."""

SINGULAR = {"days": "day", "months": "month", "points": "point", "weeks": "week", "years": "year"}

ENDINGS = ("_percent", "_per_mm", "_cm2", "_mm", "_ml", "_gy", "_gbq", "_days", "_weeks")
"""Units at the end of a name, which the number beside it already carries."""


def number_text(value: float, unit: str = "1") -> str:
    """Return a number with the digits that a reader of its unit needs."""
    number = float(value)
    if not math.isfinite(number):
        return "?"
    places = 0 if number.is_integer() else _places(abs(number), unit)
    text = f"{number:.{places}f}"
    if places and unit != "mm":
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−") if float(text) else text.lstrip("-")


def _places(size: float, unit: str) -> int:
    """Return how many decimals a number of this size is written with."""
    if unit == "mm":
        return 1
    if unit in ("ml", "percent", "cm2"):
        return 0 if size >= 10 else 1 if size >= 1 else 2
    if size == 0 or size >= 100:
        return 0
    return min(4, max(0, 2 - math.floor(math.log10(size))))


def unit_text(unit: str, value: float = 0.0) -> str:
    """Return a unit as people write it, in the singular where `value` is one."""
    text = UNITS.get(unit, unit)
    return SINGULAR.get(text, text) if value == 1 else text


def interval_text(low: float, high: float, unit: str) -> str:
    """Return `low to high`, empty where both are written alike."""
    ends = number_text(low, unit), number_text(high, unit)
    return "" if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def quantity_text(quantity: QuantityRecord) -> str:
    """Return a quantity with unit and interval, or why it is unknown."""
    if isinstance(quantity, UnknownRecord):
        return unknown_text(quantity)
    text = f"{number_text(quantity.value, quantity.unit)} "
    text = (text + unit_text(quantity.unit, quantity.value)).strip()
    between = interval_text(quantity.low, quantity.high, quantity.unit)
    return f"{text} ({between})" if between else text


def unknown_text(unknown: UnknownRecord) -> str:
    """Return `? reason: detail`."""
    return f"? {unknown.reason}" + (f": {unknown.detail}" if unknown.detail else "")


def fact_text(fact: FactRecord) -> str:
    """Return the value of a fact with unit and interval, or why it is unknown."""
    if fact.unknown is not None:
        return f"? {fact.unknown.reason}"
    if isinstance(fact.value, bool):
        return "yes" if fact.value else "no"
    if isinstance(fact.value, int | float):
        return quantity_text(_estimate(fact, float(fact.value)))
    return spoken(str(fact.value)) if fact.value is not None else "?"


def _estimate(fact: FactRecord, value: float) -> EstimateRecord:
    """Return a numeric fact as a quantity."""
    low = value if fact.low is None else fact.low
    high = value if fact.high is None else fact.high
    return EstimateRecord(value=value, low=low, high=high, unit=fact.unit, sources=(fact.origin,))


def spoken(name: str) -> str:
    """Return a name of ours in words: `smallest_margin_mm` as `smallest margin`."""
    for ending in ENDINGS:
        name = name.removesuffix(ending)
    return name.replace("_", " ").replace("-", " ")


def titled(name: str) -> str:
    """Return a name of ours as a heading."""
    text = spoken(name)
    return text[:1].upper() + text[1:]
