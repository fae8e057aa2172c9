"""Ways to go under every guideline, resectability on two axes, populations of trials."""

import subprocess
import sys
from pathlib import Path

import pytest

from liverboard.anatomy import examine
from liverboard.case import read_case
from liverboard.cli.choice import lines_of_choice
from liverboard.errors import EvidenceError
from liverboard.evidence.derive import derive
from liverboard.evidence.judge import judge
from liverboard.evidence.judgement import Status
from liverboard.evidence.loader import load_evidence
from liverboard.evidence.pathway import pathway_views, pathways, resectability
from liverboard.evidence.rule_test import sheet_of
from liverboard.evidence.trial import Place, populations, trials
from liverboard.patient import patient_of
from liverboard.values import Unknown

EVIDENCE = load_evidence()
EXAMPLE = Path(__file__).parents[2] / "examples" / "patients" / "transplant-candidate"
RIGHT = {
    "primary_site": "colorectal",
    "primary_side": "right",
    "ras": "wild_type",
    "braf_v600e": False,
    "resectability": "potentially_resectable",
    "extrahepatic_disease": "none",
    "patient_declines_systemic": False,
    "systemic_cycles": 0,
    "systemic_lines": 0,
}


def sheet(lesions=None, **given):
    return derive(sheet_of(given, lesions), EVIDENCE)


def views(**given):
    return {one.pathway.id: one for one in pathway_views(sheet(**given), EVIDENCE)}


def places(lesions=None, **given):
    found = populations(sheet(lesions, **given), EVIDENCE)
    return {one.trial.id: one.place for one in found}


def test_ways_stand_in_the_order_of_precedence():
    steps = [one.step for one in pathways()]
    assert steps == sorted(steps)
    assert pathways()[0].id == "emergency"


def test_every_way_and_every_trial_has_criteria():
    tags = {tag for one in EVIDENCE.criteria("choice") for tag in one.applies.any}
    assert {one.id for one in pathways()} <= tags
    for trial in trials().values():
        assert trial.source in EVIDENCE.sources
        assert any(trial.tag in one.applies.any for one in EVIDENCE.criteria(trial.room))


def test_guidelines_that_differ_are_both_shown():
    found = views(**RIGHT)["conversion-anti-egfr"]
    statuses = {name: one.status for name, one in found.judgements.items()}
    assert statuses["asco"] is Status.NOT_ELIGIBLE
    assert statuses["esmo"] is Status.ELIGIBLE_WITH_CAUTIONS
    assert found.differs


def test_guidelines_that_agree_do_not_differ():
    found = views(**{**RIGHT, "primary_side": "left"})["conversion-anti-egfr"]
    assert {one.status for one in found.judgements.values()} == {Status.ELIGIBLE}
    assert not found.differs


def test_cetuximab_round_a_resection_is_contraindicated():
    found = views(**{**RIGHT, "resectability": "resectable", "primary_side": "left"})
    assert found["perioperative-anti-egfr"].judgements["core"].status is Status.CONTRAINDICATED


def test_msi_high_puts_immunotherapy_first():
    found = views(**{**RIGHT, "msi": "high", "had_checkpoint_inhibitor": False})
    assert found["immunotherapy-first"].judgements["core"].status is Status.ELIGIBLE
    against = [
        one.criterion
        for one in found["conversion-triplet"].judgements["core"].arguments
        if one.direction == "against"
    ]
    assert "r9-not-first-in-msi-high" in against


def test_unknown_markers_leave_anti_egfr_open_not_closed():
    given = {name: value for name, value in RIGHT.items() if name not in ("ras", "braf_v600e")}
    status = views(**given)["conversion-anti-egfr"].judgements["core"].status
    assert status is Status.NEEDS_DATA


def test_debulking_is_contraindicated_with_disease_in_several_organs():
    found = views(primary_site="colorectal", extrahepatic_disease="unresectable")
    assert found["debulking"].judgements["core"].status is Status.CONTRAINDICATED
    alone = views(primary_site="colorectal", extrahepatic_disease="none")
    assert alone["debulking"].judgements["core"].status is not Status.ELIGIBLE


@pytest.mark.parametrize(("lines", "percent"), [(0, 36), (1, 60)])
def test_panels_disagree_more_after_chemotherapy(lines, percent):
    found = resectability(sheet(primary_site="colorectal", systemic_lines=lines), EVIDENCE)
    assert found.disagreement.value == percent
    assert found.disagreement.sources == ("bond-2023",)


def test_no_class_is_worked_out_without_a_panel():
    found = resectability(sheet(primary_site="colorectal", tumour_share=80), EVIDENCE)
    assert isinstance(found.panel, Unknown)
    assert found.technical.status is Status.CONTRAINDICATED


def test_an_axis_that_forbids_what_the_panel_allows_is_shown():
    given = {"primary_site": "colorectal", "resectability": "resectable", "tumour_share": 80}
    assert resectability(sheet(**given), EVIDENCE).is_contested


SMALL = {
    "primary_site": "colorectal",
    "extrahepatic_disease": "none",
    "lesion_count": 2,
    "ecog": 0,
    "asa": 2,
    "resectability": "resectable",
    "systemic_lines": 0,
}


