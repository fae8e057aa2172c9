"""The lattice of status, cell by cell, and what the judge says is missing."""

import pytest

from liverboard.evidence.criterion import All, Any, Compare, Is, Limit, Operator
from liverboard.evidence.fact import FactSheet, Known
from liverboard.evidence.guideline import Applies, Criterion, IfUnknown
from liverboard.evidence.judge import awaits_plan, blocking_facts, is_hard_stop, judge
from liverboard.evidence.judgement import Citation, Intent, Status, Verdict
from liverboard.values import Mark, Reason, Unknown

SOURCE = (Citation("fong-1999", "abstract", Mark.VERIFIED, "2026-11-23"),)
YES, NO, OPEN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
LEAF = {
    YES: Is("cirrhosis", (True,)),
    NO: Is("varices", (True,)),
    OPEN: Is("braf_v600e", (True,)),
}
EDGE = Compare("flr_percent", Operator.AT_LEAST, Limit(30.0, 30.0, "percent"))
SHEET = FactSheet(
    {
        "cirrhosis": Known(True, "test"),
        "varices": Known(False, "test"),
        "flr_percent": Known(30, "test", low=28, high=32),
    }
)


def criterion(intent, when, **other):
    fields = {"id": "one", "guideline": "core", "room": "room", "text": "text", "citations": SOURCE}
    return Criterion(intent=Intent(intent), when=when, **{**fields, **other})


def status(*criteria, sheet=SHEET, tags=frozenset()):
    return judge(criteria, sheet, tags).status


@pytest.mark.parametrize(
    ("intent", "verdict", "expected"),
    [
        ("scope", YES, Status.ELIGIBLE),
        ("scope", NO, Status.OUTSIDE_EVIDENCE),
        ("scope", OPEN, Status.NEEDS_DATA),
        ("requires", YES, Status.ELIGIBLE),
        ("requires", NO, Status.NOT_ELIGIBLE),
        ("requires", OPEN, Status.NEEDS_DATA),
        ("contraindicates", YES, Status.CONTRAINDICATED),
        ("contraindicates", NO, Status.ELIGIBLE),
        ("contraindicates", OPEN, Status.NEEDS_DATA),
        ("cautions", YES, Status.ELIGIBLE_WITH_CAUTIONS),
        ("cautions", NO, Status.ELIGIBLE),
        ("cautions", OPEN, Status.ELIGIBLE_WITH_CAUTIONS),
        ("favours", YES, Status.ELIGIBLE),
        ("favours", OPEN, Status.ELIGIBLE),
        ("disfavours", YES, Status.ELIGIBLE),
        ("disfavours", OPEN, Status.ELIGIBLE),
    ],
)
def test_each_verdict_has_its_effect(intent, verdict, expected):
    assert status(criterion(intent, LEAF[verdict])) is expected


@pytest.mark.parametrize("intent", ["scope", "requires", "contraindicates"])
def test_only_an_interval_across_a_threshold_is_borderline(intent):
    assert status(criterion(intent, EDGE)) is Status.BORDERLINE
    both = All((EDGE, LEAF[OPEN]))
    assert status(criterion(intent, both)) is Status.NEEDS_DATA


def test_an_unknown_fact_below_a_decided_branch_does_not_matter():
    judged = judge([criterion("requires", Any((All((LEAF[NO], LEAF[OPEN])), EDGE)))], SHEET, set())
    assert judged.status is Status.BORDERLINE
    assert judged.unknown == ()
    assert judged.arguments[0].is_borderline


def test_the_worst_status_wins():
    worst_first = [
        (criterion("contraindicates", LEAF[YES]), Status.CONTRAINDICATED),
        (criterion("requires", LEAF[NO]), Status.NOT_ELIGIBLE),
        (criterion("scope", LEAF[NO]), Status.OUTSIDE_EVIDENCE),
        (criterion("requires", LEAF[OPEN]), Status.NEEDS_DATA),
        (criterion("requires", EDGE), Status.BORDERLINE),
        (criterion("cautions", LEAF[YES]), Status.ELIGIBLE_WITH_CAUTIONS),
        (criterion("favours", LEAF[YES]), Status.ELIGIBLE),
    ]
    for number, (_, expected) in enumerate(worst_first):
        assert status(*(one for one, _ in worst_first[number:])) is expected


def test_nothing_to_say_is_outside_the_evidence():
    assert status() is Status.OUTSIDE_EVIDENCE
    about_others = criterion("requires", LEAF[YES], applies=Applies(any=frozenset({"pve"})))
    assert status(about_others, tags={"wedge"}) is Status.OUTSIDE_EVIDENCE


