"""What a person assumes on the command line: `ras=mutated`, `bilirubin=2 mg/dL`, `msi=unknown`.

Values are read as in the record: same spellings, same plausible ranges. A unit may be left out only
where there is no doubt about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml
from pydantic_core import PydanticCustomError

from liverboard.case.entry import needs_unit, read_readings
from liverboard.case.sections import markers
from liverboard.case.vocabulary import closest, fold, means_unknown
from liverboard.errors import RequestError
from liverboard.evidence.fact import Fact, FactKind, FactSpec, Known, fact_registry
from liverboard.values import Reason, Unknown

__all__ = ["WHERE", "assumptions", "fact_called"]

WHERE = "--set"

WHAT_IF = "what if"

NUMBER = re.compile(r"^(?P<number>[-+]?[0-9.,]+(?:[eE][-+]?\d+)?)\s*(?P<unit>.*)$")

OWN_UNITS = ("percent", "percent/week")
"""Units that go without saying."""

UNIT_IN_NAME = re.compile(r"(^age$|(^|_)(days|weeks|months|percent)(_|$))")
"""Names that tell the unit of their fact."""


@cache
def _short_names() -> Mapping[str, str]:
    """Map folded names, record keys and short names to facts."""
    text = resources.files("liverboard.case").joinpath("assumption.yaml").read_text("utf-8")
    table: Mapping[str, str] = yaml.safe_load(text)["short_names"]
    found = {fold(word): fact for word, fact in table.items() if fact in fact_registry()}
    keys = [(key, marker.fact) for _, key, marker in markers()]
    once = {key: fact for key, fact in keys if [k for k, _ in keys].count(key) == 1}
    found |= {fold(key): fact for key, fact in once.items() if len(key) > 1}
    return found | {fold(f"{room}.{key}"): marker.fact for room, key, marker in markers()}


def fact_called(word: str) -> FactSpec:
    """Return the fact that `word` names: registered name, key of the record, or short name.

    RequestError names what is near where there is none.
    """
    registry = fact_registry()
    names = {fold(name): name for name in registry}
    name = names.get(fold(word)) or _short_names().get(fold(word))
    if name is not None:
        return registry[name]
    near = closest(word, {**dict.fromkeys(registry), **dict.fromkeys(_short_names())})
    raise RequestError(
        f"no fact is called {word.strip()!r}",
        where=WHERE,
        remedy=f"did you mean {near}?" if near else "`liverboard check CASE` lists the facts",
    )


def assumptions(words: Iterable[str]) -> dict[str, Fact]:
    """Return what `name=value` words assume, by fact; RequestError for what cannot be meant."""
    found: dict[str, Fact] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise RequestError(
                f"{word!r} is no assumption", where=WHERE, remedy="write name=value: ras=mutated"
            )
        spec = fact_called(name)
        if spec.name in found:
            raise RequestError("is set twice", where=f"{WHERE} {spec.name}", remedy="keep one")
        found[spec.name] = _fact(spec, value.strip())
    return found


def _fact(spec: FactSpec, text: str) -> Fact:
    """Return the fact that a value in words means."""
    if means_unknown(text) and text not in spec.domain:
        return Unknown(Reason.NOT_RECORDED, WHAT_IF)
    try:
        reading = read_readings(_raw(spec, text), spec, None)[0]
    except PydanticCustomError as error:
        told = error.context or {}
        raise RequestError(
            str(told.get("what")),
            where=f"{WHERE} {spec.name}",
            remedy=_remedy(spec, str(told.get("remedy"))),
        ) from error
    if isinstance(reading.value, Unknown):
        raise RequestError(
            f"{text!r} is too coarse: {reading.value.detail}", where=f"{WHERE} {spec.name}"
        )
    return Known(reading.value, WHAT_IF)


def _raw(spec: FactSpec, text: str) -> Any:
    """Return a value as the record would hold it: a number with its unit, or a word."""
    match = NUMBER.match(text)
    if spec.kind is not FactKind.NUMBER or match is None:
        return text
    try:
        number: float | str = float(match["number"])
    except ValueError:
        number = match["number"]
    unit = match["unit"].strip() or _own_unit(spec)
    return {"value": number, "unit": unit} if unit else {"value": number}


def _own_unit(spec: FactSpec) -> str:
    """Return the unit that goes without saying; empty where it has to be written."""
    is_clear = spec.unit in OWN_UNITS or UNIT_IN_NAME.search(spec.name)
    return spec.unit if needs_unit(spec) and is_clear else ""


def _remedy(spec: FactSpec, remedy: str) -> str:
    """Return how to mend it, with an example where a unit is missing."""
    if remedy.startswith("give unit"):
        return f"{remedy}, as in {WHERE} '{spec.name}=... {spec.unit}'"
    return remedy
