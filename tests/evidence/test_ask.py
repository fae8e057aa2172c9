"""Asking against brute force: every world enumerated one by one, without groups or tables.

The slow reference knows nothing of pivots: it runs through the product of all values of all unknown
facts, leaves out what contradicts the meaning of F4, and evaluates every criterion anew.
"""

import re
from itertools import product

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from liverboard.evidence.ask import ask
from liverboard.evidence.choice import choices_of, index_of
from liverboard.evidence.criterion import All, Any, Compare, Is, Limit, Not, Operator, facts_of
from liverboard.evidence.derive import derive
from liverboard.evidence.domain import cuts_of
from liverboard.evidence.environment import environment_of
from liverboard.evidence.fact import FactSheet, Known, spec_of
from liverboard.evidence.guideline import Applies, Criterion, IfUnknown
from liverboard.evidence.implication import implications
from liverboard.evidence.judge import judge_all
from liverboard.evidence.judgement import Intent, Verdict
from liverboard.evidence.kleene import evaluate
from liverboard.evidence.outlook import Matter
from liverboard.values import Unknown

from .strategies import connectives, facts, leaves

OWN = ["cirrhosis", "braf_v600e", "ras", "fibrosis", "response", "ecog", "bilirubin"]
OPTION = "room/option"
INTENTS = [Intent.SCOPE, Intent.REQUIRES, Intent.CONTRAINDICATES]
TREES = st.recursive(leaves(OWN), connectives, max_leaves=4)


def criterion(tree, intent=Intent.REQUIRES, if_unknown=IfUnknown.NEEDS_DATA, name="one"):
    return Criterion(
        id=name,
        text=name,
        when=tree,
        citations=(),
        why="",
        guideline="test",
        room="room",
        intent=intent,
        applies=Applies(),
        if_unknown=if_unknown,
    )


@st.composite
def criteria(draw):
    trees = draw(st.lists(TREES, min_size=1, max_size=3))
    return tuple(
        criterion(
            tree,
            draw(st.sampled_from(INTENTS)),
            draw(st.sampled_from(list(IfUnknown))),
            f"c{place}",
        )
        for place, tree in enumerate(trees)
    )


def closes(one, verdict):
    """Whether a settled criterion takes the option away, by the table in judge."""
    if one.intent is Intent.CONTRAINDICATES:
        return verdict is Verdict.YES
    return verdict is Verdict.NO


class Brute:
    """All worlds of one option, evaluated one by one."""

    def __init__(self, rules, sheet):
        self.rules = rules
        env = environment_of(sheet)
        names = dict.fromkeys(name for one in rules for name in facts_of(one.when))
        self.open = [name for name in names if isinstance(env.fact(name), Unknown)]
        trees = [one.when for one in rules] + [rule.when for rule in implications()]
        cuts = cuts_of(trees)
        self.choices = {n: choices_of(spec_of(n), cuts.get(n, ())) for n in self.open}
        self.worlds = []
        for values in product(*(self.choices[name] for name in self.open)):
            known = {
                name: Known(one.value, "world") for name, one in zip(self.open, values, strict=True)
            }
            world = env.with_facts(known)
            if self.makes_sense(world):
                self.worlds.append((known, *self.judged(world)))
        self.is_closed = any(closes(one, evaluate(one.when, env).verdict) for one in rules)

    def makes_sense(self, world):
        cirrhosis, fibrosis = world.fact("cirrhosis"), world.fact("fibrosis")
        if isinstance(cirrhosis, Unknown) or isinstance(fibrosis, Unknown):
            return True
        return cirrhosis.value is (fibrosis.value == "F4")

    def judged(self, world):
        verdicts = [(one, evaluate(one.when, world).verdict) for one in self.rules]
        stands = not any(closes(one, told) for one, told in verdicts)
        waits = not any(
            closes(one, told) for one, told in verdicts if one.if_unknown is IfUnknown.NEEDS_DATA
        )
        return stands, waits

    @property
    def can_stand(self):
        return not self.is_closed and any(stands for _, stands, _ in self.worlds)

    @property
    def must_stand(self):
        return not self.is_closed and all(waits for _, _, waits in self.worlds)

    def effect(self, name, value):
        rows = [
            (stands, waits) for known, stands, waits in self.worlds if known[name].value == value
        ]
        if not rows:
            return "keeps"
        if not any(stands for stands, _ in rows):
            return "closes"
        return "opens" if all(waits for _, waits in rows) and not self.must_stand else "keeps"

    def matters(self, name):
        """Whether two worlds that differ in one fact alone differ in standing."""
        told = {}
        for known, stands, _ in self.worlds:
            rest = tuple((n, fact.value) for n, fact in known.items() if n != name)
            told.setdefault(rest, set()).add(stands)
        return any(len(both) == 2 for both in told.values())


