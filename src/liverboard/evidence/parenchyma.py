"""The class of the parenchyma, and the remnant that it needs."""

from __future__ import annotations

from dataclasses import dataclass

from liverboard.evidence.environment import Environment, environment_of
from liverboard.evidence.fact import Fact, FactSheet, Known, spec_of
from liverboard.evidence.judge import open_facts
from liverboard.evidence.judgement import Citation, Trace, Verdict
from liverboard.evidence.kleene import evaluate
from liverboard.evidence.loader import Evidence, load_evidence
from liverboard.evidence.parameter import Parameter
from liverboard.values import Estimate, Reason, Unknown

__all__ = ["CLASSES", "RemnantThreshold", "parenchyma_fact", "remnant_threshold"]

CLASSES: tuple[tuple[str, str], ...] = (
    ("parenchyma-cirrhotic", "cirrhotic"),
    ("parenchyma-fibrotic", "fibrotic"),
    ("parenchyma-steatotic", "steatotic"),
    ("parenchyma-chemotherapy-injured", "chemotherapy_injured"),
)
"""Definitions and the class each proves, worst first; where none is met the liver is normal."""

REMNANT: dict[str, str] = {
    "cirrhotic": "remnant.fibrotic",
    "fibrotic": "remnant.fibrotic",
    "steatotic": "remnant.injured",
    "chemotherapy_injured": "remnant.injured",
    "normal": "remnant.healthy",
}
"""The parameter that gives the remnant which a class of parenchyma needs."""

ORIGIN = "method: parenchyma"


@dataclass(frozen=True, slots=True)
class RemnantThreshold:
    """The remnant that a liver needs, in percent.

    `percent` is unknown while facts could still move it; then it lies between `low` and `high`.
    """

    percent: Estimate | Unknown
    low: float
    high: float
    reason: str
    citations: tuple[Citation, ...]


def parenchyma_fact(environment: Environment, evidence: Evidence) -> Fact:
    """Return the worst class that the facts prove; unknown while a worse one is not excluded."""
    possible, open_ = _possible(environment, evidence)
    if len(possible) == 1:
        return Known(possible[0], ORIGIN)
    labels = ", ".join(dict.fromkeys(spec_of(name).label for name in open_))
    at_least = possible[-1].replace("_", " ")
    return Unknown(Reason.NOT_RECORDED, f"at least {at_least}; {labels} not known")


def _possible(environment: Environment, evidence: Evidence) -> tuple[list[str], list[str]]:
    """Return the classes that the liver may still have, worst first, and the facts that decide."""
    recorded = environment.fact("parenchyma")
    if isinstance(recorded, Known):
        return [str(recorded.value)], []
    possible: list[str] = []
    open_: list[str] = []
    for definition, name in CLASSES:
        trace = evaluate(evidence.definition(definition).when, environment)
        if trace.verdict is Verdict.NO:
            continue
        possible.append(name)
        open_ += _open_names(trace)
        if trace.verdict is Verdict.YES:
            return possible, open_
    return [*possible, "normal"], open_


def _open_names(trace: Trace) -> list[str]:
    return [used.name for used in open_facts(trace)]


def remnant_threshold(sheet: FactSheet, evidence: Evidence | None = None) -> RemnantThreshold:
    """Return the remnant that the liver of `sheet` needs, with reason and sources.

    `sheet` is expected with what follows from it (`derive`).
    """
    known = evidence or load_evidence()
    environment = environment_of(sheet)
    possible, open_ = _possible(environment, known)
    needed = [known.parameter(REMNANT[name]) for name in possible]
    low, high = min(one.value for one in needed), max(one.value for one in needed)
    citations = tuple(dict.fromkeys(c for one in needed for c in one.citations))
    percent = _percent(needed, low, high, open_)
    reason = f"parenchyma: {' or '.join(name.replace('_', ' ') for name in possible)}"
    return RemnantThreshold(percent, low, high, reason, citations)


def _percent(
    needed: list[Parameter], low: float, high: float, open_: list[str]
) -> Estimate | Unknown:
    if low == high:
        return needed[0].estimate()
    labels = ", ".join(dict.fromkeys(spec_of(name).label for name in open_))
    return Unknown(Reason.NOT_RECORDED, f"between {low:g} and {high:g} %: {labels} not known")
