"""How single fields of the record are read: facts, days, counts and texts.

Each is a marker for `typing.Annotated`; pydantic asks it for the validator. The date of reference
comes with the validation context, so that a date after it is refused where it is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from pydantic import Discriminator, PlainValidator, Tag, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from liverboard.case.entry import Readings, read_date, read_readings, read_unknown, refusal
from liverboard.evidence.fact import FactSpec, spec_of
from liverboard.values import Reason, Unknown

__all__ = ["LISTED", "NOT_RECORDED", "Count", "Day", "Recorded", "Text", "Told", "Untold", "told"]

NOT_RECORDED = Unknown(Reason.NOT_RECORDED)

LISTED, UNTOLD = "listed", "untold"
"""Tags of a list that is given, and of one that is said to be unknown."""

MAX_TEXT = 20_000
MAX_COUNT = 1000


def reference_of(info: ValidationInfo) -> dt.date | None:
    """Return the reference date that the record states, None where it states none."""
    context = info.context or {}
    found = context.get("reference")
    return found if isinstance(found, dt.date) else None


@dataclass(frozen=True, slots=True)
class Recorded:
    """Marks a field of the record as the registered fact `fact`."""

    fact: str

    @property
    def spec(self) -> FactSpec:
        """What is registered of the fact."""
        return spec_of(self.fact)

    def read(self, raw: Any, info: ValidationInfo) -> Readings:
        """Return the readings written in this field."""
        return read_readings(raw, self.spec, reference_of(info))

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        """Tell pydantic to read the field with `read`."""
        del source, handler
        return core_schema.with_info_plain_validator_function(self.read)


def _is_unknown(raw: Any) -> bool:
    return isinstance(raw, Mapping) and "unknown" in raw


def _day(raw: Any, info: ValidationInfo) -> dt.date | Unknown:
    return read_unknown(raw) if _is_unknown(raw) else read_date(raw, reference_of(info))


def _count(raw: Any) -> int | Unknown:
    if _is_unknown(raw):
        return read_unknown(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= MAX_COUNT:
        raise refusal(f"expected a whole number from 0 to {MAX_COUNT}, got {raw!r}", "correct it")
    return raw


def _text(raw: Any) -> str:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise refusal(f"expected text, got {raw!r:.60}", "write a few words")
    if len(str(raw)) > MAX_TEXT:
        raise refusal(f"text of {len(str(raw)):,} characters", f"shorten it to {MAX_TEXT:,}")
    return str(raw)


def _untold(raw: Any) -> Unknown:
    return read_unknown(raw)


def told(raw: Any) -> str:
    """Return the tag of a list of the history: given, or said to be unknown."""
    return UNTOLD if _is_unknown(raw) or isinstance(raw, Unknown) else LISTED


Day: TypeAlias = Annotated[dt.date | Unknown, PlainValidator(_day)]
Count: TypeAlias = Annotated[int | Unknown, PlainValidator(_count)]
Text: TypeAlias = Annotated[str, PlainValidator(_text)]
Untold: TypeAlias = Annotated[Unknown, PlainValidator(_untold), Tag(UNTOLD)]
Told = Discriminator(told)
