"""From the record to the fact sheet: the newest value, stale and conflicting ones unknown."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from liverboard.case.entry import Reading, Readings, doubts
from liverboard.case.history import history_facts
from liverboard.case.model import Remark, note, warning
from liverboard.case.record import CaseRecord, dates_in, recorded_fields
from liverboard.case.vocabulary import side_of_site
from liverboard.errors import CaseError, EvidenceError
from liverboard.evidence.fact import Fact, FactSheet, FactSpec, Known, spec_of
from liverboard.values import Reason, Unknown

__all__ = ["RecordFacts", "chosen", "record_facts", "reference_date_of"]

SAME_VALUE = 0.01
"""Two numbers of one day that differ by less, relatively, are one value in two units."""

DAYS_PER_MONTH = 30.4375


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """The facts of a record, the day they are judged on, and what is remarkable."""

    facts: FactSheet
    reference_date: dt.date | None
    remarks: tuple[Remark, ...]


def reference_date_of(record: CaseRecord) -> dt.date | None:
    """Return the stated reference date, else the newest date in the record, else None."""
    if not isinstance(record.reference_date, Unknown):
        return record.reference_date
    return max(dates_in(record), default=None)


def record_facts(record: CaseRecord, *, origin: str = "case.yaml") -> RecordFacts:
    """Return the patient's facts as `record` states them; `origin` names its file."""
    reference = reference_date_of(record)
    told = history_facts(record.history, reference, origin)
    facts: dict[str, Fact] = dict(told.facts)
    fields = [*recorded_fields(record), *_history_fields(told.readings)]
    for key, fact, readings in fields:
        facts[fact] = chosen(readings, spec_of(fact), reference, origin=f"{origin}: {key}")
    facts |= _worked_out(record, facts, reference, origin)
    contradictions, conflicts = _contradictions(facts)
    remarks = (*_field_remarks(fields, reference), *told.remarks, *contradictions)
    day = (_reference_remark(record, reference),)
    return RecordFacts(_sheet({**facts, **conflicts}), reference, (*day, *remarks))


def _sheet(facts: Mapping[str, Fact]) -> FactSheet:
    """Return the sheet of `facts`; one worked out beyond its plausible range is refused."""
    for name, fact in facts.items():
        if isinstance(fact, Known):
            try:
                spec_of(name).check(fact.value)
            except EvidenceError as error:
                remedy = "check the dates and numbers there"
                raise CaseError(
                    f"{name}: {error.what}", where=fact.origin, remedy=remedy
                ) from error
    return FactSheet(facts)


def _history_fields(readings: Mapping[str, Readings]) -> Iterator[tuple[str, str, Readings]]:
    for fact, entry in readings.items():
        yield f"history.systemic.{fact}", fact, entry


def chosen(
    readings: Sequence[Reading], spec: FactSpec, reference: dt.date | None, *, origin: str
) -> Fact:
    """Return the newest known reading at or before `reference`; stale or conflicting: unknown."""
    usable = [one for one in readings if not _is_later(one, reference)]
    known = [one for one in usable if not isinstance(one.value, Unknown)]
    if not known:
        return next(one.value for one in reversed(usable) if isinstance(one.value, Unknown))
    newest = [one for one in known if one.date == known[-1].date]
    if not all(_is_same(one, newest[0]) for one in newest):
        shown = ", ".join(
            f"{one.given}{f' ({one.source})' if one.source else ''}" for one in newest
        )
        return Unknown(Reason.CONFLICT, f"{newest[0].date}: {shown}")
    return _fresh(newest[-1], spec, reference, origin)


def _is_later(reading: Reading, reference: dt.date | None) -> bool:
    return reference is not None and reading.date is not None and reading.date > reference


def _is_same(one: Reading, other: Reading) -> bool:
    numbers = [
        float(reading.value)
        for reading in (one, other)
        if isinstance(reading.value, int | float) and not isinstance(reading.value, bool)
    ]
    if len(numbers) == 2:
        return math.isclose(*numbers, rel_tol=SAME_VALUE)
    return one.value == other.value


def _fresh(reading: Reading, spec: FactSpec, reference: dt.date | None, origin: str) -> Fact:
    """Return a known reading as a fact, unknown where it is too old."""
    if isinstance(reading.value, Unknown):
        return reading.value
    limit = spec.stale_after_days
    if limit is not None and reading.date is not None and reference is not None:
        age = (reference - reading.date).days
        if age > limit:
            detail = f"{reading.given} of {reading.date}, {age} days old; counts for {limit} days"
            return Unknown(Reason.STALE, detail)
    return Known(reading.value, origin, date=reading.date)


