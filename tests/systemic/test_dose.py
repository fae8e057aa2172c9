"""Doses against hand calculation, a label's own table, and bad data files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liverboard.errors import EvidenceError, RequestError
from liverboard.evidence.derive import derive
from liverboard.evidence.fact import FactSheet, Known
from liverboard.evidence.loader import load_evidence
from liverboard.evidence.parameter import RANK
from liverboard.evidence.strict_yaml import read_document
from liverboard.systemic.card import dose_card
from liverboard.systemic.dose import (
    banded_dose,
    carboplatin_mg,
    reduction,
    rounded,
    tablet_sums,
)
from liverboard.systemic.reader import dose_rules, drugs, page_of, pages, read_page, spans
from liverboard.values import Unknown

NORMAL = {
    "bsa": 1.8,
    "weight": 75.0,
    "dpyd_activity_score": 2.0,
    "creatinine_clearance": 95.0,
    "neuropathy_grade": 0.0,
    "ugt1a1": "normal",
    "bilirubin_times_limit": 0.5,
    "fluoropyrimidine_cardiotoxicity": False,
    "coronary_disease": False,
    "takes_warfarin_or_phenytoin": False,
    "ecog": 0.0,
    "child_pugh": 5.0,
}


def sheet(**changes):
    facts = {**NORMAL, **changes}
    return FactSheet(
        {name: Known(value, "test") for name, value in facts.items() if value is not None}
    )


def given_doses(regimen, primary="colorectal", **changes):
    """Return (drug, dose to give) of each line of a regimen."""
    card = dose_card(page_of(primary).regimens[regimen], sheet(**changes))
    assert all(line.given_low == line.given_high for line in card)
    return [(line.dose.drug.id, line.given_high) for line in card]


@pytest.mark.parametrize(
    ("regimen", "changes", "expected"),
    [
        # 85, 400, 400 and 2400 mg/m2 times 1.8 m2: 153, 720, 720, 4320 mg
        ("mfolfox6", {}, [155, 700, 700, 4300]),
        # half of 5-FU with a DPYD score of 1: 360, 2160 mg
        ("mfolfox6", {"dpyd_activity_score": 1.0}, [155, 700, 350, 2150]),
        ("mfolfox6", {"dpyd_activity_score": 1.5}, [155, 700, 350, 2150]),
        # a quarter with 0.5: 180, 1080 mg; none with 0
        ("mfolfox6", {"dpyd_activity_score": 0.5}, [155, 700, 200, 1100]),
        ("mfolfox6", {"dpyd_activity_score": 0.0}, [155, 700, 0, 0]),
        # 65 mg/m2 with neuropathy of grade 2: 117 mg; none from grade 3
        ("mfolfox6", {"neuropathy_grade": 2.0}, [115, 700, 700, 4300]),
        ("mfolfox6", {"neuropathy_grade": 3.0}, [0, 700, 700, 4300]),
        # 130 * 1.8 = 234; 1000 * 1.8 = 1800, as 3 * 500 + 2 * 150 mg
        ("capox", {}, [235, 1800]),
        # clearance of 40 mL/min: 1800 * 0.75 = 1350; tablets make 1300 and 1450 (1350 is not made)
        ("capox", {"creatinine_clearance": 40.0}, [235, 1300]),
        # DPYD 1 and clearance 40: 1800 * 0.5 * 0.75 = 675, as 500 + 150 mg
        ("capox", {"dpyd_activity_score": 1.0, "creatinine_clearance": 40.0}, [235, 650]),
        ("capecitabine", {"creatinine_clearance": 29.0}, [0]),
        # 1250 * 1.8 = 2250, * 0.75 = 1687.5: 1650 = 3 * 500 + 150
        ("capecitabine", {"creatinine_clearance": 50.0}, [1650]),
        ("capecitabine", {"creatinine_clearance": 51.0}, [2300]),
        # 180 * 1.8 = 324, 70 % of it 226.8 mg
        ("folfiri", {}, [325, 700, 700, 4300]),
        ("folfiri", {"ugt1a1": "poor"}, [225, 700, 700, 4300]),
        ("folfiri", {"bilirubin_times_limit": 3.1}, [0, 700, 700, 4300]),
        # 165, 85, 200, 3200 mg/m2: 297, 153, 360, 5760 mg
        ("folfoxiri", {}, [295, 155, 350, 5750]),
        # the label's table: 60 mg at 1.69 to 1.83 m2; 60 * 20 / 35 = 34.3 at 15 to 29 mL/min
        ("trifluridine-tipiracil", {}, [60]),
        ("trifluridine-tipiracil", {"creatinine_clearance": 20.0}, [35]),
        ("regorafenib", {}, [160]),
        ("fruquintinib", {}, [5]),
        # 5 mg/kg times 75 kg: 375 mg, then the partner
        ("bevacizumab-mfolfox6", {}, [375, 155, 700, 700, 4300]),
        # 500 mg/m2: 900 mg; 6 mg/kg: 450 mg; 8, then 6 mg/kg: 600, 450 mg
        ("cetuximab-folfiri", {}, [900, 325, 700, 700, 4300]),
        ("panitumumab", {}, [450]),
        ("tucatinib-trastuzumab", {}, [300, 600, 450]),
        ("tucatinib-trastuzumab", {"child_pugh": 10.0}, [200, 600, 450]),
    ],
)
def test_doses_are_those_of_a_hand_calculation(regimen, changes, expected):
    assert [dose for _, dose in given_doses(regimen, **changes)] == expected


LABEL = [(1.0, 35), (1.07, 40), (1.22, 40), (1.23, 45), (1.37, 45), (1.38, 50), (1.52, 50)]
LABEL += [(1.53, 55), (1.68, 55), (1.69, 60), (1.83, 60), (1.84, 65), (1.98, 65), (1.99, 70)]
LABEL += [(2.14, 70), (2.15, 75), (2.29, 75), (2.30, 80), (2.8, 80)]


@pytest.mark.parametrize(("surface", "dose"), LABEL)
def test_trifluridine_with_tipiracil_follows_the_table_of_its_label(surface, dose):
    assert given_doses("trifluridine-tipiracil", bsa=surface) == [("trifluridine-tipiracil", dose)]


def test_carboplatin_follows_calvert_with_the_clearance_capped():
    # AUC 5 * (100 + 25) = 625 mg; at most 5 * (125 + 25) = 750 mg
    assert carboplatin_mg(5, 100, most=125) == 625
    assert carboplatin_mg(5, 180, most=125) == 750
    doses = given_doses("carboplatin-paclitaxel", "ovary", creatinine_clearance=100.0)
    assert doses == [("carboplatin", 620), ("paclitaxel", 315)]


def test_reductions_of_one_cause_do_not_add_up_and_of_two_multiply():
    assert reduction([]) == 1.0
    assert reduction([("dpyd", 0.5), ("dpyd", 0.25)]) == 0.25
    assert reduction([("dpyd", 0.5), ("kidney", 0.75)]) == 0.375


def test_an_open_rule_lowers_the_lower_dose_only():
    card = dose_card(page_of("colorectal").regimens["capox"], sheet(dpyd_activity_score=None))
    capecitabine = next(line for line in card if line.dose.drug.id == "capecitabine")
    assert capecitabine.given_high == 1800
    assert capecitabine.given_low == 0.0
    assert {one.rule.axis for one in capecitabine.rules} == {"dpyd"}
    assert all(one.is_open for one in capecitabine.rules)


def test_without_a_body_measure_there_is_no_dose():
    for line in dose_card(page_of("colorectal").regimens["mfolfox6"], sheet(bsa=None)):
        assert isinstance(line.given_high, Unknown)


def test_body_surface_and_clearance_come_from_the_record():
    facts = {"height": 180.0, "weight": 80.0, "age": 70.0, "sex": "female", "creatinine": 120.0}
    found = derive(FactSheet({name: Known(value, "test") for name, value in facts.items()}))
    # sqrt(180 * 80 / 3600) = 2.0 m2; (140 - 70) * 80 / (72 * 120 / 88.402) * 0.85 = 48.7 mL/min
    assert found.number("bsa") == pytest.approx(2.0)
    assert found.number("creatinine_clearance") == pytest.approx(48.7, abs=0.05)
    card = dose_card(page_of("colorectal").regimens["capecitabine"], found)
    # 1250 * 2 * 0.75 = 1875, half-way between 1800 and 1950: 1800 = 3 * 500 + 2 * 150
    assert card[0].high == pytest.approx(1875)
    assert card[0].given_high == 1800


@given(dose=st.floats(0.1, 5000), step=st.sampled_from([5.0, 10.0, 50.0]))
def test_rounding_moves_a_dose_by_half_a_step_at_most(dose, step):
    found = rounded(dose, step=step, tablets=())
    assert found % step == 0
    assert found > 0
    assert abs(found - dose) <= step / 2 or found == step


def test_half_way_is_rounded_down():
    assert rounded(152.5, step=5, tablets=()) == 150
    assert rounded(575, step=0, tablets=(500.0,)) == 500
    assert rounded(750, step=0, tablets=(500.0,)) == 500


@given(surface=st.floats(1.2, 2.6), score=st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0]))
def test_less_activity_never_gives_more_drug(surface, score):
    def infusion(value):
        card = dose_card(
            page_of("colorectal").regimens["mfolfox6"],
            sheet(bsa=surface, dpyd_activity_score=value),
        )
        return card[-1].high

    assert infusion(score) <= infusion(2.0)


def test_a_flat_dose_can_be_made_of_the_tablets_there_are():
    for name in pages():
        for regimen in page_of(name).regimens.values():
            for dose in regimen.doses:
                if dose.per == "flat" and dose.drug.tablets:
                    assert dose.amount in tablet_sums(dose.drug.tablets), (regimen.id, dose.drug.id)


def test_bands_start_where_the_table_does():
    assert banded_dose(((0.0, 35), (1.07, 40)), 1.0699) == 40
    assert banded_dose(((0.0, 35), (1.07, 40)), 1.06) == 35


def citations():
    for drug in drugs().values():
        yield from drug.citations
    for rule in dose_rules():
        yield from rule.citations
    for span in spans().values():
        yield from span.citations
    for name in pages():
        page = page_of(name)
        yield from page.standard_citations
        yield from page.liver_directed_citations
        for regimen in page.regimens.values():
            yield from regimen.citations
            yield from (dose_c for dose in regimen.doses for dose_c in dose.citations)
            yield from (harm.citation for harm in regimen.harms)
            yield from (outcome.citation for outcome in regimen.outcomes)
            yield from (c for course in regimen.intents.values() for c in course.citations)


def test_every_number_has_a_source_a_mark_and_a_day():
    known = load_evidence().sources
    found = list(citations())
    assert len(found) > 500
    for one in found:
        assert one.ref in known
        assert one.checked == "2026-11-24"
        assert RANK.index(one.mark) >= RANK.index(known[one.ref].mark)


def test_every_regimen_has_doses_and_an_intent():
    for name in pages():
        for regimen in page_of(name).regimens.values():
            assert regimen.doses, regimen.id
            assert regimen.intents, regimen.id
            assert max(max(dose.days) for dose in regimen.doses) <= regimen.cycle_days, regimen.id


BAD = {
    "an unknown drug": ("drug: regorafenib,", "drug: regorafinib,", "no drug is called"),
    "an unknown source": ("ref: drug-labels-memory", "ref: drug-labels", "no source is called"),
    "an oversold citation": ("mark: unverified}]", "mark: verified}]", "its source is unverified"),
    "an unknown key": ("cycle_days: 28", "cycle: 28", "not known here|missing"),
    "a day before the cycle": ("days: [1, 2]", "days: [0, 2]", "greater than or equal to 1"),
    "an unknown fact": ("msi: high", "msy: high", "no such fact"),
}

PAGE = """
checked: 2026-11-24
primary: colorectal
standard: "a standard"
standard_sources: [{ref: drug-labels-memory, mark: unverified}]
liver_directed:
  accepted: selected
  says: some
  sources: [{ref: drug-labels-memory, mark: unverified}]
regimens:
  one:
    title: One drug
    room: chemotherapy
    cycle_days: 28
    intents: {palliative: {sources: [{ref: drug-labels-memory, mark: unverified}]}}
    doses: [{drug: regorafenib, amount: 160, per: flat, days: [1, 2], how: tablets}]
    sources: [{ref: drug-labels-memory, mark: unverified}]
    outcomes:
      - who: some
        what: response
        value: 10
        when: {is: {msi: high}}
        source: {ref: drug-labels-memory, mark: unverified}
"""


def test_a_page_as_it_should_be_is_read():
    page = read_page(read_document(PAGE, "one.yaml"))
    assert page.regimens["one"].visit_days == ()


@pytest.mark.parametrize(("old", "new", "message"), BAD.values(), ids=BAD)
def test_a_mistake_in_a_page_is_one_line_with_file_and_line(old, new, message):
    assert old in PAGE
    with pytest.raises(EvidenceError, match=message) as caught:
        read_page(read_document(PAGE.replace(old, new), "one.yaml"))
    assert caught.value.where.startswith("one.yaml:")


def test_a_primary_without_a_page_is_refused():
    with pytest.raises(RequestError, match="no regimens"):
        page_of("sarcoma")
