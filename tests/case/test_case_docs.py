"""The documentation says what the code does: its tables are generated, its examples run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from liverboard.case import case_from_record
from liverboard.case.own_names import OwnNames, read_own_names
from liverboard.case.reference import keys_table, names_table
from liverboard.case.strict_yaml import read_yaml

PAGE = Path(__file__).parents[2] / "docs" / "case.md"


@pytest.mark.parametrize(
    ("start", "end", "table"),
    [
        ("<!-- keys", "<!-- end of keys", keys_table),
        ("<!-- names", "<!-- end of names", names_table),
    ],
)
def test_the_tables_of_the_page_are_those_of_the_code(start, end, table):
    text = PAGE.read_text("utf-8")
    part = text.split(start, 1)[1].split("-->\n", 1)[1].split(end, 1)[0]
    assert part.strip() == table().strip(), "write the table of liverboard.case.reference there"


def test_the_record_of_the_page_is_read():
    (text,) = re.findall(r"```yaml\n(schema:.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    facts = case_from_record(read_yaml(text.encode(), "page").value).facts
    assert facts.number("bilirubin") == pytest.approx(13.68, abs=0.01)
    assert facts.number("cea") == 11
    assert facts.number("systemic_cycles") == 6
    assert facts.flag("had_bevacizumab") is True


def test_the_name_map_of_the_page_is_read(tmp_path):
    from liverboard.case.ledger import Ledger
    from liverboard.case.model import Source

    (text,) = re.findall(r"```yaml\n(leber:.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (tmp_path / "labels.yaml").write_text(text)
    names = read_own_names([Source(tmp_path / "labels.yaml", "labels.yaml")], Ledger(tmp_path))
    assert names == OwnNames(
        {"leber": "liver", "old_liver": "ignore"},
        {1: "liver", 2: "lesions"},
        {"scan one": {1: "liver", 5: "spleen"}},
    )
