"""What follows from a fact sheet, and what it says when something is missing."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liverboard.evidence.derivation import DERIVATIONS
from liverboard.evidence.derive import (
    derive,
    derived_facts,
    inputs_of,
    missing_inputs,
    raw_inputs_of,
)
from liverboard.evidence.fact import FactKind, FactSheet, Known, fact_registry, spec_of
from liverboard.evidence.implication import implications
from liverboard.evidence.rule_test import sheet_of
from liverboard.values import Reason, Unknown


def derived(**given):
    return derive(sheet_of(given))


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ({"fibrosis": "F4"}, "cirrhosis", True),
        ({"fibrosis": "F3"}, "cirrhosis", False),
        ({"cirrhosis": True}, "fibrosis", "F4"),
        ({"varices": True}, "portal_hypertension", True),
        ({"synchronous": True}, "disease_free_interval", 0),
        ({"disease_free_interval": 0}, "synchronous", True),
        ({"disease_free_interval": 7}, "synchronous", False),
        ({"kras_g12c": True}, "ras", "mutated"),
        ({"kras": "mutated"}, "ras", "mutated"),
        ({"ras": "wild_type"}, "kras", "wild_type"),
        ({"systemic_lines": 0}, "systemic_months", 0),
        ({"systemic_lines": 0}, "had_bevacizumab", False),
        ({"extrahepatic_disease": "none"}, "node_metastases", "none"),
    ],
)
def test_what_words_mean_is_known(given, name, value):
    assert derived(**given).get(name).value == value


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"cirrhosis": False}, "fibrosis"),
        ({"ras": "mutated"}, "kras"),
        ({"varices": False}, "portal_hypertension"),
        ({"systemic_lines": 2}, "had_bevacizumab"),
        ({"synchronous": False}, "disease_free_interval"),
        ({"extrahepatic_disease": "resectable"}, "lung_metastases"),
    ],
)
def test_what_words_do_not_mean_stays_unknown(given, name):
    assert isinstance(derived(**given).get(name), Unknown)


def test_what_is_recorded_is_never_overwritten():
    sheet = derived(fibrosis="F1", cirrhosis=True, bsa=1.5, height=175, weight=75)
    assert sheet.get("cirrhosis") == Known(True, "test")
    assert sheet.get("bsa") == Known(1.5, "test")


def test_a_calculated_fact_names_its_calculator_and_the_oldest_date():
    sheet = derive(
        FactSheet(
            {
                "height": Known(175, "record", dt.date(2020, 1, 1)),
                "weight": Known(75, "record", dt.date(2026, 11, 1)),
            }
        )
    )
    fact = sheet.get("bsa")
    assert fact.value == pytest.approx(1.9094, abs=1e-4)
    assert (fact.origin, fact.date) == ("calculator: bsa-mosteller", dt.date(2020, 1, 1))


def test_one_calculator_uses_the_result_of_another():
    assert derived(height=175, weight=75).get("estimated_liver_volume").value == pytest.approx(
        1625, abs=1
    )


def test_a_missing_input_is_named():
    assert derived(weight=75).get("bsa") == Unknown(Reason.NOT_RECORDED, "needs Height")
    pending = derived(weight=75, height={"unknown": "pending"})
    assert pending.get("bsa") == Unknown(Reason.PENDING, "needs Height")
    assert derived().get("bsa").detail == "needs Height, Weight"


def test_outside_its_range_a_result_is_unknown():
    fact = derived(height=90, weight=75).get("bsa")
    assert fact.reason is Reason.OUT_OF_RANGE


def test_intervals_give_intervals():
    sheet = derived(
        bilirubin={"value": 20, "low": 10, "high": 40}, albumin={"value": 35, "low": 30, "high": 40}
    )
    fact = sheet.get("albi_score")
    low = derived(bilirubin=10, albumin=40).get("albi_score").value
    high = derived(bilirubin=40, albumin=30).get("albi_score").value
    assert (fact.low, fact.high) == (pytest.approx(low), pytest.approx(high))
    assert sheet.get("albi_grade").low < sheet.get("albi_grade").high


def test_an_interval_that_leaves_the_range_at_one_end_is_unknown():
    fact = derived(height={"value": 105, "low": 95, "high": 115}, weight=50).get("bsa")
    assert fact.reason is Reason.OUT_OF_RANGE


def test_the_laboratorys_limit_is_never_assumed():
    assert "Upper limit of normal for AST" in derived(ast=80, platelets=100).get("apri").detail
    assert derived(ast=80, platelets=100, ast_upper_limit=40).get("apri").value == 2


def test_the_sum_of_targets_needs_every_lesion():
    lesions = [{"lesion_diameter": 40}, {"lesion_diameter": 12}, {"lesion_diameter": 8}]
    assert derive(sheet_of({}, lesions)).get("recist_sum").value == 52
    assert isinstance(
        derive(sheet_of({}, lesions, has_all_lesions=False)).get("recist_sum"), Unknown
    )
    assert isinstance(derive(sheet_of({}, [*lesions, {}])).get("recist_sum"), Unknown)
    spread = [{"lesion_diameter": {"value": 40, "low": 38, "high": 42}}]
    assert derive(sheet_of({}, spread)).get("recist_sum").high == 42
    small = [{"lesion_diameter": {"value": 11, "low": 9, "high": 13}}]
    assert derive(sheet_of({}, small)).get("recist_sum").reason is Reason.INDETERMINATE


def test_a_recorded_score_is_not_worked_out_again():
    assert derived(fong_score=2).get("fong_score") == Known(2.0, "test")


def test_every_derived_fact_knows_its_inputs():
    for name in derived_facts():
        assert inputs_of(name)
        assert all(root in fact_registry() for root in raw_inputs_of(name))
    assert inputs_of("bsa") == ("height", "weight")
    assert raw_inputs_of("estimated_liver_volume") == ("height", "weight")
    assert raw_inputs_of("game_score") == (
        "primary_site",
        "kras",
        "cea",
        "primary_n",
        "largest_lesion",
        "lesion_count",
        "extrahepatic_disease",
    )
    assert inputs_of("height") == ()
    assert raw_inputs_of("height") == ("height",)


def test_an_unknown_derived_fact_is_traced_to_what_is_missing():
    sheet = derived(height=175)
    assert [name for name, _ in missing_inputs("estimated_liver_volume", sheet)] == ["weight"]


def test_every_calculator_fact_of_the_registry_is_worked_out():
    names = set(derived_facts())
    for name in ("bmi", "bsa", "albi_grade", "meld_3", "fong_score", "recist_sum", "parenchyma"):
        assert name in names


def test_every_output_fits_its_fact():
    for one in DERIVATIONS:
        assert spec_of(one.output).kind is FactKind.NUMBER
        assert all(spec_of(name) for name in one.inputs)
    for rule in implications():
        assert rule.why


RAW = sorted(
    {root for name in derived_facts() for root in raw_inputs_of(name)} - {"lesion_diameter"}
)
EXAMPLES = {
    "height": [160, 180],
    "paracentesis_volume": [3, 7],
    "weight": [60, 90],
    "age": [50, 70],
    "bilirubin": [10, 40, 60],
    "albumin": [25, 32, 42],
    "inr": [1.0, 1.8],
    "creatinine": [60, 150],
    "sodium": [128, 140],
    "ast": [30, 90],
    "alt": [25, 60],
    "ast_upper_limit": [35],
    "bilirubin_upper_limit": [21],
    "platelets": [80, 250],
    "cea": [5, 20, 300],
    "ca19_9": [10, 500],
    "lesion_count": [1, 4, 9],
    "largest_lesion": [20, 55],
    "disease_free_interval": [0, 6, 30],
    "months_since_primary_resection": [6, 24, 30],
    "karnofsky": [20, 60],
    "predicted_weeks": [2, 8, 40],
    "leucocytes": [6, 9, 12],
    "lymphocyte_percent": [8, 15, 30],
    "pps": [20, 50, 80],
    "systemic_lines": [0, 2],
    "systemic_months": [0, 5],
    "systemic_cycles": [0, 6],
}


def values(name):
    spec = spec_of(name)
    if spec.kind is FactKind.NUMBER:
        return st.sampled_from(EXAMPLES[name])
    return st.sampled_from(spec.domain or (True, False))


@settings(max_examples=120, deadline=None)
@given(st.fixed_dictionaries({}, optional={name: values(name) for name in RAW}), st.data())
def test_learning_what_was_unknown_never_contradicts_what_was_worked_out(given, data):
    before = derive(sheet_of(given))
    open_ = [name for name in RAW if isinstance(before.get(name), Unknown)]
    chosen = data.draw(st.lists(st.sampled_from(open_), unique=True, max_size=4)) if open_ else []
    sheet = sheet_of(given)
    for name in chosen:
        if isinstance(derive(sheet).get(name), Unknown):
            sheet = sheet.with_facts({name: Known(data.draw(values(name)), "learned")})
    after = derive(sheet)
    for name, fact in before.facts.items():
        if isinstance(fact, Known):
            assert after.get(name).value == fact.value, name
