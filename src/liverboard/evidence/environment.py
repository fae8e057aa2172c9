"""The facts as criteria see them: plain look-ups, without the checks of a fact sheet.

Exact branching over a few facts is cheap with it:
`environment.with_facts({"ras": Known("mutated", "branch")})`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from liverboard.evidence.fact import Fact, FactLevel, FactSheet, fact_registry, spec_of
from liverboard.evidence.judgement import FactUsed
from liverboard.values import Reason, Unknown

__all__ = ["Environment", "environment_of", "missing_fact"]

Facts: TypeAlias = dict[str, FactUsed]


@dataclass(frozen=True, slots=True)
class Environment:
    """The facts that criteria see: of patient and option, and of each lesion."""

    facts: Facts
    lesions: tuple[Facts, ...] = ()
    has_all_lesions: bool = False

    def with_facts(self, facts: Mapping[str, Fact]) -> Environment:
        """Return an environment in which `facts` replace or join those of patient and option."""
        return Environment(self.facts | _used(facts), self.lesions, self.has_all_lesions)

    def fact(self, name: str) -> Fact:
        """Return the fact `name` of patient or option; unknown where nothing is said of it."""
        used = self.facts.get(name)
        return missing_fact(name).fact if used is None else used.fact


def environment_of(sheet: FactSheet | Environment) -> Environment:
    """Return the environment of a fact sheet."""
    if isinstance(sheet, Environment):
        return sheet
    lesions = tuple(
        _unsaid_of(lesion) | _used(facts, lesion) for lesion, facts in sheet.lesions.items()
    )
    return Environment(_used(sheet.facts), lesions, sheet.has_all_lesions)


def _used(facts: Mapping[str, Fact], lesion: str = "") -> Facts:
    return {name: FactUsed(name, fact, lesion) for name, fact in facts.items()}


@cache
def _unsaid_of(lesion: str) -> Facts:
    """Return entries that say of which lesion nothing is known, for every fact of a lesion."""
    names = [spec.name for spec in fact_registry().values() if spec.level is FactLevel.LESION]
    return _used({name: Unknown(Reason.NOT_RECORDED) for name in names}, lesion)


@cache
def missing_fact(name: str) -> FactUsed:
    """Return the one shared entry for a fact of which nothing is said."""
    return FactUsed(name, Unknown(Reason.NOT_RECORDED, spec_of(name).ask))
