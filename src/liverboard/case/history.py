"""Facts that the history tells: lines, cycles and months of therapy, last doses, drugs had.

A flag is known to be false only where the list it comes from is given and every drug in it is
understood; an absent list leaves everything unknown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from liverboard.case.entry import Readings
from liverboard.case.model import Remark, warning
from liverboard.case.sections import History, LiverTreatment, SystemicLine
from liverboard.case.vocabulary import drug_class, regimen_drugs
from liverboard.evidence.fact import Fact, Known
from liverboard.values import Reason, Unknown

__all__ = ["Told", "history_facts", "lines_of"]

DRUG_FLAGS = {
    "had_oxaliplatin": "oxaliplatin",
    "had_irinotecan": "irinotecan",
    "had_fluoropyrimidine": "fluoropyrimidine",
    "had_bevacizumab": "bevacizumab",
    "had_anti_egfr": "anti_egfr",
    "had_checkpoint_inhibitor": "checkpoint_inhibitor",
}

LIVER_FLAGS = {
    "had_liver_resection": ("resection",),
    "had_liver_ablation": ("ablation",),
    "had_liver_radiation": ("sbrt", "radiotherapy", "sirt"),
}

LINE_FACTS = (
    "systemic_lines",
    "systemic_cycles",
    "systemic_months",
    "response",
    "days_since_systemic",
    "days_since_bevacizumab",
)

NEVER_GIVEN = Unknown(Reason.INDETERMINATE, "no systemic therapy was given")
DAYS_PER_MONTH = 30.4375


@dataclass(frozen=True, slots=True)
class Told:
    """What the record tells beside single fields: facts, readings and remarks."""

    facts: Mapping[str, Fact]
    readings: Mapping[str, Readings]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of therapy with the classes of its drugs; `strangers` are not understood."""

    number: int
    entry: SystemicLine
    classes: frozenset[str]
    strangers: tuple[str, ...]


def lines_of(entries: Sequence[SystemicLine]) -> tuple[Line, ...]:
    """Return the lines in the order of their numbers; an unnumbered one counts by its place."""
    found = [_line(place, entry) for place, entry in enumerate(entries, 1)]
    return tuple(sorted(found, key=lambda line: line.number))


def _line(place: int, entry: SystemicLine) -> Line:
    number = place if isinstance(entry.line, Unknown) else entry.line
    drugs = (*entry.drugs, *regimen_drugs(entry.regimen))
    classes = {drug: drug_class(drug) for drug in drugs}
    strangers = tuple(drug for drug, found in classes.items() if found is None)
    if not drugs:
        strangers = (entry.regimen or "drugs not written",)
    known = frozenset(found for found in classes.values() if found is not None)
    return Line(number, entry, known, strangers)


def history_facts(history: History, reference: dt.date | None, origin: str) -> Told:
    """Return every fact that the lists of `history` tell; `origin` names the file."""
    place = f"{origin}: history.systemic"
    facts = _liver_facts(history.liver, f"{origin}: history.liver")
    if isinstance(history.systemic, Unknown):
        return Told({**facts, **dict.fromkeys(_systemic_names(), history.systemic)}, {}, ())
    lines = lines_of(history.systemic)
    facts |= _drug_facts(lines, place)
    facts |= _line_facts(lines, reference, place) if lines else _no_lines(place)
    response = _latest(lines)[0].entry.response if lines else ()
    readings = {"response": response} if response else {}
    return Told(facts, readings, tuple(_remarks(lines)))


def _systemic_names() -> tuple[str, ...]:
    return (*LINE_FACTS, *DRUG_FLAGS)


def _no_lines(place: str) -> dict[str, Fact]:
    """Return what is known where no systemic therapy was given."""
    none = dict.fromkeys(
        ("systemic_lines", "systemic_cycles", "systemic_months"), Known(0.0, place)
    )
    never = ("response", "days_since_systemic", "days_since_bevacizumab")
    return {**none, **dict.fromkeys(never, NEVER_GIVEN)}


