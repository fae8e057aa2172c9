"""Formulas against worked examples, right and wrong ones, and their ranges of validity."""

from importlib import import_module
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from liverboard.errors import RequestError
from liverboard.evidence.calculators.body import bsa_dubois, bsa_mosteller
from liverboard.evidence.calculators.formula import formula, formulas, nearest
from liverboard.evidence.calculators.liver_function import albi_grade, meld_3
from liverboard.evidence.calculators.recist import recist_response, recist_sum, target_lesions
from liverboard.evidence.loader import load_evidence
from liverboard.values import Reason, Unknown

VECTORS = yaml.safe_load((Path(__file__).parent / "calculator_vectors.yaml").read_text("utf-8"))


def run(vector):
    module, name = vector["function"].split(".")
    function = getattr(import_module(f"liverboard.evidence.calculators.{module}"), name)
    return function(*vector["given"], **vector.get("more", {}))


@pytest.mark.parametrize("vector", VECTORS["right"], ids=lambda vector: vector["name"])
def test_a_worked_example_comes_out(vector):
    assert run(vector) == pytest.approx(vector["expect"], abs=vector["within"], rel=0)


@pytest.mark.parametrize("vector", VECTORS["wrong"], ids=lambda vector: vector["name"])
def test_a_published_example_that_is_wrong_does_not(vector):
    assert abs(run(vector) - vector["published"]) > 0.2


OUTSIDE = [
    ("body.bsa_mosteller", [99, 75], {}),
    ("body.bsa_dubois", [-1, 75], {}),
    ("body.body_mass_index", [175, 400], {}),
    ("liver_volume.total_liver_volume_vauthey", [0.6], {}),
    ("liver_volume.total_liver_volume_urata", [3.1], {}),
    ("liver_volume.remnant_of_estimated_volume", [-1, 1500], {}),
    ("liver_volume.remnant_of_measured_volume", [300, 500], {"tumour_ml": 490}),
    ("liver_volume.remnant_of_body_weight", [300, 0], {}),
    ("liver_volume.degree_of_hypertrophy", [-1, 3], {}),
    ("liver_volume.kinetic_growth_rate", [8, 0.5], {}),
    ("liver_function.albi_score", [0, 35], {}),
    ("liver_function.meld", [20, 0], {"creatinine_umol_per_l": 80}),
    ("liver_function.meld_na", [5, 130], {}),
    ("fibrosis.apri", [50, 0], {"ast_upper_limit": 40}),
    ("fibrosis.fib4", [12, 25], {"alt_u_per_l": 25, "platelets": 250}),
    ("renal.creatinine_clearance", [70, 75], {"creatinine_umol_per_l": 0, "is_female": True}),
    ("burden.tumour_burden_score", [30, 0], {}),
    ("recist.recist_response", [5, 5], {"now_mm": 5}),
    ("course.shrinkage_percent", [5, 5], {}),
    ("course.early_shrinkage", [5, 5], {}),
    ("course.doubling_days", [10, 9], {"days": 30}),
    ("body.bsa_mosteller", [float("nan"), 75], {}),
]


@pytest.mark.parametrize(("function", "inputs", "more"), OUTSIDE)
def test_outside_its_range_a_formula_says_so(function, inputs, more):
    result = run({"function": function, "given": inputs, "more": more})
    assert isinstance(result, Unknown)
    assert result.reason is Reason.OUT_OF_RANGE
    assert result.detail


@pytest.mark.parametrize(
    ("score", "grade"), [(-2.61, 1), (-2.60, 1), (-2.59, 2), (-1.39, 2), (-1.38, 3)]
)
def test_albi_grades_include_their_upper_limit(score, grade):
    assert albi_grade(score) == grade


@given(st.floats(150, 200), st.floats(18, 32))
def test_both_surface_areas_agree_within_a_twentieth_in_ordinary_adults(height, mass_index):
    weight = mass_index * (height / 100) ** 2
    assert bsa_mosteller(height, weight) == pytest.approx(bsa_dubois(height, weight), rel=0.06)


@given(
    st.floats(5, 900),
    st.floats(0.8, 10),
    st.floats(30, 900),
    st.floats(110, 160),
    st.floats(12, 55),
    st.booleans(),
)
def test_meld_3_is_whole_and_within_6_to_40(bilirubin, inr, creatinine, sodium, albumin, is_female):
    points = meld_3(
        bilirubin,
        inr,
        creatinine_umol_per_l=creatinine,
        sodium_mmol_per_l=sodium,
        albumin_g_per_l=albumin,
        is_female=is_female,
    )
    assert 6 <= points <= 40
    assert points == int(points)


def test_halves_are_rounded_upwards():
    assert [nearest(value) for value in (20.5, 21.5, 20.49, -0.5)] == [21, 22, 20, 0]


def test_at_most_two_lesions_of_the_liver_are_targets():
    assert target_lesions([12, 40, 9.9, 10, 31]) == (40, 31)
    assert recist_sum([12, 40, 31]) == 71
    assert recist_sum([9.9]) == Unknown(Reason.OUT_OF_RANGE, "RECIST: no lesion of 10 mm or more")


@pytest.mark.parametrize(
    ("baseline", "nadir", "now", "new", "expected"),
    [
        (100, 100, 70, False, "partial"),
        (100, 100, 70.1, False, "stable"),
        (43, 43, 30.1, False, "partial"),
        (100, 50, 60, False, "progression"),
        (100, 50, 59.9, False, "partial"),
        (100, 20, 24, False, "partial"),
        (100, 20, 25, False, "progression"),
        (100, 100, 119.9, False, "stable"),
        (100, 100, 120, False, "progression"),
        (100, 100, 0, False, "complete"),
        (100, 100, 0, True, "progression"),
    ],
)
def test_response_by_target_lesions(baseline, nadir, now, new, expected):
    assert recist_response(baseline, nadir, now_mm=now, has_new_lesion=new) == expected


def test_every_formula_has_known_sources_and_says_what_it_leaves_out():
    sources = load_evidence().sources
    for spec in formulas().values():
        assert spec.not_modelled
        for citation in spec.citations:
            assert citation.ref in sources
            assert citation.checked


def test_an_unknown_formula_is_a_request_error():
    with pytest.raises(RequestError, match="no calculator is called"):
        formula("astrology")
