"""The room of transplantation: rule sets apart, published figures, what it never does."""

from pathlib import Path

import pytest

from liverboard.anatomy import examine
from liverboard.board.convene import BoardOptions, convene
from liverboard.case import case_from_record, read_case
from liverboard.evidence.judgement import Status
from liverboard.patient import patient_of
from liverboard.treatments.protocol import NoPlan, silent
from liverboard.treatments.transplant import TREATMENT
from liverboard.values import Mark, Unknown

EXAMPLE = Path(__file__).parents[2] / "examples" / "patients" / "transplant-candidate"
COLORECTAL = ["transmet", "oslo", "ihpba", "soulmate", "optn"]


def patient_with(**record):
    case = case_from_record({"schema": "liverboard/case/1", "id": "x", **record})
    return patient_of(case, examine(case))


def proposals(**record):
    return [one.id for one in TREATMENT.propose(patient_with(**record))]


def test_each_rule_set_of_the_primary_is_a_proposal_of_its_own():
    assert proposals(primary={"site": "colorectal"}) == COLORECTAL
    assert proposals(primary={"site": "neuroendocrine"}) == ["milan-net"]


def test_all_rule_sets_are_proposed_while_the_primary_is_unknown():
    assert proposals() == [*COLORECTAL, "milan-net"]


def test_another_primary_is_outside_the_evidence_and_has_no_plan():
    patient = patient_with(primary={"site": "pancreas"})
    [proposal] = TREATMENT.propose(patient)
    assert isinstance(TREATMENT.plan(proposal, patient, silent), NoPlan)


@pytest.fixture(scope="module")
def board():
    return convene(read_case(EXAMPLE), options=BoardOptions(only=("transplant",), keeps=False))


def test_the_example_is_answered_apart_by_each_rule_set(board):
    statuses = {one.proposal.id: one.judgement.status for one in board.options}
    assert statuses == {
        "transmet": Status.ELIGIBLE_WITH_CAUTIONS,
        "oslo": Status.ELIGIBLE_WITH_CAUTIONS,
        "ihpba": Status.NEEDS_DATA,
        "soulmate": Status.NEEDS_DATA,
        "optn": Status.ELIGIBLE_WITH_CAUTIONS,
    }


def test_what_is_open_is_named_apart_for_each_rule_set(board):
    def open_in(name):
        arguments = board.option(f"transplant/{name}").judgement.arguments
        return {one.criterion for one in arguments if one.direction == "open"}

    assert open_in("transmet") == {"portal-vein-blocked"}
    assert open_in("ihpba") == {"portal-vein-blocked", "no-local-recurrence"}
    assert {"soulmate-blood", "soulmate-liver-and-kidney"} <= open_in("soulmate")


def test_survival_by_rule_set_is_that_of_the_trial(board):
    metrics = board.option("transplant/transmet").plan.metrics
    assert metrics["survival_5y_percent"].value == 57
    assert metrics["survival_5y_without_percent"].value == 13
    assert metrics["survival_5y_as_treated_percent"].value == 73
    assert metrics["survival_5y_percent"].sources == ("transmet-2024",)


def test_no_survival_is_given_where_none_was_published(board):
    assert "survival_5y_percent" not in board.option("transplant/soulmate").plan.metrics


def test_survival_at_the_metabolic_volume_of_the_patient(board):
    figure = board.option("transplant/oslo").plan.metrics["survival_5y_at_metabolic_volume_percent"]
    assert (figure.low, figure.high) == (63.6, 78)


def test_the_graft_is_eight_millilitres_a_kilogram_and_marked_unverified(board):
    graft = board.option("transplant/transmet").plan.metrics["least_graft_ml"]
    assert graft.value == pytest.approx(0.8 / 100 * 64 * 1000)
    assert graft.mark is Mark.UNVERIFIED


def test_texts_that_were_not_read_say_so(board):
    assert any("look it up" in one for one in board.option("transplant/optn").plan.cautions)
    assert not any("look it up" in one for one in board.option("transplant/transmet").plan.cautions)


def test_the_remnant_is_unknown_not_zero(board):
    assert isinstance(board.option("transplant/oslo").plan.liver.functional_percent, Unknown)


def test_rule_sets_are_not_rivals(board):
    assert all(one.dominated_by == () for one in board.options)


def test_disease_elsewhere_forbids_every_rule_set():
    record = {"primary": {"site": "colorectal"}, "extent": {"extrahepatic_disease": "unresectable"}}
    case = case_from_record({"schema": "liverboard/case/1", "id": "x", **record})
    board = convene(case, options=BoardOptions(only=("transplant",), keeps=False))
    assert {one.judgement.status for one in board.options} == {Status.CONTRAINDICATED}
