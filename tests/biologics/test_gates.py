"""Antibodies and targeted drugs: gates by marker, side and line; gaps before an operation."""

import pytest

from drug_patients import board_of, patient_like, planned
from liverboard.errors import RequestError
from liverboard.treatments.biologics import TREATMENT
from liverboard.treatments.biologics.options import BiologicsOptions
from liverboard.treatments.biologics.treatment import Biologics
from liverboard.treatments.exhibit import Table
from liverboard.values import Unknown

IDS = [
    "bevacizumab-mfolfox6-conversion",
    "bevacizumab-mfolfox6-palliative",
    "bevacizumab-folfiri-conversion",
    "bevacizumab-folfiri-palliative",
    "bevacizumab-folfoxiri-conversion",
    "bevacizumab-folfoxiri-palliative",
    "bevacizumab-capecitabine-palliative",
    "cetuximab-folfiri-conversion",
    "cetuximab-folfiri-palliative",
    "panitumumab-mfolfox6-conversion",
    "panitumumab-mfolfox6-palliative",
    "panitumumab-palliative",
    "pembrolizumab-palliative",
    "nivolumab-ipilimumab-palliative",
    "encorafenib-cetuximab-mfolfox6-palliative",
    "encorafenib-cetuximab-palliative",
    "tucatinib-trastuzumab-palliative",
    "trastuzumab-deruxtecan-palliative",
    "sotorasib-panitumumab-palliative",
    "adagrasib-cetuximab-palliative",
    "larotrectinib-palliative",
    "entrectinib-palliative",
]

KNOWN = {"braf_v600e": False, "kras_g12c": False, "her2": "negative", "ntrk_fusion": False}
THIRD = {
    "systemic": [
        {"drugs": ["fluorouracil", "oxaliplatin"]},
        {"drugs": ["fluorouracil", "irinotecan"]},
    ]
}


def test_the_options_keep_their_ids():
    assert [one.id for one in TREATMENT.propose(patient_like())] == IDS


GATES = {
    "left wild type": ("panitumumab-mfolfox6-palliative", KNOWN, {}, "eligible with cautions"),
    "RAS mutated": (
        "panitumumab-mfolfox6-palliative",
        {**KNOWN, "ras": "mutated"},
        {},
        "contraindicated",
    ),
    "RAS unknown": (
        "panitumumab-mfolfox6-palliative",
        {**KNOWN, "ras": "unknown"},
        {},
        "needs data",
    ),
    "BRAF unknown": (
        "cetuximab-folfiri-palliative",
        {**KNOWN, "braf_v600e": "unknown"},
        {},
        "needs data",
    ),
    "BRAF mutated": (
        "cetuximab-folfiri-palliative",
        {**KNOWN, "braf_v600e": True},
        {},
        "contraindicated",
    ),
    "right side, first line": (
        "cetuximab-folfiri-palliative",
        KNOWN,
        {"primary": {"side": "right"}},
        "not eligible",
    ),
    "right side, later line": (
        "cetuximab-folfiri-palliative",
        KNOWN,
        {"primary": {"side": "right"}, "history": THIRD},
        "eligible with cautions",
    ),
    "side unknown": (
        "cetuximab-folfiri-palliative",
        KNOWN,
        {"primary": {"side": "unknown"}},
        "needs data",
    ),
    "MSI high": ("pembrolizumab-palliative", {"msi": "high"}, {}, "eligible with cautions"),
    "MSI stable": ("pembrolizumab-palliative", {"msi": "stable"}, {}, "not eligible"),
    "MSI unknown": ("nivolumab-ipilimumab-palliative", {"msi": "unknown"}, {}, "needs data"),
    "BRAF for encorafenib": (
        "encorafenib-cetuximab-mfolfox6-palliative",
        {**KNOWN, "braf_v600e": True},
        {},
        "eligible with cautions",
    ),
    "no BRAF for encorafenib": (
        "encorafenib-cetuximab-mfolfox6-palliative",
        KNOWN,
        {},
        "not eligible",
    ),
    "BRAF, later line": (
        "encorafenib-cetuximab-palliative",
        {**KNOWN, "braf_v600e": True},
        {"history": THIRD},
        "eligible with cautions",
    ),
    "HER2 without heart": (
        "tucatinib-trastuzumab-palliative",
        {**KNOWN, "her2": "positive"},
        {"history": THIRD},
        "needs data",
    ),
    "HER2 with heart": (
        "tucatinib-trastuzumab-palliative",
        {**KNOWN, "her2": "positive"},
        {"history": THIRD, "other": {"lvef": {"value": 60, "unit": "percent"}}},
        "eligible with cautions",
    ),
    "HER2 with RAS mutated": (
        "tucatinib-trastuzumab-palliative",
        {**KNOWN, "her2": "positive", "ras": "mutated"},
        {"history": THIRD, "other": {"lvef": {"value": 60, "unit": "percent"}}},
        "not eligible",
    ),
    "deruxtecan with RAS mutated": (
        "trastuzumab-deruxtecan-palliative",
        {**KNOWN, "her2": "positive", "ras": "mutated"},
        {"history": THIRD, "other": {"lvef": {"value": 60, "unit": "percent"}}},
        "eligible with cautions",
    ),
    "G12C": (
        "sotorasib-panitumumab-palliative",
        {"ras": "mutated", "kras_g12c": True},
        {"history": THIRD},
        "eligible with cautions",
    ),
    "G12C unknown": (
        "adagrasib-cetuximab-palliative",
        {"ras": "mutated", "kras_g12c": "unknown"},
        {"history": THIRD},
        "needs data",
    ),
    "NTRK unknown": ("larotrectinib-palliative", {"ntrk_fusion": "unknown"}, {}, "needs data"),
    "NTRK": ("larotrectinib-palliative", {"ntrk_fusion": True}, {}, "eligible with cautions"),
    "thrombosis": (
        "bevacizumab-folfiri-palliative",
        KNOWN,
        {"other": {"recent_arterial_thrombosis": True}},
        "contraindicated",
    ),
}


