"""The shape of the files of drugs, regimens and dose rules; unknown keys are refused with place."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from liverboard.evidence.schema import Day, Entry, Line, Name
from liverboard.values import Mark

__all__ = ["DrugFile", "RegimenFile", "RuleFile", "TimingFile"]

Emetogenic = Literal["minimal", "low", "moderate", "high"]
Intent = Literal["perioperative", "conversion", "palliative", "adjuvant"]


def _usual_intents() -> list[Intent]:
    """Return the intents that a result speaks of where nothing else is said."""
    return ["palliative", "conversion"]


class SourceEntry(Entry):
    """One source of a number; the file says once when all were checked."""

    ref: str
    at: str = ""
    mark: Mark


Sources = Annotated[list[SourceEntry], Field(min_length=1)]


class DrugEntry(Entry):
    """One drug; `round_to` in its unit, or `tablets` by strength, tell how a dose is rounded."""

    title: Line
    route: Literal["intravenous", "oral", "subcutaneous", "intramuscular"]
    classes: list[Name] = Field(default_factory=list)
    emetogenic: Emetogenic
    round_to: float = 0.0
    tablets: list[float] = Field(default_factory=list)
    sources: Sources


class DrugFile(Entry):
    """`drugs.yaml`."""

    checked: Day
    drugs: dict[Name, DrugEntry]


class RuleEntry(Entry):
    """One dose rule: where `when` is met the dose is multiplied, replaced or left out, or none.

    `to` maps a published dose to the reduced one. Rules of one `axis` speak of the same organ.
    """

    text: Line
    drugs: Annotated[list[Name], Field(min_length=1)]
    axis: Name
    when: Any
    factor: float | None = None
    to: dict[str, float] = Field(default_factory=dict)
    omit: bool = False
    sources: Sources


class RuleFile(Entry):
    """`rules.yaml`."""

    checked: Day
    rules: dict[Name, RuleEntry]


class SpanEntry(Entry):
    """A number of days or cycles with its sources."""

    title: Line
    value: float
    low: float | None = None
    high: float | None = None
    unit: str
    sources: Sources


class TimingFile(Entry):
    """`timing.yaml`."""

    checked: Day
    spans: dict[Name, SpanEntry]


class DoseEntry(Entry):
    """One line of a regimen: `amount` of `unit` per m2, kg, flat, or as a target AUC."""

    drug: Name
    amount: Annotated[float, Field(gt=0)]
    unit: Literal["mg", "ug", "GBq", "AUC"] = "mg"
    per: Literal["m2", "kg", "flat", "auc"]
    days: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1)]
    times_a_day: Annotated[int, Field(ge=1)] = 1
    how: Line
    cap: float = 0.0
    loading: float = 0.0
    bands: list[tuple[float, float]] = Field(default_factory=list)
    sources: list[SourceEntry] = Field(default_factory=list)


class CoursesEntry(Entry):
    """Cycles of one intent before and after the operation; both 0: until progression."""

    before: int = 0
    after: int = 0
    sources: Sources


class HarmEntry(Entry):
    """A rate of harm of grade 3 or more."""

    what: Line
    percent: Annotated[float, Field(ge=0, le=100)]
    source: SourceEntry


class OutcomeEntry(Entry):
    """A published result; `when` says of whom it speaks, `control` is the other arm."""

    who: Line
    when: Any = None
    what: Literal["response", "progression_free", "survival", "survival_5y"]
    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    control: float | None = None
    against: str = ""
    hazard: float | None = None
    note: str = ""
    intents: list[Intent] = Field(default_factory=_usual_intents)
    source: SourceEntry


class RegimenEntry(Entry):
    """One regimen of one room."""

    title: Line
    room: Literal["chemotherapy", "biologics"]
    partner: str = ""
    tags: list[Name] = Field(default_factory=list)
    intents: dict[Intent, CoursesEntry]
    cycle_days: Annotated[int, Field(ge=1)]
    doses: list[DoseEntry]
    emetogenic: Emetogenic | None = None
    sources: Sources
    harms: list[HarmEntry] = Field(default_factory=list)
    any_severe_percent: HarmEntry | None = None
    outcomes: list[OutcomeEntry] = Field(default_factory=list)
    cautions: list[Line] = Field(default_factory=list)


class BiomarkerEntry(Entry):
    """A test that the choice of first-line therapy needs, and what it decides."""

    fact: Name | None = None
    test: Line
    decides: Line


class LiverDirectedEntry(Entry):
    """Whether treating the liver itself is accepted for this primary."""

    accepted: Literal["yes", "selected", "no"]
    says: Line
    sources: Sources


class RegimenFile(Entry):
    """`regimens/<primary>.yaml`."""

    checked: Day
    primary: Name
    standard: Line
    standard_sources: Sources
    biomarkers: list[BiomarkerEntry] = Field(default_factory=list)
    liver_directed: LiverDirectedEntry
    regimens: dict[Name, RegimenEntry]
