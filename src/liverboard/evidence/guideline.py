"""Criteria as they are used: loaded, resolved and compiled, each with its sources and its place."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from liverboard.evidence.criterion import Node, facts_of
from liverboard.evidence.judgement import Citation, Intent
from liverboard.evidence.kleene import Evaluator, compile_node

__all__ = ["Applies", "CriteriaFile", "Criterion", "Definition", "IfUnknown", "Rule"]


class IfUnknown(StrEnum):
    """What an unknown scope, requirement or contraindication does to the status of an option.

    NEEDS_DATA: the option waits for the fact. CAUTION: the option stands, and the unknown is shown
    as not excluded; for what a board may leave to a later step, such as the patient's wish.
    """

    NEEDS_DATA = "needs data"
    CAUTION = "caution"


@dataclass(frozen=True, slots=True)
class Applies:
    """Which proposals a criterion is about: one tag of `any`, every one of `all`, none of `none`.

    Empty sets ask nothing.
    """

    any: frozenset[str] = frozenset()
    all: frozenset[str] = frozenset()
    none: frozenset[str] = frozenset()

    def to(self, tags: AbstractSet[str]) -> bool:
        """Whether the criterion is about a proposal with `tags`."""
        if self.none & tags or not self.all <= tags:
            return False
        return not self.any or bool(self.any & tags)

    def may_meet(self, other: Applies) -> bool:
        """Whether some proposal could have both criteria, going by their tags."""
        none = self.none | other.none
        if none & (self.all | other.all):
            return False
        return all(not wanted or wanted - none for wanted in (self.any, other.any))


@dataclass(frozen=True, slots=True)
class Definition:
    """A named condition: the classes of parenchyma, say. `place` is file and line."""

    id: str
    text: str
    when: Node
    citations: tuple[Citation, ...]
    place: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion: what it asks (`when`), of whom (`applies`), and what it means (`intent`).

    `citations` hold those of the criterion and of every parameter in it. `evaluate` and `facts` are
    worked out from `when`.
    """

    id: str
    guideline: str
    room: str
    intent: Intent
    text: str
    when: Node
    citations: tuple[Citation, ...]
    applies: Applies = Applies()
    if_unknown: IfUnknown = IfUnknown.NEEDS_DATA
    place: str = ""
    why: str = ""
    evaluate: Evaluator = field(init=False, compare=False, repr=False)
    facts: tuple[str, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "evaluate", compile_node(self.when))
        object.__setattr__(self, "facts", facts_of(self.when))


@dataclass(frozen=True, slots=True)
class CriteriaFile:
    """All criteria of one room under one guideline set."""

    file: str
    guideline: str
    room: str
    title: str
    version: str
    review_by: str
    definitions: tuple[Definition, ...]
    criteria: tuple[Criterion, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return definitions and criteria together."""
        return (*self.definitions, *self.criteria)


Rule: TypeAlias = Criterion | Definition
