"""The class of the parenchyma and the remnant that it needs."""

import pytest

from liverboard.evidence.derive import derive
from liverboard.evidence.parenchyma import remnant_threshold
from liverboard.evidence.rule_test import sheet_of
from liverboard.values import Estimate, Mark, Unknown

HEALTHY = {"fibrosis": "F0", "steatosis": "none", "sinusoidal_injury": False, "systemic_lines": 0}


def judged(**given):
    sheet = derive(sheet_of(given))
    return sheet.get("parenchyma"), remnant_threshold(sheet)


@pytest.mark.parametrize(
    ("given", "parenchyma", "percent"),
    [
        ({}, "normal", 20),
        ({"fibrosis": "F1"}, "normal", 20),
        ({"steatosis": "mild"}, "normal", 20),
        ({"sinusoidal_injury": True}, "chemotherapy_injured", 30),
        ({"steatosis": "moderate"}, "steatotic", 30),
        ({"steatosis": "severe", "sinusoidal_injury": True}, "steatotic", 30),
        ({"fibrosis": "F2"}, "fibrotic", 40),
        ({"fibrosis": "F3", "steatosis": "severe"}, "fibrotic", 40),
        ({"fibrosis": "F4"}, "cirrhotic", 40),
    ],
)
def test_the_worst_class_wins(given, parenchyma, percent):
    fact, threshold = judged(**{**HEALTHY, **given})
    assert fact.value == parenchyma
    assert threshold.percent.value == threshold.low == threshold.high == percent


def test_more_than_three_months_of_therapy_count_as_injury():
    lines = {key: value for key, value in HEALTHY.items() if key != "systemic_lines"}
    assert judged(**lines, systemic_months=3)[0].value == "normal"
    assert judged(**lines, systemic_months=3.5)[0].value == "chemotherapy_injured"


def test_cirrhosis_decides_alone():
    fact, threshold = judged(cirrhosis=True)
    assert fact.value == "cirrhotic"
    assert threshold.percent.value == 40


def test_while_a_worse_class_is_not_excluded_the_class_is_unknown():
    fact, threshold = judged(cirrhosis=False, steatosis="severe", sinusoidal_injury=False)
    assert isinstance(fact, Unknown)
    assert fact.detail == "at least steatotic; Fibrosis stage (METAVIR) not known"
    assert isinstance(threshold.percent, Unknown)
    assert (threshold.low, threshold.high) == (30, 40)
    assert threshold.percent.detail == "between 30 and 40 %: Fibrosis stage (METAVIR) not known"


def test_two_open_classes_that_need_the_same_remnant_leave_no_doubt_about_it():
    lines = {key: value for key, value in HEALTHY.items() if key not in ("steatosis", "fibrosis")}
    fact, threshold = judged(**lines, fibrosis="F0", steatosis="severe")
    assert fact.value == "steatotic"
    given = {**HEALTHY, "sinusoidal_injury": True}
    del given["steatosis"]
    fact, threshold = judged(**given)
    assert isinstance(fact, Unknown)
    assert threshold.percent.value == 30


def test_nothing_known_leaves_everything_open():
    fact, threshold = judged()
    assert isinstance(fact, Unknown)
    assert (threshold.low, threshold.high) == (20, 40)


def test_a_recorded_class_is_taken():
    fact, threshold = judged(parenchyma="fibrotic")
    assert fact.value == "fibrotic"
    assert threshold.percent.value == 40


def test_the_threshold_carries_its_sources():
    _, threshold = judged(**HEALTHY)
    assert isinstance(threshold.percent, Estimate)
    assert threshold.percent.mark is Mark.VERIFIED
    assert "kawaguchi-2019" in threshold.percent.sources
    assert threshold.citations
    assert threshold.reason == "parenchyma: normal"
