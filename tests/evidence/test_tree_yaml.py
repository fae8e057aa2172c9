"""Trees as YAML: both ways, and every mistake with its place."""

import pytest
import yaml
from hypothesis import given, settings

from liverboard.errors import EvidenceError
from liverboard.evidence.criterion import (
    Compare,
    Constant,
    Is,
    Limit,
    Operator,
    Ref,
    children_of,
)
from liverboard.evidence.loader import load_evidence
from liverboard.evidence.strict_yaml import read_document
from liverboard.evidence.tree_yaml import TreeReader, write_tree
from liverboard.evidence.wording import sentence_of

from .strategies import trees

NAMED = {"cirrhotic": Ref("cirrhotic", "Cirrhotic liver", Is("cirrhosis", (True,)))}


def read(text):
    document = read_document(text, "file.yaml")
    return TreeReader(document, load_evidence().parameters, NAMED).read(document.content, ())


def without_refs(node):
    return not isinstance(node, Ref) and all(without_refs(child) for child in children_of(node))


@settings(max_examples=150, deadline=None)
@given(trees.filter(without_refs))
def test_writing_and_reading_gives_the_same_tree(tree):
    assert read(yaml.safe_dump(write_tree(tree))) == tree


def test_every_shipped_tree_survives_writing_and_reading():
    evidence = load_evidence()
    for room in evidence.rooms():
        file = evidence.file(room)
        shared = evidence.file("definitions").definitions
        named = {one.id: Ref(one.id, one.text, one.when) for one in (*shared, *file.rules)}
        for rule in file.rules:
            document = read_document(yaml.safe_dump(write_tree(rule.when)), "file.yaml")
            reader = TreeReader(document, evidence.parameters, named)
            assert reader.read(document.content, ()) == rule.when


def test_units_are_turned_into_that_of_the_fact():
    leaf = read("{cmp: {fact: largest_lesion, op: '>', value: 5, unit: cm}}")
    assert leaf == Compare("largest_lesion", Operator.MORE, Limit(50.0, 5.0, "cm"))


def test_a_parameter_brings_value_and_unit():
    leaf = read("{cmp: {fact: bilirubin, op: '<=', parameter: laboratory.bilirubin}}")
    assert leaf.limit.value == pytest.approx(34.208)
    assert (leaf.limit.unit, leaf.limit.parameter) == ("mg/dL", "laboratory.bilirubin")


def test_a_reference_is_resolved():
    assert read("{ref: cirrhotic}") is NAMED["cirrhotic"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[1]", "expected one of all, any"),
        ("{is: {ras: mutated}, any: []}", "expected one of all, any"),
        ("{iss: {ras: mutated}}", "'iss' is not one of"),
        ("{is: ras}", "expected one fact and its value"),
        ("{is: {razz: mutated}}", "razz: no such fact is registered"),
        ("{is: {ras: blue}}", "ras: expected one of wild_type, mutated; got 'blue'"),
        ("{is: {cirrhosis: yes}}", "cirrhosis: expected true or false, got 'yes'"),
        ("{cmp: {fact: bilirubin, op: '<'}}", "either value with unit, or parameter"),
        (
            "{cmp: {fact: bilirubin, op: '<', value: 3}}",
            "the unit is missing; bilirubin is in umol/L",
        ),
        ("{cmp: {fact: bilirubin, op: '<', value: 3, unit: g/L}}", "'g/L' is no unit of bilirubin"),
        ("{cmp: {fact: bilirubin, op: '~', value: 3, unit: umol/L}}", "op is one of"),
        ("{cmp: {fact: bilirubin, op: '<', value: x, unit: umol/L}}", "expected a number, got 'x'"),
        ("{cmp: {fact: bilirubin, op: '<', value: 9999, unit: mg/dL}}", "lies outside"),
        ("{cmp: {fact: [a], op: '<', value: 3, unit: umol/L}}", "expected a name"),
        ("{cmp: {fact: bilirubin, op: '<', parameter: nothing}}", "no parameter is called"),
        ("{cmp: {fact: bilirubin, op: '<', parameter: remnant.healthy}}", "'percent' is no unit"),
        (
            "{cmp: {fact: bilirubin, op: '<', parameter: laboratory.bilirubin, unit: umol/L}}",
            "a parameter brings its own unit",
        ),
        ("{cmp: {fact: bilirubin, op: '<', valu: 3, unit: umol/L}}", "unknown key 'valu'"),
        ("{between: {fact: cea, low: 1, unit: ug/L}}", "the key 'high' is missing"),
        ("{at_least: {count: 3, of: [{is: {ras: mutated}}]}}", "makes no sense"),
        ("{all: {is: {ras: mutated}}}", "expected a list"),
        (
            "{count_lesions: {where: {is: {lesion_in_liver: true}}, op: '<', count: 1.5}}",
            "whole number",
        ),
        ("{exists_lesion: {is: {ras: mutated}}}", "ras: is no fact of a lesion"),
        ("{ref: nothing}", "no definition is called 'nothing'"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(text, says):
    with pytest.raises(EvidenceError) as refused:
        read(text)
    message = str(refused.value)
    assert message.startswith("file.yaml:1")
    assert says in message
    assert "\n" not in message


def test_a_mistake_deep_in_a_tree_has_its_own_line():
    with pytest.raises(EvidenceError, match=r"file.yaml:3: all\.1\.is"):
        read("all:\n  - {is: {ras: mutated}}\n  - {is: {ras: blue}}\n")


def test_constants_stay_out_of_files():
    with pytest.raises(EvidenceError, match="cannot be written"):
        write_tree(Constant(value=True))


def test_a_tree_reads_as_a_sentence():
    text = """
    any:
      - {cmp: {fact: flr_percent, op: ">=", parameter: remnant.fibrotic}}
      - all:
          - {is: {response: [partial, complete]}}
          - {not: {ref: cirrhotic}}
          - {exists_lesion: {cmp: {fact: lesion_diameter, op: "<", value: 3, unit: cm}}}
    """
    assert sentence_of(read(text)) == (
        "Functional remnant of measured liver without tumour ≥ 40 % or ("
        "Best judged response to the latest line (RECIST): partial or complete and "
        "not Cirrhotic liver and "
        "there is a lesion with Longest axial diameter < 3 cm)"
    )
