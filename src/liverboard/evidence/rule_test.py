"""The test cases that every file of criteria carries, and whole patients as vignettes.

Facts are given in the units of `facts.yaml`, as `bilirubin: 30`, as `flr_percent: {value: 29, low:
27, high: 31}`, or as `ras: {unknown: pending}`. What is not given is not recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liverboard.errors import EvidenceError
from liverboard.evidence.criterion import Node
from liverboard.evidence.derive import derive
from liverboard.evidence.fact import Fact, FactSheet, Known, spec_of
from liverboard.evidence.judge import judge
from liverboard.evidence.judgement import Judgement, Status, Verdict
from liverboard.evidence.kleene import evaluate
from liverboard.evidence.loader import Evidence
from liverboard.evidence.schema import RuleTestEntry, RuleTestFile, VignetteEntry, validated
from liverboard.evidence.strict_yaml import Path, YamlDocument
from liverboard.values import Reason, Unknown

__all__ = ["Failure", "RoomTests", "RuleTest", "Vignette", "failures_of", "read_tests", "sheet_of"]


@dataclass(frozen=True, slots=True)
class RuleTest:
    """One test of one criterion or definition."""

    rule: str
    sheet: FactSheet
    expect: Verdict
    say: str
    place: str


@dataclass(frozen=True, slots=True)
class Vignette:
    """One whole patient: what is known, and what the room's criteria must make of it."""

    name: str
    sheet: FactSheet
    tags: frozenset[str]
    status: Status
    because: Mapping[str, Verdict]
    reason: str
    source: str
    place: str


@dataclass(frozen=True, slots=True)
class RoomTests:
    """All tests of one file of criteria."""

    tests: tuple[RuleTest, ...] = ()
    vignettes: tuple[Vignette, ...] = ()

    @property
    def sheets(self) -> tuple[FactSheet, ...]:
        """Return the fact sheets of all tests."""
        return (*(one.sheet for one in self.tests), *(one.sheet for one in self.vignettes))


@dataclass(frozen=True, slots=True)
class Failure:
    """A test that did not come out as expected."""

    place: str
    message: str


def read_tests(evidence: Evidence, room: str, guideline: str) -> RoomTests:
    """Return the tests of one file of criteria; raise EvidenceError where they are wrong."""
    document = evidence.test_document(room, guideline)
    if document is None:
        return RoomTests()
    entry = validated(RuleTestFile, document)
    tests = tuple(
        _test(document, rule, index, item)
        for rule, items in entry.tests.items()
        for index, item in enumerate(items)
    )
    vignettes = tuple(
        _vignette(evidence, document, index, _alike(document, entry, index))
        for index in range(len(entry.vignettes))
    )
    return RoomTests(tests, vignettes)


def _test(document: YamlDocument, rule: str, index: int, entry: RuleTestEntry) -> RuleTest:
    path = ("tests", rule, index)
    sheet = _sheet(document, path, entry)
    return RuleTest(rule, sheet, entry.expect, entry.say, document.place_of(path))


def _alike(document: YamlDocument, file: RuleTestFile, index: int) -> VignetteEntry:
    """Return a vignette with the facts of the patient that it is like."""
    entry = file.vignettes[index]
    if entry.like and entry.like not in file.patients:
        raise document.error(f"no patient is called {entry.like!r}", ("vignettes", index, "like"))
    given = {**file.patients.get(entry.like, {}), **entry.given}
    return entry.model_copy(update={"given": given})


def _vignette(
    evidence: Evidence, document: YamlDocument, index: int, entry: VignetteEntry
) -> Vignette:
    path = ("vignettes", index)
    if entry.source not in evidence.sources:
        raise document.error(f"no source is called {entry.source!r}", (*path, "source"))
    return Vignette(
        name=entry.name,
        sheet=_sheet(document, path, entry),
        tags=frozenset(entry.tags),
        status=entry.status,
        because=entry.because,
        reason=entry.reason,
        source=entry.source,
        place=document.place_of(path),
    )


def _sheet(document: YamlDocument, path: Path, entry: RuleTestEntry | VignetteEntry) -> FactSheet:
    try:
        return sheet_of(entry.given, entry.lesions, has_all_lesions=entry.has_all_lesions)
    except EvidenceError as error:
        raise document.error(f"{error.where}: {error.what}", (*path, "given")) from None


def sheet_of(
    given: Mapping[str, Any],
    lesions: Sequence[Mapping[str, Any]] | None = None,
    *,
    has_all_lesions: bool = True,
) -> FactSheet:
    """Return the fact sheet that plain values describe, as a test file writes them.

    Without `lesions` the list of lesions is empty and not complete.
    """
    listed = {f"L{number}": _facts(facts) for number, facts in enumerate(lesions or (), 1)}
    return FactSheet(_facts(given), listed, lesions is not None and has_all_lesions)


def _facts(given: Mapping[str, Any]) -> dict[str, Fact]:
    return {name: _fact(name, value) for name, value in given.items()}


def _fact(name: str, value: Any) -> Fact:
    spec = spec_of(name)
    if not isinstance(value, dict):
        return Known(spec.check(value), "test")
    if value.keys() == {"unknown"} and value["unknown"] in list(Reason):
        return Unknown(Reason(value["unknown"]))
    if value.keys() != {"value", "low", "high"}:
        raise EvidenceError("expected value, low and high, or unknown: reason", where=name)
    low, middle, high = (spec.check(value[end]) for end in ("low", "value", "high"))
    if isinstance(middle, str | bool) or not float(low) <= middle <= float(high):
        raise EvidenceError("only a number has an interval, and lies in it", where=name)
    return Known(middle, "test", low=float(low), high=float(high))


def failures_of(evidence: Evidence, room: str, guideline: str) -> Iterator[Failure]:
    """Yield every test and vignette of a file that does not come out as it should."""
    file = evidence.file(room, guideline)
    rules = {rule.id: rule.when for rule in file.rules}
    found = read_tests(evidence, room, guideline)
    for test in found.tests:
        yield from _failure_of(test, rules)
    for vignette in found.vignettes:
        yield from _failures_of_vignette(evidence, vignette, room, guideline)


def _failure_of(test: RuleTest, rules: Mapping[str, Node]) -> Iterator[Failure]:
    if test.rule not in rules:
        yield Failure(test.place, f"there is no rule {test.rule!r} to test")
        return
    verdict = evaluate(rules[test.rule], test.sheet).verdict
    if verdict is not test.expect:
        yield Failure(test.place, f"expected {test.expect}, got {verdict}: {test.say}")


def _failures_of_vignette(
    evidence: Evidence, vignette: Vignette, room: str, guideline: str
) -> Iterator[Failure]:
    sheet = derive(vignette.sheet, evidence)
    judged = judge(evidence.criteria(room, guideline), sheet, vignette.tags)
    if judged.status is not vignette.status:
        what = f"expected {vignette.status}, got {judged.status}: {vignette.name}"
        yield Failure(vignette.place, f"{what} ({_deciding(judged)})")
    verdicts = {argument.criterion: argument.verdict for argument in judged.arguments}
    for rule, expected in vignette.because.items():
        if verdicts.get(rule) is not expected:
            what = f"expected {rule} to be {expected}, got {verdicts.get(rule, 'not asked')}"
            yield Failure(vignette.place, f"{what}: {vignette.name}")


def _deciding(judged: Judgement) -> str:
    """Return the arguments that speak against or are open, for a message."""
    told = [
        f"{argument.criterion} {argument.verdict}"
        for argument in judged.arguments
        if argument.direction in {"against", "open"}
    ]
    return ", ".join(told) or "no argument against"
