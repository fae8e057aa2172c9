"""Truth tables, intervals and lesions, by hand."""

import pytest

from liverboard.errors import EvidenceError
from liverboard.evidence.criterion import (
    All,
    Any,
    AtLeast,
    Between,
    Compare,
    CountLesions,
    ExistsLesion,
    ForAllLesions,
    Is,
    Limit,
    Not,
    Operator,
    Ref,
    facts_of,
)
from liverboard.evidence.environment import environment_of
from liverboard.evidence.fact import FactSheet, Known
from liverboard.evidence.judgement import Verdict
from liverboard.evidence.kleene import evaluate
from liverboard.values import Reason, Unknown

YES, NO, OPEN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
TRUE, FALSE, UNSAID = Is("cirrhosis", (True,)), Is("varices", (True,)), Is("braf_v600e", (True,))
SHEET = FactSheet({"cirrhosis": Known(True, "test"), "varices": Known(False, "test")})
BY_VERDICT = {YES: TRUE, NO: FALSE, OPEN: UNSAID}


def limit(value, unit="percent"):
    return Limit(float(value), float(value), unit)


def flr(low, value, high):
    return FactSheet({"flr_percent": Known(value, "test", low=low, high=high)})


@pytest.mark.parametrize(
    ("one", "other", "both", "either"),
    [
        (YES, YES, YES, YES),
        (YES, NO, NO, YES),
        (YES, OPEN, OPEN, YES),
        (NO, NO, NO, NO),
        (NO, OPEN, NO, OPEN),
        (OPEN, OPEN, OPEN, OPEN),
    ],
)
def test_all_and_any_follow_kleenes_tables(one, other, both, either):
    items = (BY_VERDICT[one], BY_VERDICT[other])
    for pair in (items, items[::-1]):
        assert evaluate(All(pair), SHEET).verdict is both
        assert evaluate(Any(pair), SHEET).verdict is either


@pytest.mark.parametrize(("inner", "outer"), [(YES, NO), (NO, YES), (OPEN, OPEN)])
def test_not_turns_yes_and_no_and_leaves_unknown(inner, outer):
    assert evaluate(Not(BY_VERDICT[inner]), SHEET).verdict is outer


@pytest.mark.parametrize(
    ("verdicts", "count", "expected"),
    [
        ((YES, YES, OPEN), 2, YES),
        ((YES, NO, OPEN), 2, OPEN),
        ((YES, NO, NO), 2, NO),
        ((OPEN, OPEN, NO), 3, NO),
        ((OPEN, OPEN, NO), 1, OPEN),
    ],
)
def test_at_least_counts_what_is_certain_and_what_is_possible(verdicts, count, expected):
    items = tuple(BY_VERDICT[one] for one in verdicts)
    assert evaluate(AtLeast(count, items), SHEET).verdict is expected


def test_unknown_is_not_the_opposite_of_a_value():
    assert evaluate(Not(Is("ras", ("mutated",))), FactSheet()).verdict is OPEN


@pytest.mark.parametrize(
    ("sign", "interval", "expected"),
    [
        (">=", (30, 31, 32), YES),
        (">=", (29, 31, 32), OPEN),
        (">=", (27, 28, 29.9), NO),
        (">", (30, 30, 30), NO),
        (">", (30, 31, 32), OPEN),
        ("<", (30, 30, 30), NO),
        ("<", (28, 29, 29.9), YES),
        ("<=", (30, 30, 30), YES),
        ("<=", (30, 31, 32), OPEN),
        ("==", (30, 30, 30), YES),
        ("==", (29, 30, 31), OPEN),
        ("==", (31, 32, 33), NO),
    ],
)
def test_a_number_decides_only_where_the_whole_interval_agrees(sign, interval, expected):
    leaf = Compare("flr_percent", Operator(sign), limit(30))
    assert evaluate(leaf, flr(*interval)).verdict is expected


@pytest.mark.parametrize(
    ("interval", "expected"),
    [((20, 25, 30), YES), ((19, 25, 30), OPEN), ((10, 15, 19.9), NO), ((30, 30, 30), YES)],
)
def test_between_includes_both_limits(interval, expected):
    leaf = Between("flr_percent", limit(20), limit(30))
    assert evaluate(leaf, flr(*interval)).verdict is expected


SMALL = Compare("lesion_diameter", Operator.AT_MOST, limit(30, "mm"))


