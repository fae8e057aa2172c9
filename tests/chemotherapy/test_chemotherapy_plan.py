"""Plans of regimens: stable ids, courses, burden, expectations, cautions, other primaries."""

import subprocess
import sys

import pytest

from drug_patients import board_of, patient_like, planned
from liverboard.anatomy import examine
from liverboard.board.convene import BoardOptions, convene
from liverboard.case import case_from_record
from liverboard.patient import patient_of
from liverboard.systemic.reader import page_of, pages
from liverboard.treatments.chemotherapy import TREATMENT
from liverboard.treatments.exhibit import Table
from liverboard.treatments.protocol import NoPlan, Plan, silent
from liverboard.values import Estimate, Unknown

IDS = [
    "fluorouracil-lv-palliative",
    "fluorouracil-lv-adjuvant",
    "capecitabine-palliative",
    "capecitabine-adjuvant",
    "mfolfox6-perioperative",
    "mfolfox6-conversion",
    "mfolfox6-palliative",
    "mfolfox6-adjuvant",
    "capox-perioperative",
    "capox-conversion",
    "capox-palliative",
    "capox-adjuvant",
    "folfiri-conversion",
    "folfiri-palliative",
    "folfoxiri-conversion",
    "folfoxiri-palliative",
    "trifluridine-tipiracil-palliative",
    "trifluridine-tipiracil-bevacizumab-palliative",
    "regorafenib-palliative",
    "fruquintinib-palliative",
]


def test_the_options_of_colorectal_metastases_keep_their_ids():
    assert [one.id for one in TREATMENT.propose(patient_like())] == IDS


def test_nothing_but_the_primary_decides_what_is_proposed():
    other = patient_like(molecular={"msi": "high"}, fitness={"ecog": 3})
    assert [one.id for one in TREATMENT.propose(other)] == IDS


def test_without_a_primary_one_undecided_option_stands_for_all():
    case = case_from_record({"schema": "liverboard/case/1", "id": "bare"})
    patient = patient_of(case, examine(case))
    [proposal] = TREATMENT.propose(patient)
    assert proposal.id == "undecided"
    refused = TREATMENT.plan(proposal, patient, silent)
    assert isinstance(refused, NoPlan)
    assert refused.missing == ("primary_site",)
    [option] = convene(case, options=BoardOptions(only=("chemotherapy",))).options
    assert option.judgement.status == "needs data"
    assert "primary_site" in dict(option.judgement.unknown)


def test_a_primary_of_which_nothing_is_kept_is_outside_the_evidence():
    [option] = board_of(primary={"site": "other", "side": "unknown"}).options
    assert option.judgement.status == "outside the evidence"


def test_six_cycles_before_and_after_an_operation_with_four_weeks_between():
    plan = planned("mfolfox6-perioperative")
    steps = {step.id: step for step in plan.steps}
    assert list(steps) == ["before", "restaging", "operation", "after"]
    # the sixth cycle starts on day 71, and its last dose is given that day
    assert steps["before"].duration_days.value == 71
    assert steps["operation"].min_gap_days.value == 28
    assert (steps["operation"].min_gap_days.low, steps["operation"].min_gap_days.high) == (14, 35)
    assert steps["after"].min_gap_days.value == 42
    assert plan.burden.sessions.value == 12
    assert plan.metrics["cycles_planned"].value == 12
    # one visit in two weeks: four in eight weeks
    assert plan.metrics["visits_in_8_weeks"].value == 4


def test_tablets_count_until_their_last_day():
    steps = {step.id: step for step in planned("capox-perioperative").steps}
    # four cycles of 21 days, tablets to day 14 of the fourth: 3 * 21 + 14
    assert steps["before"].duration_days.value == 77


def test_a_course_until_progression_has_no_number_of_visits():
    plan = planned("folfiri-palliative")
    assert isinstance(plan.burden.sessions, Unknown)
    assert [step.id for step in plan.steps] == ["cycles", "restaging"]
    assert planned("regorafenib-palliative").metrics["visits_in_8_weeks"].value == 0


