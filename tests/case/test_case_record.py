"""The record: units, spellings, dates, unknowns, and one clear line for each mistake."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from liverboard.case import RecordError, case_from_record
from liverboard.case.problem import validated
from liverboard.case.sections import SECTIONS, WORKED_OUT, further_facts, recorded_in
from liverboard.case.strict_yaml import read_yaml
from liverboard.errors import CaseError
from liverboard.evidence.fact import FactKind, FactLevel, Known, fact_registry, spec_of
from liverboard.units import units_like
from liverboard.values import Reason, Unknown


def facts_of(text: str, **more):
    return case_from_record({"id": "x", **yaml.safe_load(text), **more}).facts


def lab(entry: str, key: str = "bilirubin"):
    return facts_of(f"laboratory: {{{key}: {entry}}}").get(key)


MISTAKES = yaml.safe_load((Path(__file__).parent / "mistakes.yaml").read_text("utf-8"))


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_line_with_file_key_and_remedy(mistake):
    content = f"id: x\nreference_date: 2026-01-15\n{mistake['record']}\n".encode()
    with pytest.raises(RecordError) as caught:
        validated(read_yaml(content, "case.yaml"), "case.yaml")
    line = str(caught.value)
    assert line.startswith(f"case.yaml:3: {mistake['key']}: ")
    assert mistake["says"] in line
    assert mistake["remedy"] in line.partition("; ")[2]
    assert "\n" not in line
    assert len(caught.value.problems) == 1


def test_several_mistakes_are_counted_and_all_listed_in_order_of_lines():
    content = b"id: x\nlaboratory:\n  inr: high\n  albumin: 4\nfitness: 5\n"
    with pytest.raises(RecordError) as caught:
        validated(read_yaml(content, "case.yaml"), "case.yaml")
    assert "(and 2 more; `liverboard check` lists all)" in str(caught.value)
    places = [problem.where for problem in caught.value.problems]
    assert places == [
        "case.yaml:3: laboratory.inr", "case.yaml:4: laboratory.albumin", "case.yaml:5: fitness"
    ]  # fmt: skip


@pytest.mark.parametrize("bad", ["", "a b", "../x", "-x", "x" * 65, "ä", "a/b", "a\n"])
def test_an_id_is_plain(bad):
    with pytest.raises(RecordError, match="id"):
        case_from_record({"id": bad})


def test_a_number_will_do_as_id_and_a_missing_one_is_named():
    assert case_from_record({"id": 17}).id == "17"
    with pytest.raises(RecordError, match="record: id: missing"):
        case_from_record({"schema": "liverboard/case/1"})


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("{value: 11, unit: umol/L}", 11.0),
        ("{value: 11, unit: µmol/l}", 11.0),
        ("{value: 0.8, unit: mg/dl}", 0.8 * 17.104),
        ("{value: 0.8, unit: ' MG/dL '}", 0.8 * 17.104),
    ],
)
def test_bilirubin_is_held_in_umol_per_l(entry, value):
    assert lab(entry).value == pytest.approx(value)


@pytest.mark.parametrize(
    ("key", "entry", "value"),
    [
        ("albumin", "{value: 4.1, unit: g/dL}", 41.0),
        ("creatinine", "{value: 0.9, unit: mg/dL}", 79.56),
        ("platelets", "{value: 210, unit: G/l}", 210.0),
        ("platelets", "{value: 210000, unit: /uL}", 210.0),
        ("alt", "{value: 0.5, unit: ukat/L}", 30.0),
        ("cea", "{value: 18, unit: ng/mL}", 18.0),
        ("inr", "1", 1.0),
        ("inr", "{value: 1.1, unit: '1'}", 1.1),
    ],
)
def test_laboratory_values_are_converted(key, entry, value):
    # Factors: 113.12 g/mol creatinine; 1 ukat/L = 60 U/L (IFCC).
    assert lab(entry, key).value == pytest.approx(value, abs=0.01)


def test_age_may_be_given_in_months_and_height_in_metres():
    facts = facts_of("patient: {age: {value: 732, unit: months}, height: {value: 1.72, unit: m}}")
    assert facts.number("age") == pytest.approx(61, abs=0.05)
    assert facts.number("height") == pytest.approx(172)


NUMBERS = [
    spec for spec in fact_registry().values()
    if spec.kind is FactKind.NUMBER and spec.level is FactLevel.PATIENT and not spec.is_integer
]  # fmt: skip


@given(st.data())
def test_a_value_means_the_same_in_every_unit_of_its_family(data):
    keyed = {marker.fact: (name, key) for name, section in SECTIONS.items()
             for key, marker in recorded_in(section)}  # fmt: skip
    spec = data.draw(st.sampled_from([spec for spec in NUMBERS if spec.name in keyed]))
    section, key = keyed[spec.name]
    high = min(spec.high, 100.0)
    low = max(spec.low, min(3.0, high / 2))
    value = data.draw(st.floats(low, high))
    for unit in units_like(spec.family):
        factor = spec.from_unit(1.0, unit)
        entry = {"value": value / factor, "unit": unit}
        try:
            facts = case_from_record({"id": "x", section: {key: entry}}).facts
        except RecordError as error:
            assert "not plausible" in str(error)  # noqa: PT017
        else:
            assert facts.number(spec.name) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    ("section", "key", "written", "fact", "value"),
    [
        ("primary", "t", "pT3", "primary_t", "T3"),
        ("primary", "t", "t3", "primary_t", "T3"),
        ("primary", "t", "ypT4a", "primary_t", "T4a"),
        ("primary", "t", "Tis", "primary_t", "Tis"),
        ("primary", "t", "cT1b", "primary_t", "T1"),
        ("primary", "n", "N1b", "primary_n", "N1"),
        ("primary", "n", "pN0", "primary_n", "N0"),
        ("primary", "site", "CRC", "primary_site", "colorectal"),
        ("primary", "site", "Bowel", "primary_site", "colorectal"),
        ("primary", "site", "mamma", "primary_site", "breast"),
        ("primary", "site", "Uveal-melanoma", "primary_site", "uveal_melanoma"),
        ("primary", "side", "sigmoid", "primary_side", "left"),
        ("primary", "grade", "G3", "primary_grade", "poor"),
        ("molecular", "ras", "wt", "ras", "wild_type"),
        ("molecular", "msi", "MSI-H", "msi", "high"),
        ("molecular", "msi", "pMMR", "msi", "stable"),
        ("molecular", "braf_v600e", "wild type", "braf_v600e", False),
        ("molecular", "braf_v600e", "mutated", "braf_v600e", True),
        ("liver", "ascites", False, "ascites", "none"),
        ("patient", "sex", "F", "sex", "female"),
    ],
)
def test_spellings_are_understood(section, key, written, fact, value):
    found = case_from_record({"id": "x", section: {key: written}}).facts.get(fact)
    assert isinstance(found, Known)
    assert found.value == value


@pytest.mark.parametrize(("key", "written"), [("t", "T4"), ("n", "N3")])
def test_a_stage_outside_the_domain_is_unknown_and_said(key, written):
    case = case_from_record({"id": "x", "primary": {key: written}})
    fact = case.facts.get(f"primary_{key}")
    if isinstance(fact, Known):
        assert fact.value == written
    else:
        assert fact.reason is Reason.INDETERMINATE
        assert any(written in remark.text for remark in case.remarks)


@pytest.mark.parametrize(
    ("site", "side"),
    [("caecum", "right"), ("sigmoid", "left"), ("rectum", "rectum"), ("crc", None)],
)
def test_the_site_may_tell_the_side(site, side):
    fact = facts_of(f"primary: {{site: {site}}}").get("primary_side")
    assert (fact.value if isinstance(fact, Known) else None) == side


def test_a_written_side_goes_before_the_site():
    assert facts_of("primary: {site: sigmoid, side: right}").category("primary_side") == "right"


def test_every_fact_is_unknown_in_an_empty_record():
    case = case_from_record({"id": "x"})
    for name, spec in fact_registry().items():
        if spec.level is FactLevel.PATIENT:
            assert isinstance(case.facts.get(name), Unknown), name
    assert not case.has_images


@pytest.mark.parametrize("reason", ["not tested", "pending", "indeterminate", "not recorded"])
def test_a_reason_for_not_knowing_is_kept(reason):
    fact = facts_of(f"molecular: {{ras: {{unknown: {reason}, detail: sent to Bern}}}}").get("ras")
    assert fact == Unknown(Reason(reason), "sent to Bern")


def test_origin_and_date_are_kept():
    fact = lab("{value: 11, unit: umol/L, date: 2026-01-10, source: lab}")
    assert fact.origin == "record: laboratory.bilirubin"
    assert fact.date == dt.date(2026, 1, 10)


DATED = "{value: %s, unit: umol/L, date: %s}"


def test_the_newest_value_at_the_reference_date_is_used_and_all_are_kept():
    values = [DATED % (30, "2025-12-20"), DATED % (11, "2026-01-10"), DATED % (90, "2026-02-01")]
    case = case_from_record(
        {"id": "x", "reference_date": "2026-01-15"}
        | yaml.safe_load(f"laboratory: {{bilirubin: [{', '.join(values)}]}}")
    )
    assert case.facts.number("bilirubin") == 11
    assert len(case.record.laboratory.bilirubin) == 3
    assert any("1 value(s) dated after 2026-01-15 not used" in one.text for one in case.remarks)


def test_two_values_of_one_day_conflict_unless_they_are_one_in_two_units():
    both = "[{value: 11, unit: umol/L, date: 2026-01-10, source: A}, %s]"
    other = "{value: 25, unit: umol/L, date: 2026-01-10, source: B}"
    fact = lab(both % other)
    assert fact.reason is Reason.CONFLICT
    assert "11 umol/L (A)" in fact.detail
    assert "25 umol/L (B)" in fact.detail
    same = "{value: 0.643, unit: mg/dL, date: 2026-01-10}"
    assert lab(both % same).value == pytest.approx(11, abs=0.01)


def test_a_pending_test_does_not_unsay_an_older_result():
    fact = lab(
        "[{value: 11, unit: umol/L, date: 2026-01-02}, {unknown: pending, date: 2026-01-10}]"
    )
    assert fact.value == 11


def test_a_value_goes_stale_on_the_day_after_its_limit():
    limit = spec_of("bilirubin").stale_after_days
    day = dt.date(2026, 1, 15)
    for age, is_known in ((limit, True), (limit + 1, False)):
        entry = DATED % (11, day - dt.timedelta(days=age))
        fact = facts_of(f"laboratory: {{bilirubin: {entry}}}", reference_date=day).get("bilirubin")
        assert isinstance(fact, Known) is is_known
    assert fact.reason is Reason.STALE
    assert f"{limit + 1} days old" in fact.detail


def test_without_a_reference_date_the_newest_date_counts():
    record = {
        "id": "x",
        "laboratory": {"inr": {"value": 1, "date": "2025-10-01"}},
        "fitness": {"ecog": {"value": 1, "date": "2026-01-10"}},
    }
    case = case_from_record(record)
    assert case.reference_date == dt.date(2026, 1, 10)
    assert case.facts.get("inr").reason is Reason.STALE


def test_without_any_date_nothing_is_stale_and_a_remark_says_so():
    case = case_from_record({"id": "x", "laboratory": {"inr": 1.0}})
    assert case.reference_date is None
    assert case.facts.number("inr") == 1.0
    assert any("no date at all" in remark.text for remark in case.remarks)
    assert any("laboratory.inr" in remark.text for remark in case.remarks)


def test_an_unusual_value_that_would_be_usual_in_another_unit_is_remarked():
    case = case_from_record(
        {"id": "x", "laboratory": {"bilirubin": {"value": 2.2, "unit": "umol/L"}}}
    )
    texts = [remark.text for remark in case.remarks if remark.where == "laboratory.bilirubin"]
    assert texts == ["2.2 umol/L is unusual; 2.2 mg/dL would be usual: check the unit"]


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("extent: {extrahepatic_disease: none, lung_metastases: true}", ["extrahepatic_disease"]),
        ("molecular: {ras: wt, kras_g12c: true}", ["ras", "kras_g12c"]),
        ("molecular: {ras: wt, kras: mutated}", ["ras", "kras"]),
        ("molecular: {kras: wt, kras_g12c: true}", ["kras", "kras_g12c"]),
        ("liver: {fibrosis: F4, cirrhosis: false}", ["fibrosis", "cirrhosis"]),
        (
            "primary: {synchronous: true, disease_free_interval: {value: 30, unit: month}}",
            ["synchronous"],
        ),
        ("primary: {resected: false, resection_r0: true}", ["primary_resected"]),
    ],
)
def test_contradictions_are_conflicts_never_one_of_the_two(text, facts):
    sheet = facts_of(text)
    for name in facts:
        assert sheet.get(name).reason is Reason.CONFLICT


def test_further_registered_facts_can_be_told():
    facts = facts_of("other: {tumour_volume: {value: 0.2, unit: L, date: 2026-01-02}}")
    assert facts.get("tumour_volume") == Known(
        200.0, "record: other.tumour_volume", date=dt.date(2026, 1, 2)
    )


def test_every_fact_with_a_key_is_of_the_patient_and_has_one_key():
    told = [marker.fact for section in SECTIONS.values() for _, marker in recorded_in(section)]
    assert len(told) == len(set(told))
    assert all(spec_of(name).level is FactLevel.PATIENT for name in told)


def test_the_record_is_frozen_and_the_same_twice():
    one, two = (case_from_record({"id": "x", "laboratory": {"inr": 1}}) for _ in range(2))
    assert one.record == two.record
    assert one.facts == two.facts
    with pytest.raises(ValueError, match="frozen"):
        one.record.id = "y"


HISTORY = """
history:
  systemic:
  - {line: 1, regimen: FOLFOX+bev, start: 2025-02-01, last_dose: 2025-05-01, cycles: 6,
     response: SD}
  - {line: 2, drugs: [5-FU, Irinotecan, Panitumumab], start: 2025-06-01, last_dose: 2025-12-10,
     cycles: 8, response: {value: PR, date: 2026-01-02}}
  liver: [{kind: resection, date: 2024-01-01}]
