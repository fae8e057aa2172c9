"""The first page in short."""

from pathlib import Path

import pytest

from liverboard.board.convene import convene
from liverboard.case import case_from_record, read_case
from liverboard.report.page import report_page
from liverboard.report.short import short_of
from liverboard.report.write import record_of

PATIENTS = Path(__file__).parents[2] / "examples" / "patients"


def record(name):
    return record_of(convene(read_case(PATIENTS / name)))


@pytest.fixture(scope="module")
def frail():
    return record("ecog-3-ascites")


def test_every_treatment_stands_by_its_best_option(frail):
    standings = {one.treatment: one for one in short_of(frail).standings}
    assert len(standings) == 9
    assert standings["palliative"].status == "eligible"
    assert standings["radioembolization"].status == "contraindicated"
    for name, one in standings.items():
        same = [o for o in frail.options if o.treatment == name and o.status == one.status]
        assert one.count == len(same)
        assert all(option in same for option in one.names)


def test_what_comes_first_is_care_where_nothing_else_stands(frail):
    first = [one.what for one in short_of(frail).first]
    assert any(what.startswith("Obtain: ") for what in first)
    assert any("CT" in what for what in first)
    assert "Early palliative care, beside every other treatment" in first


def test_nothing_is_chosen_on_an_empty_record():
    bare = record_of(convene(case_from_record({"schema": "liverboard/case/1", "id": "bare"})))
    first = [one.what for one in short_of(bare).first]
    assert "Choose no treatment of the cancer on this record yet" in first


def test_conflicts_come_before_everything():
    fields = {"schema": "liverboard/case/1", "id": "two", "molecular": {
        "ras": [{"value": "mutated", "date": "2026-01-01"},
                {"value": "wild_type", "date": "2026-01-01"}]}}  # fmt: skip
    found = record_of(convene(case_from_record(fields)))
    assert found.case.conflicts
    assert short_of(found).first[0].what.startswith("Settle what the record tells in two ways")


def test_the_page_begins_with_it(frail):
    page = report_page(frail)
    assert page.index('id="short"') < page.index('id="patient"') < page.index('id="options"')
    assert "What comes first" in page
