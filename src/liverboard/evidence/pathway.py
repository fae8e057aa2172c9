"""The choice between ways to go: resectability on two axes, every way under every guideline set.

Each way of `data/pathways.yaml` is judged by the criteria that name its tag, under every guideline
set that speaks of it. Where sets differ, all are shown; none is preferred. The class of
resectability is a panel's, never worked out here: the axes say what speaks for and against.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from liverboard.evidence.data_files import our_files
from liverboard.evidence.environment import environment_of
from liverboard.evidence.fact import Fact, FactSheet, Known
from liverboard.evidence.judge import judge
from liverboard.evidence.judgement import Judgement
from liverboard.evidence.loader import Evidence
from liverboard.evidence.strict_yaml import read_document
from liverboard.values import Estimate, Mark

__all__ = ["Pathway", "PathwayView", "Resectability", "pathway_views", "pathways", "resectability"]

ROOM = "choice"
"""The file of criteria, in each guideline set, that speaks of ways to go."""


@dataclass(frozen=True, slots=True)
class Pathway:
    """One way to go; `step` is when a board looks at it (1 first)."""

    id: str
    title: str
    step: int


@dataclass(frozen=True, slots=True)
class PathwayView:
    """One way under every guideline set that speaks of it."""

    pathway: Pathway
    judgements: Mapping[str, Judgement]

    @property
    def differs(self) -> bool:
        """Whether guideline sets come to different statuses."""
        return len({one.status for one in self.judgements.values()}) > 1


@dataclass(frozen=True, slots=True)
class Resectability:
    """What a panel said, both axes, and how often surgeons of a panel disagree (percent)."""

    panel: Fact
    technical: Judgement
    oncological: Judgement
    disagreement: Estimate

    @property
    def is_contested(self) -> bool:
        """Whether an axis forbids what the panel holds to be resectable."""
        if not isinstance(self.panel, Known) or self.panel.value == "permanently_unresectable":
            return False
        forbids = ("contraindicated", "not eligible")
        return self.technical.status in forbids or self.oncological.status in forbids


@cache
def _content() -> Mapping[str, Any]:
    """Return the content of `data/pathways.yaml`."""
    content: Mapping[str, Any] = read_document(
        our_files()["pathways.yaml"], "pathways.yaml"
    ).content
    return content


@cache
def pathways() -> tuple[Pathway, ...]:
    """Return every way in the order in which a board looks at them."""
    entries = _content()["pathways"].items()
    return tuple(Pathway(name, entry["title"], entry["step"]) for name, entry in entries)


def pathway_views(sheet: FactSheet, evidence: Evidence) -> tuple[PathwayView, ...]:
    """Return every way judged under every guideline set that speaks of it, in their order.

    `sheet` is expected with what follows from it (`derive`). Raises EvidenceError with the line
    where a local file of criteria has a mistake.
    """
    environment = environment_of(sheet)
    files = {
        name: evidence.criteria(ROOM, name)
        for name in evidence.guidelines
        if ROOM in evidence.rooms(name)
    }
    found = []
    for pathway in pathways():
        judged = {
            name: judge(criteria, environment, {pathway.id})
            for name, criteria in files.items()
            if any(pathway.id in one.applies.any for one in criteria)
        }
        found.append(PathwayView(pathway, judged))
    return tuple(found)


def resectability(sheet: FactSheet, evidence: Evidence) -> Resectability:
    """Return what a panel said beside both axes.

    Before or after chemotherapy decides the base rate of disagreement; the higher one is given
    while that is unknown.
    """
    criteria = evidence.criteria(ROOM)
    environment = environment_of(sheet)
    lines = sheet.get("systemic_lines")
    is_baseline = isinstance(lines, Known) and lines.value == 0
    return Resectability(
        panel=sheet.get("resectability"),
        technical=judge(criteria, environment, {"technical"}),
        oncological=judge(criteria, environment, {"oncological"}),
        disagreement=_disagreement("baseline" if is_baseline else "follow-up"),
    )


def _disagreement(when: str) -> Estimate:
    """Return how often surgeons of a panel disagreed, in percent of evaluations."""
    entry = _content()["disagreement"][when]
    value = float(entry["value"])
    return Estimate(value, value, value, "percent", (entry["source"],), Mark(entry["mark"]))
