"""Oslo and Fong points counted by hand from the published tables (wjt-2025 table 1, fong-1999)."""

import pytest

from liverboard.evidence.derive import derive
from liverboard.evidence.rule_test import sheet_of
from liverboard.evidence.score import score_of
from liverboard.values import Unknown

PATIENT = {
    "primary_site": "colorectal",
    "primary_n": "N0",
    "disease_free_interval": 18,
    "lesion_count": 1,
    "largest_lesion": 30,
    "cea": 10,
    "response": "partial",
    "months_since_primary_resection": 30,
}

# changes, Oslo points, Fong points: each point is one row of the tables
BY_HAND = [
    ({}, 0, 0),
    ({"largest_lesion": 55}, 0, 1),  # 5.5 cm is not above 5.5 cm, but above 5 cm
    ({"largest_lesion": 55.1}, 1, 1),
    ({"largest_lesion": 50}, 0, 0),
    ({"cea": 80}, 0, 0),
    ({"cea": 81}, 1, 0),
    ({"cea": 201}, 1, 1),
    ({"response": "progression"}, 1, 0),
    ({"months_since_primary_resection": 23.9}, 1, 0),
    ({"months_since_primary_resection": 24}, 0, 0),
    ({"primary_n": "N1", "lesion_count": 14, "disease_free_interval": 0}, 0, 3),
    (
        {
            "primary_n": "N2",
            "lesion_count": 9,
            "disease_free_interval": 3,
            "largest_lesion": 80,
            "cea": 400,
            "response": "progression",
            "months_since_primary_resection": 10,
        },
        4,
        5,
    ),
]


@pytest.mark.parametrize(("changes", "oslo", "fong"), BY_HAND)
def test_points_counted_by_hand(changes, oslo, fong):
    sheet = derive(sheet_of({**PATIENT, **changes}))
    assert score_of("oslo_score", sheet).total == oslo
    assert score_of("fong_score", sheet).total == fong


def test_a_missing_fact_gives_bounds_and_its_name():
    given = {name: value for name, value in PATIENT.items() if name != "cea"}
    result = score_of("oslo_score", derive(sheet_of(given)))
    assert (result.low, result.high) == (0, 1)
    assert result.missing == ("cea",)
    assert isinstance(result.total, Unknown)


def test_the_scores_do_not_speak_of_other_primaries():
    result = score_of("oslo_score", derive(sheet_of({**PATIENT, "primary_site": "neuroendocrine"})))
    assert isinstance(result, Unknown)


@pytest.mark.parametrize(("points", "figures"), [(0, [67, 65, 77]), (2, [67, 65]), (3, [8.3])])
def test_published_survival_goes_with_the_points(points, figures):
    spec = score_of("oslo_score", derive(sheet_of(PATIENT))).score
    assert [one.figure.value for one in spec.outcomes_of(points)] == figures
