"""Prognostic scores: their vectors, their traps, and what they say while facts are missing."""

import pytest

from liverboard.errors import RequestError
from liverboard.evidence.derive import derive
from liverboard.evidence.loader import load_evidence
from liverboard.evidence.rule_test import sheet_of
from liverboard.evidence.score import score, score_of, scores
from liverboard.values import Mark, Reason, Unknown

LOW = {
    "primary_site": "colorectal",
    "age": 50,
    "primary_t": "T3",
    "primary_n": "N0",
    "disease_free_interval": 30,
    "lesion_count": 1,
    "largest_lesion": 20,
    "cea": 5,
    "ca19_9": 10,
    "ras": "wild_type",
    "braf_v600e": False,
    "extrahepatic_disease": "none",
    "response": "partial",
    "months_since_primary_resection": 24,
    "dyspnoea": False,
    "anorexia": False,
    "karnofsky": 90,
    "predicted_weeks": 52,
    "leucocytes": 6,
    "lymphocyte_percent": 30,
    "pps": 90,
    "oral_intake": "normal",
    "oedema": False,
    "dyspnoea_at_rest": False,
    "delirium": False,
}


def points(name, **given):
    result = score_of(name, derive(sheet_of({**LOW, **given})))
    return result if isinstance(result, Unknown) else result.total


@pytest.mark.parametrize(
    "name", [name for name, spec in scores().items() if spec.items and name != "child_pugh"]
)
def test_the_best_patient_has_no_points(name):
    assert points(name) == 0


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("fong_score", {"primary_n": "N1"}, 1),
        ("fong_score", {"disease_free_interval": 11.9}, 1),
        ("fong_score", {"disease_free_interval": 12}, 0),
        ("fong_score", {"lesion_count": 2}, 1),
        ("fong_score", {"cea": 200}, 0),
        ("fong_score", {"cea": 200.1}, 1),
        ("fong_score", {"largest_lesion": 50}, 0),
        ("fong_score", {"largest_lesion": 50.1}, 1),
        (
            "fong_score",
            {
                "primary_n": "N2",
                "disease_free_interval": 0,
                "lesion_count": 9,
                "cea": 900,
                "largest_lesion": 90,
            },
            5,
        ),
        ("konopke_score", {"cea": 199.9}, 0),
        ("konopke_score", {"cea": 200}, 1),
        ("konopke_score", {"lesion_count": 3}, 0),
        ("konopke_score", {"lesion_count": 4}, 1),
        ("konopke_score", {"disease_free_interval": 0}, 1),
        ("konopke_score", {"disease_free_interval": 1}, 0),
        ("game_score", {"cea": 19.9}, 0),
        ("game_score", {"cea": 20}, 1),
        ("game_score", {"lesion_count": 3, "largest_lesion": 1}, 1),
        ("game_score", {"lesion_count": 9, "largest_lesion": 1}, 2),
        ("game_score", {"extrahepatic_disease": "resectable"}, 2),
        ("game_score", {"ras": "mutated", "kras": "mutated"}, 1),
        ("game_score", {"ras": "mutated", "kras": "wild_type"}, 0),
        ("mcs_score", {"ras": "mutated"}, 1),
        ("mcs_score", {"largest_lesion": 50}, 0),
        ("mcs_score", {"largest_lesion": 51, "primary_n": "N1", "ras": "mutated"}, 3),
        ("nordlinger_score", {"age": 59}, 0),
        ("nordlinger_score", {"age": 60}, 1),
        ("nordlinger_score", {"primary_t": "T4a"}, 1),
        ("nordlinger_score", {"disease_free_interval": 23}, 1),
        ("nordlinger_score", {"disease_free_interval": 24}, 0),
        ("nordlinger_score", {"lesion_count": 4}, 1),
        ("nordlinger_score", {"largest_lesion": 49.9}, 0),
        ("nordlinger_score", {"largest_lesion": 50}, 1),
        ("cerr_score", {"braf_v600e": True}, 1),
        ("cerr_score", {"ca19_9": 201}, 1),
        ("cerr_score", {"cea": 200}, 0),
        ("cerr_score", {"lesion_count": 4}, 0),
        ("cerr_score", {"lesion_count": 5}, 1),
        ("cerr_score", {"lesion_count": 9}, 2),
    ],
)
def test_items_and_their_limits(name, given, expected):
    assert points(name, **given) == expected


