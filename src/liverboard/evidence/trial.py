"""Trials whose population a patient is held against: in, outside, or it cannot be said, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from liverboard.evidence.data_files import our_files
from liverboard.evidence.fact import FactSheet
from liverboard.evidence.judge import judge_all
from liverboard.evidence.judgement import Argument, Intent, Judgement, Status
from liverboard.evidence.loader import Evidence
from liverboard.evidence.strict_yaml import read_document

__all__ = ["Place", "Population", "Trial", "populations", "trials"]

DECIDING = frozenset({Intent.SCOPE, Intent.REQUIRES, Intent.CONTRAINDICATES})
"""What decides whether a patient could have entered a trial."""

WORDS = {"for": "met", "against": "not met", "open": "not known"}
"""How an argument for, against or open is told of a criterion of a trial."""


class Place(StrEnum):
    """Where a patient stands to the population of a trial."""

    IN = "in"
    OUTSIDE = "outside"
    UNKNOWN = "cannot be said"


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial: its criteria are those of `room` that name `tag`."""

    id: str
    title: str
    room: str
    tag: str
    source: str


@dataclass(frozen=True, slots=True)
class Population:
    """A patient against one trial; `because` are the arguments that decide, all where it is in."""

    trial: Trial
    place: Place
    because: tuple[Argument, ...]

    @property
    def sentence(self) -> str:
        """Return in one sentence where the patient would have been, and why."""
        reasons = "; ".join(f"{one.text} ({WORDS[one.direction]})" for one in self.because)
        if self.place is Place.UNKNOWN:
            return f"whether this patient would have been in {self.trial.id} depends on: {reasons}"
        return f"this patient would have been {self.place} {self.trial.id} because: {reasons}"


@cache
def trials() -> Mapping[str, Trial]:
    """Return every trial by its id, in the order of `data/trials.yaml`."""
    entries = read_document(our_files()["trials.yaml"], "trials.yaml").content["trials"]
    return {
        name: Trial(name, entry["title"], entry["room"], entry["tag"], entry["source"])
        for name, entry in entries.items()
    }


def populations(sheet: FactSheet, evidence: Evidence) -> tuple[Population, ...]:
    """Return where a patient stands to every trial.

    `sheet` is expected with what follows from it (`derive`). Only what was read of eligibility is
    asked: "in" means that nothing known keeps the patient out.
    """
    return tuple(_population(trial, sheet, evidence) for trial in trials().values())


def _population(trial: Trial, sheet: FactSheet, evidence: Evidence) -> Population:
    """Return where a patient stands to one trial."""
    own = [
        one
        for one in evidence.criteria(trial.room)
        if trial.tag in one.applies.any and one.intent in DECIDING
    ]
    judged = judge_all(own, sheet)
    place = _place(judged)
    wanted = {Place.IN: "for", Place.OUTSIDE: "against", Place.UNKNOWN: "open"}[place]
    because = tuple(one for one in judged.arguments if one.direction == wanted)
    return Population(trial, place, because)


def _place(judged: Judgement) -> Place:
    """Return the place that a status stands for."""
    if judged.status in (Status.CONTRAINDICATED, Status.NOT_ELIGIBLE, Status.OUTSIDE_EVIDENCE):
        return Place.OUTSIDE
    is_open = any(one.direction == "open" for one in judged.arguments)
    return Place.UNKNOWN if is_open else Place.IN