def test_the_expectation_is_that_of_the_patients_population():
    plan = planned("mfolfox6-palliative")
    assert plan.metrics["response_percent"].value == 54
    assert plan.metrics["response_percent"].mark == "unverified"
    later = patient_like(history={"systemic": [{"drugs": ["fluorouracil", "irinotecan"]}]})
    assert isinstance(planned("mfolfox6-palliative", later).metrics["response_percent"], Unknown)
    after = planned(
        "mfolfox6-adjuvant",
        patient_like(history={"systemic": [], "liver": [{"kind": "resection"}]}),
    )
    assert after.metrics["survival_5y_percent"].value == 73.4
    assert isinstance(after.metrics["response_percent"], Unknown)


def test_the_card_shows_body_rule_and_rounding():
    plan = planned("mfolfox6-palliative", patient_like(molecular={"dpyd_activity_score": 1}))
    card, rules = (one for one in plan.exhibits[:2] if isinstance(one, Table))
    rows = {(row[0], row[9]): row for row in card.rows}
    infusion = rows["Fluorouracil (5-FU)", "intravenous, infusion over 46 h"]
    # sqrt(180 * 80 / 3600) = 2 m2; 2400 * 2 = 4800 mg, half of it 2400 mg
    assert infusion[1:4] == ("2400 mg/m2", "2 m2", "4800 mg")
    assert "dpyd-half" in infusion[4]
    assert infusion[5] == "2400 mg"
    oxaliplatin = rows["Oxaliplatin", "intravenous, infusion over 2 h"]
    assert oxaliplatin[5] == "170 mg"
    assert ("dpyd-half", "met") in {row[:2] for row in rules.rows}
    [line] = [line for line in plan.details["doses"] if line["published"] == "2400 mg/m2"]
    assert line["given_high"] == 2400
    assert "fluoropyrimidine-heart" in line["rules_open"]


def test_two_reductions_at_once_are_told():
    both = patient_like(
        molecular={"dpyd_activity_score": 1},
        laboratory={"creatinine": {"value": 200, "unit": "umol/L"}},
    )
    # (140 - 58) * 80 / (72 * 200 / 88.402) = 40.3 mL/min
    assert any(
        "dpyd and kidney multiplied" in one for one in planned("capox-palliative", both).cautions
    )


def test_cycles_given_so_far_count_against_the_limit_before_an_operation():
    history = {"systemic": [{"drugs": ["fluorouracil", "oxaliplatin"], "cycles": 4}]}
    told = planned("mfolfox6-conversion", patient_like(history=history)).cautions
    assert any(one.startswith("8 cycles before the operation, more than 6") for one in told)
    history["systemic"][0]["cycles"] = 6
    told = planned("mfolfox6-conversion", patient_like(history=history)).cautions
    assert any(one.startswith("10 cycles before the operation: from 9") for one in told)
    assert not any("cycles before" in one for one in planned("mfolfox6-conversion").cautions)


def test_height_or_weight_missing_is_told_in_the_card():
    plan = planned("mfolfox6-palliative", patient_like(patient={"weight": "unknown"}))
    card = plan.exhibits[0]
    assert all("?" in row[5] for row in card.rows)
    assert all(line["given_high"] is None for line in plan.details["doses"])


