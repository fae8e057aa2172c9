"""The joint decision on the toy patient, with rooms that are toys themselves."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from builders import patient_with, toy_patient
from liverboard.anatomy import remnant_after
from liverboard.board import convene as convene_module
from liverboard.board.convene import convene_patient
from liverboard.board.joint.decide import decide
from liverboard.board.joint.options import JointOptions
from liverboard.board.joint.published import failure_of
from liverboard.board.joint.taken import Flow
from liverboard.board.option import Option
from liverboard.evidence.judgement import Judgement, Status
from liverboard.numerics.distance import dilate_mm
from liverboard.report.write import plan_json, record_of
from liverboard.treatments.protocol import (
    Burden,
    Layer,
    LesionOutcome,
    LiverEffect,
    Needs,
    Plan,
    Proposal,
    Provenance,
    Step,
)
from liverboard.values import Estimate, Reason, Unknown, measured

CONTROL = {"knife": None, "needle": (0.8, 0.9), "beam": (0.7, 0.85)}
ROLE = {"knife": "resected", "needle": "destroyed", "beam": "overdosed"}
ASKS = {
    "knife": (5.0, 0.0, "general"),
    "needle": (1.0, 2.0, "sedation"),
    "beam": (0.0, 0.0, "none"),
}


def toy_plan(patient, room, names, width_mm):
    """Return a plan that takes a shell of liver round lesions, all figures known by hand."""
    anatomy = patient.anatomy
    lost = np.zeros(anatomy.grid.shape, dtype=bool)
    for name in names:
        lost |= dilate_mm(anatomy.mask_of(name), width_mm, anatomy.grid.spacing_mm)
    lost &= anatomy.liver
    nights, needles, sleep = ASKS[room]
    control = CONTROL[room]
    known = Unknown(Reason.NO_EVIDENCE)
    if control:
        known = Estimate(sum(control) / 2, *control, "1", ("method:margin",))
    return Plan(
        lesions=tuple(
            LesionOutcome(
                one.id, one.id in names, measured(width_mm, "mm", "margin"), local_control_2y=known
            )
            for one in anatomy.known_lesions()
        ),
        liver=LiverEffect(),
        burden=Burden(
            nights=measured(nights, "1", "margin"),
            punctures=measured(needles * len(names), "1", "margin"),
            waiting_weeks=measured(0.0, "week", "margin"),
            anaesthesia=sleep,
        ),
        provenance=Provenance("toy"),
        layers=(Layer.of_mask("lost", lost, anatomy.grid, role=ROLE[room]),),
        steps=(Step("go", "Go", measured(1.0, "day", "margin")),),
    )


def toy_option(patient, room, names=("L1", "L2", "L3"), width_mm=5.0, status=Status.ELIGIBLE):
    """Return a judged toy plan."""
    name = f"{room}/{width_mm:g}"
    proposal = Proposal(f"{width_mm:g}", name, tuple(names))
    plan = toy_plan(patient, room, names, width_mm)
    return Option(name, room, proposal, Judgement(status, (), ()), plan)


@pytest.fixture(scope="module")
def joint():
    """The decision between a knife, a needle and a beam."""
    patient = toy_patient()
    return decide(patient, [toy_option(patient, room) for room in ROLE])


def test_the_front_holds_pure_and_mixed_plans_and_doing_nothing(joint):
    used = [frozenset(one.treatment for one in plan.choices) for plan in joint.plans]
    assert frozenset() in used
    assert any(len(one) == 1 for one in used)
    assert any(len(one) > 1 for one in used)


def test_remnants_lie_within_one_percent_of_the_recount(joint):
    for plan in joint.plans:
        assert plan.quality.remnant_percent == pytest.approx(plan.recount_percent, abs=1.0)
        assert plan.remnant_low_percent <= plan.recount_percent <= plan.remnant_high_percent


def test_no_plan_keeps_less_than_this_liver_needs(joint):
    assert all(plan.recount_percent >= joint.needed_percent for plan in joint.plans)


def test_a_lesion_is_served_once_or_left(joint):
    for plan in joint.plans:
        served = [lesion for one in plan.choices for lesion in one.lesions]
        assert sorted([*served, *plan.left_to_systemic]) == ["L1", "L2", "L3"]


def test_published_local_control_bounds_what_stays_uncontrolled(joint):
    needle = [p for p in joint.plans if {c.treatment for c in p.choices} == {"needle"}]
    for plan in needle:
        served, left = 3 - len(plan.left_to_systemic), len(plan.left_to_systemic)
        assert plan.quality.failures_low == pytest.approx(left + 0.1 * served)
        assert plan.quality.failures_high == pytest.approx(left + 0.2 * served)


@pytest.mark.parametrize(("factor", "unit"), [(1.0, "1"), (100.0, "percent")])
def test_local_control_counts_alike_in_both_units(factor, unit):
    known = Estimate(0.8 * factor, 0.7 * factor, 0.9 * factor, unit, ("method:margin",))
    outcome = LesionOutcome("L1", True, local_control_2y=known)
    assert failure_of(outcome, frozenset({"destroyed"})) == pytest.approx((0.1, 0.3))


def test_surgery_without_stated_control_is_bounded_by_its_margin(joint):
    """Local recurrence 5.3 % with a clear margin (vigano-2016): the upper end of what can fail."""
    whole = [
        p
        for p in joint.plans
        if len(p.choices) == 3 and {c.treatment for c in p.choices} == {"knife"}
    ]
    assert [plan.quality.failures_low for plan in whole] == [0.0] * len(whole)
    assert whole[0].quality.failures_high == pytest.approx(3 * 0.053)


def test_a_contraindicated_option_lends_nothing():
    patient = toy_patient()
    options = [
        toy_option(patient, "knife", status=Status.CONTRAINDICATED),
        toy_option(patient, "beam"),
    ]
    found = decide(patient, options)
    assert {one.treatment for plan in found.plans for one in plan.choices} == {"beam"}
    assert {entry.treatment for entry in found.entries} == {"knife", "beam"}


def test_a_lesion_that_no_room_treats_is_named():
    patient = toy_patient()
    found = decide(patient, [toy_option(patient, "needle", names=("L1", "L2"))])
    assert any("L3" in remark for remark in found.remarks)
    assert all("L3" in plan.left_to_systemic for plan in found.plans)


def test_too_small_a_remnant_is_never_offered():
    patient = toy_patient()
    found = decide(patient, [toy_option(patient, "knife", width_mm=60.0)])
    assert all(plan.recount_percent >= found.needed_percent for plan in found.plans)
    assert [plan.choices for plan in found.plans] == [()]


def test_a_limit_on_punctures_is_kept():
    patient = toy_patient()
    options = [toy_option(patient, "needle")]
    found = decide(patient, options, JointOptions(most_punctures=3))
    assert max(plan.quality.punctures for plan in found.plans) == 2


def test_of_two_options_that_take_the_same_the_first_lends_the_part():
    patient = toy_patient()
    first = toy_option(patient, "needle")
    found = decide(patient, [first, replace(first, id="needle/again")])
    assert {one.option for plan in found.plans for one in plan.choices} == {"needle/5"}


def test_without_options_the_decision_still_stands():
    found = decide(toy_patient(), [])
    assert [plan.title for plan in found.plans] == ["systemic therapy alone"]
    assert found.remarks


def test_without_lesions_there_is_nothing_to_decide():
    patient = patient_with(())
    assert isinstance(decide(patient, []), Unknown)


@pytest.mark.parametrize("name", ["L1", "L2", "L3"])
@pytest.mark.parametrize("width", [4.0, 15.0, 30.0])
@pytest.mark.parametrize("role", ["resected", "destroyed", "overdosed"])
def test_what_loses_function_is_what_the_remnant_says(name, width, role):
    """The quick count against `remnant_after`, voxel by voxel."""
    anatomy = toy_patient().anatomy.near_liver()
    mask = dilate_mm(anatomy.mask_of(name), width, anatomy.grid.spacing_mm) & anatomy.liver
    flow = Flow.of(anatomy, 3.0)
    survives = {"resected": float("inf"), "destroyed": 1.5, "overdosed": 0.0}[role]
    left = remnant_after(anatomy, mask, survives_mm=survives)
    expected = (anatomy.healthy & ~left.functional).ravel()[flow.places]
    assert np.array_equal(flow.lost({role: mask}), np.flatnonzero(expected))


def test_radiation_closes_no_vessel_and_a_knife_does():
    anatomy = toy_patient().anatomy.near_liver()
    mask = dilate_mm(anatomy.mask_of("L1"), 15.0, anatomy.grid.spacing_mm) & anatomy.liver
    flow = Flow.of(anatomy, 3.0)
    beam, knife = flow.lost({"overdosed": mask}), flow.lost({"resected": mask})
    assert len(beam) == np.count_nonzero(mask & anatomy.healthy)
    assert len(knife) > len(beam)


def toy_room(name, *, fails=False):
    """Return a toy treatment room."""

    def propose(patient):
        return (Proposal("5", f"{name} 5 mm", ("L1", "L2", "L3")),)

    def plan(proposal, patient, progress):
        if fails:
            raise ZeroDivisionError("no plan today")
        return toy_plan(patient, name, proposal.targets, 5.0)

    return SimpleNamespace(
        name=name, title=name, needs=Needs(), aims={}, propose=propose, plan=plan
    )


def test_the_board_records_the_decision_and_writes_the_same_bytes_twice(monkeypatch):
    rooms = [toy_room("knife"), toy_room("needle"), toy_room("beam", fails=True)]
    monkeypatch.setattr(convene_module, "chosen_treatments", lambda only: rooms)
    first, second = (convene_patient(toy_patient()) for _ in range(2))
    record = record_of(first)
    assert record.joint.plans
    assert plan_json(record) == plan_json(record_of(second))
    told = [one for one in record.joint.entries if one.treatment == "beam"]
    assert not told or all(one.state == "unplanned" for one in told)


def test_a_decision_that_fails_loses_nothing_else(monkeypatch):
    import liverboard.board.joint.decide as decide_module

    def broken(*_, **__):
        raise RuntimeError("out of luck")

    monkeypatch.setattr(convene_module, "chosen_treatments", lambda only: [toy_room("knife")])
    monkeypatch.setattr(decide_module, "decide", broken)
    board = convene_patient(toy_patient())
    assert "out of luck" in str(board.joint)
    assert board.options[0].has_plan
    assert "out of luck" in record_of(replace(board)).joint.detail
