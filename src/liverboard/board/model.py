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
    "FlipRecord",
    "JointEntryRecord",
    "JointRecord",
    "LayerRecord",
    "LesionOutcomeRecord",
    "LesionRecord",
    "LiverEffectRecord",
    "LiverRecord",
    "MissingRecord",
    "MixedPlanRecord",
    "NoPlanRecord",
    "OptionRecord",
    "PlanRecord",
    "ProvenanceRecord",
    "QuantityRecord",
    "RemnantNeededRecord",
    "ScheduledStepRecord",
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

    kind: Literal["table", "bars", "curves", "raster", "gantt"]
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


class ConflictRecord(Record):
    """A fact that the record tells in two ways that cannot both be true; neither is taken."""

    fact: str
    label: str
    detail: str


class CaseRecord(Record):
    """Who it is about: id and facts, without name or birth date."""

    id: str
    reference_date: dt.date | None
    is_invented: bool
    facts: tuple[FactRecord, ...]
    remarks: tuple[str, ...]
    structures: tuple[str, ...]
    absent_structures: tuple[str, ...]
    conflicts: tuple[ConflictRecord, ...] = ()


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


class JointEntryRecord(Record):
    """One option seen from one lesion."""

    lesion: str
    treatment: str
    option: str
    title: str
    state: Literal["possible", "may", "no", "unplanned"]
    status: str
    why: str
    margin_mm: QuantityRecord
    dose_gy: QuantityRecord
    local_control_2y: QuantityRecord
    spent_ml: QuantityRecord
    sessions: QuantityRecord
    nights: QuantityRecord
    punctures: QuantityRecord
    anaesthesia: str
    is_dominated: bool


class ScheduledStepRecord(Record):
    """One step of a mixed plan in time: first and last day, counted from today as day 0."""

    id: str
    title: str
    treatment: str
    start_day: int
    end_day: int
    after: tuple[str, ...]
    why: str


class MixedPlanRecord(Record):
    """One mixed plan: which option serves which lesions, its figures, steps, anchors and ties."""

    id: str
    title: str
    choices: tuple[dict[str, Any], ...]
    left_to_systemic: tuple[str, ...]
    quality: dict[str, float]
    recount_percent: float
    remnant_low_percent: float
    remnant_high_percent: float
    corners: tuple[str, ...]
    ties: tuple[str, ...]
    unknown: tuple[str, ...]
    schedule: tuple[ScheduledStepRecord, ...] = ()
    schedule_remark: str = ""
    anchors: tuple[str, ...] = ()


class FlipRecord(Record):
    """One change of what is known or given, and what it would do to the front."""

    change: str
    kind: Literal["segmentation", "volume", "fact", "guideline"]
    is_flip: bool
    effect: str


class JointRecord(Record):
    """The joint decision: lesion by treatment, the front of mixed plans, and how firm it is."""

    entries: tuple[JointEntryRecord, ...]
    plans: tuple[MixedPlanRecord, ...]
    needed_percent: float
    needed_reason: str
    pieces: int
    is_complete: bool
    bound: str
    remarks: tuple[str, ...]
    preference: str = ""
    flips: tuple[FlipRecord, ...] = ()
    exhibits: tuple[ExhibitRecord, ...]


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
    joint: JointRecord | UnknownRecord
    sources: dict[str, SourceRecord]

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
