"""The strict YAML reader: what is read, and what is refused with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liverboard.case.strict_yaml import dotted, read_yaml
from liverboard.errors import CaseError

REFUSED = {
    "duplicate key": ("a: 1\nb: 2\na: 3\n", "f:3", "written twice, first in line 1"),
    "nested duplicate": ("a:\n  b: 1\n  b: 2\n", "f:3", "'b' is written twice"),
    "anchor": ("a: &x 1\n", "f:1", "anchors and aliases"),
    "alias": ("a: *x\n", "f:1", "anchors and aliases"),
    "tab": ("a:\n\tb: 1\n", "f:2", "a tab"),
    "open bracket": ("a: [1, 2\nb: 3\n", "f:", "YAML"),
    "python tag": ("a: !!python/object/apply:os.system [ls]\n", "f:1", "YAML|tag"),
    "own tag": ("a: !secret x\n", "f:1", "tag"),
    "forced type": ("a: !!int x\n", "f:1", "tag"),
    "list as key": ("? [a]\n: 1\n", "f:1", "plain word"),
    "two documents": ("a: 1\n---\nb: 2\n", "f:2", "another document"),
    "deep": ("a: " + "[" * 5000 + "\n", "f:1", "nested deeper"),
}


@pytest.mark.parametrize(("text", "place", "what"), REFUSED.values(), ids=REFUSED.keys())
def test_bad_yaml_is_refused_with_its_line(text, place, what):
    with pytest.raises(CaseError, match=what) as caught:
        read_yaml(text.encode(), "f")
    assert str(caught.value).startswith(place)
    assert "\n" not in str(caught.value)
    assert caught.value.remedy


def test_large_and_undecodable_files_are_refused():
    with pytest.raises(CaseError, match="bytes"):
        read_yaml(b"#" * 300_000, "f")
    with pytest.raises(CaseError, match="f:2: not UTF-8"):
        read_yaml(b"a: 1\nb: \xff\n", "f")
    with pytest.raises(CaseError, match="unacceptable character"):
        read_yaml(b"a: \x00", "f")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1), ("-2", -2), ("1.5", 1.5), (".5", 0.5), ("1e3", 1000.0), ("2.", 2.0),
        ("010", "010"), ("1:30", "1:30"), ("0x10", "0x10"), ("1_000", "1_000"),
        ("2026-02-30", "2026-02-30"), ("yes", True), ("No", False), ("n", "n"), ("~", None),
        ("", None), (".nan", ".nan"), (".inf", ".inf"), ("'1'", "1"), ("1,2", "1,2"),
    ],
)  # fmt: skip
def test_scalars_mean_what_is_written(text, value):
    found = read_yaml(f"a: {text}".encode(), "f").value["a"]
    assert found == value
    assert type(found) is type(value)


def test_the_line_of_every_key_is_known():
    document = read_yaml(b"a:\n  b: 1\n  c:\n  - x: 1\n  - x: 2\n", "f")
    assert document.line_of(("a", "b")) == 2
    assert document.line_of(("a", "c", 1, "x")) == 5
    assert document.line_of(("a", "gone", "deeper")) == 1
    assert dotted(("a", "c", 1, "x")) == "a.c[2].x"


def test_a_byte_order_mark_does_no_harm():
    assert read_yaml(b"\xef\xbb\xbfid: x\n", "f").value == {"id": "x"}


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_one_line(content):
    try:
        read_yaml(content, "f")
    except CaseError as error:
        assert "\n" not in str(error)  # noqa: PT017
