"""Problems of a record: each one line that names file, line, key, what is wrong and the remedy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from liverboard.case.entry import read_date
from liverboard.case.field import LISTED, UNTOLD
from liverboard.case.record import CaseRecord
from liverboard.case.sections import SECTIONS, LiverTreatment, Measurement, Section, SystemicLine
from liverboard.case.strict_yaml import Document, KeyPath, dotted
from liverboard.case.vocabulary import closest
from liverboard.errors import CaseError

__all__ = ["RecordError", "validated"]

MODELS: Mapping[KeyPath, type[Section]] = {
    (): CaseRecord,
    **{(name,): model for name, model in SECTIONS.items()},
    ("history", "systemic"): SystemicLine,
    ("history", "liver"): LiverTreatment,
    ("history", "measurements"): Measurement,
}


class RecordError(CaseError):
    """A record that cannot be read; `problems` holds every problem, the message the first."""

    def __init__(self, problems: tuple[CaseError, ...]) -> None:
        """Speak of the first problem, and say how many more there are."""
        first, more = problems[0], len(problems) - 1
        tail = f" (and {more} more; `liverboard check` lists all)" if more else ""
        super().__init__(first.what, where=first.where, remedy=first.remedy + tail)
        self.problems = problems


def validated(document: Document, where: str) -> CaseRecord:
    """Return the record that `document` holds; raise RecordError with every problem in it."""
    raw = document.value
    if not isinstance(raw, Mapping) or not raw:
        what = "empty" if not raw else "not a mapping of keys"
        raise CaseError(
            what, where=where, remedy="write at least `id: <name>`; see liverboard init"
        )
    try:
        return CaseRecord.model_validate(raw, context={"reference": _reference(raw)})
    except ValidationError as error:
        found = sorted(error.errors(), key=lambda entry: document.line_of(_path(entry["loc"])))
        problems = [_problem(dict(entry), document, where) for entry in found]
        raise RecordError(tuple(problems)) from error


def _reference(raw: Mapping[Any, Any]) -> dt.date | None:
    """Return the stated reference date where it can be read; its own field says if it cannot."""
    try:
        return read_date(raw["reference_date"], None)
    except (KeyError, ValueError):
        return None


def _path(place: KeyPath) -> KeyPath:
    """Return the key path of an error's place, without the tags of alternatives."""
    return tuple(part for part in place if part not in (LISTED, UNTOLD))


def _problem(entry: Mapping[str, Any], document: Document, where: str) -> CaseError:
    """Return one error of pydantic as a line of ours."""
    path = _path(entry["loc"])
    what, remedy = _explained(entry, path)
    key = dotted(path)
    place = f"{where}:{document.line_of(path)}" if document.lines else where
    return CaseError(what, where=f"{place}: {key}" if key else place, remedy=remedy)


TEXTS: Mapping[str, tuple[str, str]] = {
    "missing": ("missing", "write it"),
    "string_pattern_mismatch": (
        "{received} is no id",
        "use letters, digits, - and _ only, at most 64",
    ),
    "model_type": ("expected keys with values, got {received}", "indent the keys below it"),
    "tuple_type": (
        "expected a list, got {received}",
        "write [] for none, or one `- ` per entry",
    ),
}
"""What kinds of pydantic errors say here, and their remedies."""


def _explained(entry: Mapping[str, Any], path: KeyPath) -> tuple[str, str]:
    """Return what is wrong and its remedy."""
    kind, received = entry["type"], f"{entry['input']!r:.60}"
    if kind == "liverboard":
        return entry["ctx"]["what"], entry["ctx"]["remedy"]
    if kind == "extra_forbidden":
        return "unknown key", _suggestion(path)
    message = f"got {received}: {entry['msg'][:1].lower()}{entry['msg'][1:]}"
    what, remedy = TEXTS.get(kind, (message, "correct it"))
    return what.replace("{received}", received), remedy


def _suggestion(path: KeyPath) -> str:
    """Return what an unknown key may have been meant to be."""
    written, parent = str(path[-1]), tuple(part for part in path[:-1] if isinstance(part, str))
    keys = _keys(MODELS[parent])
    elsewhere = [
        dotted((*home, written)) for home, model in MODELS.items() if written in _keys(model)
    ]
    if elsewhere:
        return f"it belongs at {elsewhere[0]}"
    near = closest(written, keys)
    return f"did you mean {near}?" if near else f"allowed: {', '.join(keys)}"


def _keys(model: type[Section]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]
