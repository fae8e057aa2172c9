"""Loading evidence: ours, a folder beside it, and everything that is refused."""

import random

import pytest

from liverboard.errors import EvidenceError, RequestError
from liverboard.evidence.judge import judge
from liverboard.evidence.judgement import Intent, Status
from liverboard.evidence.lint import lint_room
from liverboard.evidence.loader import load_evidence
from liverboard.evidence.rule_test import read_tests, sheet_of
from liverboard.values import Mark

from .small import CRITERION, TESTS, evidence_of, folder, written


def changed(old, new):
    assert old in CRITERION
    return CRITERION.replace(old, new)


def test_our_evidence_loads_once_and_has_a_hash():
    evidence = load_evidence()
    assert evidence is load_evidence()
    assert len(evidence.content_hash) == 64
    assert "resection" in evidence.rooms()
    assert evidence.criteria("resection")[0].guideline == "core"


def test_a_room_without_criteria_is_outside_the_evidence():
    evidence = load_evidence()
    assert evidence.criteria("aromatherapy") == ()
    assert judge(evidence.criteria("aromatherapy"), sheet_of({}), set()).status is (
        Status.OUTSIDE_EVIDENCE
    )


def test_a_local_set_stands_beside_ours(tmp_path):
    evidence = evidence_of(tmp_path)
    assert evidence.guidelines == ("asco", "core", "esmo", "mine")
    [criterion] = evidence.criteria("room", "mine")
    assert criterion.intent is Intent.REQUIRES
    assert criterion.citations[0].mark is Mark.VERIFIED
    assert criterion.place == "criteria/mine/room.yaml:9: criteria.wild"
    assert evidence.criteria("resection")


def test_a_local_file_takes_the_place_of_ours(tmp_path):
    text = written(guideline="core", room="resection")
    evidence = folder(tmp_path, {"criteria/core/resection.yaml": text})
    assert [one.id for one in evidence.criteria("resection")] == ["wild"]


def test_a_local_parameter_and_source_win_and_show_themselves(tmp_path):
    sources = """
    sources:
      our-hospital:
        {title: Our hospital, kind: guideline, read: full text, mark: verified, checked: 2026-01-01}
    """
    parameters = """
    parameters:
      remnant.healthy:
        title: Smallest remnant of a healthy liver here
        value: 25
        unit: percent
        sources: [{ref: our-hospital, mark: verified, checked: 2026-01-01}]
    """
    evidence = folder(tmp_path, {"sources.yaml": sources, "parameters/ours.yaml": parameters})
    remnant = next(
        one for one in evidence.criteria("resection") if one.id == "remnant-standardised-small"
    )
    assert any(citation.ref == "our-hospital" for citation in remnant.citations)
    judged = remnant.evaluate
    assert evidence.parameter("remnant.healthy").value == 25
    assert judged is not None


def test_any_byte_changes_the_hash(tmp_path):
    before = evidence_of(tmp_path).content_hash
    after = evidence_of(tmp_path, CRITERION + "# a remark\n").content_hash
    assert len({before, after, load_evidence().content_hash}) == 3


def test_links_are_not_followed(tmp_path):
    outside = tmp_path / "outside.yaml"
    outside.write_text(written(), "utf-8")
    local = tmp_path / "local" / "criteria" / "mine"
    local.mkdir(parents=True)
    (local / "room.yaml").symlink_to(outside)
    assert load_evidence(tmp_path / "local").guidelines == load_evidence().guidelines


def test_a_criterion_may_refer_to_what_stands_above_it_and_to_shared_definitions(tmp_path):
    body = CRITERION + (
        "  again:\n    intent: cautions\n    text: Not wild type\n"
        "    when: {any: [{not: {ref: wild}}, {ref: parenchyma-cirrhotic}]}\n"
        "    sources: [{ref: fong-1999, mark: verified, checked: 2026-11-23}]\n"
    )
    evidence = folder(tmp_path, {"criteria/core/room.yaml": written(body, None, guideline="core")})
    assert evidence.criteria("room")[1].facts == ("ras", "cirrhosis")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (changed("ras: wild_type", "razz: wild_type"), "razz: no such fact is registered"),
        (changed("ras: wild_type", "ras: wilde"), "expected one of wild_type, mutated"),
        (changed("ref: fong-1999", "ref: fong-1899"), "no source is called 'fong-1899'"),
        (changed("intent: requires", "intent: demands"), "criteria.wild.intent"),
        (changed("    text: RAS is wild type\n", ""), "criteria.wild.text: this key is missing"),
        (changed("mark: verified", "mark: sure"), "criteria.wild.sources.0.mark"),
        (changed("checked: 2026-11-23", "checked: yesterday"), "criteria.wild.sources.0.checked"),
        (changed("checked: 2026-11-23", "checked: 2026-13-23"), "criteria.wild.sources.0.checked"),
        (
            changed("sources: [{", "extra: 1\n    sources: [{"),
            "criteria.wild.extra: this key is not known",
        ),
        (CRITERION.split("    sources")[0], "criteria.wild.sources: this key is missing"),
        (
            changed(
                "[{ref: fong-1999, locator: nowhere, mark: verified, checked: 2026-11-23}]", "[]"
            ),
            "sources",
        ),
        (
            changed("intent: requires", "intent: requires\n    if_unknown: panic"),
            "expected one of needs data, caution",
        ),
        (
            changed("intent: requires", "intent: requires\n    applies: {some: [x]}"),
            "criteria.wild.applies",
        ),
        (changed("  wild:", "  Wild Card:"), "criteria"),
        (
            changed("{is: {ras: wild_type}}", "{is: {lesion_in_liver: true}}"),
            "is a fact of a lesion",
        ),
        (changed("{is: {ras: wild_type}}", "{ref: itself}"), "no definition is called 'itself'"),
        (CRITERION + CRITERION.split("criteria:\n")[1], "the key 'wild' is given twice"),
    ],
)
def test_what_does_not_load_says_where_in_one_line(tmp_path, body, says):
    with pytest.raises(EvidenceError) as refused:
        evidence_of(tmp_path, body, None).criteria("room", "mine")
    message = str(refused.value)
    assert message.startswith("criteria/mine/room.yaml:")
    assert says in message
    assert "\n" not in message


