"""The lint finds each kind of mistake, planted one at a time."""

import datetime as dt

import pytest

from liverboard.evidence.lint import Severity, lint_room

from .small import CRITERION, TESTS, evidence_of

SECOND = """
  other:
    intent: {intent}
    text: Another criterion
    applies: {applies}
    when: {when}
    sources: [{{ref: fong-1999, mark: {mark}, checked: 2026-11-23}}]
"""


def second(when, *, intent="requires", applies="[]", mark="verified"):
    return CRITERION + SECOND.format(when=when, intent=intent, applies=applies, mark=mark)


def found(tmp_path, body=CRITERION, tests=TESTS, today=None):
    evidence = evidence_of(tmp_path, body, tests)
    return [str(one) for one in lint_room(evidence, "room", "mine", today=today)]


def only(lines, text):
    return [line for line in lines if text in line]


def test_a_sound_file_has_no_finding(tmp_path):
    assert found(tmp_path) == []


def test_a_file_that_does_not_load_is_one_error(tmp_path):
    [line] = found(tmp_path, CRITERION.replace("ras:", "razz:"))
    assert "error: is {ras" not in line
    assert "criteria/mine/room.yaml:12" in line
    assert "razz" in line


def test_a_test_that_fails_is_an_error(tmp_path):
    lines = found(tmp_path, tests=TESTS.replace("expect: no", "expect: yes"))
    assert only(lines, "room.yaml:20: tests.wild.1: error: expected yes, got no")


def test_a_test_of_nothing_is_an_error(tmp_path):
    lines = found(tmp_path, tests=TESTS + "  wilder:\n    - {given: {}, expect: unknown}\n")
    assert only(lines, "there is no rule 'wilder' to test")


def test_a_criterion_without_a_test_is_an_error(tmp_path):
    assert only(found(tmp_path, tests=None), "error: has no test")


def test_a_leaf_that_no_test_flips_alone_is_an_error(tmp_path):
    body = second("{all: [{is: {cirrhosis: true}}, {is: {varices: true}}]}", intent="cautions")
    tests = TESTS + (
        "  other:\n"
        "    - {given: {cirrhosis: true, varices: true}, expect: yes}\n"
        "    - {given: {cirrhosis: false, varices: false}, expect: no}\n"
    )
    lines = found(tmp_path, body, tests)
    assert only(lines, "error: no test would notice that 'Cirrhosis: yes' is always yes")
    assert only(lines, "error: no test would notice that 'Oesophageal varices: yes' is always yes")
    assert not only(lines, "always no")


def test_a_test_that_expects_unknown_flips_nothing(tmp_path):
    lines = found(
        tmp_path, tests=TESTS.replace("{ras: mutated}, expect: no", "{}, expect: unknown")
    )
    assert only(lines, "is always yes")


def test_a_limit_that_no_test_tries_is_a_warning(tmp_path):
    body = second("{cmp: {fact: ecog, op: '<=', value: 2, unit: points}}")
    tests = (
        TESTS
        + "  other:\n    - {given: {ecog: 0}, expect: yes}\n    - {given: {ecog: 4}, expect: no}\n"
    )
    assert only(
        found(tmp_path, body, tests),
        "warning: no test would notice that 'ECOG performance status ≤ 2'",
    )


def test_both_limits_of_a_between_want_a_test(tmp_path):
    body = second("{between: {fact: ecog, low: 1, high: 2, unit: points}}")
    tests = (
        TESTS
        + "  other:\n    - {given: {ecog: 1}, expect: yes}\n    - {given: {ecog: 4}, expect: no}\n"
    )
    lines = found(tmp_path, body, tests)
    assert only(lines, "upper limit excluded")
    assert not only(lines, "lower limit excluded")


def test_a_value_that_may_be_forgotten_is_a_warning(tmp_path):
    body = second("{is: {response: [partial, complete]}}", intent="favours")
    tests = TESTS + (
        "  other:\n    - {given: {response: partial}, expect: yes}\n"
        "    - {given: {response: stable}, expect: no}\n"
    )
    lines = found(tmp_path, body, tests)
    assert only(lines, "complete forgotten")
    assert only(lines, "no test mentions response: complete, progression")