def lesions(*diameters, has_all):
    listed = {
        f"L{number}": {} if one is None else {"lesion_diameter": Known(one, "test")}
        for number, one in enumerate(diameters)
    }
    return FactSheet({}, listed, has_all)


@pytest.mark.parametrize(
    ("diameters", "has_all", "exists", "every", "two"),
    [
        ((), True, NO, YES, NO),
        ((), False, OPEN, OPEN, OPEN),
        ((10,), True, YES, YES, NO),
        ((10,), False, YES, OPEN, OPEN),
        ((50,), False, OPEN, NO, OPEN),
        ((10, 50), True, YES, NO, NO),
        ((10, 20), True, YES, YES, YES),
        ((10, 20), False, YES, OPEN, YES),
        ((10, None), True, YES, OPEN, OPEN),
        ((None,), True, OPEN, OPEN, NO),
        ((50, 60), True, NO, NO, NO),
    ],
)
def test_lesions_that_may_be_missing_leave_open_what_they_could_change(
    diameters, has_all, exists, every, two
):
    sheet = lesions(*diameters, has_all=has_all)
    assert evaluate(ExistsLesion(SMALL), sheet).verdict is exists
    assert evaluate(ForAllLesions(SMALL), sheet).verdict is every
    assert evaluate(CountLesions(SMALL, Operator.AT_LEAST, 2), sheet).verdict is two


def test_a_count_at_most_is_never_certain_while_lesions_may_be_missing():
    sheet = lesions(10, has_all=False)
    assert evaluate(CountLesions(SMALL, Operator.AT_MOST, 3), sheet).verdict is OPEN
    assert evaluate(CountLesions(SMALL, Operator.AT_MOST, 0), sheet).verdict is NO


def test_an_open_list_of_lesions_names_the_list_as_what_is_missing():
    trace = evaluate(ForAllLesions(SMALL), lesions(10, has_all=False))
    assert trace.fact.name == "lesion_count"
    assert trace.fact.fact.reason is Reason.NO_MASK


def test_what_is_missing_of_a_lesion_names_the_lesion():
    trace = evaluate(ForAllLesions(SMALL), lesions(10, None, has_all=True))
    assert [child.fact.lesion for child in trace.children] == ["L0", "L1"]
    assert trace.children[1].fact.fact == Unknown(Reason.NOT_RECORDED)


def test_the_trace_is_always_whole():
    trace = evaluate(Any((TRUE, FALSE, UNSAID)), SHEET)
    assert [child.verdict for child in trace.children] == [YES, NO, OPEN]
    assert trace.children[0].text == "Cirrhosis: yes"
    assert trace.children[2].fact.fact == Unknown(Reason.NOT_RECORDED, "tumour sequencing")


def test_a_reference_shows_its_meaning_and_what_stands_behind_it():
    trace = evaluate(Ref("named", "Cirrhotic liver", TRUE), SHEET)
    assert (trace.text, trace.verdict, len(trace.children)) == ("Cirrhotic liver", YES, 1)


def test_branching_over_one_fact_needs_no_new_sheet():
    environment = environment_of(SHEET)
    tree = All((TRUE, UNSAID))
    verdicts = [
        evaluate(tree, environment.with_facts({"braf_v600e": Known(value, "branch")})).verdict
        for value in (True, False)
    ]
    assert verdicts == [YES, NO]
    assert environment.fact("braf_v600e") == Unknown(Reason.NOT_RECORDED, "tumour sequencing")


def test_facts_are_named_once_and_in_order():
    assert facts_of(All((TRUE, Any((FALSE, TRUE))))) == ("cirrhosis", "varices")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Is("no_such_fact", (True,)),
        lambda: Is("ras", ("blue",)),
        lambda: Is("ras", ()),
        lambda: Is("ras", ("mutated", "mutated")),
        lambda: Is("bilirubin", (3,)),
        lambda: Compare("ras", Operator.LESS, limit(3)),
        lambda: Compare("flr_percent", Operator.LESS, limit(400)),
        lambda: Between("flr_percent", limit(40), limit(20)),
        lambda: All(()),
        lambda: AtLeast(3, (TRUE, FALSE)),
        lambda: ExistsLesion(TRUE),
        lambda: ForAllLesions(ExistsLesion(SMALL)),
        lambda: CountLesions(SMALL, Operator.LESS, -1),
    ],
)
def test_a_wrong_tree_cannot_exist(make):
    with pytest.raises(EvidenceError):
        make()