"""


def test_the_history_tells_its_facts():
    facts = facts_of(HISTORY, reference_date="2026-01-15")
    numbers = {
        "systemic_lines": 2,
        "systemic_cycles": 8,
        "days_since_systemic": 36,
        "days_since_bevacizumab": 259,
    }
    for name, value in numbers.items():
        assert facts.number(name) == value, name
    # 89 + 192 days at 30.4375 days a month
    assert facts.number("systemic_months") == pytest.approx((89 + 192) / 30.4375)
    assert facts.category("response") == "partial"
    had = {name for name in fact_registry() if name.startswith("had_") and facts.flag(name) is True}
    assert had == {
        "had_oxaliplatin",
        "had_irinotecan",
        "had_fluoropyrimidine",
        "had_bevacizumab",
        "had_anti_egfr",
        "had_liver_resection",
    }
    assert facts.flag("had_checkpoint_inhibitor") is False
    assert facts.flag("had_liver_ablation") is False
    assert isinstance(facts.get("had_biliary_surgery"), Unknown)


def test_an_empty_history_says_none_and_an_absent_one_nothing():
    none = facts_of("history: {systemic: [], liver: []}")
    assert none.number("systemic_lines") == 0
    assert none.flag("had_oxaliplatin") is False
    assert none.flag("had_liver_radiation") is False
    assert isinstance(none.get("days_since_systemic"), Unknown)
    for text in ("history: {}", "history: {systemic: {unknown: not recorded}}"):
        nothing = facts_of(text)
        assert isinstance(nothing.get("systemic_lines"), Unknown)
        assert isinstance(nothing.get("had_oxaliplatin"), Unknown)
        assert isinstance(nothing.get("had_liver_resection"), Unknown)


def test_a_drug_that_is_not_understood_leaves_the_others_unknown():
    case = case_from_record(
        yaml.safe_load("{id: x, history: {systemic: [{drugs: [oxaliplatin, XYZ-123]}]}}")
    )
    assert case.facts.flag("had_oxaliplatin") is True
    assert case.facts.get("had_bevacizumab").reason is Reason.INDETERMINATE
    assert case.facts.get("days_since_bevacizumab").reason is Reason.INDETERMINATE
    assert any("XYZ-123" in remark.text for remark in case.remarks)


def test_bevacizumab_may_have_ended_before_its_line():
    text = """history: {systemic: [{drugs: [bevacizumab, capecitabine], start: 2025-09-01,
              last_dose: 2025-12-10, last_bevacizumab: 2025-11-10}]}"""
    facts = facts_of(text, reference_date="2026-01-15")
    assert facts.number("days_since_bevacizumab") == 66
    assert facts.number("days_since_systemic") == 36


def test_missing_dates_and_cycles_leave_their_facts_unknown():
    facts = facts_of("history: {systemic: [{regimen: FOLFIRI, start: 2025-09-01}]}")
    for name in ("systemic_cycles", "systemic_months", "days_since_systemic", "response"):
        assert isinstance(facts.get(name), Unknown), name
    assert facts.number("systemic_lines") == 1


def test_a_fact_worked_out_beyond_reason_is_refused_in_one_line():
    lines = [{"line": n, "drugs": ["oxaliplatin"]} for n in range(1, 30)]
    with pytest.raises(CaseError, match="systemic_lines"):
        case_from_record({"id": "x", "history": {"systemic": lines}})


@pytest.mark.parametrize("text", ["kras: mutated", "kras_g12c: true"])
def test_a_mutation_of_kras_tells_that_ras_is_mutated(text):
    assert facts_of(f"molecular: {{{text}}}").category("ras") == "mutated"


@pytest.mark.parametrize("text", ["kras: wild_type", "kras_g12c: false"])
def test_a_wild_type_of_a_part_tells_nothing_of_ras(text):
    assert isinstance(facts_of(f"molecular: {{{text}}}").get("ras"), Unknown)


def test_every_fact_that_can_be_asked_for_can_be_told():
    told = {marker.fact for section in SECTIONS.values() for _, marker in recorded_in(section)}
    told |= {spec.name for spec in further_facts()} | set(WORKED_OUT)
    patient = [spec for spec in fact_registry().values() if spec.level is FactLevel.PATIENT]
    assert {spec.name for spec in patient if spec.ask} <= told
    assert set(WORKED_OUT) <= {spec.name for spec in patient}
