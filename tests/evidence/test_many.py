"""Judging many patients: the same statuses as judging one, and no red flag in a thinner grid."""

import random

from benchmarks import redflags
from hypothesis import given, settings
from hypothesis import strategies as st

from liverboard.evidence.criterion import facts_of
from liverboard.evidence.derive import derive, derived_environment
from liverboard.evidence.domain import cuts_of, representatives
from liverboard.evidence.environment import environment_of
from liverboard.evidence.fact import FactKind, FactLevel, FactSheet, Known, spec_of
from liverboard.evidence.judge import judge
from liverboard.evidence.judgement import STATUS_RANK, Status, Verdict
from liverboard.evidence.loader import load_evidence
from liverboard.evidence.many import ManyOptions
from liverboard.evidence.mutation import mutants_of, survivors
from liverboard.evidence.rule_test import read_tests

EVIDENCE = load_evidence()
OFFERS = redflags.offers()
BOARD = redflags.ready(OFFERS)
CRITERIA = [one for room in EVIDENCE.rooms() for one in EVIDENCE.criteria(room)]
CUTS = cuts_of(one.when for one in CRITERIA)
NAMES = sorted({name for one in CRITERIA for name in facts_of(one.when)})
OWN = [name for name in NAMES if spec_of(name).level is not FactLevel.LESION]
OF_LESION = [name for name in NAMES if spec_of(name).level is FactLevel.LESION]
CLOSED = {Status.CONTRAINDICATED, Status.NOT_ELIGIBLE, Status.OUTSIDE_EVIDENCE}


def some_facts(chance, names, share):
    found = {}
    for name in names:
        if chance.random() < share:
            spec = spec_of(name)
            value = chance.choice(representatives(spec, CUTS.get(name, ())))
            is_wide = spec.kind is FactKind.NUMBER and chance.random() < 0.2
            spread = {"low": value - 1.0, "high": value + 1.0} if is_wide else {}
            found[name] = Known(value, "random", **spread)
    return found


def random_sheet(chance, share=0.6):
    lesions = {f"L{n}": some_facts(chance, OF_LESION, share) for n in range(chance.randint(0, 3))}
    return FactSheet(some_facts(chance, OWN, share), lesions, chance.random() < 0.5)


@settings(max_examples=80)
@given(st.integers(0, 2**32), st.floats(0.2, 1.0))
def test_many_options_get_the_status_that_judging_one_gives(seed, share):
    chance = random.Random(seed)
    sheet = random_sheet(chance, share)
    environment = environment_of(sheet)
    statuses = BOARD.statuses(environment)
    for offer in chance.sample(OFFERS, 12):
        told = judge(EVIDENCE.criteria(offer.room), environment, offer.tags).status
        assert statuses[offer.name] is told, offer.name


def test_what_follows_is_the_same_by_the_quick_way():
    chance = random.Random(5)
    for _ in range(20):
        sheet = random_sheet(chance)
        assert derived_environment(sheet) == environment_of(derive(sheet))


def test_an_option_without_criteria_is_outside_the_evidence():
    board = ManyOptions({"nothing": ()})
    assert board.statuses(environment_of(FactSheet()))["nothing"] is Status.OUTSIDE_EVIDENCE


@settings(max_examples=650)
@given(st.integers(0, 2**32))
def test_no_unknown_ever_turns_a_yes_into_a_no(seed):
    """Hypothesis over random states: learning facts settles criteria, and never turns one round."""
    chance = random.Random(seed)
    before = random_sheet(chance, 0.4)
    exact = {name: Known(fact.value, "learned") for name, fact in before.facts.items()}
    later = FactSheet(
        {**some_facts(chance, OWN, 0.7), **exact}, before.lesions, before.has_all_lesions
    )
    early, late = environment_of(before), environment_of(later)
    for criterion in chance.sample(CRITERIA, 120):
        first = criterion.evaluate(early).verdict
        if first is not Verdict.UNKNOWN:
            assert criterion.evaluate(late).verdict is first, criterion.id
    first, last = BOARD.statuses(early), BOARD.statuses(late)
    for name, status in first.items():
        if status in CLOSED:
            assert STATUS_RANK[last[name]] <= STATUS_RANK[status], name


def test_no_option_stands_against_the_independent_table():
    found = redflags.run(step=24)
    assert found.patients > 2000
    assert found.red == ()
    assert len(found.fired) >= 45
    assert min(found.fired.values()) > 0
    assert sum(times > 0 for times in found.stood.values()) >= 40


def test_the_table_catches_an_option_that_stands_wrongly():
    """The harness is not blind: without criteria every option would raise red flags."""
    pump = next(one for one in OFFERS if one.room == "arterial_infusion")
    state = {**redflags.WELL, **redflags.PLANNED, "pregnant": True}
    assert "pump in pregnancy" in set(redflags.flags(pump, state))
    assert not set(redflags.flags(pump, {**redflags.WELL, **redflags.PLANNED}))


def test_the_full_grids_hold_at_least_twenty_thousand_patients():
    assert sum(1 for _ in redflags.states()) >= 20_000


def test_every_leaf_is_flipped_alone_by_some_test():
    """Held at yes and held at no, each leaf of each rule fails a test: some test turns on it."""
    leaves = 0
    for guideline in EVIDENCE.guidelines:
        for room in EVIDENCE.rooms(guideline):
            tests = read_tests(EVIDENCE, room, guideline).tests
            for rule in EVIDENCE.file(room, guideline).rules:
                own = [(environment_of(t.sheet), t.expect) for t in tests if t.rule == rule.id]
                held = [one for one in mutants_of(rule.when) if one.is_stuck]
                leaves += len(held) // 2
                alive = [one.mistake for one in survivors(rule.when, own) if one.is_stuck]
                assert alive == [], rule.id
    assert leaves >= 500