def test_a_file_says_the_room_and_set_of_its_path(tmp_path):
    text = written(room="another")
    evidence = folder(tmp_path, {"criteria/mine/room.yaml": text})
    with pytest.raises(EvidenceError, match="as the path says"):
        evidence.criteria("room", "mine")


@pytest.mark.parametrize(
    ("tests", "says"),
    [
        (TESTS.replace("ras: mutated", "razz: mutated"), "razz: no such fact is registered"),
        (TESTS.replace("ras: mutated", "ras: blue"), "ras: expected one of"),
        (TESTS.replace("ras: mutated", "ecog: {value: 1}"), "ecog: expected value, low and high"),
        (
            TESTS.replace("ras: mutated", "ecog: {unknown: lost}"),
            "ecog: expected value, low and high",
        ),
        (TESTS.replace("ras: mutated", "ecog: {value: 1, low: x, high: 2}"), "expected a finite"),
        (TESTS.replace("ras: mutated", "ecog: {value: 1, low: 2, high: 3}"), "lies in it"),
        (TESTS.replace("ras: mutated", "ecog: [1]"), "expected a finite number"),
        (TESTS.replace("expect: no", "expect: maybe"), "tests.wild.1.expect"),
        (TESTS.replace("expect: no", "expects: no"), "tests.wild.1"),
    ],
)
def test_a_wrong_test_says_where_as_well(tmp_path, tests, says):
    with pytest.raises(EvidenceError) as refused:
        read_tests(evidence_of(tmp_path, tests=tests), "room", "mine")
    assert says in str(refused.value)
    assert str(refused.value).startswith("criteria/mine/room.yaml:")


SOURCE = "sources: {{a: {{title: Abc, kind: {}, read: {}, mark: verified, checked: 2026-01-01}}}}"
PARAMETER = "parameters: {{a: {{title: Abc, value: 1, unit: {}, sources: {}}}}}"
CITED = "[{{ref: {}, mark: verified, checked: 2026-01-01}}]"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("sources.yaml", SOURCE.format("novel", "full text"), "trial, cohort"),
        ("sources.yaml", SOURCE.format("trial", "upside down"), "full text"),
        ("parameters/p.yaml", PARAMETER.format("furlong", CITED.format("fong-1999")), "'furlong'"),
        ("parameters/p.yaml", PARAMETER.format("mm", CITED.format("nobody")), "'nobody'"),
        ("parameters/p.yaml", PARAMETER.format("mm", "[]"), "parameters.a.sources"),
    ],
)
def test_wrong_sources_and_parameters_are_refused(tmp_path, name, text, says):
    with pytest.raises(EvidenceError) as refused:
        folder(tmp_path, {name: text})
    assert says in str(refused.value)
    assert str(refused.value).startswith(name)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "sources.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EvidenceError, match="cannot be read as UTF-8"):
        load_evidence(tmp_path)


def test_asking_for_what_does_not_exist_is_a_request_error(tmp_path):
    evidence = load_evidence()
    for ask in (
        lambda: evidence.file("nothing"),
        lambda: evidence.definition("nothing"),
        lambda: evidence.parameter("nothing"),
    ):
        with pytest.raises(RequestError, match="nothing"):
            ask()
    with pytest.raises(EvidenceError, match="no such folder"):
        load_evidence(tmp_path / "nowhere")


def damaged(chance, text):
    """Return `text` with a few characters lost, doubled, swapped or replaced."""
    letters = list(text)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(letters))
        letters[place] = chance.choice(["", letters[place] * 2, *"[]{}:,-'\"&*!|>#% \n09.xe"])
    return "".join(letters)


def test_a_damaged_file_loads_or_is_refused_in_one_line_and_never_crashes(tmp_path):
    chance = random.Random(5)
    body = second_criterion()
    path = tmp_path / "criteria" / "mine" / "room.yaml"
    path.parent.mkdir(parents=True)
    refused = 0
    for _ in range(200):
        path.write_text(damaged(chance, written(body)), "utf-8")
        for finding in lint_or_refuse(tmp_path):
            assert "\n" not in finding
            refused += 1
    assert refused > 100


def second_criterion():
    """Return the small criterion and one with every kind of node."""
    return (
        CRITERION
        + """
  every-node:
    intent: cautions
    text: One of every kind of node
    applies: {any: [major], none: [wedge]}
    when:
      any:
        - {between: {fact: cea, low: 20, high: 200, unit: ug/L}}
        - {at_least: {count: 1, of: [{is: {response: [partial, complete]}}]}}
        - {count_lesions: {where: {is: {lesion_in_liver: true}}, op: "<=", count: 3}}
        - {not: {cmp: {fact: flr_percent, op: ">=", parameter: remnant.healthy}}}
        - {exists_lesion: {cmp: {fact: lesion_diameter, op: ">", value: 3, unit: cm}}}
    sources: [{ref: fong-1999, mark: verified, checked: 2026-11-23}]
"""
    )


def lint_or_refuse(tmp_path):
    try:
        evidence = load_evidence(tmp_path)
    except EvidenceError as error:
        return [str(error)]
    return [str(one) for one in lint_room(evidence, "room", "mine")]
