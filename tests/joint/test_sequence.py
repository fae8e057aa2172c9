"""Steps in time: known answers by hand, contradictions named, the order of aims."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_decide import toy_option

from builders import toy_patient
from liverboard.board.joint.decide import decide
from liverboard.board.joint.exhibits import exhibits_of
from liverboard.board.joint.model import Choice
from liverboard.board.joint.prefer import AIMS, ordered_by, parse_preference
from liverboard.board.joint.schedule import critical_days
from liverboard.board.joint.sequence import sequence_of
from liverboard.board.joint.timeline import Conflict, Gap, Task, schedule
from liverboard.errors import RequestError
from liverboard.evidence.fact import Known
from liverboard.report.chart import gantt_chart
from liverboard.treatments.exhibit import Gantt
from liverboard.treatments.protocol import Burden, LiverEffect, Plan, Provenance, Step
from liverboard.values import Estimate


def days(value):
    return Estimate(float(value), float(value), float(value), "day", ("method:margin",))


def days_by_id(done):
    return {one.id: (one.start_day, one.end_day) for one in done}


def test_a_chain_with_gaps_ends_when_adding_up_says():
    """Embolisation 1 day, 28 days of growth, measuring 1 day, operation 1 day: done on day 31."""
    tasks = [Task("pve", "PVE", "a", 1), Task("ct", "CT", "a", 1), Task("cut", "Cut", "a", 1)]
    gaps = [Gap("pve", "ct", 28), Gap("ct", "cut", 0, 14)]
    assert days_by_id(schedule(tasks, gaps)) == {"pve": (0, 1), "ct": (29, 30), "cut": (30, 31)}


def test_two_treatments_stand_apart_in_the_order_that_ends_soonest():
    """The needle waits until day 20 in any case, so the knife goes first: 1 + 10, then 20."""
    tasks = [Task("needle", "Needle", "b", 1, earliest=20), Task("knife", "Knife", "a", 1)]
    assert days_by_id(schedule(tasks, [], apart=10)) == {"knife": (0, 1), "needle": (20, 21)}


def test_a_schedule_that_cannot_be_names_what_contradicts_and_nothing_else():
    tasks = [Task(n, n.upper(), "a", 1) for n in ("one", "two", "three", "four")]
    gaps = [Gap("one", "two", 30), Gap("two", "three", 5), Gap("one", "three", 0, 20)]
    gaps.append(Gap("one", "four", 7, 9))
    found = schedule(tasks, gaps)
    assert isinstance(found, Conflict)
    assert set(found.words) == {
        "at least 30 days between ONE and TWO",
        "at least 5 days between TWO and THREE",
        "at most 20 days between ONE and THREE",
    }


def test_nothing_to_do_is_done_at_once():
    assert schedule([], []) == ()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 40)), min_size=1, max_size=5))
def test_a_chain_ends_on_the_sum_of_its_parts(parts):
    tasks = [Task(str(n), str(n), "a", length) for n, (length, _) in enumerate(parts)]
    gaps = [Gap(str(n - 1), str(n), parts[n][1]) for n in range(1, len(parts))]
    done = schedule(tasks, gaps)
    total = sum(length for length, _ in parts) + sum(gap for _, gap in parts[1:])
    assert max(one.end_day for one in done) == total


def test_the_days_of_a_plan_are_those_of_its_longest_chain():
    steps = (
        Step("pve", "PVE", days(2)),
        Step("cut", "Cut", days(1), after=("pve",), min_gap_days=days(28)),
        Step("aside", "Aside", days(5)),
    )
    plan = Plan((), LiverEffect(), Burden(), Provenance("toy"), steps=steps)
    assert critical_days(plan) == 31


def told(sheet, left=("L2",)):
    option = toy_option(toy_patient(), "knife")
    chosen = (Choice(option.id, "knife", ("L1",)),)
    return sequence_of(chosen, left, {option.id: option}, sheet)


def test_an_operation_waits_for_the_last_dose_and_drugs_for_the_operation():
    """Ten of 28 days are gone: the operation on day 18; drugs 42 days after it ends."""
    sheet = toy_patient().facts.with_facts(
        {"systemic_lines": Known(1.0, "test"), "days_since_systemic": Known(10.0, "test")}
    )
    steps, remark = told(sheet)
    at = days_by_id(steps)
    assert at["knife/go"] == (18, 19)
    assert at["drugs"] == (61, 117)
    assert at["restaging-1"] == (56, 56)
    assert not remark


def test_a_dose_of_unknown_date_is_said():
    sheet = toy_patient().facts.with_facts({"systemic_lines": Known(1.0, "test")})
    steps, remark = told(sheet)
    assert "last dose is not known" in remark
    assert days_by_id(steps)["knife/go"] == (0, 1)


def test_steps_that_contradict_are_told_in_words():
    option = toy_option(toy_patient(), "knife")
    wrong = (
        Step("a", "Stage one", days(1)),
        Step("b", "Stage two", days(1), after=("a",), min_gap_days=days(30), max_gap_days=days(9)),
    )
    object.__setattr__(option.outcome, "steps", wrong)
    chosen = (Choice(option.id, "knife", ("L1",)),)
    steps, remark = sequence_of(chosen, (), {option.id: option}, toy_patient().facts)
    assert steps == ()
    assert "at least 30 days between Stage one and Stage two" in remark


@pytest.fixture(scope="module")
def joint():
    patient = toy_patient()
    return decide(patient, [toy_option(patient, room) for room in ("knife", "needle", "beam")])


@pytest.mark.parametrize("aim", list(AIMS))
def test_the_plan_best_in_the_first_aim_comes_first(joint, aim):
    ordered = ordered_by(joint, (aim, *(other for other in AIMS if other != aim)))
    key = AIMS[aim][1]
    assert key(ordered.plans[0]) == min(key(plan) for plan in joint.plans)
    assert sorted(p.id for p in ordered.plans) == sorted(p.id for p in joint.plans)
    assert ordered.preference.startswith("Ordered by the aims given")


def test_without_a_preference_no_order_is_made(joint):
    assert ordered_by(joint, ()) is joint
    assert not joint.preference


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("life,liver,life", "life stands in place 1 and 3"),
        ("money", "no aim is called money"),
        ("", "names no aim"),
    ],
)
def test_a_contradictory_preference_is_refused_in_one_line(text, words):
    with pytest.raises(RequestError, match=words) as caught:
        parse_preference(text)
    assert "\n" not in str(caught.value)


def test_every_guideline_fact_and_error_that_was_tried_is_listed(joint):
    kinds = [one.kind for one in joint.flips]
    assert kinds.count("segmentation") == 2
    assert kinds.count("volume") == 2
    assert kinds.count("guideline") == 2


def test_a_threshold_within_a_tenth_is_a_flip():
    """A cut that just fits: with volumes a tenth larger it no longer does."""
    patient = toy_patient()
    for width in (20.0, 24.0, 28.0, 32.0, 36.0):
        found = decide(patient, [toy_option(patient, "beam", width_mm=width)])
        whole = [p for p in found.plans if not p.left_to_systemic]
        larger = next(one for one in found.flips if one.change == "all lost volumes 10 % larger")
        if whole:
            lost = 100.0 - whole[0].quality.remnant_percent
            assert larger.is_flip == (1.1 * lost > 100.0 - found.needed_percent)


def test_every_plan_has_an_anchor_or_says_there_is_none(joint):
    assert all(plan.anchors for plan in joint.plans)
    mixed = [p for p in joint.plans if len({one.treatment for one in p.choices}) > 1]
    assert all("no trial or series" in plan.anchors[0] for plan in mixed)


def test_a_timeline_draws_every_step_once(joint):
    charts = [one for one in exhibits_of(joint) if isinstance(one, Gantt)]
    assert charts
    for one in charts:
        spans = [
            {
                "label": s.label,
                "group": s.group,
                "start_day": s.start_day,
                "end_day": s.end_day,
                "says": s.says,
            }
            for s in one.spans
        ]
        drawn = gantt_chart({"spans": spans, "note": one.note})
        assert len(drawn.rows) == len(one.spans)
        assert all(row.x >= drawn.left and row.x + row.width <= drawn.width for row in drawn.rows)
