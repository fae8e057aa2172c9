"""Checking criteria before anyone is judged by them: everything that can be known at load.

Errors: a file does not load; a test fails; a leaf that no test flips alone; a node that can never
be met, or never fail; two requirements of one option that exclude each other; a citation surer than
its source. Warnings: a limit or value that no test tries; a review date that has passed; something
defined and never used. Notes: a decisive criterion that rests on unverified sources alone.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from liverboard.errors import EvidenceError
from liverboard.evidence.criterion import (
    All,
    Compare,
    ExistsLesion,
    ForAllLesions,
    Leaf,
    Node,
    Not,
    Quantifier,
    Ref,
    children_of,
    leaves_of,
    nodes_of,
)
from liverboard.evidence.domain import LIMIT, worlds, worlds_count
from liverboard.evidence.environment import environment_of
from liverboard.evidence.fact import FactKind, spec_of
from liverboard.evidence.guideline import CriteriaFile, Criterion, Rule
from liverboard.evidence.judge import BLOCKING
from liverboard.evidence.judgement import Citation, Intent, Verdict
from liverboard.evidence.kleene import compile_node
from liverboard.evidence.loader import Evidence
from liverboard.evidence.mutation import survivors
from liverboard.evidence.parameter import RANK, strongest
from liverboard.evidence.rule_test import RoomTests, RuleTest, failures_of, read_tests
from liverboard.evidence.wording import heading_of
from liverboard.values import Mark

__all__ = ["Finding", "Severity", "lint", "lint_room"]


class Severity(StrEnum):
    """How much a finding matters: an error keeps criteria out, a warning wants a look."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found; `place` is `file:line` and perhaps the keys."""

    severity: Severity
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.severity}: {self.message}"


def lint(evidence: Evidence, today: dt.date | None = None) -> tuple[Finding, ...]:
    """Return every finding in every file; without `today` no date is held against a file."""
    found: list[Finding] = []
    for guideline in evidence.guidelines:
        for room in evidence.rooms(guideline):
            found += lint_room(evidence, room, guideline, today=today)
    return (*found, *_unused(evidence))


def lint_room(
    evidence: Evidence, room: str, guideline: str, *, today: dt.date | None = None
) -> tuple[Finding, ...]:
    """Return every finding in one file of criteria."""
    try:
        file = evidence.file(room, guideline)
        tests = read_tests(evidence, room, guideline)
        failures = tuple(failures_of(evidence, room, guideline))
    except EvidenceError as error:
        return (Finding(Severity.ERROR, error.where, error.what),)
    failed = [Finding(Severity.ERROR, one.place, one.message) for one in failures]
    return (*failed, *_in_file(evidence, file, tests, today))


def _in_file(
    evidence: Evidence, file: CriteriaFile, tests: RoomTests, today: dt.date | None
) -> Iterator[Finding]:
    for rule in file.rules:
        own = [test for test in tests.tests if test.rule == rule.id]
        yield from _untested(rule, own)
        yield from _impossible(rule)
        yield from _oversold(evidence, rule.citations, rule.place)
    for criterion in file.criteria:
        yield from _weak(criterion)
    yield from _opposed(file.criteria)
    yield from _values_untried(file, tests)
    yield from _overdue(file, today)


def _untested(rule: Rule, tests: list[RuleTest]) -> Iterator[Finding]:
    if not tests:
        yield Finding(Severity.ERROR, rule.place, "has no test")
        return
    decided = [(environment_of(test.sheet), test.expect) for test in tests]
    for mutant in survivors(rule.when, decided):
        severity = Severity.ERROR if mutant.is_stuck else Severity.WARNING
        yield Finding(severity, rule.place, f"no test would notice that {mutant.mistake}")


def _impossible(rule: Rule) -> Iterator[Finding]:
    """Find nodes that are yes in no possible world, or no in none."""
    for node in _own_nodes(rule.when):
        if worlds_count([node]) > LIMIT:
            what = f"{heading_of(node)!r} tells too many worlds apart to be checked"
            yield Finding(Severity.NOTE, rule.place, what)
            continue
        lacking = _lacking(node)
        if lacking:
            what = f"{heading_of(node)!r} can never be {' or '.join(sorted(lacking))}"
            yield Finding(Severity.ERROR, rule.place, what)


def _own_nodes(node: Node) -> Iterator[Node]:
    """Yield the nodes of a rule that stand neither behind a reference nor in a quantifier."""
    yield node
    if isinstance(node, Ref | Quantifier):
        return
    for child in children_of(node):
        yield from _own_nodes(child)


