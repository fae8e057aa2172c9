"""Facts: what is known of a patient, a lesion or an option, each with unit, date and origin.

A fact is registered once, in `data/facts.yaml`; using a name that is not registered is an error.
Its value is `Known`, or `Unknown` with a reason. Nothing is ever assumed.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, TypeAlias

from liverboard.errors import EvidenceError
from liverboard.evidence.strict_yaml import read_document
from liverboard.units import convert, units_like
from liverboard.values import Reason, Unknown

__all__ = [
    "Fact",
    "FactKind",
    "FactLevel",
    "FactSheet",
    "FactSpec",
    "Known",
    "Scalar",
    "fact_registry",
    "spec_of",
]

Scalar: TypeAlias = float | str | bool


class FactKind(StrEnum):
    """What values a fact takes."""

    NUMBER = "number"
    CATEGORY = "category"
    FLAG = "flag"


class FactLevel(StrEnum):
    """What a fact is about."""

    PATIENT = "patient"
    LESION = "lesion"
    OPTION = "option"


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One registered fact.

    `unit` is the clinical unit in which the value is held, `family` the family of units it may be
    given in. `low` and `high` are the plausible range in `unit`: a value beyond it is refused as a
    likely mistake. `domain` lists the values of a category. A value older than `stale_after_days`
    at the reference date is unknown. `ask` says how the fact is obtained, `modifiable` how it could
    be changed by treatment; both are empty where not applicable.
    """

    name: str
    label: str
    kind: FactKind
    level: FactLevel = FactLevel.PATIENT
    unit: str = "1"
    family: str = "number"
    low: float = -math.inf
    high: float = math.inf
    domain: tuple[str, ...] = ()
    is_integer: bool = False
    stale_after_days: int | None = None
    ask: str = ""
    modifiable: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        if (self.kind is FactKind.CATEGORY) != bool(self.domain):
            raise EvidenceError("a category, and only a category, lists a domain", where=self.name)
        if self.kind is FactKind.NUMBER and self.unit not in units_like(self.family):
            raise EvidenceError(f"unit {self.unit} is not of {self.family}", where=self.name)

    def check(self, value: Scalar) -> Scalar:
        """Return `value` in its canonical type; raise EvidenceError where it does not fit.

        Numbers must be finite and within the plausible range, categories within the domain.
        """
        if self.kind is FactKind.NUMBER:
            return self._check_number(value)
        if self.kind is FactKind.FLAG:
            if not isinstance(value, bool):
                raise EvidenceError(f"expected true or false, got {value!r}", where=self.name)
            return value
        if value not in self.domain:
            allowed = ", ".join(self.domain)
            raise EvidenceError(f"expected one of {allowed}; got {value!r}", where=self.name)
        return value

    def _check_number(self, value: Scalar) -> float:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            raise EvidenceError(f"expected a finite number, got {value!r}", where=self.name)
        if not self.low <= value <= self.high:
            raise EvidenceError(
                f"{value:g} {self.unit} is not plausible (range {self.low:g} to {self.high:g})",
                where=self.name,
                remedy="check value and unit",
            )
        if self.is_integer and not float(value).is_integer():
            raise EvidenceError(f"expected a whole number, got {value!r}", where=self.name)
        return float(value)

    def from_unit(self, value: float, unit: str) -> float:
        """Return `value` given in `unit` in the unit of this fact."""
        return convert(value, unit, to=self.unit, family=self.family)


@dataclass(frozen=True, slots=True)
class Known:
    """A known value: `low` and `high` bound a number (equal to it where it is exact).

    `origin` names where it comes from: `case.yaml: laboratory.bilirubin`, `anatomy`,
    `calculator: bsa-mosteller`. `date` is when it was true, where that is recorded.
    """

    value: Scalar
    origin: str
    date: dt.date | None = None
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        if isinstance(self.value, bool | str):
            if self.low is not None or self.high is not None:
                raise ValueError(f"only a number has an interval, got {self}")
            return
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        if not low <= self.value <= high:
            raise ValueError(f"a value must lie in its interval, got {self}")
        object.__setattr__(self, "low", float(low))
        object.__setattr__(self, "high", float(high))


