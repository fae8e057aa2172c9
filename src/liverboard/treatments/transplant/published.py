"""Rule sets and published survival of transplantation, read from `data/`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from liverboard.evidence.fact import FactSheet, Known
from liverboard.values import Estimate, Mark

__all__ = ["Outcome", "RuleSet", "exception_text", "graft_share", "outcomes_for", "rule_sets"]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One set of criteria that is answered apart from the others.

    `dated` is the year of its text; `must_verify` that it changes or was not read, and has to be
    looked up before it is relied on.
    """

    id: str
    title: str
    primary: str
    dated: int
    where: str
    source: str
    must_verify: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """A published figure: `key` names the metric of a plan, `what` says whom it is about."""

    key: str
    what: str
    figure: Estimate


def _read(name: str) -> Mapping[str, Any]:
    """Return one file of `data/`."""
    folder = resources.files("liverboard.treatments.transplant")
    found: Mapping[str, Any] = yaml.safe_load(folder.joinpath(f"data/{name}").read_text("utf-8"))
    return found


@cache
def rule_sets() -> Mapping[str, RuleSet]:
    """Return every rule set by its id, in the order in which the board shows them."""
    entries = _read("rule_sets.yaml")["rule_sets"]
    return {
        name: RuleSet(
            name,
            entry["title"],
            entry["primary"],
            entry["dated"],
            entry["where"],
            entry["source"],
            entry["verify"],
        )
        for name, entry in entries.items()
    }


@cache
def _published() -> Mapping[str, Any]:
    """Return the published figures."""
    return _read("outcomes.yaml")


def graft_share() -> Estimate:
    """Return the least graft in percent of body weight."""
    entry = _published()["graft"]["least_share_of_body_weight_percent"]
    value = float(entry["value"])
    return Estimate(value, value, value, "percent", (entry["source"],), Mark(entry["mark"]))


def exception_text() -> tuple[str, str]:
    """Return what is said of exception points, and its source."""
    entry = _published()["exception"]
    return entry["text"], entry["source"]


def outcomes_for(rule_set: str, facts: FactSheet) -> Iterator[Outcome]:
    """Yield the figures of patients chosen by `rule_set`, then of those with this one's scores.

    A score counts only where its whole interval lies in the published class.
    """
    for entry in _published()["outcomes"]:
        if entry.get("rule_set") == rule_set or _has_score(entry, rule_set, facts):
            yield Outcome(entry["key"], entry["what"], _figure(entry))


def _has_score(entry: Mapping[str, Any], rule_set: str, facts: FactSheet) -> bool:
    """Whether a figure is about patients with the score of this one; colorectal only."""
    if "score" not in entry or rule_set not in rule_sets():
        return False
    if rule_sets()[rule_set].primary != "colorectal":
        return False
    fact = facts.get(entry["score"])
    if not isinstance(fact, Known) or fact.low is None or fact.high is None:
        return False
    return bool(entry["at_least"] <= fact.low and fact.high < entry["below"])


def _figure(entry: Mapping[str, Any]) -> Estimate:
    """Return the figure of one entry with its interval, source and mark."""
    return Estimate(
        float(entry["value"]),
        float(entry["low"]),
        float(entry["high"]),
        entry["unit"],
        (entry["source"],),
        Mark(entry["mark"]),
    )
