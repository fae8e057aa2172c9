"""Facts: registered once, checked, and unknown with a reason."""

import subprocess
import sys

import pytest

from liverboard.errors import EvidenceError
from liverboard.evidence.fact import (
    FactKind,
    FactLevel,
    FactSheet,
    FactSpec,
    Known,
    fact_registry,
    spec_of,
)
from liverboard.units import units_like
from liverboard.values import Reason, Unknown


def test_every_registered_fact_is_complete():
    for spec in fact_registry().values():
        assert spec.label
        if spec.kind is FactKind.NUMBER:
            assert spec.unit in units_like(spec.family)
            assert spec.low < spec.high
        if spec.kind is FactKind.CATEGORY:
            assert len(set(spec.domain)) == len(spec.domain) >= 2


def test_every_raw_fact_says_how_it_is_obtained():
    from liverboard.evidence.derive import derived_facts

    for name, spec in fact_registry().items():
        is_measured_by_a_plan = spec.level is not FactLevel.PATIENT
        assert spec.ask or is_measured_by_a_plan or name in derived_facts(), name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bilirubin", "high"),
        ("bilirubin", True),
        ("bilirubin", float("nan")),
        ("bilirubin", 5000),
        ("ecog", 1.5),
        ("cirrhosis", 1),
        ("cirrhosis", "yes"),
        ("ras", "mutant"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_the_name_of_the_fact(name, value):
    with pytest.raises(EvidenceError, match=name):
        spec_of(name).check(value)


def test_a_sheet_refuses_strangers_and_facts_of_another_level():
    for facts in ({"no_such_fact": Known(1, "x")}, {"lesion_diameter": Known(10, "x")}):
        with pytest.raises(EvidenceError):
            FactSheet(facts)
    with pytest.raises(EvidenceError):
        FactSheet({}, {"L1": {"bilirubin": Known(10, "x")}})


def test_a_known_value_lies_in_its_interval():
    with pytest.raises(ValueError, match="interval"):
        Known(5, "x", low=6, high=7)
    with pytest.raises(ValueError, match="interval"):
        Known(True, "x", low=0)
    assert (Known(5, "x").low, Known(5, "x").high) == (5, 5)


def test_what_nobody_said_is_not_recorded_and_says_how_to_ask():
    assert FactSheet().get("ras") == Unknown(Reason.NOT_RECORDED, "tumour sequencing")
    assert FactSheet().number("bilirubin").reason is Reason.NOT_RECORDED
    assert FactSheet().category("ras").reason is Reason.NOT_RECORDED
    assert FactSheet().flag("cirrhosis").reason is Reason.NOT_RECORDED


def test_values_come_back_in_their_type():
    sheet = FactSheet(
        {"ecog": Known(1, "x"), "ras": Known("mutated", "x"), "cirrhosis": Known(False, "x")},
        {"L1": {"lesion_diameter": Known(12, "x")}},
    )
    assert (sheet.number("ecog"), sheet.category("ras"), sheet.flag("cirrhosis")) == (
        1.0,
        "mutated",
        False,
    )
    assert sheet.of_lesion("L1", "lesion_diameter").value == 12
    assert isinstance(sheet.of_lesion("L1", "lesion_volume"), Unknown)


def test_units_are_turned_into_that_of_the_fact():
    assert spec_of("bilirubin").from_unit(2, "mg/dL") == pytest.approx(34.208)
    assert spec_of("creatinine").from_unit(1, "mg/dL") == pytest.approx(88.402)


def test_a_wrong_registration_is_refused():
    with pytest.raises(EvidenceError, match="domain"):
        FactSpec("x", "X", FactKind.CATEGORY)
    with pytest.raises(EvidenceError, match="unit"):
        FactSpec("x", "X", FactKind.NUMBER, unit="g/L", family="bilirubin")


def test_evidence_needs_no_arrays():
    """Judging the record must not pay for numpy and scipy."""
    code = (
        "import sys; import liverboard.evidence.judge, liverboard.evidence.derive, "
        "liverboard.evidence.rules; "
        "print([name for name in ('numpy', 'scipy', 'SimpleITK') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_plain_facts_need_no_pydantic():
    code = "import sys; import liverboard.evidence.kleene; print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
