"""Facts that measured sizes and the course of CEA tell, where the record does not say otherwise.

Where it does, and they disagree, neither is taken: the fact is conflicting.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from liverboard.case.model import Remark, note
from liverboard.case.record import CaseRecord
from liverboard.case.response import MarkerCourse, TumourCourse, marker_course, tumour_course
from liverboard.evidence.fact import Fact, Known, spec_of
from liverboard.values import Reason, Unknown

__all__ = ["Courses", "courses"]

SIZES = "history.measurements"
HALF = 50.0


@dataclass(frozen=True, slots=True)
class Courses:
    """What the courses tell: facts that are new or in conflict, and each course in words."""

    facts: Mapping[str, Fact]
    remarks: tuple[Remark, ...]


def courses(
    record: CaseRecord, facts: Mapping[str, Fact], reference: dt.date | None, origin: str
) -> Courses:
    """Return what sizes and CEA of `record` tell beside `facts`."""
    found: dict[str, Fact] = {}
    remarks = []
    sizes = tumour_course(record.history, reference)
    if isinstance(sizes, TumourCourse):
        remarks.append(note(SIZES, sizes.says))
        response = _response(sizes, reference, f"{origin}: {SIZES}")
        found |= _beside(facts, "response", response)
    marker = marker_course(record.laboratory.cea, record.history, reference)
    if isinstance(marker, MarkerCourse):
        remarks.append(note("laboratory.cea", marker.says))
        is_treated = not isinstance(record.history.systemic, Unknown) and record.history.systemic
        if is_treated:
            half = Known(marker.fall_percent >= HALF, f"{origin}: laboratory.cea", marker.last[0])
            found |= _beside(facts, "cea_fell_by_half", half)
    return Courses(found, tuple(remarks))


def _response(course: TumourCourse, reference: dt.date | None, origin: str) -> Fact:
    """Return the response on the newest scan; unknown where that is too old."""
    response, day = course.latest.response, course.latest.date
    if isinstance(response, Unknown):
        return response
    limit = spec_of("response").stale_after_days
    if limit is not None and reference is not None and (reference - day).days > limit:
        age = (reference - day).days
        return Unknown(Reason.STALE, f"{response} of {day}, {age} days old")
    return Known(response, origin, date=day)


def _beside(facts: Mapping[str, Fact], name: str, measured: Fact) -> dict[str, Fact]:
    """Return the measured fact where none is told, a conflict where the record says otherwise."""
    told = facts.get(name)
    if not isinstance(told, Known):
        is_conflict = isinstance(told, Unknown) and told.reason is Reason.CONFLICT
        return {} if is_conflict else {name: measured}
    if not isinstance(measured, Known) or measured.value == told.value:
        return {}
    said = f"recorded {_word(told)}, measured {_word(measured)} ({measured.date})"
    return {name: Unknown(Reason.CONFLICT, said)}


def _word(fact: Known) -> str:
    """Return a value as people say it."""
    if isinstance(fact.value, bool):
        return "yes" if fact.value else "no"
    return str(fact.value)
