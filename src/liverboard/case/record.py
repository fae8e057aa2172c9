"""The clinical record, `case.yaml`: its sections, an id, and further registered facts.

Everything but the id is optional; see `sections` for the keys.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from liverboard.case.entry import Reading, Readings, refusal
from liverboard.case.field import NOT_RECORDED, Day, Recorded
from liverboard.case.sections import (
    Angiography,
    Extent,
    Fitness,
    History,
    Laboratory,
    Liver,
    Molecular,
    PatientRecord,
    Primary,
    Section,
    Wishes,
    markers,
)
from liverboard.case.vocabulary import closest
from liverboard.evidence.fact import FactLevel, fact_registry

__all__ = ["SCHEMA", "CaseRecord", "dates_in", "recorded_fields"]

SCHEMA: Literal["liverboard/case/1"] = "liverboard/case/1"

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"


def _notes(raw: Any) -> tuple[str, ...]:
    parts = raw if isinstance(raw, list | tuple) else [raw]
    if not all(isinstance(part, str) for part in parts):
        raise refusal("notes hold something other than text", "write text or a list of texts")
    return tuple(parts)


def _other(raw: Any, info: ValidationInfo) -> Mapping[str, Readings]:
    """Return readings of registered facts of the patient that have no key of their own."""
    if not isinstance(raw, Mapping):
        raise refusal(f"expected keys with values, got {raw!r:.60}", "indent the keys below it")
    return MappingProxyType({key: _other_fact(key, raw[key], info) for key in raw})


def _other_fact(key: Any, raw: Any, info: ValidationInfo) -> Readings:
    homes = {marker.fact: f"{name}.{own}" for name, own, marker in markers()}
    if key in homes:
        raise refusal(f"unknown key {key!r}", f"it belongs at {homes[key]}")
    spec = fact_registry().get(key)
    if spec is None or spec.level is not FactLevel.PATIENT:
        near = closest(str(key), fact_registry())
        raise refusal(
            f"no fact of a patient is called {key!r}",
            f"did you mean {near}?" if near else "remove it",
        )
    try:
        return Recorded(key).read(raw, info)
    except PydanticCustomError as error:
        told = error.context or {}
        raise refusal(f"{key}: {told.get('what')}", str(told.get("remedy"))) from error


def _nothing() -> Mapping[str, Readings]:
    return MappingProxyType({})


def _id(raw: Any) -> Any:
    return str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw


class CaseRecord(Section):
    """The whole record of one patient."""

    schema_: Literal["liverboard/case/1"] = Field(default=SCHEMA, alias="schema")
    id: str = Field(pattern=ID_PATTERN)
    invented: bool = False
    reference_date: Day = NOT_RECORDED
    patient: PatientRecord = PatientRecord()
    fitness: Fitness = Fitness()
    laboratory: Laboratory = Laboratory()
    liver: Liver = Liver()
    primary: Primary = Primary()
    molecular: Molecular = Molecular()
    extent: Extent = Extent()
    angiography: Angiography = Angiography()
    history: History = History()
    wishes: Wishes = Wishes()
    other: Annotated[Mapping[str, Readings], PlainValidator(_other)] = Field(
        default_factory=_nothing
    )
    notes: Annotated[tuple[str, ...], PlainValidator(_notes)] = ()

    @model_validator(mode="before")
    @classmethod
    def _empty_sections(cls, raw: Any) -> Any:
        """Take a section without a line as absent, and a number as an id."""
        if not isinstance(raw, Mapping):
            return raw
        kept = {
            key: value
            for key, value in raw.items()
            if not (value is None and key in cls.model_fields)
        }
        return {**kept, "id": _id(kept["id"])} if "id" in kept else kept


def recorded_fields(record: CaseRecord) -> Iterator[tuple[str, str, Readings]]:
    """Yield key path, fact and readings of every fact that the record states."""
    for name, key, marker in markers():
        readings: Readings = getattr(getattr(record, name), key)
        if readings:
            yield f"{name}.{key}", marker.fact, readings
    for fact, readings in record.other.items():
        yield f"other.{fact}", fact, readings


def dates_in(part: Any) -> Iterator[dt.date]:
    """Yield every date that the record or a part of it states."""
    if isinstance(part, Section):
        for name in type(part).model_fields:
            yield from dates_in(getattr(part, name))
    elif isinstance(part, tuple | Mapping):
        for item in part.values() if isinstance(part, Mapping) else part:
            yield from dates_in(item)
    elif isinstance(part, Reading):
        yield from dates_in(part.date)
    elif isinstance(part, dt.date):
        yield part
