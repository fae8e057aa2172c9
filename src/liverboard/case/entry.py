"""One entry of the record: a value with unit, date and source, several dated ones, or unknown.

Accepted forms: a bare value where the fact has no unit; `{value, unit, date, source}`;
`{unknown: <reason>, detail: <text>}`; a list of dated ones. Numbers are turned into the unit of
`facts.yaml`; a number that is plausible only in another unit is refused with that unit named.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from pydantic_core import PydanticCustomError

from liverboard.case.vocabulary import (
    category_of,
    closest,
    closest_category,
    flag_of,
    foreign_unit,
    means_unknown,
    unit_of,
    usual_range,
)
from liverboard.evidence.fact import FactKind, FactSpec
from liverboard.units import convert, units_like
from liverboard.values import Reason, Unknown

__all__ = [
    "Reading",
    "Readings",
    "doubts",
    "needs_unit",
    "plausible_range",
    "read_date",
    "read_readings",
    "read_unknown",
    "refusal",
]

UNITLESS = ("number", "points")
"""Families of units that need not be written."""

KEYS = ("value", "unit", "date", "source", "unknown", "detail")

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""A date outside these years is a slip of the pen."""

USUAL_REASONS = (Reason.NOT_RECORDED, Reason.NOT_TESTED, Reason.PENDING, Reason.INDETERMINATE)
"""Reasons that a person gives; the others come from liverboard, and are read all the same."""

ISO_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
MAX_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Reading:
    """One value as recorded, in the unit of its fact.

    `given` is how it was written (`0.64 mg/dL`); `doubt` says what a person should look at.
    """

    value: float | str | bool | Unknown
    date: dt.date | None = None
    source: str = ""
    given: str = ""
    doubt: str = ""


Readings: TypeAlias = tuple[Reading, ...]


def refusal(what: str, remedy: str = "") -> PydanticCustomError:
    """Return the error of one entry: what is wrong with it, and how to mend it."""
    return PydanticCustomError(
        "liverboard", "{what}; {remedy}", {"what": what.replace("\n", " "), "remedy": remedy}
    )


def needs_unit(spec: FactSpec) -> bool:
    """Whether a number of this fact must be written with its unit."""
    return spec.kind is FactKind.NUMBER and spec.family not in UNITLESS


def read_readings(raw: Any, spec: FactSpec, reference: dt.date | None) -> Readings:
    """Return what `raw` says of the fact `spec`, oldest first; raise where it cannot be meant.

    A single value dated after `reference` is refused; in a list, later ones are kept but not used.
    """
    if not isinstance(raw, list):
        return (_reading(raw, spec, reference),)
    if not raw:
        raise refusal("an empty list", "leave the key out or write {unknown: not recorded}")
    found = [_reading(item, spec, None) for item in raw]
    if any(reading.date is None for reading in found):
        raise refusal(
            "several values, not all of them dated", "give each a date: {value, unit, date}"
        )
    dates = [reading.date for reading in found if reading.date is not None]
    if reference is not None and min(dates) > reference:
        raise refusal(
            f"all dates lie after reference_date {reference}", "correct the dates or reference_date"
        )
    return tuple(sorted(found, key=lambda reading: reading.date or dt.date.min))


def _reading(raw: Any, spec: FactSpec, reference: dt.date | None) -> Reading:
    """Return one reading from a scalar or a mapping."""
    entry = raw if isinstance(raw, Mapping) else {"value": raw}
    _check_keys(entry)
    date = None if entry.get("date") is None else read_date(entry["date"], reference)
    source = str(entry.get("source") or "")[:MAX_TEXT]
    if "unknown" in entry:
        return Reading(read_unknown(entry), date, source, "unknown")
    value = entry.get("value")
    if value is None:
        raise refusal("no value", "write a value, or {unknown: not recorded}")
    return replace(_understood(value, entry.get("unit"), spec), date=date, source=source)


def _check_keys(entry: Mapping[Any, Any]) -> None:
    for key in entry:
        if key not in KEYS:
            near = closest(str(key), KEYS)
            hint = f"did you mean {near}?" if near else f"allowed: {', '.join(KEYS)}"
            raise refusal(f"unknown key {key!r}", hint)


def read_unknown(entry: Mapping[str, Any]) -> Unknown:
    """Return what `{unknown: <reason>, detail: <text>}` says."""
    if entry.get("value") is not None:
        raise refusal("both a value and `unknown`", "keep one of them")
    reasons = {str(reason): reason for reason in Reason}
    reason = reasons.get(str(entry["unknown"]).strip().lower().replace("_", " "))
    if reason is None:
        raise refusal(
            f"{entry['unknown']!r} is no reason", f"give one of: {', '.join(USUAL_REASONS)}"
        )
    return Unknown(reason, str(entry.get("detail") or "")[:MAX_TEXT])


def _understood(value: Any, unit: Any, spec: FactSpec) -> Reading:
    """Return the value in the fact's terms."""
    if isinstance(value, str) and means_unknown(value) and value not in spec.domain:
        raise refusal(f"{value!r} is no value", "write {unknown: not tested} or another reason")
    if spec.kind is FactKind.NUMBER:
        return _number(value, unit, spec)
    if unit not in (None, "", "1"):
        raise refusal(f"unit {unit!r} where none belongs", "leave the unit out")
    return _flag(value, spec) if spec.kind is FactKind.FLAG else _category(value, spec)


def _flag(value: Any, spec: FactSpec) -> Reading:
    answer = value if isinstance(value, bool) else flag_of(str(value))
    if answer is None:
        raise refusal(f"{value!r} for {spec.label}", "write true, false or {unknown: not tested}")
    return Reading(answer, given=str(value))