def _worked_out(
    record: CaseRecord, facts: Mapping[str, Fact], reference: dt.date | None, origin: str
) -> dict[str, Fact]:
    """Return facts that follow from one entry: months since diagnosis, side from the site."""
    found: dict[str, Fact] = {}
    day = record.primary.diagnosed
    if isinstance(day, dt.date) and reference is not None:
        months = (reference - day).days / DAYS_PER_MONTH
        found["months_since_diagnosis"] = Known(months, f"{origin}: primary.diagnosed", date=day)
    site = record.primary.site[-1].given if record.primary.site else ""
    side = side_of_site(site)
    if side is not None and "primary_side" not in facts:
        found["primary_side"] = Known(side, f"{origin}: primary.site")
    found |= _implied_ras(facts)
    return found


def _implied_ras(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Return RAS as mutated where it is not told but KRAS, a part of it, is mutated."""
    for name, mutated in (("kras", "mutated"), ("kras_g12c", True)):
        part = facts.get(name)
        if "ras" not in facts and isinstance(part, Known) and part.value == mutated:
            return {"ras": Known("mutated", part.origin, date=part.date)}
    return {}


def _reference_remark(record: CaseRecord, reference: dt.date | None) -> Remark:
    if not isinstance(record.reference_date, Unknown):
        return note("reference_date", f"ages of values are counted to {reference}")
    if reference is not None:
        return note("reference_date", f"not given: the newest date in the record, {reference}")
    return warning("reference_date", "no date at all: nothing can be judged too old")


def _field_remarks(
    fields: Sequence[tuple[str, str, Readings]], reference: dt.date | None
) -> Iterator[Remark]:
    """Yield doubts, values that lie after the reference date, and what bears no date."""
    undated = []
    for key, fact, readings in fields:
        yield from (warning(key, doubt) for doubt in doubts(readings))
        later = sum(_is_later(one, reference) for one in readings)
        if later:
            yield note(key, f"{later} value(s) dated after {reference} not used")
        ages = spec_of(fact).stale_after_days is not None
        if ages and any(one.date is None and one.given != "unknown" for one in readings):
            undated.append(key)
    if undated:
        yield note("case.yaml", f"without date, taken as current: {', '.join(undated)}")


def _contradictions(facts: Mapping[str, Fact]) -> tuple[list[Remark], dict[str, Fact]]:
    """Return statements that cannot both be true, as warnings and as conflicting facts."""
    remarks: list[Remark] = []
    conflicts: dict[str, Fact] = {}
    for names, text in _statements(_values(facts)):
        remarks.append(warning(", ".join(names), text))
        conflicts |= {name: Unknown(Reason.CONFLICT, text) for name in names}
    return remarks, conflicts


def _values(facts: Mapping[str, Fact]) -> dict[str, float | str | bool]:
    return {name: fact.value for name, fact in facts.items() if isinstance(fact, Known)}


OUTSIDE = {
    "lung_metastases": True,
    "peritoneal_metastases": True,
    "bone_metastases": True,
    "brain_metastases": True,
    "node_metastases": "beyond_hilar",
}
"""Values that speak of disease outside the liver."""

SYNCHRONOUS_MONTHS = 12
"""A disease-free interval beyond this is no synchronous disease by any definition in use."""


def _statements(values: Mapping[str, float | str | bool]) -> Iterator[tuple[list[str], str]]:
    """Yield the facts that contradict one another, with what they say."""
    outside = [name for name, told in OUTSIDE.items() if values.get(name) == told]
    if outside and values.get("extrahepatic_disease") == "none":
        yield ["extrahepatic_disease"], f"none, yet {', '.join(outside)}"
    if values.get("kras_g12c") is True and values.get("ras") == "wild_type":
        yield ["ras", "kras_g12c"], "KRAS G12C is a RAS mutation, yet RAS is called wild type"
    if values.get("kras") == "mutated" and values.get("ras") == "wild_type":
        yield ["ras", "kras"], "KRAS is mutated, yet RAS is called wild type"
    if values.get("kras_g12c") is True and values.get("kras") == "wild_type":
        yield ["kras", "kras_g12c"], "KRAS G12C is a KRAS mutation, yet KRAS is called wild type"
    if values.get("cirrhosis") is False and values.get("fibrosis") == "F4":
        yield ["cirrhosis", "fibrosis"], "F4 is cirrhosis, yet cirrhosis is denied"
    interval = values.get("disease_free_interval")
    is_late = isinstance(interval, float) and interval > SYNCHRONOUS_MONTHS
    if values.get("synchronous") is True and is_late:
        yield ["synchronous", "disease_free_interval"], f"synchronous, yet {interval} months"
    if values.get("primary_resected") is False and "primary_resection_r0" in values:
        yield ["primary_resected", "primary_resection_r0"], "not resected, yet with a margin"