@pytest.mark.parametrize("intent", ["scope", "requires", "contraindicates"])
def test_an_unknown_that_may_stay_open_is_shown_as_not_excluded(intent):
    light = criterion(intent, LEAF[OPEN], if_unknown=IfUnknown.CAUTION)
    judged = judge([light], SHEET, set())
    assert judged.status is Status.ELIGIBLE_WITH_CAUTIONS
    assert judged.arguments[0].direction == "open"
    assert [name for name, _ in judged.unknown] == ["braf_v600e"]
    assert blocking_facts(judged) == ()


@pytest.mark.parametrize(
    ("applies", "tags", "expected"),
    [
        (Applies(), {"x"}, True),
        (Applies(any=frozenset({"a", "b"})), {"b"}, True),
        (Applies(any=frozenset({"a", "b"})), {"c"}, False),
        (Applies(all=frozenset({"a", "b"})), {"a"}, False),
        (Applies(all=frozenset({"a", "b"})), {"a", "b", "c"}, True),
        (Applies(none=frozenset({"a"})), {"a", "b"}, False),
        (Applies(any=frozenset({"b"}), none=frozenset({"a"})), {"b"}, True),
    ],
)
def test_tags_say_whom_a_criterion_is_about(applies, tags, expected):
    assert applies.to(frozenset(tags)) is expected


def test_what_is_missing_is_what_could_make_it_worse():
    criteria = [
        criterion("requires", LEAF[OPEN]),
        criterion("cautions", Is("portal_hypertension", (True,))),
        criterion("disfavours", Is("ras", ("mutated",))),
    ]
    assert [name for name, _ in judge(criteria, SHEET, set()).unknown] == [
        "braf_v600e",
        "portal_hypertension",
    ]
    proved = [*criteria, criterion("requires", LEAF[NO])]
    assert judge(proved, SHEET, set()).unknown == ()
    worse = [*proved, criterion("contraindicates", Is("ras", ("mutated",)))]
    assert [name for name, _ in judge(worse, SHEET, set()).unknown] == ["ras"]


def test_blocking_facts_come_first():
    criteria = [
        criterion("cautions", Is("portal_hypertension", (True,))),
        criterion("requires", LEAF[OPEN]),
    ]
    names = [name for name, _ in judge(criteria, SHEET, set()).unknown]
    assert names == ["braf_v600e", "portal_hypertension"]


def test_the_reason_of_an_unknown_is_kept():
    sheet = FactSheet({"ras": Unknown(Reason.PENDING, "ordered yesterday")})
    judged = judge([criterion("requires", Is("ras", ("wild_type",)))], sheet, set())
    assert judged.unknown == (("ras", Unknown(Reason.PENDING, "ordered yesterday")),)


def test_only_a_proved_contraindication_stops_planning():
    stop = criterion("contraindicates", LEAF[YES])
    assert is_hard_stop(judge([stop], SHEET, set()))
    for other in (
        criterion("contraindicates", LEAF[OPEN]),
        criterion("requires", LEAF[NO]),
        criterion("scope", LEAF[NO]),
    ):
        assert not is_hard_stop(judge([other], SHEET, set()))


def test_an_option_that_lacks_only_what_a_plan_measures_awaits_its_plan():
    needs_plan = criterion("requires", Is("targets_all_lesions", (True,)))
    unclear = criterion("cautions", LEAF[OPEN])
    assert awaits_plan(judge([needs_plan, unclear], FactSheet(), set()))
    assert not awaits_plan(
        judge([needs_plan, criterion("requires", LEAF[OPEN])], FactSheet(), set())
    )
    assert not awaits_plan(judge([criterion("requires", LEAF[YES])], SHEET, set()))


@pytest.mark.parametrize(
    ("intent", "verdict", "expected"),
    [
        ("requires", YES, "for"),
        ("requires", NO, "against"),
        ("scope", NO, "against"),
        ("contraindicates", YES, "against"),
        ("contraindicates", NO, "neutral"),
        ("cautions", YES, "against"),
        ("favours", YES, "for"),
        ("favours", NO, "neutral"),
        ("disfavours", YES, "against"),
        ("cautions", OPEN, "open"),
    ],
)
def test_an_argument_speaks_for_or_against(intent, verdict, expected):
    [argument] = judge([criterion(intent, LEAF[verdict])], SHEET, set()).arguments
    assert argument.direction == expected


def test_an_argument_carries_facts_sources_and_trace():
    [argument] = judge([criterion("requires", All((EDGE, LEAF[YES])))], SHEET, set()).arguments
    assert [used.name for used in argument.facts] == ["flr_percent", "cirrhosis"]
    assert argument.citations == SOURCE
    assert argument.trace.children[0].verdict is OPEN
    assert argument.is_blocking
