"""How easy a text is to read: the Flesch-Kincaid grade, measured on every letter.

Syllables are counted by groups of vowels with the usual corrections of English spelling; against a
dictionary such a count is off by one in about one word of ten, in both directions. A lone number is
one word of one syllable. What a text means, and who can bear to read it, is not measured.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

__all__ = ["highest_grade", "reading_grade", "syllables"]

VOWELS = re.compile(r"[aeiouy]+")
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9'.,-]*")
SENTENCE_END = re.compile(r"[.!?:]+(?=\s|$)|\n\s*\n|\n(?=\s*- )")
SILENT_E = re.compile(r"[^aeiouyl]e$|[^aeiouy]es$|[^aeiouytd]ed$")
SOUNDED_ES = re.compile(r"(?:s|x|z|ch|sh|c|g)es$")
TWO_SOUNDS = re.compile(r"ia(?!n)|io(?!n|us)|iu|ua(?!r)|iet|scien|ea$|[^aeiou]ying|ier$")


@cache
def _settings() -> Mapping[str, Any]:
    text = resources.files("liverboard.report").joinpath("readability.yaml").read_text("utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found


def highest_grade() -> float:
    """Return the grade that a letter must not exceed. House value."""
    return float(_settings()["letter"]["highest_grade"])


def syllables(word: str) -> int:
    """Return how many syllables an English word has, as its spelling tells; at least one."""
    letters = re.sub(r"[^a-z]", "", word.lower())
    count = len(VOWELS.findall(letters)) + len(TWO_SOUNDS.findall(letters))
    is_silent = SILENT_E.search(letters) and not SOUNDED_ES.search(letters)
    return max(1, count - 1 if is_silent else count)


def reading_grade(text: str) -> float:
    """Return the Flesch-Kincaid grade of `text`: years of school in the United States.

    Headings and items of a list count as sentences. Source: kincaid-1975. Needs one word at least.
    """
    words = WORD.findall(text)
    if not words:
        raise ValueError("a text without words has no grade")
    sentences = [part for part in SENTENCE_END.split(text) if WORD.search(part)]
    weight = _settings()["flesch_kincaid"]["coefficients"]
    per_sentence = len(words) / len(sentences)
    per_word = sum(map(syllables, words)) / len(words)
    grade = weight["words_per_sentence"] * per_sentence + weight["syllables_per_word"] * per_word
    return float(grade + weight["constant"])
