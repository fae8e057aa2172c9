"""The record of a board: `plan.json`, schema `liverboard/plan/1`.

Everything a reader, a viewer or another program needs, as plain values. Times and facts about the
host are not in it (see `run.json`), so the same input and version give the same bytes.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "ArgumentRecord",
    "BoardRecord",
    "BurdenRecord",
    "CaseRecord",
    "CitationRecord",
    "EstimateRecord",
    "ExhibitRecord",
    "FactRecord",
    "LayerRecord",
    "LesionOutcomeRecord",
    "LesionRecord",
    "LiverEffectRecord",
    "LiverRecord",
    "MissingRecord",
    "NoPlanRecord",
    "OptionRecord",
    "PlanRecord",
    "ProvenanceRecord",
    "QuantityRecord",
    "RemnantNeededRecord",
    "SourceRecord",
    "StepRecord",
    "TraceRecord",
    "UnknownRecord",
]

SCHEMA: Literal["liverboard/plan/1"] = "liverboard/plan/1"


class Record(BaseModel):
    """A frozen part of the record that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")


class EstimateRecord(Record):
    """A number with interval, unit, sources and mark."""

    kind: Literal["estimate"] = "estimate"
    value: float
    low: float
    high: float
    unit: str
    sources: tuple[str, ...]
    mark: Literal["verified", "secondary", "unverified"] = "verified"


class UnknownRecord(Record):
    """A value that is not known, and why."""

    kind: Literal["unknown"] = "unknown"
    reason: str
    detail: str = ""


QuantityRecord = Annotated[EstimateRecord | UnknownRecord, Field(discriminator="kind")]


class CitationRecord(Record):
    """A source id, the place in it, and how sure it is."""

    ref: str
    locator: str = ""
    mark: Literal["verified", "secondary", "unverified"]
    checked: str = ""


class FactRecord(Record):
    """One fact with unit, origin and date; where `value` is null, `unknown` says why.

    `sources` are those of the calculator or score it was worked out by.
    """

    name: str
    label: str
    value: float | bool | str | None
    low: float | None = None
    high: float | None = None
    unit: str
    origin: str = ""
    date: dt.date | None = None
    lesion: str = ""
    unknown: UnknownRecord | None = None
    sources: tuple[CitationRecord, ...] = ()


class TraceRecord(Record):
    """One evaluated node of a criterion; `fact` names what a leaf looked at."""

    text: str
    verdict: Literal["yes", "no", "unknown"]
    fact: str = ""
    lesion: str = ""
    children: tuple[TraceRecord, ...] = ()


class ArgumentRecord(Record):
    """One criterion applied to one option."""

    criterion: str
    guideline: str
    text: str
    verdict: Literal["yes", "no", "unknown"]
    intent: Literal["scope", "requires", "contraindicates", "cautions", "favours", "disfavours"]
    direction: Literal["for", "against", "neutral", "open"]
    is_borderline: bool
    facts: tuple[FactRecord, ...]
    sources: tuple[CitationRecord, ...]
    trace: TraceRecord


class MissingRecord(Record):
    """A fact that is unknown, why, how to obtain it, and which options it holds open."""

    fact: str
    label: str = ""
    reason: str
    detail: str = ""
    ask: str = ""
    options: tuple[str, ...] = ()


class LesionOutcomeRecord(Record):
    """What a plan does to one lesion; `is_covered` null where the plan cannot tell."""

    lesion: str
    is_covered: bool | None
    margin_mm: QuantityRecord
    dose_gy: QuantityRecord
    local_control_2y: QuantityRecord
    remark: str = ""


class LiverEffectRecord(Record):
    """What a plan leaves of the liver."""

    removed_ml: QuantityRecord
    destroyed_ml: QuantityRecord
    overdosed_ml: QuantityRecord
    geometric_ml: QuantityRecord
    perfused_ml: QuantityRecord
    drained_ml: QuantityRecord
    functional_ml: QuantityRecord
    geometric_percent: QuantityRecord
    functional_percent: QuantityRecord


class BurdenRecord(Record):
    """What a plan asks of the patient."""

    sessions: QuantityRecord
    nights: QuantityRecord
    punctures: QuantityRecord
    waiting_weeks: QuantityRecord
    severe_harm_percent: QuantityRecord
    mortality_90d_percent: QuantityRecord
    anaesthesia: str


class StepRecord(Record):
    """One step of a plan in time."""

    id: str
    title: str
    duration_days: QuantityRecord
    after: tuple[str, ...]
    min_gap_days: QuantityRecord
    max_gap_days: QuantityRecord