Fact: TypeAlias = Known | Unknown


@cache
def fact_registry() -> Mapping[str, FactSpec]:
    """Return every registered fact by name, in the order of `data/facts.yaml`."""
    text = resources.files("liverboard.evidence").joinpath("data/facts.yaml").read_text("utf-8")
    entries = read_document(text, "facts.yaml").content["facts"]
    specs = [_spec_from(name, entry) for name, entry in entries.items()]
    return MappingProxyType({spec.name: spec for spec in specs})


def _spec_from(name: str, entry: Mapping[str, Any]) -> FactSpec:
    """Build one spec from its YAML entry; `range: [low, high]` stands for both bounds."""
    fields = dict(entry)
    low, high = fields.pop("range", (-math.inf, math.inf))
    fields["kind"] = FactKind(fields["kind"])
    fields["level"] = FactLevel(fields.get("level", "patient"))
    fields["domain"] = tuple(fields.get("domain", ()))
    return FactSpec(name=name, low=low, high=high, **fields)


def spec_of(name: str) -> FactSpec:
    """Return the registered fact `name`; raise EvidenceError where there is none."""
    spec = fact_registry().get(name)
    if spec is None:
        raise EvidenceError("no such fact is registered", where=name)
    return spec


def _checked(facts: Mapping[str, Fact], levels: Iterable[FactLevel]) -> Mapping[str, Fact]:
    """Return `facts` read-only after checking every name, level and value."""
    allowed = frozenset(levels)
    for name, fact in facts.items():
        spec = spec_of(name)
        if spec.level not in allowed:
            raise EvidenceError(f"a fact about a {spec.level} does not belong here", where=name)
        if isinstance(fact, Known):
            spec.check(fact.value)
    return MappingProxyType(dict(facts))


@dataclass(frozen=True, slots=True)
class FactSheet:
    """All facts of one patient: those of the patient (and option), and those of each lesion.

    `lesions` maps a lesion's id to its facts. `has_all_lesions` is False where the list of lesions
    may be incomplete (no lesion mask): counting criteria then stay unknown.
    """

    facts: Mapping[str, Fact] = field(default_factory=dict)
    lesions: Mapping[str, Mapping[str, Fact]] = field(default_factory=dict)
    has_all_lesions: bool = False

    def __post_init__(self) -> None:
        own = _checked(self.facts, (FactLevel.PATIENT, FactLevel.OPTION))
        lesions = {key: _checked(facts, (FactLevel.LESION,)) for key, facts in self.lesions.items()}
        object.__setattr__(self, "facts", own)
        object.__setattr__(self, "lesions", MappingProxyType(lesions))

    def get(self, name: str) -> Fact:
        """Return the fact `name`; unknown (not recorded) where nothing is said of it."""
        spec = spec_of(name)
        return self.facts.get(name, Unknown(Reason.NOT_RECORDED, spec.ask))

    def of_lesion(self, lesion: str, name: str) -> Fact:
        """Return the fact `name` of one lesion."""
        spec_of(name)
        return self.lesions[lesion].get(name, Unknown(Reason.NOT_RECORDED))

    def with_facts(self, facts: Mapping[str, Fact]) -> FactSheet:
        """Return a sheet in which `facts` replace or join the patient's and option's facts."""
        return replace(self, facts={**self.facts, **facts})

    def number(self, name: str) -> float | Unknown:
        """Return the value of a numeric fact, or why it is unknown."""
        fact = self.get(name)
        return fact if isinstance(fact, Unknown) else float(fact.value)

    def category(self, name: str) -> str | Unknown:
        """Return the value of a categorical fact, or why it is unknown."""
        fact = self.get(name)
        return fact if isinstance(fact, Unknown) else str(fact.value)

    def flag(self, name: str) -> bool | Unknown:
        """Return the value of a yes-or-no fact, or why it is unknown."""
        fact = self.get(name)
        return fact if isinstance(fact, Unknown) else bool(fact.value)
