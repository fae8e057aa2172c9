"""The board: rooms run alike, one that fails takes nothing down, knowing less still works."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from builders import RECORD, case_of, toy_patient
from liverboard.anatomy import examine
from liverboard.board import convene as convene_module
from liverboard.board.convene import BoardOptions, convene, convene_patient
from liverboard.board.option import Unplanned, UnplannedCause
from liverboard.board.pareto import mark_dominated
from liverboard.case import case_from_record
from liverboard.errors import RequestError
from liverboard.evidence.judgement import Status
from liverboard.patient import patient_of
from liverboard.report.write import plan_json, record_of
from liverboard.treatments.protocol import (
    Burden,
    LiverEffect,
    Needs,
    Plan,
    Proposal,
    Provenance,
)
from liverboard.treatments.registry import treatments
from liverboard.values import Estimate, Unknown


def room(*, fails_in=""):
    """Return a small room called resection, so that real criteria apply; it may raise."""

    def propose(patient):
        if fails_in == "propose":
            raise ValueError("no proposals today")
        return (Proposal("good", "Good"), Proposal("bad", "Bad"))

    def plan(proposal, patient, progress):
        if fails_in == "plan" and proposal.id == "bad":
            raise ZeroDivisionError("division by zero")
        return Plan((), LiverEffect(), Burden(), Provenance("test"))

    return SimpleNamespace(
        name="resection", title="Test", needs=Needs(), aims={}, propose=propose, plan=plan
    )


def with_rooms(monkeypatch, *rooms):
    """Let the board have these rooms alone."""
    monkeypatch.setattr(convene_module, "chosen_treatments", lambda only: rooms)


@pytest.fixture(scope="module")
def wedge_board():
    """The toy patient's resection board."""
    return convene_patient(toy_patient(), options=BoardOptions(only=("resection",)))


def test_every_option_has_a_plan_or_says_why(wedge_board):
    assert wedge_board.options
    for option in wedge_board.options:
        if isinstance(option.outcome, Unplanned):
            assert option.outcome.reason
        else:
            assert option.plan.provenance.method


def test_options_are_found_by_name_and_a_wrong_name_lists_them(wedge_board):
    name = wedge_board.options[0].id
    assert wedge_board.option(name).id == name
    with pytest.raises(RequestError, match=name):
        wedge_board.option("resection/unheard-of")


def test_the_same_patient_gives_the_same_bytes(wedge_board):
    again = convene_patient(toy_patient(), options=BoardOptions(only=("resection",)))
    assert plan_json(record_of(again)) == plan_json(record_of(wedge_board))


def test_a_room_that_fails_in_one_plan_keeps_the_others(monkeypatch):
    with_rooms(monkeypatch, room(fails_in="plan"))
    board = convene_patient(toy_patient())
    assert board.option("resection/good").has_plan
    failed = board.option("resection/bad")
    assert failed.judgement.status is Status.FAILED
    assert failed.outcome.cause is UnplannedCause.FAILED
    assert "division by zero" in failed.outcome.reason
    with pytest.raises(RequestError, match="division by zero"):
        failed.plan  # noqa: B018


def test_a_room_that_cannot_propose_is_shown_as_failed(monkeypatch):
    with_rooms(monkeypatch, room(fails_in="propose"))
    (failed,) = convene_patient(toy_patient()).options
    assert failed.judgement.status is Status.FAILED
    assert "no proposals today" in failed.outcome.reason
    assert b"no proposals today" in plan_json(record_of(convene_patient(toy_patient())))


def test_a_record_alone_is_argued_with_geometry_unknown():
    board = convene(case_from_record(RECORD))
    assert board.options
    assert not board.layers
    assert all(not option.has_plan for option in board.options if option.treatment == "resection")
    assert isinstance(board.patient.anatomy, Unknown)


def test_nothing_but_an_id_is_enough():
    board = convene(case_from_record({"schema": "liverboard/case/1", "id": "bare"}))
    record = record_of(board)
    assert record.missing
    assert not any(option.status is Status.ELIGIBLE for option in record.options)


@pytest.mark.parametrize("missing", ["portal_vein", "hepatic_veins"])
def test_without_a_vessel_system_what_depends_on_it_is_unknown(missing):
    case = case_of(spacing_mm=(4.0, 4.0, 4.0), without=(missing,))
    board = convene_patient(
        patient_of(case, examine(case)), options=BoardOptions(only=("resection",))
    )
    effects = [option.plan.liver for option in board.options if option.has_plan]
    assert effects
    lost = "perfused_ml" if missing == "portal_vein" else "drained_ml"
    assert all(isinstance(getattr(effect, lost), Unknown) for effect in effects)
    assert all(isinstance(effect.functional_ml, Unknown) for effect in effects)
    assert any(isinstance(effect.geometric_ml, Estimate) for effect in effects)


def test_work_is_kept_and_used_again(tmp_path, monkeypatch):
    """A run that stopped after the anatomy goes on from there."""
    with_rooms(monkeypatch, room())
    case = replace(case_of(spacing_mm=(4.0, 4.0, 4.0)), folder=tmp_path)
    first = convene(case, options=BoardOptions(keeps=True))
    kept = sorted((tmp_path / "derived").rglob("*.store"))
    assert any(path.name == "anatomy.store" for path in kept)
    monkeypatch.setattr(convene_module, "examine", _never)
    second = convene(case, options=BoardOptions(keeps=True))
    assert plan_json(record_of(first)) == plan_json(record_of(second))


def _never(*_, **__):
    raise AssertionError("the anatomy was worked out again")


def test_an_unknown_room_is_named_with_those_there_are():
    with pytest.raises(RequestError, match="resection"):
        convene_patient(toy_patient(), options=BoardOptions(only=("surgery",)))


def test_dominated_plans_name_the_better_one(wedge_board):
    aims = {"kept": True, "cut": False}
    source = ("method:remnant",)

    def option(name, kept, cut):
        metrics = {
            "kept": Estimate(kept, kept, kept, "ml", source),
            "cut": Estimate(cut, cut, cut, "cm2", source),
        }
        plan = Plan((), LiverEffect(), Burden(), Provenance("test"), metrics=metrics)
        return replace(wedge_board.options[0], id=name, outcome=plan, dominated_by=())

    best, worse, other = mark_dominated(
        [option("best", 900.0, 20.0), option("worse", 800.0, 30.0), option("other", 950.0, 50.0)],
        aims,
    )
    assert worse.dominated_by == ("best",)
    assert best.dominated_by == ()
    assert other.dominated_by == ()


def test_every_built_in_room_is_on_the_board_of_a_bare_record():
    board = convene(case_from_record(RECORD))
    assert {option.treatment for option in board.options} == {one.name for one in treatments()}