def test_a_count_of_lesions_wants_its_limit_tried(tmp_path):
    body = second("{count_lesions: {where: {is: {lesion_in_liver: true}}, op: '<=', count: 2}}")
    inside, outside = "{lesion_in_liver: true}", "{lesion_in_liver: false}"
    tries = [([inside] * 2, "yes"), ([inside] * 4, "no"), ([outside] * 3, "yes")]
    rows = [f"    - {{lesions: [{', '.join(one)}], expect: {verdict}}}\n" for one, verdict in tries]
    tests = TESTS + "  other:\n" + "".join(rows)
    assert found(tmp_path, body, tests) == []
    assert only(found(tmp_path, body, tests.replace(rows[0], "")), "limit itself on the other side")


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ("{all: [{is: {ras: mutated}}, {is: {ras: wild_type}}]}", "'all of' can never be yes"),
        ("{any: [{is: {ras: mutated}}, {is: {ras: wild_type}}]}", "'any of' can never be no"),
        ("{is: {ras: [mutated, wild_type]}}", "can never be no"),
        ("{cmp: {fact: ecog, op: '>=', value: 0, unit: points}}", "can never be no"),
        (
            "{all: [{cmp: {fact: cea, op: '>', value: 5, unit: ug/L}},"
            " {cmp: {fact: cea, op: '<', value: 5, unit: ug/L}}]}",
            "can never be yes",
        ),
        (
            "{any: [{is: {braf_v600e: true}},"
            " {all: [{is: {ras: mutated}}, {not: {is: {ras: mutated}}}]}]}",
            "'all of' can never be yes",
        ),
        (
            "{all: [{exists_lesion: {is: {lesion_in_liver: true}}},"
            " {for_all_lesions: {is: {lesion_in_liver: false}}}]}",
            "can never be yes",
        ),
    ],
)
def test_what_can_never_be_met_or_never_fail_is_an_error(tmp_path, when, says):
    assert only(found(tmp_path, second(when)), f"error: {says}") or only(
        found(tmp_path, second(when)), says
    )


@pytest.mark.parametrize(
    ("when", "intent", "applies", "is_opposed"),
    [
        ("{is: {ras: mutated}}", "requires", "[]", True),
        ("{is: {ras: wild_type}}", "contraindicates", "[]", True),
        ("{is: {ras: mutated}}", "contraindicates", "[]", False),
        ("{is: {ras: mutated}}", "cautions", "[]", False),
        ("{not: {is: {ras: wild_type}}}", "scope", "[major]", True),
    ],
)
def test_two_demands_that_exclude_each_other_are_an_error(
    tmp_path, when, intent, applies, is_opposed
):
    lines = found(tmp_path, second(when, intent=intent, applies=applies))
    assert bool(only(lines, "cannot be satisfied together with 'other'")) is is_opposed


def test_demands_of_different_options_do_not_exclude_each_other(tmp_path):
    body = second("{is: {ras: mutated}}", applies="[minor]").replace(
        "    intent: requires\n    text: RAS",
        "    intent: requires\n    applies: {none: [minor]}\n    text: RAS",
    )
    assert not only(found(tmp_path, body), "satisfied together")


def test_a_citation_surer_than_its_source_is_an_error(tmp_path):
    body = CRITERION.replace("ref: fong-1999", "ref: chen-2020")
    assert only(
        found(tmp_path, body), "chen-2020 is cited as verified but its source is unverified"
    )


def test_a_decision_on_unverified_sources_alone_is_noted(tmp_path):
    body = CRITERION.replace(
        "fong-1999, locator: nowhere, mark: verified", "chen-2020, mark: unverified"
    )
    [line] = found(tmp_path, body)
    assert "note: 'wild' decides on unverified sources alone" in line


def test_a_review_that_is_due_is_a_warning(tmp_path):
    assert found(tmp_path, today=dt.date(2027, 1, 1)) == []
    [line] = found(tmp_path, today=dt.date(2027, 1, 2))
    assert "warning: was to be reviewed by 2027-01-01" in line


def test_too_many_worlds_are_noted_not_sampled(tmp_path):
    facts = ["primary_site", "primary_histology", "fibrosis", "primary_t", "response", "steatosis"]
    values = ["colorectal", "mucinous", "F1", "T1", "stable", "mild"]
    leaves = ", ".join(
        f"{{is: {{{fact}: {value}}}}}" for fact, value in zip(facts, values, strict=True)
    )
    assert only(found(tmp_path, second(f"{{all: [{leaves}]}}")), "too many worlds")


def test_a_finding_is_a_value(tmp_path):
    evidence = evidence_of(tmp_path, tests=None)
    finding = lint_room(evidence, "room", "mine")[0]
    assert finding.severity is Severity.ERROR
    assert finding.message == "has no test"
    assert finding.place == "criteria/mine/room.yaml:9: criteria.wild"
