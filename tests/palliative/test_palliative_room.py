"""Palliative care: for everyone, exact points, doses by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liverboard.anatomy import examine
from liverboard.case import case_from_record
from liverboard.evidence.derive import derive
from liverboard.evidence.judge import judge
from liverboard.evidence.judgement import Status
from liverboard.evidence.loader import load_evidence
from liverboard.evidence.rule_test import sheet_of
from liverboard.evidence.score import score_of
from liverboard.patient import patient_of
from liverboard.treatments.palliative import TREATMENT
from liverboard.treatments.palliative.kernels import albumin_grams
from liverboard.treatments.palliative.options import offers
from liverboard.treatments.protocol import silent
from liverboard.values import Mark, Unknown

WELL = {
    "dyspnoea": False,
    "anorexia": False,
    "karnofsky": 90,
    "predicted_weeks": 52,
    "leucocytes": 6,
    "lymphocyte_percent": 30,
}

# changes, points by hand from the published table, group
PAP_BY_HAND = [
    ({}, 0, "group A"),
    ({"dyspnoea": True}, 1, "group A"),
    ({"anorexia": True}, 1.5, "group A"),
    ({"karnofsky": 30}, 0, "group A"),
    ({"karnofsky": 20}, 2.5, "group A"),
    ({"predicted_weeks": 13}, 0, "group A"),
    ({"predicted_weeks": 12}, 2, "group A"),
    ({"predicted_weeks": 11}, 2, "group A"),
    ({"predicted_weeks": 10}, 2.5, "group A"),
    ({"predicted_weeks": 7}, 2.5, "group A"),
    ({"predicted_weeks": 6}, 4.5, "group A"),
    ({"predicted_weeks": 5}, 4.5, "group A"),
    ({"predicted_weeks": 4}, 6, "group B"),
    ({"predicted_weeks": 3}, 6, "group B"),
    ({"predicted_weeks": 2}, 8.5, "group B"),
    ({"leucocytes": 8.5}, 0, "group A"),
    ({"leucocytes": 8.6}, 0.5, "group A"),
    ({"leucocytes": 11}, 0.5, "group A"),
    ({"leucocytes": 11.1}, 1.5, "group A"),
    ({"lymphocyte_percent": 20}, 0, "group A"),
    ({"lymphocyte_percent": 19.9}, 1, "group A"),
    ({"lymphocyte_percent": 12}, 1, "group A"),
    ({"lymphocyte_percent": 11.9}, 2.5, "group A"),
    ({"predicted_weeks": 6, "dyspnoea": True}, 5.5, "group A"),
    ({"predicted_weeks": 2, "karnofsky": 20}, 11, "group B"),
    ({"predicted_weeks": 2, "karnofsky": 20, "leucocytes": 9}, 11.5, "group C"),
    (
        {
            "dyspnoea": True,
            "anorexia": True,
            "karnofsky": 10,
            "predicted_weeks": 1,
            "leucocytes": 20,
            "lymphocyte_percent": 5,
        },
        17.5,
        "group C",
    ),
]


@pytest.mark.parametrize(("changes", "points", "group"), PAP_BY_HAND)
def test_pap_points_by_hand(changes, points, group):
    result = score_of("pap_score", derive(sheet_of({**WELL, **changes})))
    assert result.total == points
    assert result.score.group_of(result.low, result.high).label == group


@pytest.mark.parametrize(
    ("points", "percent", "days"), [(5.5, 86.6, 76), (11, 51.6, 32), (11.5, 16.9, 14)]
)
def test_published_survival_by_group(points, percent, days):
    spec = score_of("pap_score", derive(sheet_of(WELL))).score
    figures = {one.figure.unit: one.figure.value for one in spec.outcomes_of(points)}
    assert figures == {"percent": percent, "day": days}


@pytest.mark.parametrize(
    ("changes", "points"),
    [
        ({}, 0),
        ({"pps": 50}, 2.5),
        ({"pps": 20}, 4),
        ({"oral_intake": "reduced"}, 1),
        ({"oral_intake": "severely_reduced", "oedema": True}, 3.5),
        ({"dyspnoea_at_rest": True, "delirium": True}, 7.5),
        (
            {
                "pps": 10,
                "oral_intake": "severely_reduced",
                "oedema": True,
                "dyspnoea_at_rest": True,
                "delirium": True,
            },
            15,
        ),
    ],
)
def test_ppi_points_by_hand(changes, points):
    well = {
        "pps": 90,
        "oral_intake": "normal",
        "oedema": False,
        "dyspnoea_at_rest": False,
        "delirium": False,
    }
    assert score_of("ppi_score", derive(sheet_of({**well, **changes}))).total == points


@pytest.mark.parametrize(("litres", "grams"), [(0, 0), (5, 0), (5.1, 40.8), (7, 56), (10, 80)])
def test_albumin_is_eight_grams_a_litre_above_five(litres, grams):
    assert albumin_grams(litres, 8.0, above_l=5.0) == pytest.approx(grams)


@given(st.floats(0, 30), st.floats(0, 30))
def test_more_ascites_never_asks_for_less_albumin(one, other):
    low, high = sorted((one, other))
    assert albumin_grams(low, 8.0, above_l=5.0) <= albumin_grams(high, 8.0, above_l=5.0)


def test_a_negative_volume_is_refused():
    with pytest.raises(ValueError, match="negative"):
        albumin_grams(-1.0, 8.0, above_l=5.0)


def patient_with(**other):
    record = {"schema": "liverboard/case/1", "id": "x", "other": other}
    case = case_from_record(record)
    return patient_of(case, examine(case))


def plan_of(name, **other):
    patient = patient_with(**other)
    [proposal] = [one for one in TREATMENT.propose(patient) if one.id == name]
    return TREATMENT.plan(proposal, patient, silent)


def test_everyone_is_offered_everything():
    assert [one.id for one in TREATMENT.propose(patient_with())] == list(offers())


def test_seven_litres_ask_for_56_grams_and_show_the_range_of_guidelines():
    albumin = plan_of("ascites", paracentesis_volume={"value": 7, "unit": "L"}).metrics["albumin_g"]
    assert (albumin.low, albumin.value, albumin.high) == (42, 56, 56)
    assert "bsg-2020" in albumin.sources


def test_an_unknown_volume_gives_no_dose():
    assert isinstance(plan_of("ascites").metrics["albumin_g"], Unknown)


def test_one_fraction_is_8_gy():
    plan = plan_of("single-fraction")
    assert plan.metrics["liver_dose_gy"].value == 8
    assert plan.metrics["pain_response_percent"].value == 67


def test_advice_that_was_not_read_shows_its_mark():
    drugs = next(one for one in plan_of("capsule-pain").exhibits if one.title.startswith("Drugs"))
    assert "unverified" in drugs.note
    marks = {row[2] for row in plan_of("biliary").exhibits[0].rows}
    assert marks == {"unverified"}


def test_every_advice_has_a_known_source_no_surer_than_it():
    sources = load_evidence().sources
    order = [Mark.VERIFIED, Mark.SECONDARY, Mark.UNVERIFIED]
    for offer in offers().values():
        for advice in offer.advice:
            assert order.index(advice.mark) >= order.index(sources[advice.source].mark)


def test_referral_stands_for_somebody_of_whom_nothing_is_known():
    judged = judge(
        load_evidence().criteria("palliative"), derive(sheet_of({})), {"palliative", "referral"}
    )
    assert judged.status is Status.ELIGIBLE