@given(criteria(), facts(OWN))
@settings(max_examples=400)
def test_asking_says_what_every_world_one_by_one_says(rules, known):
    sheet = derive(FactSheet(known))
    brute = Brute(rules, sheet)
    assume(0 < len(brute.worlds) < 5000)
    asked = ask([Matter(OPTION, rules, environment_of(sheet))])
    (prospect,) = asked.prospects
    assert prospect.is_exact
    assert (prospect.standing != "closed") == brute.can_stand
    assert (prospect.standing == "stands") == (brute.can_stand and brute.must_stand)
    if not brute.can_stand:
        assert asked.facts == ()
        return
    named = {fact.name: fact for fact in asked.facts}
    for name in brute.open:
        if brute.matters(name):
            assert name in named
        compare_results(brute, named, name)
    for name in asked.irrelevant:
        effects = [brute.effect(name, one.value) for one in brute.choices[name]]
        assert not brute.matters(name)
        assert set(effects) == {"keeps"}


def compare_results(brute, named, name):
    """Hold each result of one fact against the worlds in which it is so."""
    effects = {one.value: brute.effect(name, one.value) for one in brute.choices[name]}
    if name not in named:
        assert "closes" not in effects.values()
        return
    closed = "closes" in effects.values()
    told = {"opens": 0, "closes": 0, "keeps": 0}
    for result in named[name].results:
        for kind in told:
            told[kind] += OPTION in getattr(result, kind)
    assert bool(told["closes"]) == closed
    assert bool(told["opens"]) == ("opens" in effects.values())
    if spec_of(name).kind != "number" and named[name].results:
        # Categories and flags have one line for each value: counts must be the same.
        assert told["closes"] == list(effects.values()).count("closes")
        assert told["opens"] == list(effects.values()).count("opens")


def limit(value, unit):
    return Limit(value, value, unit)


def test_a_tautology_over_an_untested_fact_needs_no_test():
    either = Any((Is("ras", ("mutated",)), Is("ras", ("wild_type",))))
    asked = ask([Matter(OPTION, (criterion(either),), environment_of(FactSheet()))])
    assert [fact.name for fact in asked.facts] == []
    assert asked.irrelevant == ("ras",)
    assert asked.prospects[0].standing == "stands"


def test_two_facts_that_decide_only_together_are_named_as_a_pair():
    both = Not(All((Is("ras", ("mutated",)), Is("braf_v600e", (True,)))))
    asked = ask([Matter(OPTION, (criterion(both),), environment_of(FactSheet()))])
    assert [one.results for one in asked.sets] == [
        (("ras", "mutated"), ("braf_v600e", "yes")),
    ]


def test_three_facts_that_decide_only_together_are_named_as_a_triple():
    parts = (Is("ras", ("mutated",)), Is("braf_v600e", (True,)), Is("msi", ("stable",)))
    asked = ask([Matter(OPTION, (criterion(Not(All(parts))),), environment_of(FactSheet()))])
    assert [len(one.results) for one in asked.sets] == [3]


def test_what_the_meaning_of_words_rules_out_is_no_world():
    # F4 without cirrhosis is no patient: the option can never be chosen.
    odd = All((Is("fibrosis", ("F4",)), Is("cirrhosis", (False,))))
    asked = ask([Matter(OPTION, (criterion(odd),), environment_of(FactSheet()))])
    assert asked.prospects[0].standing == "closed"


def test_a_number_is_told_by_its_thresholds():
    tree = Compare("bilirubin", Operator.AT_MOST, limit(34.0, "umol/L"))
    asked = ask([Matter(OPTION, (criterion(tree),), environment_of(FactSheet()))])
    (fact,) = asked.facts
    assert [(one.text, one.opens, one.closes) for one in fact.results] == [
        ("34 umol/L or less", (OPTION,), ()),
        ("above 34 umol/L", (), (OPTION,)),
    ]