def _category(value: Any, spec: FactSpec) -> Reading:
    text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    found = category_of(spec, text)
    if found is None:
        near = closest_category(spec, text)
        hint = f"did you mean {near}? Allowed" if near else "allowed"
        raise refusal(f"{text!r} for {spec.label}", f"{hint}: {', '.join(spec.domain)}")
    return Reading(found, given=text)


def _number(value: Any, unit: Any, spec: FactSpec) -> Reading:
    number = _finite(value)
    known = _unit(number, unit, spec)
    given = f"{number:g} {known}" if needs_unit(spec) else f"{number:g}"
    found = convert(number, known, to=spec.unit, family=spec.family)
    _check_range(found, given, spec, others=_other_units(number, known, spec))
    if spec.is_integer and not found.is_integer():
        raise refusal(f"{given} for {spec.label}", "give a whole number")
    return Reading(found, given=given, doubt=_doubt(found, number, known, spec))


def _finite(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = str(value)
        hint = "give a plain number"
        if isinstance(value, str) and re.fullmatch(r"-?\d+,\d+", text):
            hint = f"write {text.replace(',', '.')}"
        elif text[:1] in "<>":
            hint = "give the limit itself, or {unknown: indeterminate}"
        raise refusal(f"expected a number, got {text!r}", hint)
    if not math.isfinite(value):
        raise refusal(f"expected a finite number, got {value}", "give the number")
    return float(value)


def _unit(number: float, unit: Any, spec: FactSpec) -> str:
    """Return the name of the unit that was written; raise where it is absent or foreign."""
    names = " or ".join(units_like(spec.family))
    if unit is None or unit == "":
        if needs_unit(spec):
            raise refusal(f"value {number:g} without unit", f"give unit: {names}")
        return spec.unit
    found = unit_of(spec.family, str(unit))
    if found is None:
        raise refusal(f"unit {str(unit)!r} is none of {spec.label}", _foreign(number, unit, spec))
    return found


def _foreign(number: float, unit: Any, spec: FactSpec) -> str:
    names = " or ".join(units_like(spec.family))
    other = foreign_unit(str(unit))
    if other is None or other[0] not in units_like(spec.family):
        return f"give unit: {names}"
    return f"{number:g} {unit} are {number * other[1]:.1f} {other[0]}; write that"


def _other_units(number: float, known: str, spec: FactSpec) -> Mapping[str, float]:
    """Return what `number` would mean in the other units of its family, in the fact's unit."""
    return {
        unit: convert(number, unit, to=spec.unit, family=spec.family)
        for unit in units_like(spec.family)
        if not math.isclose(
            convert(1, unit, to=spec.unit, family=spec.family),
            convert(1, known, to=spec.unit, family=spec.family),
        )
    }


def _check_range(found: float, given: str, spec: FactSpec, *, others: Mapping[str, float]) -> None:
    """Raise where `found` is not plausible, naming the unit in which it would be usual."""
    low, high = plausible_range(spec)
    if low <= found <= high:
        return
    shown = (
        "" if given.endswith(f" {spec.unit}") or not needs_unit(spec) else f" = {_in(found, spec)}"
    )
    what = f"{given}{shown} is not plausible (expected {low:g} to {_in(high, spec)})"
    near = _likely_unit(given, spec, others)
    raise refusal(what, near or "check the value")


def plausible_range(spec: FactSpec) -> tuple[float, float]:
    """Return the bounds beyond which a value of this fact is refused, in its unit."""
    usual = usual_range(spec.name)
    if usual is None:
        return spec.low, spec.high
    return max(spec.low, usual.refused_low), min(spec.high, usual.refused_high)


def _likely_unit(given: str, spec: FactSpec, others: Mapping[str, float]) -> str:
    """Return a hint at the unit in which the number would be usual; empty where there is none."""
    usual = usual_range(spec.name)
    low, high = (spec.low, spec.high) if usual is None else (usual.low, usual.high)
    number, _, _ = given.partition(" ")
    for unit, value in others.items():
        if low <= value <= high:
            return f"{number} {unit} would be usual: check the unit"
    return ""


def _doubt(found: float, number: float, known: str, spec: FactSpec) -> str:
    """Return what is odd about a plausible number: it would be usual in another unit."""
    usual = usual_range(spec.name)
    if usual is None or usual.low <= found <= usual.high:
        return ""
    near = _likely_unit(f"{number:g}", spec, _other_units(number, known, spec))
    return f"{number:g} {known} is unusual" + (f"; {near}" if near else "; check it")


def _in(value: float, spec: FactSpec) -> str:
    return f"{value:g} {spec.unit}" if needs_unit(spec) else f"{value:g}"


def read_date(raw: Any, reference: dt.date | None) -> dt.date:
    """Return a date from `2026-01-31`; refuse impossible ones and those after `reference`."""
    date = raw if isinstance(raw, dt.date) and not isinstance(raw, dt.datetime) else _parsed(raw)
    if not FIRST_YEAR <= date.year <= LAST_YEAR:
        raise refusal(f"date {date} is not plausible", "correct the year")
    if reference is not None and date > reference:
        raise refusal(
            f"date {date} lies after reference_date {reference}", "correct one of the two"
        )
    return date


def _parsed(raw: Any) -> dt.date:
    text = str(raw).strip()
    if not ISO_DATE.match(text):
        raise refusal(f"date {text!r} cannot be read", "write it as 2026-01-31")
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise refusal(f"date {text} is not in the calendar", "correct it") from error


def doubts(readings: Sequence[Reading]) -> Iterator[str]:
    """Yield what a person should look at among `readings`."""
    for reading in readings:
        if reading.doubt:
            yield reading.doubt
        elif reading.given != "unknown" and isinstance(reading.value, Unknown):
            yield f"{reading.given!r} counts as unknown: {reading.value.detail}"
