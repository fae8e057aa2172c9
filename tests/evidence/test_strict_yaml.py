"""The front door for files: what is read, and what is refused, with its place."""

import pytest

from liverboard.errors import EvidenceError
from liverboard.evidence.strict_yaml import documents_of, read_document


def content(text):
    return read_document(text, "file.yaml").content


def test_words_stay_words_and_numbers_become_numbers():
    text = "a: yes\nb: no\nc: 2026-11-23\nd: 12:30\ne: 010\nf: 1e3\ng: -.5\nh: true\ni: null\nj: ~"
    assert content(text) == {
        "a": "yes",
        "b": "no",
        "c": "2026-11-23",
        "d": "12:30",
        "e": 10,
        "f": 1000.0,
        "g": -0.5,
        "h": True,
        "i": None,
        "j": None,
    }


def test_quotes_keep_a_number_a_word():
    assert content("a: '1'\nb: \"true\"") == {"a": "1", "b": "true"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\nb: 2\na: 3", "file.yaml:3: the key 'a' is given twice"),
        ("a: &x [1]\nb: *x", "aliases"),
        ("a: !!python/object:os.system x", "tags are not allowed"),
        ("a: !thing x", "tags are not allowed"),
        ("a: [1, 2", "file.yaml:2: this is not valid YAML"),
        ("? [1]\n: 2", "a key must be a word"),
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        ("[" * 50, "nested deeper"),
        ("- " * 60 + "a", "nested deeper"),
        ("a: " + "x" * 2_000_001, "longer than"),
    ],
)
def test_what_is_refused_says_where(text, says):
    with pytest.raises(EvidenceError) as refused:
        content(text)
    assert says in str(refused.value)


def test_a_bomb_of_aliases_is_refused_at_once():
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 30)]
    with pytest.raises(EvidenceError, match="aliases"):
        content("\n".join(lines))


def test_every_value_has_a_line():
    document = read_document("a:\n  b:\n    - 1\n    - c: 2\n", "file.yaml", first_line=10)
    assert document.line_of(("a",)) == 10
    assert document.line_of(("a", "b", 1)) == 13
    assert document.place_of(("a", "b", 1, "c")) == "file.yaml:13: a.b.1.c"
    assert document.line_of(("a", "nowhere", 3)) == 10


def test_a_file_may_hold_two_documents():
    parts = documents_of("a: 1\nb: 2\n---\nc: 3\n")
    assert parts == (("a: 1\nb: 2", 1), ("c: 3\n", 4))
