"""Every criterion that ships: sources, marks, tests, and the laws it has to obey."""

import random

import pytest

from liverboard.evidence.criterion import Compare, facts_of, leaves_of
from liverboard.evidence.derive import derive
from liverboard.evidence.domain import cuts_of, representatives
from liverboard.evidence.environment import environment_of
from liverboard.evidence.fact import FactKind, FactLevel, FactSheet, Known, spec_of
from liverboard.evidence.guideline import IfUnknown
from liverboard.evidence.judge import AT_WORST, judge
from liverboard.evidence.judgement import STATUS_RANK, Status, Verdict
from liverboard.evidence.lint import Severity
from liverboard.evidence.loader import load_evidence
from liverboard.evidence.rules import lint_all, run_rule_tests
from liverboard.evidence.source import Reading, SourceKind
from liverboard.values import Mark

from .reference import verdict_of

EVIDENCE = load_evidence()
FILES = [EVIDENCE.file(room, name) for name in EVIDENCE.guidelines for room in EVIDENCE.rooms(name)]
CRITERIA = [criterion for file in FILES for criterion in file.criteria]
RULES = [rule for file in FILES for rule in file.rules]
STATES = 600


def test_the_lint_finds_neither_error_nor_warning():
    serious = [str(one) for one in lint_all() if one.severity is not Severity.NOTE]
    assert serious == []


def test_every_test_and_vignette_comes_out():
    results = run_rule_tests()
    assert [failure for result in results for failure in result.failures] == []
    assert sum(result.tests for result in results) >= 250
    assert sum(result.vignettes for result in results) >= 14


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_text_source_mark_and_day(rule):
    assert rule.text
    assert "\n" not in rule.text
    assert rule.citations
    for citation in rule.citations:
        assert citation.ref in EVIDENCE.sources
        assert citation.mark in Mark
        assert citation.checked


def test_no_parameter_of_medicine_is_without_source():
    for parameter in EVIDENCE.parameters.values():
        assert parameter.citations
        assert parameter.estimate().sources


def test_literals_in_criteria_are_counts_points_and_zero():
    """Other numbers of medicine are named parameters, so that one line changes them."""
    literals = {
        (leaf.fact, leaf.limit.written)
        for rule in RULES
        for leaf in leaves_of(rule.when)
        if isinstance(leaf, Compare) and not leaf.limit.parameter
    }
    for fact, written in literals:
        is_small = spec_of(fact).unit in ("1", "points") or written == 0
        assert is_small, (fact, written)


def test_only_what_a_board_may_leave_open_stands_while_unknown():
    light = {one.id for one in CRITERIA if one.if_unknown is IfUnknown.CAUTION}
    assert "unresectable-elsewhere" not in light
    assert "remnant" not in light
    assert "performance" not in light


def known(chance, names, cuts, share):
    facts = {}
    for name in names:
        spec = spec_of(name)
        if chance.random() < share:
            value = chance.choice(representatives(spec, cuts.get(name, ())))
            wide = spec.kind is FactKind.NUMBER and not spec.is_integer and chance.random() < 0.3
            spread = 0.1 * abs(value) if wide else 0.0
            interval = {"low": value - spread, "high": value + spread} if wide else {}
            facts[name] = Known(value, "random", **interval)
    return facts


def states():
    """Yield random sheets and what they become when everything else is learned."""
    chance = random.Random(2026)
    cuts = cuts_of(rule.when for rule in RULES)
    names = sorted({name for rule in RULES for name in facts_of(rule.when)})
    own = [name for name in names if spec_of(name).level is not FactLevel.LESION]
    of_lesion = [name for name in names if spec_of(name).level is FactLevel.LESION]
    for _ in range(STATES):
        facts = known(chance, own, cuts, 0.5)
        lesion = known(chance, of_lesion, cuts, 0.5)
        is_complete = chance.random() < 0.5
        before = FactSheet(facts, {"L1": lesion}, is_complete)
        exact = {name: Known(fact.value, "random") for name, fact in facts.items()}
        full = {**known(chance, own, cuts, 1.1), **exact}
        more = {
            **known(chance, of_lesion, cuts, 1.1),
            **{k: Known(f.value, "r") for k, f in lesion.items()},
        }
        others = {} if is_complete else {"L2": known(chance, of_lesion, cuts, 1.1)}
        yield before, FactSheet(full, {"L1": more, **others}, has_all_lesions=True)


SAMPLES = list(states())


def test_learning_never_turns_an_answer_into_another_in_any_shipped_criterion():
    for before, after in SAMPLES:
        early, late = environment_of(before), environment_of(after)
        for criterion in CRITERIA:
            first = criterion.evaluate(early).verdict
            assert first in (Verdict.UNKNOWN, criterion.evaluate(late).verdict), criterion.id


def test_every_shipped_criterion_agrees_with_the_slow_evaluation():
    for before, _ in SAMPLES[:60]:
        environment = environment_of(before)
        for criterion in CRITERIA:
            assert criterion.evaluate(environment).verdict is verdict_of(criterion.when, before)


def test_what_is_proved_against_an_option_stays_proved():
    tags = {"resection", "major"}
    for before, after in SAMPLES[:200]:
        first, last = (judge(EVIDENCE.criteria("resection"), one, tags) for one in (before, after))
        proved = {Status.CONTRAINDICATED, Status.NOT_ELIGIBLE, Status.OUTSIDE_EVIDENCE}
        if first.status in proved:
            assert STATUS_RANK[last.status] <= STATUS_RANK[first.status]
        assert last.status is not Status.NEEDS_DATA


def test_removing_what_is_known_never_makes_an_option_better():
    """Unknown is never read as normal: less knowledge never turns a no into eligible."""
    tags = {"resection", "wedge"}
    for before, after in SAMPLES[:200]:
        less, full = (judge(EVIDENCE.criteria("resection"), one, tags) for one in (before, after))
        if full.status is Status.CONTRAINDICATED:
            assert less.status is not Status.ELIGIBLE


def test_unknown_facts_are_those_that_can_still_matter():
    tags = {"resection", "major"}
    criteria = [one for one in EVIDENCE.criteria("resection") if one.applies.to(tags)]
    for before, _ in SAMPLES[:60]:
        judged = judge(criteria, before, tags)
        open_ = {
            a.criterion
            for a in judged.arguments
            if a.verdict is Verdict.UNKNOWN and a.intent in AT_WORST
        }
        mentioned = {
            name for one in criteria if one.id in open_ for name in (*one.facts, "lesion_count")
        }
        assert {name for name, _ in judged.unknown} <= mentioned


def test_an_empty_record_contradicts_nothing_and_proves_nothing():
    judged = judge(EVIDENCE.criteria("resection"), derive(FactSheet()), {"resection", "wedge"})
    assert judged.status is Status.NEEDS_DATA
    assert all(argument.verdict is Verdict.UNKNOWN for argument in judged.arguments)


def test_house_judgements_are_never_marked_as_literature():
    for source in EVIDENCE.sources.values():
        if source.kind is SourceKind.JUDGEMENT:
            assert source.mark is Mark.UNVERIFIED
            assert source.cite.startswith("House judgement: ")
        if source.reading is Reading.NOT_READ:
            assert source.mark is Mark.UNVERIFIED, source.id
        assert source.cite