NORMAL = {"bilirubin": 17, "albumin": 40, "inr": 1.0, "ascites": "none", "encephalopathy": "none"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, 5),
        ({"bilirubin": 34.2}, 5),
        ({"bilirubin": 34.208}, 6),
        ({"bilirubin": 51.312}, 6),
        ({"bilirubin": 51.4}, 7),
        ({"albumin": 35.1}, 5),
        ({"albumin": 35}, 6),
        ({"albumin": 28}, 6),
        ({"albumin": 27.9}, 7),
        ({"inr": 1.69}, 5),
        ({"inr": 1.7}, 6),
        ({"inr": 2.3}, 6),
        ({"inr": 2.31}, 7),
        ({"ascites": "mild"}, 6),
        ({"ascites": "severe"}, 7),
        ({"encephalopathy": "severe"}, 7),
        (
            {
                "bilirubin": 60,
                "albumin": 20,
                "inr": 3,
                "ascites": "severe",
                "encephalopathy": "severe",
            },
            15,
        ),
    ],
)
def test_child_pugh_and_its_limits(given, expected):
    assert score_of("child_pugh", sheet_of({**NORMAL, **given})).total == expected


def test_a_published_child_pugh_example_that_is_wrong_does_not_come_out():
    """A page of answers gives 30 umol/L two points and INR 1.9 three, and adds up to 11."""
    given = {
        "bilirubin": 30,
        "albumin": 30,
        "inr": 1.9,
        "ascites": "severe",
        "encephalopathy": "mild",
    }
    assert score_of("child_pugh", sheet_of(given)).total == 10


def test_a_score_with_open_items_shows_its_bounds_and_what_is_missing():
    given = {key: value for key, value in LOW.items() if key not in ("cea", "primary_n")}
    result = score_of("fong_score", derive(sheet_of({**given, "lesion_count": 3})))
    assert (result.low, result.high) == (1, 3)
    assert result.missing == ("primary_n", "cea")
    assert result.total == Unknown(
        Reason.NOT_RECORDED, "between 1 and 3: N category of the primary, CEA not known"
    )


def test_an_interval_across_a_limit_leaves_a_score_open_without_a_missing_fact():
    given = {**LOW, "largest_lesion": {"value": 50, "low": 48, "high": 52}}
    result = score_of("fong_score", derive(sheet_of(given)))
    assert result.total == Unknown(Reason.INDETERMINATE, "between 0 and 1")


def test_a_graded_item_keeps_the_points_it_may_still_have():
    given = {key: value for key, value in LOW.items() if key != "lesion_count"}
    result = score_of("game_score", derive(sheet_of({**given, "largest_lesion": 95})))
    burden = next(item for item in result.items if item.name == "Tumour burden score")
    assert (burden.low, burden.high) == (0, 2)


def test_scores_for_colorectal_metastases_say_nothing_of_others():
    assert points("fong_score", primary_site="breast").reason is Reason.OUT_OF_RANGE
    given = {key: value for key, value in LOW.items() if key != "primary_site"}
    assert score_of("fong_score", sheet_of(given)) == Unknown(
        Reason.NOT_RECORDED, "Primary tumour not known"
    )


def test_every_score_belongs_to_exactly_one_group():
    for spec in scores().values():
        tops = sum(max(points for points, _, _ in item.levels) for item in spec.items)
        is_whole = all(float(p).is_integer() for i in spec.items for p, _, _ in i.levels)
        step = 1 if is_whole else 0.5
        totals = [step * number for number in range(int(tops / step) + 1)]
        for total in totals if spec.items else [0, 2.99, 3, 8.99, 9, 40]:
            low = 5 if spec.name == "child_pugh" else 0
            if total >= low:
                assert sum(group.holds(total) for group in spec.groups) == 1, (spec.name, total)


def test_a_group_can_be_known_before_the_score_is():
    fong = score("fong_score")
    assert fong.group_of(3, 5).label == "high risk"
    assert isinstance(fong.group_of(2, 3), Unknown)


def test_outcomes_carry_their_marks():
    figures = {one.what: one.figure for one in score("fong_score").outcomes_of(4)}
    assert figures["5-year overall survival"].value == 25
    assert figures["5-year overall survival"].mark is Mark.UNVERIFIED
    assert figures["relapse within one year"].mark is Mark.VERIFIED
    assert score("konopke_score").outcomes_of(0)[0].figure.value == 94


def test_survival_at_four_points_of_fong_stays_above_that_at_three():
    by_points = [
        next(
            one.figure.value
            for one in score("fong_score").outcomes_of(n)
            if one.what.startswith("5-year overall survival") and "all 1001" not in one.what
        )
        for n in range(6)
    ]
    assert by_points == [60, 44, 40, 20, 25, 14]


def test_all_sources_of_scores_are_known_and_none_is_oversold():
    sources = load_evidence().sources
    ranks = list(Mark)
    for spec in scores().values():
        cited = [*spec.citations, *(one for outcome in spec.outcomes for one in outcome.citations)]
        for citation in cited:
            assert ranks.index(citation.mark) >= ranks.index(sources[citation.ref].mark), citation


def test_an_unknown_score_is_a_request_error():
    with pytest.raises(RequestError, match="no score is called"):
        score("basingstoke_score")
