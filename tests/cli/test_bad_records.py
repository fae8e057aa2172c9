"""Conflicts are shown and never resolved; what cannot be meant is one line and exit code 2."""

import json

import pytest

from cli.conftest import files_below, liverboard

HEAD = "schema: liverboard/case/1\nid: odd\ninvented: true\n"
DAY = "reference_date: 2026-01-15\n"
TWO_RAS = """\
molecular:
  ras:
    - {value: mutated, date: 2025-03-01, source: primary}
    - {value: wild type, date: 2025-12-01, source: liver}
"""


def folder_of(tmp_path, text):
    folder = tmp_path / "case"
    folder.mkdir()
    (folder / "case.yaml").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("primary: {site: collorectal}\n", "did you mean"),
        ("primary: {site: big toe}\n", "allowed: colorectal"),
        (
            "laboratory: {bilirubin: {value: 9, unit: umol/L, date: 2026-05-01}}\n",
            "2026-05-01 lies after reference_date",
        ),
        ("laboratory: {bilirubin: 9}\n", "without unit"),
        ("laboratory: {bilirubin: {value: -4, unit: umol/L}}\n", "is not plausible"),
        ("laboratory: {albumin: {value: 4000, unit: g/L}}\n", "is not plausible"),
        ("patient: {age: {value: 190, unit: year}}\n", "is not plausible"),
        ("fitness: {ecog: 7}\n", "is not plausible"),
        ("patient: {shoe_size: 44}\n", "unknown key"),
        ("molecuular: {ras: mutated}\n", "unknown key"),
        ("molecular: {ras: perhaps}\n", "'perhaps' for RAS"),
    ],
)
@pytest.mark.parametrize("command", ["plan", "ask"])
def test_what_cannot_be_meant_is_one_line_and_nothing_is_written(tmp_path, text, says, command):
    folder = folder_of(tmp_path, HEAD + DAY + text)
    out = tmp_path / "out"
    ran = liverboard(command, folder, *(["--out", out] if command == "plan" else []))
    assert ran.code == 2
    assert says in ran.error
    assert "case.yaml:5" in ran.error
    assert not out.exists()
    assert list(files_below(folder)) == ["case.yaml"]


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("plan", []),
        ("ask", []),
        ("check", []),
        ("choose", []),
        ("explain", ["palliative/referral"]),
        ("compare", ["palliative/referral", "palliative/hospice"]),
        ("infuse", []),
    ],
)
def test_a_record_of_next_century_is_refused(tmp_path, command, more):
    ran = liverboard(command, folder_of(tmp_path, f"{HEAD}reference_date: 2099-01-01\n"), *more)
    assert ran.code == 2
    assert "lies in the future" in ran.error


def test_age_alone_gives_a_board(tmp_path):
    folder = folder_of(tmp_path, f"{HEAD}{DAY}patient: {{age: {{value: 61, unit: year}}}}\n")
    ran = liverboard("plan", folder, "--json")
    assert ran.code == 0
    options = json.loads(ran.out)["options"]
    assert len(options) >= 10
    assert not any(one["status"] == "failed" for one in options)
    standing = {one["treatment"] for one in options if one["status"].startswith("eligible")}
    assert standing <= {"palliative"}
    assert {one["treatment"] for one in options} >= {"resection", "chemotherapy", "transplant"}


def test_two_results_of_ras_are_shown_and_none_is_taken(tmp_path):
    folder = folder_of(tmp_path, f"{HEAD}{DAY}primary: {{site: colorectal}}\n{TWO_RAS}")
    out = tmp_path / "out"
    ran = liverboard("plan", folder, "--out", out)
    assert ran.code == 0
    assert "Conflicts in the record" in ran.out
    assert "mutated (primary), wild type (liver)" in ran.out
    case = json.loads((out / "plan.json").read_text())["case"]
    assert [one["fact"] for one in case["conflicts"]] == ["ras"]
    assert any("results disagree" in one for one in case["remarks"])
    told = next(one for one in case["facts"] if one["name"] == "ras")
    assert told["value"] is None
    assert told["unknown"]["reason"] == "conflicting"
    assert "mutated (primary), wild type (liver)" in (out / "report.html").read_text()


def test_facts_that_exclude_one_another_are_shown(tmp_path):
    text = "extent: {extrahepatic_disease: none, lung_metastases: true}\n"
    ran = liverboard("plan", folder_of(tmp_path, HEAD + DAY + text), "--json")
    conflicts = json.loads(ran.out)["case"]["conflicts"]
    assert [one["fact"] for one in conflicts] == ["extrahepatic_disease"]
    assert "none, yet lung_metastases" in conflicts[0]["detail"]


RULES = """\
guideline: ours
room: resection
title: Rules of our house
version: "1"
review_by: 2027-01-01
criteria:
  wild:
    intent: requires
    text: RAS is wild type
    when: {is: {ras: %s}}
    sources: [{ref: %s, locator: nowhere, mark: verified, checked: 2026-11-23}]
"""


@pytest.mark.parametrize("command", ["choose", "plan"])
@pytest.mark.parametrize(
    ("value", "source", "line"), [("wild_tipe", "fong-1999", 10), ("wild_type", "nobody-2020", 11)]
)
def test_own_rules_with_a_mistake_are_refused_with_the_line(tmp_path, command, value, source, line):
    rules = tmp_path / "rules" / "criteria" / "ours"
    rules.mkdir(parents=True)
    (rules / "resection.yaml").write_text(RULES % (value, source))
    folder = folder_of(tmp_path, HEAD + DAY)
    ran = liverboard(command, folder, "--rules", tmp_path / "rules")
    assert ran.code == 2
    assert f"criteria/ours/resection.yaml:{line}" in ran.error


SOURCE = """\
sources:
  our-audit:
    title: Audit of our own house
    kind: cohort
    read: full text
    mark: secondary
    checked: 2026-11-23
"""


def test_a_plan_is_argued_by_own_rules_and_cites_them(tmp_path):
    own = tmp_path / "rules" / "criteria" / "core"
    own.mkdir(parents=True)
    text = RULES.replace("guideline: ours", "guideline: core") % ("wild_type", "our-audit")
    (own / "resection.yaml").write_text(text)
    (tmp_path / "rules" / "sources.yaml").write_text(SOURCE)
    folder = folder_of(tmp_path, HEAD + DAY + "molecular: {ras: mutated}\n")
    out = tmp_path / "out"
    ran = liverboard("plan", folder, "--rules", tmp_path / "rules", "--out", out)
    assert ran.code == 0, ran.error
    plan = json.loads((out / "plan.json").read_text())
    [option] = [one for one in plan["options"] if one["treatment"] == "resection"]
    assert option["status"] == "not eligible"
    assert [one["text"] for one in option["arguments"]] == ["RAS is wild type"]
    assert plan["sources"]["our-audit"]["title"] == "Audit of our own house"
    ours = json.loads(liverboard("plan", folder, "--json").out)
    assert ours["provenance"] != plan["provenance"]
