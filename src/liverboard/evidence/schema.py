"""The shape of every evidence file, checked by pydantic: unknown keys are refused, with the place.

These entries are the front door only; inside, evidence is frozen dataclasses. JSON Schemas for
editors come from `json_schema`.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from liverboard.evidence.judgement import Intent, Status, Verdict
from liverboard.evidence.strict_yaml import YamlDocument
from liverboard.values import Mark

__all__ = [
    "CalculatorFile",
    "CitationEntry",
    "CriteriaFileEntry",
    "CriterionEntry",
    "DefinitionEntry",
    "ImplicationFile",
    "ParameterFile",
    "RuleTestFile",
    "ScoreEntry",
    "SourceFile",
    "json_schema",
    "validated",
]

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.\-]*$", max_length=80)]
Line = Annotated[str, Field(min_length=3, max_length=240, pattern=r"^[^\n]+$")]


def _day(text: str) -> str:
    """Return `text` where it is a day of the calendar, written 2026-11-23."""
    if dt.date.fromisoformat(text).isoformat() != text:
        raise ValueError("expected a day like 2026-11-23")
    return text


Day = Annotated[str, AfterValidator(_day)]


class Entry(BaseModel):
    """A part of an evidence file that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class CitationEntry(Entry):
    """One source of a statement; `checked` is when somebody last looked."""

    ref: str
    locator: str = ""
    mark: Mark
    checked: Day


class SourceEntry(Entry):
    """One entry of the bibliography."""

    title: Line
    kind: str
    authors: str = ""
    journal: str = ""
    year: int | None = None
    doi: str = ""
    pmid: str = ""
    url: str = ""
    read: str
    mark: Mark
    checked: Day
    note: str = ""


class OwnEntry(Entry):
    """A method or a judgement of ours: one sentence, and where the documentation tells more."""

    says: Line
    docs: str


class SourceFile(Entry):
    """`sources.yaml`."""

    sources: dict[Name, SourceEntry] = {}
    methods: dict[Name, OwnEntry] = {}
    judgements: dict[Name, OwnEntry] = {}


class ParameterEntry(Entry):
    """One number that criteria refer to by name."""

    title: Line
    value: float
    unit: str
    jurisdiction: str = "international"
    sources: Annotated[list[CitationEntry], Field(min_length=1)]
    note: str = ""


class ParameterFile(Entry):
    """One file of `parameters/`."""

    parameters: dict[Name, ParameterEntry]


class AppliesEntry(Entry):
    """Which proposals a criterion is about, by their tags."""

    any: list[Name] = []
    all: list[Name] = []
    none: list[Name] = []


class DefinitionEntry(Entry):
    """A named condition that criteria refer to."""

    text: Line
    when: Any
    sources: Annotated[list[CitationEntry], Field(min_length=1)]
    why: str = ""


class CriterionEntry(DefinitionEntry):
    """One criterion."""

    intent: Intent
    applies: AppliesEntry | list[Name] = AppliesEntry()
    if_unknown: str = "needs data"


class CriteriaFileEntry(Entry):
    """The first document of a file of criteria."""

    guideline: Name
    room: Name
    title: Line
    version: str
    review_by: Day
    definitions: dict[Name, DefinitionEntry] = {}
    criteria: dict[Name, CriterionEntry] = {}


class RuleTestEntry(Entry):
    """One test of one criterion: the facts given, in their own units, and the verdict expected."""

    given: dict[str, Any] = {}
    lesions: list[dict[str, Any]] | None = None
    has_all_lesions: bool = True
    expect: Verdict
    say: str = ""


class VignetteEntry(Entry):
    """One whole patient: facts and tags, the status expected, and the criteria that decide.

    `like` names a patient of the file whose facts are taken over where `given` says nothing.
    """

    name: Line
    like: str = ""
    tags: list[Name]
    given: dict[str, Any] = {}
    lesions: list[dict[str, Any]] | None = None
    has_all_lesions: bool = True
    status: Status
    because: dict[Name, Verdict]
    reason: Line
    source: str


class RuleTestFile(Entry):
    """The second document of a file of criteria."""

    tests: dict[Name, list[RuleTestEntry]] = {}
    patients: dict[Name, dict[str, Any]] = {}
    vignettes: list[VignetteEntry] = []


class ImplicationEntry(Entry):
    """What follows from facts by definition."""

    when: Any
    then: dict[str, Any]
    why: Line
    sources: Annotated[list[CitationEntry], Field(min_length=1)]


class ImplicationFile(Entry):
    """`implications.yaml`."""

    implications: dict[Name, ImplicationEntry]


class CalculatorEntry(Entry):
    """One formula: its coefficients, range of validity and source."""

    title: Line
    formula: Line
    unit: str
    coefficients: dict[str, float]
    valid: dict[str, tuple[float, float]] = {}
    sources: Annotated[list[CitationEntry], Field(min_length=1)]
    not_modelled: Line
    note: str = ""


class CalculatorFile(Entry):
    """`calculators.yaml`."""

    calculators: dict[Name, CalculatorEntry]


class LevelEntry(Entry):
    """Points that an item gives where its condition is met; the first level met counts."""

    points: float
    when: Any


class ItemEntry(Entry):
    """One item of a score."""

    name: Line
    levels: Annotated[list[LevelEntry], Field(min_length=1)]
    otherwise: float = 0


class GroupEntry(Entry):
    """A group of scores, `at_least` included and `below` not."""

    label: Line
    at_least: float
    below: float


class OutcomeEntry(Entry):
    """A published figure for scores from `at_least` to `below`, the latter not included."""

    at_least: float
    below: float
    what: Line
    value: float
    low: float | None = None
    high: float | None = None
    unit: str
    sources: Annotated[list[CitationEntry], Field(min_length=1)]


class ScoreEntry(Entry):
    """One file of `scores/`; a score without items is worked out by the calculator of its name."""

    score: Name
    title: Line
    scope: Any = None
    items: list[ItemEntry] = []
    groups: list[GroupEntry] = []
    outcomes: list[OutcomeEntry] = []
    sources: Annotated[list[CitationEntry], Field(min_length=1)]
    traps: list[Line] = []
    not_modelled: Line


Model = TypeVar("Model", bound=BaseModel)


def validated(model: type[Model], document: YamlDocument) -> Model:
    """Return the content of `document` as a `model`; raise EvidenceError with the first mistake."""
    try:
        return model.model_validate(document.content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = [step for step in first["loc"] if step not in UNION_BRANCHES]
        raise document.error(_said(first), path) from None


UNION_BRANCHES = frozenset({"AppliesEntry", "list[constrained-str]"})
"""Steps that pydantic adds to a path where a value may have one of two shapes."""


def _said(error: Any) -> str:
    """Return a validation error in our own words where pydantic's are about Python."""
    if error["type"] == "extra_forbidden":
        return "this key is not known here"
    if error["type"] == "missing":
        return "this key is missing"
    received = str(error.get("input"))[:60]
    return f"{error['msg'].lower()}, got {received!r}"


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of one kind of file, for editors that complete and check."""
    return model.model_json_schema()