class LayerRecord(Record):
    """One exported image; `file` is relative to the output folder."""

    name: str
    kind: Literal["mask", "labels", "scalar"]
    role: str
    unit: str = ""
    names: dict[int, str] = {}
    file: str


class ExhibitRecord(Record):
    """A table or chart of a plan as plain values, its kind in `kind`."""

    kind: Literal["table", "bars", "curves", "raster"]
    title: str
    content: dict[str, Any]


class ProvenanceRecord(Record):
    """How something was made."""

    method: str
    parameters: dict[str, Any] = {}
    seed: int | None = None


class PlanRecord(Record):
    """A proposal worked out on this anatomy."""

    lesions: tuple[LesionOutcomeRecord, ...]
    liver: LiverEffectRecord
    burden: BurdenRecord
    facts: tuple[FactRecord, ...]
    metrics: dict[str, QuantityRecord]
    layers: tuple[LayerRecord, ...]
    steps: tuple[StepRecord, ...]
    exhibits: tuple[ExhibitRecord, ...]
    cautions: tuple[str, ...]
    details: dict[str, Any]
    provenance: ProvenanceRecord


class NoPlanRecord(Record):
    """Why there is no plan: not possible, skipped after a proved hard stop, or failed."""

    cause: Literal["impossible", "skipped", "failed"]
    reason: str
    missing: tuple[str, ...] = ()


class OptionRecord(Record):
    """One option: a proposal, the arguments about it, and its plan where there is one.

    `dominated_by` names options of the same treatment that are at least as good in every figure by
    which that treatment's plans are compared, and better in one.
    """

    id: str
    treatment: str
    title: str
    targets: tuple[str, ...]
    tags: tuple[str, ...]
    status: Literal[
        "failed",
        "contraindicated",
        "not eligible",
        "outside the evidence",
        "needs data",
        "borderline",
        "eligible with cautions",
        "eligible",
    ]
    arguments: tuple[ArgumentRecord, ...]
    unknown: tuple[MissingRecord, ...]
    dominated_by: tuple[str, ...] = ()
    plan: PlanRecord | None
    no_plan: NoPlanRecord | None = None


class CaseRecord(Record):
    """Who it is about: id and facts, without name or birth date."""

    id: str
    reference_date: dt.date | None
    is_invented: bool
    facts: tuple[FactRecord, ...]
    remarks: tuple[str, ...]
    structures: tuple[str, ...]
    absent_structures: tuple[str, ...]


class RemnantNeededRecord(Record):
    """The remnant this liver needs, in percent; two ends where unknown facts could move it."""

    low_percent: float
    high_percent: float
    reason: str
    sources: tuple[CitationRecord, ...]


class LiverRecord(Record):
    """The measured liver; segments in ml with how they were found."""

    volume_ml: QuantityRecord
    tumour_ml: QuantityRecord
    segments: dict[str, QuantityRecord]
    segment_method: str
    segment_agreement: dict[str, QuantityRecord]
    vessels: dict[str, dict[str, Any]]
    remnant_needed: RemnantNeededRecord
    remarks: tuple[str, ...]


class LesionRecord(Record):
    """One lesion as measured."""

    id: str
    label: int
    volume_ml: QuantityRecord
    diameter_mm: QuantityRecord
    max_diameter_mm: QuantityRecord
    centroid_mm: tuple[float, float, float]
    segments: tuple[str, ...]
    segment_shares: dict[str, float]
    distance_mm: dict[str, QuantityRecord]
    is_in_liver: bool
    remarks: tuple[str, ...]


class SourceRecord(Record):
    """One entry of the bibliography."""

    title: str
    kind: str
    cite: str = ""
    url: str = ""
    mark: Literal["verified", "secondary", "unverified"] = "verified"
    note: str = ""


class VersionsRecord(Record):
    """What made this record: versions and hashes, no times and no host."""

    liverboard: str
    evidence_hash: str
    input_hashes: dict[str, str]
    parameters: dict[str, Any]


class BoardRecord(Record):
    """The whole of `plan.json`."""

    schema_: Literal["liverboard/plan/1"] = Field(default=SCHEMA, alias="schema")
    notice: str
    case: CaseRecord
    provenance: VersionsRecord
    liver: LiverRecord | None
    lesions: tuple[LesionRecord, ...]
    options: tuple[OptionRecord, ...]
    missing: tuple[MissingRecord, ...]
    layers: tuple[LayerRecord, ...]
    sources: dict[str, SourceRecord]

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