def _lacking(node: Node) -> set[Verdict]:
    """Return which of yes and no `node` is in no possible world."""
    lacking, evaluator = {Verdict.YES, Verdict.NO}, compile_node(node)
    for world in worlds([node]):
        lacking.discard(evaluator(world).verdict)
        if not lacking:
            break
    return lacking


def _opposed(criteria: Iterable[Criterion]) -> Iterator[Finding]:
    """Find two criteria of one option that cannot both be satisfied."""
    demands = [(one, demand) for one in criteria if (demand := _demand(one)) is not None]
    for (first, one), (second, other) in itertools.combinations(demands, 2):
        shares = set(first.facts) & set(second.facts)
        if not shares or not first.applies.may_meet(second.applies):
            continue
        both = All((one, other))
        if worlds_count([both]) <= LIMIT and Verdict.YES in _lacking(both):
            what = f"cannot be satisfied together with {second.id!r}"
            yield Finding(Severity.ERROR, first.place, what)


def _demand(criterion: Criterion) -> Node | None:
    """Return what a criterion asks for, as a node that has to be yes."""
    if criterion.intent in (Intent.REQUIRES, Intent.SCOPE):
        return criterion.when
    return Not(criterion.when) if criterion.intent is Intent.CONTRAINDICATES else None


def _oversold(evidence: Evidence, citations: Iterable[Citation], place: str) -> Iterator[Finding]:
    """Find citations that claim to be surer than their source, or checked on no day."""
    for citation in citations:
        best = evidence.sources[citation.ref].mark
        if RANK.index(citation.mark) < RANK.index(best):
            what = f"{citation.ref} is cited as {citation.mark} but its source is {best}"
            yield Finding(Severity.ERROR, place, what)


def _weak(criterion: Criterion) -> Iterator[Finding]:
    mark = strongest(citation.mark for citation in criterion.citations)
    if criterion.intent in BLOCKING and mark is Mark.UNVERIFIED:
        what = f"{criterion.id!r} decides on unverified sources alone"
        yield Finding(Severity.NOTE, criterion.place, what)


def _values_untried(file: CriteriaFile, tests: RoomTests) -> Iterator[Finding]:
    """Find values of categories and flags that no test of the file mentions."""
    tried = _tried(tests)
    for name, place in _facts_of_file(file).items():
        spec = spec_of(name)
        if spec.kind is FactKind.NUMBER:
            continue
        values = spec.domain or (True, False)
        missing = [str(value) for value in values if (name, value) not in tried]
        if missing:
            what = f"no test mentions {name}: {', '.join(missing)}"
            yield Finding(Severity.WARNING, place, what)


def _tried(tests: RoomTests) -> set[tuple[str, object]]:
    facts = [facts for sheet in tests.sheets for facts in (sheet.facts, *sheet.lesions.values())]
    return {(name, getattr(fact, "value", None)) for one in facts for name, fact in one.items()}


def _facts_of_file(file: CriteriaFile) -> dict[str, str]:
    """Return the facts that the file itself names, with the place of the first rule that does."""
    found: dict[str, str] = {}
    for rule in file.rules:
        for leaf in _own_leaves(rule.when):
            found.setdefault(leaf.fact, rule.place)
    return found


def _own_leaves(node: Node) -> Iterator[Leaf]:
    for inner in _own_nodes(node):
        if isinstance(inner, ExistsLesion | ForAllLesions) or not children_of(inner):
            yield from leaves_of(inner)


def _overdue(file: CriteriaFile, today: dt.date | None) -> Iterator[Finding]:
    if today is not None and dt.date.fromisoformat(file.review_by) < today:
        what = f"was to be reviewed by {file.review_by}"
        yield Finding(Severity.WARNING, file.file, what)


def _unused(evidence: Evidence) -> Iterator[Finding]:
    """Find parameters that no criterion names, where every file can be read."""
    try:
        used = {
            leaf.limit.parameter
            for guideline in evidence.guidelines
            for room in evidence.rooms(guideline)
            for rule in evidence.file(room, guideline).rules
            for leaf in nodes_of(rule.when)
            if isinstance(leaf, Compare)
        }
    except EvidenceError:
        return
    for name in evidence.parameters:
        if name not in used:
            what = f"the parameter {name!r} is used by no criterion"
            yield Finding(Severity.WARNING, "parameters", what)
