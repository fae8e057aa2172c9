"""What the names of structures mean: canonical names, aliases, parts and single lesions.

The names are in `names.yaml`; a name that is not there is reported, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any

from liverboard.table_file import read_table

__all__ = [
    "IGNORED",
    "LESIONS",
    "LIVER",
    "Meaning",
    "canonical_names",
    "folded",
    "image_name",
    "is_unused",
    "labels_of",
    "meaning_of",
    "near_names",
    "stem_of",
]

LIVER, LESIONS, IGNORED = "liver", "lesions", "ignore"

SUFFIXES = (".seg.nrrd", ".nii.gz", ".nii", ".nrrd", ".dcm")
"""Endings of image files, the longest first."""

ONE_LESION = re.compile(
    r"^(?:liver ?)?(?:lesion|tumou?r|metastasis|met) ?0*([1-9][0-9]{0,3})(?: liver)?$"
)
"""The name of a single numbered lesion: lesion_01, tumor1, livertumor 3."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name stands for: a structure, a part of one, or the single lesion `lesion`."""

    name: str
    is_part: bool = False
    lesion: int = 0


@cache
def _table() -> Mapping[str, Any]:
    text = resources.files("liverboard.case").joinpath("names.yaml").read_text("utf-8")
    table: Mapping[str, Any] = read_table(text)
    return table


def canonical_names() -> tuple[str, ...]:
    """Return every canonical name of a structure, in the order of the table."""
    return tuple(_table()["structures"])


def aliases_of(name: str) -> tuple[str, ...]:
    """Return the aliases of a canonical name."""
    return tuple(_table()["structures"][name])


def parts_of(name: str) -> tuple[str, ...]:
    """Return the parts that are merged into a structure, none for most."""
    return tuple(_table()["parts"].get(name, ()))


def folded(name: str) -> str:
    """Return a name for comparison: lower case, separators as one space."""
    return re.sub(r"[\s._-]+", " ", name.casefold()).strip()


def stem_of(file_name: str) -> str:
    """Return a file's name without the ending of an image file, empty where it has none."""
    for suffix in SUFFIXES:
        if file_name.lower().endswith(suffix):
            return file_name[: -len(suffix)]
    return ""


@cache
def _meanings() -> Mapping[str, Meaning]:
    found: dict[str, Meaning] = {}
    for name in canonical_names():
        found |= {folded(part): Meaning(name, is_part=True) for part in parts_of(name)}
        found |= {folded(alias): Meaning(name) for alias in (*aliases_of(name), name)}
    return found


def meaning_of(name: str, own: Mapping[str, str] | None = None) -> Meaning | None:
    """Return what `name` stands for; `own` maps the user's names to ours; None where unknown."""
    wanted = folded(name)
    mine = {folded(key): value for key, value in (own or {}).items()}
    if wanted in mine:
        return Meaning(IGNORED) if mine[wanted] == IGNORED else meaning_of(mine[wanted])
    single = ONE_LESION.match(wanted)
    if single is not None:
        return Meaning(LESIONS, lesion=int(single[1]))
    return _meanings().get(wanted)


def is_unused(name: str) -> bool:
    """Whether `name` is a class of TotalSegmentator that no room uses."""
    return folded(name) in {folded(word) for word in _table()["unused"]}


def labels_of(name: str) -> Mapping[int, str]:
    """Return what the labels of a file mean by its name alone; empty where it does not tell."""
    files: Mapping[str, Mapping[int, str]] = _table()["label_files"]
    return files.get(folded(name), {})


def image_name(name: str) -> str | None:
    """Return the canonical name of an image in `imaging/`, None where unknown."""
    table: Mapping[str, list[str]] = _table()["images"]
    for canonical, aliases in table.items():
        if folded(name) in {folded(word) for word in (canonical, *aliases)}:
            return canonical
    return None


def near_names(name: str) -> str:
    """Return canonical names that `name` may have been meant to be, joined by `or`."""
    near = get_close_matches(folded(name), list(_meanings()), n=2, cutoff=0.7)
    return " or ".join(dict.fromkeys(_meanings()[word].name for word in near))
