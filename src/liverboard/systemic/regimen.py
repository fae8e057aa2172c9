"""Drugs, dose rules and regimens as frozen values, every number with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from liverboard.evidence.criterion import Node
from liverboard.evidence.judgement import Citation
from liverboard.evidence.parameter import strongest
from liverboard.values import Estimate, Mark

__all__ = [
    "EMETOGENIC",
    "Biomarker",
    "Courses",
    "Dose",
    "DoseRule",
    "Drug",
    "Harm",
    "Outcome",
    "PrimaryPage",
    "Regimen",
    "Span",
]

EMETOGENIC = ("minimal", "low", "moderate", "high")
"""Classes of emetogenic risk, the mildest first: a regimen has that of its worst drug."""


@dataclass(frozen=True, slots=True)
class Drug:
    """One drug; a dose is rounded to `round_to` (in its unit), or to what `tablets` add up to."""

    id: str
    title: str
    route: str
    classes: tuple[str, ...]
    emetogenic: str
    round_to: float
    tablets: tuple[float, ...]
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class DoseRule:
    """Where `when` is met, a dose is multiplied by `factor`, replaced by `to`, or left out.

    None of the three: the rule is a remark. Rules of one `axis` (kidney, DPYD, ...) speak of the
    same cause: of those the strongest counts. `to` maps a published amount to the reduced one.
    """

    id: str
    text: str
    drugs: tuple[str, ...]
    axis: str
    when: Node
    factor: float | None
    to: Mapping[float, float]
    is_omitted: bool
    citations: tuple[Citation, ...]

    def share_of(self, amount: float) -> float:
        """Return what share of the published `amount` the rule leaves."""
        if self.is_omitted:
            return 0.0
        if amount in self.to:
            return self.to[amount] / amount
        return 1.0 if self.factor is None else self.factor

    @property
    def mark(self) -> Mark:
        """Return how sure the rule is."""
        return strongest(citation.mark for citation in self.citations)


@dataclass(frozen=True, slots=True)
class Span:
    """A cited number of days or cycles."""

    title: str
    estimate: Estimate
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Dose:
    """One line of a regimen: `amount` of `unit` per m2, per kg, flat, or a target AUC.

    Given `times_a_day` on `days` of the cycle, at most `cap` each time (0: none); the first dose
    is `loading` where that is not 0. `bands` are (from this body surface in m2, dose) as a label
    tabulates them: they stand in place of amount times surface.
    """

    drug: Drug
    amount: float
    unit: str
    per: str
    days: tuple[int, ...]
    times_a_day: int
    how: str
    cap: float
    loading: float
    bands: tuple[tuple[float, float], ...]
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Courses:
    """Cycles before and after the operation; both 0: until progression or harm."""

    before: int
    after: int
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Harm:
    """A rate of harm of grade 3 or more, in percent."""

    what: str
    estimate: Estimate
    citation: Citation


@dataclass(frozen=True, slots=True)
class Outcome:
    """A published result of a population; `when` is None where it speaks of all.

    `intents` are those for which it is the expectation; other intents only show it.
    """

    who: str
    when: Node | None
    what: str
    estimate: Estimate
    n: int | None
    control: float | None
    against: str
    hazard: float | None
    note: str
    intents: tuple[str, ...]
    citation: Citation


@dataclass(frozen=True, slots=True)
class Regimen:
    """One regimen: its doses include those of the partner it is added to."""

    id: str
    title: str
    room: str
    primary: str
    partner: str
    tags: frozenset[str]
    intents: Mapping[str, Courses]
    cycle_days: int
    doses: tuple[Dose, ...]
    emetogenic: str
    citations: tuple[Citation, ...]
    harms: tuple[Harm, ...]
    any_severe: Harm | None
    outcomes: tuple[Outcome, ...]
    cautions: tuple[str, ...]

    @property
    def drugs(self) -> tuple[Drug, ...]:
        """Return every drug once, in the order of the doses."""
        return tuple({dose.drug.id: dose.drug for dose in self.doses}.values())

    @property
    def visit_days(self) -> tuple[int, ...]:
        """Return the days of a cycle on which something is given by needle."""
        given = {day for dose in self.doses if dose.drug.route != "oral" for day in dose.days}
        return tuple(sorted(given))


@dataclass(frozen=True, slots=True)
class Biomarker:
    """A test that the choice needs; `fact` is empty where no fact is registered for it."""

    fact: str
    test: str
    decides: str


@dataclass(frozen=True, slots=True)
class PrimaryPage:
    """What is known of drugs for one primary: the standard, its tests, and its regimens."""

    primary: str
    standard: str
    standard_citations: tuple[Citation, ...]
    biomarkers: tuple[Biomarker, ...]
    liver_directed: str
    liver_directed_says: str
    liver_directed_citations: tuple[Citation, ...]
    regimens: Mapping[str, Regimen]