def test_a_calculated_fact_with_one_missing_input_is_asked_by_that_input():
    # 60 years, 70 kg, man: clearance 30 mL/min at (140-60)*70*1.23/30 = 229.6 umol/L
    # (Cockcroft-Gault 1976 in SI units); below that creatinine the option stands.
    known = {
        "age": Known(60.0, "test"),
        "weight": Known(70.0, "test"),
        "sex": Known("male", "test"),
    }
    tree = Compare("creatinine_clearance", Operator.AT_LEAST, limit(30.0, "mL/min"))
    sheet = derive(FactSheet(known))
    (fact,) = ask([Matter(OPTION, (criterion(tree),), environment_of(sheet))]).facts
    assert fact.name == "creatinine"
    first, last = fact.results[0], fact.results[-1]
    assert OPTION in first.opens
    assert OPTION in last.closes
    edge = float(re.search(r"[0-9.]+", last.text)[0])
    assert abs(edge - 229.6) < 2.5


def test_a_formula_that_never_crosses_its_threshold_leaves_nothing_to_ask():
    # Bilirubin 12 umol/L is below 1.5 times any limit of a laboratory (10 to 40 umol/L).
    sheet = derive(FactSheet({"bilirubin": Known(12.0, "test")}))
    tree = Compare("bilirubin_times_limit", Operator.AT_MOST, limit(1.5, "1"))
    asked = ask([Matter(OPTION, (criterion(tree),), environment_of(sheet))])
    assert asked.prospects[0].standing == "stands"
    assert asked.irrelevant == ("bilirubin_upper_limit",)


def test_more_open_facts_than_can_be_branched_are_left_to_kleene_and_flagged():
    names = [
        "had_oxaliplatin",
        "had_irinotecan",
        "had_fluoropyrimidine",
        "had_anti_egfr",
        "had_bevacizumab",
        "had_checkpoint_inhibitor",
        "lung_metastases",
        "dyspnoea",
        "bone_metastases",
        "brain_metastases",
        "anorexia",
        "oedema",
        "delirium",
    ]
    tree = Any(tuple(Is(name, (True,)) for name in names))
    asked = ask([Matter(OPTION, (criterion(tree),), environment_of(FactSheet()))])
    assert len(names) == 13
    assert not asked.prospects[0].is_exact
    assert asked.prospects[0].standing == "open"
    assert {fact.name for fact in asked.facts} == set(names)


def test_twelve_open_facts_are_branched_exactly():
    names = [
        "had_oxaliplatin",
        "had_irinotecan",
        "had_fluoropyrimidine",
        "had_anti_egfr",
        "had_bevacizumab",
        "had_checkpoint_inhibitor",
        "dyspnoea",
        "anorexia",
        "oedema",
        "delirium",
        "pruritus",
        "cholangitis",
    ]
    tree = Any(tuple(Is(name, (True,)) for name in names))
    asked = ask([Matter(OPTION, (criterion(tree),), environment_of(FactSheet()))])
    assert asked.prospects[0].is_exact
    assert len(asked.facts) == 12
    assert all(fact.results[0].opens == (OPTION,) for fact in asked.facts)


def test_a_ruled_out_option_asks_for_nothing():
    sheet = FactSheet({"ras": Known("mutated", "test")})
    rules = (criterion(Is("ras", ("wild_type",))), criterion(Is("braf_v600e", (False,)), name="b"))
    asked = ask([Matter(OPTION, rules, environment_of(sheet))])
    assert asked.facts == ()
    assert asked.irrelevant == ("braf_v600e",)


def test_an_open_option_agrees_with_its_judgement():
    rules = (criterion(Is("ras", ("wild_type",))),)
    env = environment_of(FactSheet())
    assert judge_all(rules, env).status == "needs data"
    assert ask([Matter(OPTION, rules, env)]).prospects[0].shortest == ("ras",)


def test_choices_hold_every_value_once():
    spec = spec_of("bilirubin")
    choices = choices_of(spec, (17.0, 34.0))
    for value in (2.0, 17.0, 20.0, 34.0, 900.0):
        assert index_of(choices, value) in range(len(choices))
