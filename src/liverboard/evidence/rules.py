"""What stands behind `liverboard rules lint | show | test`: plain values and text, no printing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from liverboard.evidence.criterion import Node, Ref, children_of
from liverboard.evidence.guideline import Applies, Criterion, Definition, IfUnknown, Rule
from liverboard.evidence.judgement import Citation
from liverboard.evidence.lint import Finding, lint
from liverboard.evidence.loader import CORE, Evidence, load_evidence
from liverboard.evidence.rule_test import Failure, failures_of, read_tests
from liverboard.evidence.wording import heading_of, sentence_of
from liverboard.values import Mark

__all__ = ["RuleTestResult", "lint_all", "render_rules", "run_rule_tests"]


@dataclass(frozen=True, slots=True)
class RuleTestResult:
    """How the tests of one file of criteria came out."""

    guideline: str
    room: str
    tests: int
    vignettes: int
    failures: tuple[Failure, ...]


def lint_all(evidence: Evidence | None = None, today: dt.date | None = None) -> tuple[Finding, ...]:
    """Return every finding in all criteria; with `today`, reviews that are due as well."""
    return lint(evidence or load_evidence(), today)


def run_rule_tests(evidence: Evidence | None = None) -> tuple[RuleTestResult, ...]:
    """Return how the tests of every file of criteria came out."""
    known = evidence or load_evidence()
    return tuple(
        _results(known, room, guideline)
        for guideline in known.guidelines
        for room in known.rooms(guideline)
    )


def _results(evidence: Evidence, room: str, guideline: str) -> RuleTestResult:
    found = read_tests(evidence, room, guideline)
    failures = tuple(failures_of(evidence, room, guideline))
    return RuleTestResult(guideline, room, len(found.tests), len(found.vignettes), failures)


def render_rules(room: str, guideline: str = CORE, *, evidence: Evidence | None = None) -> str:
    """Return the criteria of one room as text for people: sentence, tree, sources with marks."""
    known = evidence or load_evidence()
    file = known.file(room, guideline)
    about = f"guideline {file.guideline}, version {file.version}, review by {file.review_by}"
    head = [file.title, about, ""]
    blocks = [_definition(known, one) for one in file.definitions]
    blocks += [_criterion(known, one) for one in file.criteria]
    return "\n".join([*head, *("\n".join(block) + "\n" for block in blocks)])


def _definition(evidence: Evidence, definition: Definition) -> Iterator[str]:
    yield f"definition {definition.id}: {definition.text}"
    yield from _body(evidence, definition)


def _criterion(evidence: Evidence, criterion: Criterion) -> Iterator[str]:
    yield f"{criterion.intent} {criterion.id}: {criterion.text}"
    about = _about(criterion.applies)
    if about:
        yield f"  about: {about}"
    if criterion.if_unknown is IfUnknown.CAUTION:
        yield "  if unknown: the option stands, shown as not excluded"
    yield from _body(evidence, criterion)


def _body(evidence: Evidence, rule: Rule) -> Iterator[str]:
    yield f"  when: {sentence_of(rule.when)}"
    if children_of(rule.when):
        yield from _tree(rule.when, 2)
    if rule.why:
        yield f"  why: {rule.why}"
    yield from (f"  source: {_citation(evidence, one)}" for one in rule.citations)


def _tree(node: Node, depth: int) -> Iterator[str]:
    """Yield the tree, one node a line; what a reference means stands at its definition."""
    yield f"{'  ' * depth}- {heading_of(node)}"
    for child in () if isinstance(node, Ref) else children_of(node):
        yield from _tree(child, depth + 1)


def _about(applies: Applies) -> str:
    parts = []
    for word, tags in (("any of", applies.any), ("all of", applies.all), ("none of", applies.none)):
        if tags:
            parts.append(f"{word} {', '.join(sorted(tags))}")
    return "; ".join(parts)


def _citation(evidence: Evidence, citation: Citation) -> str:
    source = evidence.sources[citation.ref]
    place = f", {citation.locator}" if citation.locator else ""
    mark = "" if citation.mark is Mark.VERIFIED else f" [{citation.mark}]"
    return f"{source.cite}{place}{mark} (checked {citation.checked})"
