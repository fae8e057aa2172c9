"""What clinicians' spellings mean: categories, flags, units, drugs and regimens.

The words are in `vocabulary.yaml`; a word that is not there is not understood, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any

from liverboard.evidence.fact import FactSpec
from liverboard.table_file import read_table
from liverboard.units import units_like
from liverboard.values import Reason, Unknown

__all__ = [
    "Usual",
    "category_of",
    "closest",
    "closest_category",
    "drug_class",
    "flag_of",
    "fold",
    "foreign_unit",
    "means_unknown",
    "regimen_drugs",
    "side_of_site",
    "unit_of",
    "usual_range",
]

STAGE = re.compile(r"^(?:[acmpry ]*)(t|n)(is|[0-4])([a-e]?)$")
"""A T or N category with the prefixes of TNM (c, p, y, r, a, m): pT4a, ypN1b."""

SEPARATORS = re.compile(r"[\s_-]+")


@dataclass(frozen=True, slots=True)
class Usual:
    """Usual and refused bounds of a fact, in its unit."""

    low: float
    high: float
    refused_low: float
    refused_high: float


@cache
def _words() -> Mapping[str, Any]:
    text = resources.files("liverboard.case").joinpath("vocabulary.yaml").read_text("utf-8")
    words: Mapping[str, Any] = read_table(text)
    return words


def fold(text: str) -> str:
    """Return `text` for comparison: lower case, micro as u, separators as one space."""
    plain = text.replace("\u00b5", "u").replace("\u03bc", "u").casefold()
    return SEPARATORS.sub(" ", plain).strip()


def closest(word: str, known: Iterable[str]) -> str:
    """Return the names of `known` that `word` may have meant, joined by `or`; empty if none."""
    folded = {fold(name): name for name in known}
    near = get_close_matches(fold(word), folded, n=2, cutoff=0.6)
    return " or ".join(folded[name] for name in near)


def closest_category(spec: FactSpec, text: str) -> str:
    """Return the categories whose spelling is near `text`, with the spelling where it differs."""
    spelled = {**{value: value for value in spec.domain}, **_spellings(spec.name)}
    near = get_close_matches(fold(text), [fold(word) for word in spelled], n=1, cutoff=0.6)
    meant = {fold(word): value for word, value in spelled.items()}
    return " or ".join(
        meant[word] if fold(meant[word]) == word else f"{word} ({meant[word]})" for word in near
    )


@cache
def _spellings(fact: str) -> Mapping[str, str]:
    """Map every folded spelling of the categories of `fact` to its value."""
    entries: Mapping[str, list[Any]] = _words()["categories"].get(fact, {})
    return {
        fold(_text(word)): value for value, words in entries.items() for word in (value, *words)
    }


def _text(word: object) -> str:
    """Return a word of the table as text: YAML reads a bare `no` as false."""
    return {True: "yes", False: "no"}[word] if isinstance(word, bool) else str(word)


def category_of(spec: FactSpec, text: str) -> str | Unknown | None:
    """Return the category that `text` spells, None where it is not understood.

    Unknown where it is understood but coarser or other than the fact's domain (T4 without a or b).
    """
    wanted = fold(text)
    for value in spec.domain:
        if fold(value) == wanted:
            return value
    found = _spellings(spec.name).get(wanted)
    if found in spec.domain:
        return found
    return _stage(spec, wanted) if spec.name in ("primary_t", "primary_n") else None


def _stage(spec: FactSpec, wanted: str) -> str | Unknown | None:
    """Return a T or N category without prefix; finer than the domain is cut to it."""
    match = STAGE.match(wanted)
    if match is None or match[1] != spec.name[-1]:
        return None
    exact, coarse = match[1].upper() + match[2] + match[3], match[1].upper() + match[2]
    for value in (exact, coarse):
        if value in spec.domain:
            return value
    return Unknown(Reason.INDETERMINATE, f"{exact} is none of {', '.join(spec.domain)}")


def flag_of(text: str) -> bool | None:
    """Return what a word says of a flag, None where it says neither."""
    for name, answer in (("true", True), ("false", False)):
        if fold(text) in {fold(_text(word)) for word in _words()["flags"][name]}:
            return answer
    return None


def means_unknown(text: str) -> bool:
    """Whether `text` is a way of saying that a value is not known."""
    return fold(text) in {fold(str(word)) for word in _words()["unknown_words"]}


@cache
def _units(family: str) -> Mapping[str, str]:
    """Map every spelling of the units of `family` to the unit's name."""
    spelled: Mapping[str, list[str]] = _words()["unit_spellings"]
    found: dict[str, str] = {}
    for unit in units_like(family):
        for word in (*spelled.get(unit, ()), unit):
            found[_unit_text(word)] = unit
    return found


def _unit_text(text: str) -> str:
    return fold(text).replace(" ", "")


def unit_of(family: str, text: str) -> str | None:
    """Return the unit of `family` that `text` spells, None where there is none."""
    return _units(family).get(_unit_text(text))


def foreign_unit(text: str) -> tuple[str, float] | None:
    """Return the unit and factor that a unit of another country stands for."""
    found = _words()["foreign_units"].get(_unit_text(text))
    return None if found is None else (str(found["unit"]), float(found["factor"]))


def usual_range(fact: str) -> Usual | None:
    """Return what is usual of a numeric fact, None where no table says."""
    found = _words()["usual"].get(fact)
    if found is None:
        return None
    low, high = found["usual"]
    refused_low, refused_high = found.get("refused", (float("-inf"), float("inf")))
    return Usual(float(low), float(high), float(refused_low), float(refused_high))


@cache
def _drugs() -> Mapping[str, str]:
    table: Mapping[str, list[str]] = _words()["drugs"]
    return {fold(word): name for name, words in table.items() for word in words}


def drug_class(text: str) -> str | None:
    """Return the class of a drug, `other` for a known drug of no class asked for."""
    return _drugs().get(fold(text))


def regimen_drugs(text: str) -> tuple[str, ...]:
    """Return the drugs that a regimen's name tells, such as `FOLFOX+bev`; empty where unknown."""
    table = {fold(name): tuple(drugs) for name, drugs in _words()["regimens"].items()}
    found: list[str] = []
    for part in re.split(r"\s*\+\s*", text):
        drugs = table.get(fold(part)) or ((part,) if drug_class(part) else ())
        if not drugs:
            return ()
        found.extend(drugs)
    return tuple(found)


def side_of_site(text: str) -> str | None:
    """Return the side of a colorectal primary that the spelling of its site tells, if any."""
    table: Mapping[str, list[str]] = _words()["side_of_site"]
    for side, words in table.items():
        if fold(text) in {fold(word) for word in words}:
            return side
    return None