def test_a_patient_is_in_outside_or_it_cannot_be_said():
    found = places([{"lesion_diameter": 20}, {"lesion_diameter": 14}], **SMALL)
    assert found["collision"] is Place.IN
    assert found["epoc"] is Place.IN
    assert found["clocc"] is Place.OUTSIDE  # resectable
    assert found["orchestra"] is Place.OUTSIDE  # one organ
    assert found["he1"] is Place.UNKNOWN  # nobody asked about pain


def test_the_reason_is_part_of_the_sentence():
    lesions = [{"lesion_diameter": 20}]
    found = populations(sheet(lesions, **{**SMALL, "lesion_count": 11}), EVIDENCE)
    [collision] = [one for one in found if one.trial.id == "collision"]
    assert collision.sentence.startswith("this patient would have been outside collision because: ")
    assert "Ten lesions or fewer, one or more of 3 cm or less (not met)" in collision.sentence


LOCAL = """\
guideline: hospital
room: choice
title: Choice in our hospital
version: "1"
review_by: 2027-11-30
criteria:
  sirt:
    intent: requires
    text: Two lines or more
    applies: [sirt-consolidation]
    when: {cmp: {fact: systemic_lines, op: ">=", value: 2, unit: "1"}}
    sources: [{ref: %s, locator: our board, mark: unverified, checked: 2026-11-24}]
"""


def local_evidence(tmp_path, text):
    target = tmp_path / "criteria" / "hospital" / "choice.yaml"
    target.parent.mkdir(parents=True)
    target.write_text(text, "utf-8")
    return load_evidence(tmp_path)


def test_a_local_file_stands_beside_the_guidelines(tmp_path):
    evidence = local_evidence(tmp_path, LOCAL % '"judgement:precedence"')
    found = pathway_views(sheet(**{**RIGHT, "systemic_lines": 1}), evidence)
    [sirt] = [one for one in found if one.pathway.id == "sirt-consolidation"]
    assert sirt.judgements["hospital"].status is Status.NOT_ELIGIBLE
    assert sirt.judgements["core"].status is Status.ELIGIBLE
    assert sirt.differs


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (LOCAL % "no-such-paper", 12, "no source is called 'no-such-paper'"),
        ((LOCAL % '"judgement:precedence"').replace("systemic_lines", "sistemic_lines"), 11, ""),
        ((LOCAL % '"judgement:precedence"').replace("intent:", "intend:"), 7, ""),
    ],
)
def test_a_local_file_with_a_mistake_is_refused_with_its_line(tmp_path, text, line, says):
    evidence = local_evidence(tmp_path, text)
    with pytest.raises(EvidenceError) as caught:
        pathway_views(sheet(**RIGHT), evidence)
    message = str(caught.value)
    assert f"criteria/hospital/choice.yaml:{line}" in message
    assert says in message
    assert "\n" not in message


def test_the_example_is_in_transmet_and_referred_for_transplantation():
    case = read_case(EXAMPLE)
    facts = derive(patient_of(case, examine(case)).facts, EVIDENCE)
    lines = list(lines_of_choice(facts, EVIDENCE))
    assert any("would have been in transmet" in line for line in lines)
    assert any("Referral for evaluation of transplantation: core: eligible" in one for one in lines)
    assert any("60 %" in line for line in lines)


RUN = (
    "import sys; from liverboard.cli import main; sys.argv = ['liverboard', *sys.argv[1:]]; main()"
)


def run(*arguments):
    command = [sys.executable, "-c", RUN, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_prints_the_choice():
    done = run("choose", str(EXAMPLE))
    assert done.returncode == 0
    assert "GUIDELINES DIFFER" in done.stdout


def test_the_command_refuses_a_bad_local_file_in_one_line(tmp_path):
    local_evidence(tmp_path, LOCAL % "no-such-paper")
    done = run("choose", str(EXAMPLE), "--rules", str(tmp_path))
    assert done.returncode == 2
    [line] = done.stderr.strip().splitlines()[-1:]
    assert "choice.yaml:12" in line


# --- what rooms must tag their proposals with --------------------------------------------------

LOCAL_ROOMS = {
    "ablation": ("rf", "microwave", "cryo"),
    "radiotherapy": ("sbrt", "imrt", "whole-liver"),
    "radioembolization": ("resin", "glass", "holmium"),
    "arterial_infusion": ("pump", "isolated"),
}


@pytest.mark.parametrize("room", LOCAL_ROOMS)
def test_criteria_bind_by_the_room_alone_and_nothing_is_proved_of_nobody(room):
    for kind in LOCAL_ROOMS[room]:
        judged = judge(EVIDENCE.criteria(room), sheet(), {room, kind})
        assert judged.status is Status.NEEDS_DATA, kind
    assert judge(EVIDENCE.criteria(room), sheet(), {room}).arguments


@pytest.mark.parametrize("room", LOCAL_ROOMS)
def test_every_tag_that_criteria_ask_for_is_documented(room):
    page = (Path(__file__).parents[2] / "docs" / "choice.md").read_text("utf-8")
    for criterion in EVIDENCE.criteria(room):
        for tag in criterion.applies.any | criterion.applies.all | criterion.applies.none:
            assert f"`{tag}`" in page