STATUS = {
    "DPYD not tested": (
        "mfolfox6-palliative",
        {"molecular": {"dpyd_activity_score": "unknown"}},
        "needs data",
    ),
    "no DPD": ("mfolfox6-palliative", {"molecular": {"dpyd_activity_score": 0}}, "contraindicated"),
    "poor DPD": (
        "mfolfox6-palliative",
        {"molecular": {"dpyd_activity_score": 0.5}},
        "not eligible",
    ),
    "kidney failure": (
        "capecitabine-palliative",
        {"laboratory": {"creatinine": {"value": 400, "unit": "umol/L"}}},
        "contraindicated",
    ),
    "creatinine unknown": (
        "capecitabine-palliative",
        {"laboratory": {"creatinine": "unknown"}},
        "needs data",
    ),
    "creatinine unknown, no tablets": (
        "fluorouracil-lv-palliative",
        {"laboratory": {"creatinine": "unknown"}},
        "eligible with cautions",
    ),
    "jaundice": (
        "folfiri-palliative",
        {"laboratory": {"bilirubin": {"value": 50, "unit": "umol/L"}}},
        "not eligible",
    ),
    "bilirubin unknown": (
        "folfiri-palliative",
        {"laboratory": {"bilirubin": "unknown"}},
        "needs data",
    ),
    "ECOG 2 and a triplet": ("folfoxiri-palliative", {"fitness": {"ecog": 2}}, "not eligible"),
    "ECOG 2 and a doublet": (
        "folfiri-palliative",
        {"fitness": {"ecog": 2}},
        "eligible with cautions",
    ),
    "ECOG 3": ("capecitabine-palliative", {"fitness": {"ecog": 3}}, "not eligible"),
    "neuropathy": ("capox-palliative", {"other": {"neuropathy_grade": 3}}, "contraindicated"),
    "heart harmed before": (
        "capox-palliative",
        {"other": {"fluoropyrimidine_cardiotoxicity": True}},
        "contraindicated",
    ),
    "late line too early": ("regorafenib-palliative", {}, "not eligible"),
}


@pytest.mark.parametrize(("name", "changes", "status"), STATUS.values(), ids=STATUS)
def test_gates_of_chemotherapy(name, changes, status):
    board = board_of(**changes)
    assert board.option(f"chemotherapy/{name}").judgement.status == status


def test_every_primary_has_options_that_can_be_planned_without_images():
    for name in pages():
        if name == "agnostic":
            continue
        patient = patient_like(primary={"site": name, "side": "unknown"})
        proposals = TREATMENT.propose(patient)
        assert proposals, name
        for proposal in proposals:
            plan = TREATMENT.plan(proposal, patient, silent)
            assert isinstance(plan, Plan), proposal.id
            assert plan.details["liver_directed"]["accepted"] in ("yes", "selected", "no")
            assert plan.details["standard"] == page_of(name).standard
            assert plan.exhibits[0].title.startswith("Dose card")


@pytest.mark.parametrize(
    ("site", "option", "fact"),
    [
        ("breast", "ribociclib-letrozole", "hormone_receptor"),
        ("nsclc", "osimertinib", "lung_driver"),
        ("gastro_oesophageal", "mfolfox6-trastuzumab", "her2"),
        ("neuroendocrine", "lutetium-dotatate", "sstr_positive"),
        ("gist", "imatinib", "gist_mutation"),
        ("uveal_melanoma", "tebentafusp", "hla_a0201"),
        ("kidney", "nivolumab-ipilimumab-kidney", "imdc_risk"),
    ],
)
def test_an_unknown_marker_is_tested_first_and_never_refused(site, option, fact):
    board = board_of(primary={"site": site, "side": "unknown"})
    judged = board.option(f"chemotherapy/{option}-palliative").judgement
    assert judged.status == "needs data"
    assert fact in dict(judged.unknown)


def test_uveal_melanoma_says_that_the_liver_itself_is_treated():
    patient = patient_like(primary={"site": "uveal_melanoma", "side": "unknown"})
    plan = planned("tebentafusp-palliative", patient)
    assert plan.details["liver_directed"]["accepted"] == "yes"
    assert isinstance(plan.metrics["survival_months"], Unknown)
    positive = patient_like(
        primary={"site": "uveal_melanoma", "side": "unknown"}, other={"hla_a0201": True}
    )
    found = planned("tebentafusp-palliative", positive).metrics["survival_months"]
    assert isinstance(found, Estimate)
    assert (found.value, found.mark) == (21.7, "unverified")


def test_the_rooms_of_drugs_load_no_heavy_library():
    code = (
        "import sys; from liverboard.systemic import card, reader; reader.page_of('colorectal'); "
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"scipy", "numba", "SimpleITK", "skimage", "matplotlib"} & set(done.stdout.split())