@pytest.mark.parametrize(("name", "molecular", "changes", "status"), GATES.values(), ids=GATES)
def test_gates(name, molecular, changes, status):
    other = {"bilirubin_upper_limit": {"value": 21, "unit": "umol/L"}, **changes.get("other", {})}
    board = board_of("biologics", molecular=molecular, **{**changes, "other": other})
    assert board.option(f"biologics/{name}").judgement.status == status


MARKERS = {
    "panitumumab-mfolfox6-conversion": "ras",
    "pembrolizumab-palliative": "msi",
    "encorafenib-cetuximab-mfolfox6-palliative": "braf_v600e",
    "larotrectinib-palliative": "ntrk_fusion",
}


@pytest.mark.parametrize(("name", "marker"), MARKERS.items())
def test_a_marker_that_is_not_tested_is_asked_for_and_refuses_nothing(name, marker):
    nothing = dict.fromkeys(("ras", "msi", "braf_v600e", "ntrk_fusion"), "unknown")
    judged = board_of("biologics", molecular=nothing).option(f"biologics/{name}").judgement
    assert judged.status == "needs data"
    assert marker in dict(judged.unknown)


def operation_table(plan):
    return next(
        one
        for one in plan.exhibits
        if isinstance(one, Table) and one.title == "Before an operation"
    )


def test_the_gap_of_bevacizumab_is_told_with_three_sources():
    rows = operation_table(planned("bevacizumab-mfolfox6-conversion", room=TREATMENT)).rows
    # operation 28 days after the last cycle: for 28 days none is left out, for 35 and 42 the last
    told = {row[1]: row[2] for row in rows[1:]}
    assert told == {
        "28": "none",
        "35": "leave bevacizumab out of the last 1",
        "42": "leave bevacizumab out of the last 1",
    }
    assert ["verified" in rows[1][3], "unverified" in rows[2][3], "secondary" in rows[3][3]] == [
        True
    ] * 3


def test_chemotherapy_alone_tells_no_gap_of_bevacizumab():
    plan = planned("panitumumab-mfolfox6-conversion", room=TREATMENT)
    assert [row[1] for row in operation_table(plan).rows] == ["28"]


@pytest.mark.parametrize("days", [28, 35, 42])
def test_the_gap_is_an_option_with_a_source(days):
    room = Biologics(BiologicsOptions(bevacizumab_gap_days=days))
    plan = planned("bevacizumab-mfolfox6-conversion", room=room)
    assert plan.provenance.parameters["gaps"]["bevacizumab_days"] == days
    assert plan.metrics["bevacizumab_free_cycles"].value == (0 if days == 28 else 1)


def test_another_gap_is_refused():
    with pytest.raises(RequestError, match="no source asks for 30 days"):
        BiologicsOptions(bevacizumab_gap_days=30)


def test_the_partner_is_dosed_as_it_is_alone():
    patient = patient_like(molecular={"dpyd_activity_score": 1})
    both = planned("bevacizumab-mfolfox6-palliative", patient, TREATMENT).details["doses"]
    alone = planned("mfolfox6-palliative", patient).details["doses"]
    assert list(both[1:]) == list(alone)
    # 5 mg/kg times 80 kg
    assert both[0]["given_high"] == 400


def test_paradigm_speaks_of_left_sided_wild_type_in_the_first_line():
    found = planned("panitumumab-mfolfox6-palliative", room=TREATMENT).metrics["survival_months"]
    assert (found.value, found.mark, found.sources) == (37.9, "verified", ("paradigm-2023",))
    right = patient_like(primary={"side": "right"})
    found = planned("panitumumab-mfolfox6-palliative", right, TREATMENT).metrics["survival_months"]
    assert found.value == 20.2
    untested = patient_like(molecular={"ras": "unknown"})
    found = planned("panitumumab-mfolfox6-palliative", untested, TREATMENT).metrics[
        "survival_months"
    ]
    assert isinstance(found, Unknown)