def _latest(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return the entries of the latest line, newest first."""
    last = [line for line in lines if line.number == lines[-1].number]
    return tuple(sorted(last, key=_when, reverse=True))


def _when(line: Line) -> dt.date:
    days = (line.entry.last_dose, line.entry.start)
    return max((day for day in days if isinstance(day, dt.date)), default=dt.date.min)


def _line_facts(lines: Sequence[Line], reference: dt.date | None, place: str) -> dict[str, Fact]:
    last_doses = [line.entry.last_dose for line in lines]
    return {
        "systemic_lines": Known(float(len({line.number for line in lines})), place),
        "systemic_cycles": _cycles(_latest(lines), place),
        "systemic_months": _months(lines, place),
        "response": Unknown(Reason.NOT_RECORDED, "response to the latest line"),
        "days_since_systemic": _days_since(last_doses, reference, place),
        "days_since_bevacizumab": _since_bevacizumab(lines, reference, place),
    }


def _cycles(latest: Sequence[Line], place: str) -> Fact:
    total = 0
    for line in latest:
        if isinstance(line.entry.cycles, Unknown):
            return Unknown(line.entry.cycles.reason, "cycles of the latest line")
        total += line.entry.cycles
    return Known(float(total), place)


def _months(lines: Sequence[Line], place: str) -> Fact:
    """Return the months between first and last dose, added over all lines."""
    days = 0
    for line in lines:
        start, end = line.entry.start, line.entry.last_dose
        if isinstance(start, Unknown) or isinstance(end, Unknown):
            return Unknown(Reason.NOT_RECORDED, f"start and last dose of line {line.number}")
        days += (end - start).days
    return Known(days / DAYS_PER_MONTH, place)


def _days_since(doses: Iterable[dt.date | Unknown], reference: dt.date | None, place: str) -> Fact:
    """Return the days from the latest dose; unknown where any dose has no date."""
    known = []
    for dose in doses:
        if isinstance(dose, Unknown):
            return Unknown(dose.reason, "date of the last dose")
        known.append(dose)
    if reference is None:
        return Unknown(Reason.NOT_RECORDED, "reference date")
    latest = max(known)
    return Known(float((reference - latest).days), place, date=latest)


def _since_bevacizumab(lines: Sequence[Line], reference: dt.date | None, place: str) -> Fact:
    given = [line.entry for line in lines if "bevacizumab" in line.classes]
    if given:
        return _days_since([_last_bevacizumab(entry) for entry in given], reference, place)
    if any(line.strangers for line in lines):
        return Unknown(Reason.INDETERMINATE, "not every drug given is understood")
    return Unknown(Reason.INDETERMINATE, "no bevacizumab was given")


def _last_bevacizumab(entry: SystemicLine) -> dt.date | Unknown:
    stated = entry.last_bevacizumab
    return entry.last_dose if isinstance(stated, Unknown) else stated


def _drug_facts(lines: Sequence[Line], place: str) -> dict[str, Fact]:
    """Return the drugs had; false only where every drug given is understood."""
    had = frozenset(name for line in lines for name in line.classes)
    strangers = [name for line in lines for name in line.strangers]
    absent: Fact = Known(value=False, origin=place)
    if strangers:
        absent = Unknown(Reason.INDETERMINATE, f"not understood: {', '.join(strangers)}")
    return {
        fact: Known(value=True, origin=place) if name in had else absent
        for fact, name in DRUG_FLAGS.items()
    }


def _liver_facts(treatments: tuple[LiverTreatment, ...] | Unknown, place: str) -> dict[str, Fact]:
    if isinstance(treatments, Unknown):
        return dict.fromkeys(LIVER_FLAGS, treatments)
    kinds = {treatment.kind for treatment in treatments}
    return {
        fact: Known(value=not kinds.isdisjoint(names), origin=place)
        for fact, names in LIVER_FLAGS.items()
    }


def _remarks(lines: Sequence[Line]) -> Iterable[Remark]:
    for line in lines:
        if line.strangers:
            yield warning(
                "history.systemic",
                f"line {line.number}: not understood: {', '.join(line.strangers)}; "
                "drugs that are not listed count as unknown, not as never given",
            )
