"""What stands behind `liverboard rules`."""

from liverboard.evidence.rules import render_rules, run_rule_tests

from .small import TESTS, evidence_of


def test_rules_are_rendered_with_sentence_tree_and_marked_sources():
    text = render_rules("resection")
    assert "Resection of liver metastases\nguideline core, version 2026.11" in text
    assert "requires remnant: The functional remnant is large enough" in text
    assert "  about: none of alpps, lvd, pve, two-stage" in text
    assert "  if unknown: the option stands, shown as not excluded" in text
    assert "Functional remnant of measured liver without tumour ≥ 30 %" in text
    assert (
        "  source: Fong et al., Ann Surg 230:309-318, 1999, abstract (checked 2026-11-23)" in text
    )
    assert "not read [unverified] (checked 2026-11-23)" in text


def test_every_room_can_be_rendered():
    for result in run_rule_tests():
        assert render_rules(result.room, result.guideline).endswith("\n")


def test_a_failing_test_is_reported_with_its_place(tmp_path):
    evidence = evidence_of(tmp_path, tests=TESTS.replace("expect: no", "expect: yes"))
    [result] = [one for one in run_rule_tests(evidence) if one.guideline == "mine"]
    [failure] = result.failures
    assert (result.tests, result.vignettes) == (2, 0)
    assert failure.place == "criteria/mine/room.yaml:20: tests.wild.1"
    assert "expected yes, got no" in failure.message


def test_a_vignette_is_judged_as_a_whole_patient(tmp_path):
    vignettes = """
patients:
  someone: {ras: mutated}
vignettes:
  - name: Mutated
    like: someone
    tags: []
    status: not eligible
    because: {wild: no}
    reason: RAS decides
    source: fong-1999
  - name: Wild
    like: someone
    tags: []
    given: {ras: wild_type}
    status: contraindicated
    because: {wild: no}
    reason: Wrong on purpose
    source: fong-1999
"""
    evidence = evidence_of(tmp_path, tests=TESTS + vignettes)
    [result] = [one for one in run_rule_tests(evidence) if one.guideline == "mine"]
    messages = [failure.message for failure in result.failures]
    assert messages == [
        "expected contraindicated, got eligible: Wild (no argument against)",
        "expected wild to be no, got yes: Wild",
    ]
