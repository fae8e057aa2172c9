"""The clinical record, `case.yaml`, as typed models; every unknown key is refused.

Everything but the id is optional. A field marked `Recorded("bilirubin")` holds readings of that
registered fact, in the unit of `evidence/data/facts.yaml`. `history` tells *none* (`systemic: []`)
from *nothing said* (key absent).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    Tag,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from liverboard.case.entry import Reading, Readings, refusal
from liverboard.case.field import (
    LISTED,
    NOT_RECORDED,
    Count,
    Day,
    Recorded,
    Text,
    Told,
    Untold,
)
from liverboard.case.vocabulary import closest
from liverboard.evidence.fact import FactLevel, fact_registry

__all__ = [
    "SCHEMA",
    "SECTIONS",
    "CaseRecord",
    "Extent",
    "Fitness",
    "History",
    "Laboratory",
    "Liver",
    "LiverTreatment",
    "Measurement",
    "Molecular",
    "PatientRecord",
    "Primary",
    "Section",
    "SystemicLine",
    "Wishes",
    "dates_in",
    "recorded_fields",
    "recorded_in",
]

SCHEMA: Literal["liverboard/case/1"] = "liverboard/case/1"

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"


class Section(BaseModel):
    """A frozen part of the record that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class PatientRecord(Section):
    """The person."""

    age: Annotated[Readings, Recorded("age")] = ()
    sex: Annotated[Readings, Recorded("sex")] = ()
    height: Annotated[Readings, Recorded("height")] = ()
    weight: Annotated[Readings, Recorded("weight")] = ()


class Fitness(Section):
    """How fit the person is."""

    ecog: Annotated[Readings, Recorded("ecog")] = ()
    asa: Annotated[Readings, Recorded("asa")] = ()
    fit_for_general_anaesthesia: Annotated[Readings, Recorded("fit_for_general_anaesthesia")] = ()
    fit_for_major_surgery: Annotated[Readings, Recorded("fit_for_major_surgery")] = ()
    anticoagulation_can_stop: Annotated[Readings, Recorded("anticoagulation_can_stop")] = ()


class Laboratory(Section):
    """Blood tests."""

    bilirubin: Annotated[Readings, Recorded("bilirubin")] = ()
    albumin: Annotated[Readings, Recorded("albumin")] = ()
    inr: Annotated[Readings, Recorded("inr")] = ()
    creatinine: Annotated[Readings, Recorded("creatinine")] = ()
    sodium: Annotated[Readings, Recorded("sodium")] = ()
    ast: Annotated[Readings, Recorded("ast")] = ()
    alt: Annotated[Readings, Recorded("alt")] = ()
    alp: Annotated[Readings, Recorded("alp")] = ()
    ggt: Annotated[Readings, Recorded("ggt")] = ()
    platelets: Annotated[Readings, Recorded("platelets")] = ()
    haemoglobin: Annotated[Readings, Recorded("haemoglobin")] = ()
    neutrophils: Annotated[Readings, Recorded("neutrophils")] = ()
    leucocytes: Annotated[Readings, Recorded("leucocytes")] = ()
    cea: Annotated[Readings, Recorded("cea")] = ()
    ca19_9: Annotated[Readings, Recorded("ca19_9")] = ()


class Liver(Section):
    """Function and background of the liver."""

    ascites: Annotated[Readings, Recorded("ascites")] = ()
    encephalopathy: Annotated[Readings, Recorded("encephalopathy")] = ()
    portal_hypertension: Annotated[Readings, Recorded("portal_hypertension")] = ()
    varices: Annotated[Readings, Recorded("varices")] = ()
    portal_vein_patent: Annotated[Readings, Recorded("portal_vein_patent")] = ()
    steatosis: Annotated[Readings, Recorded("steatosis")] = ()
    fibrosis: Annotated[Readings, Recorded("fibrosis")] = ()
    cirrhosis: Annotated[Readings, Recorded("cirrhosis")] = ()
    sinusoidal_injury: Annotated[Readings, Recorded("sinusoidal_injury")] = ()
    icg_r15: Annotated[Readings, Recorded("icg_r15")] = ()


class Primary(Section):
    """The primary tumour."""

    site: Annotated[Readings, Recorded("primary_site")] = ()
    side: Annotated[Readings, Recorded("primary_side")] = ()
    histology: Annotated[Readings, Recorded("primary_histology")] = ()
    t: Annotated[Readings, Recorded("primary_t")] = ()
    n: Annotated[Readings, Recorded("primary_n")] = ()
    grade: Annotated[Readings, Recorded("primary_grade")] = ()
    resected: Annotated[Readings, Recorded("primary_resected")] = ()
    resection_r0: Annotated[Readings, Recorded("primary_resection_r0")] = ()
    symptomatic: Annotated[Readings, Recorded("primary_symptomatic")] = ()
    disease_free_interval: Annotated[Readings, Recorded("disease_free_interval")] = ()
    synchronous: Annotated[Readings, Recorded("synchronous")] = ()
    diagnosed: Day = NOT_RECORDED


class Molecular(Section):
    """Tests of the tumour's and the person's genes."""

    ras: Annotated[Readings, Recorded("ras")] = ()
    kras_g12c: Annotated[Readings, Recorded("kras_g12c")] = ()
    braf_v600e: Annotated[Readings, Recorded("braf_v600e")] = ()
    msi: Annotated[Readings, Recorded("msi")] = ()
    her2: Annotated[Readings, Recorded("her2")] = ()
    ntrk_fusion: Annotated[Readings, Recorded("ntrk_fusion")] = ()
    pole_mutated: Annotated[Readings, Recorded("pole_mutated")] = ()
    tp53_mutated: Annotated[Readings, Recorded("tp53_mutated")] = ()
    tmb: Annotated[Readings, Recorded("tmb")] = ()
    dpyd_activity_score: Annotated[Readings, Recorded("dpyd_activity_score")] = ()
    ugt1a1: Annotated[Readings, Recorded("ugt1a1")] = ()


class Extent(Section):
    """Disease outside the liver, and what the imaging report says of the liver."""

    extrahepatic_disease: Annotated[Readings, Recorded("extrahepatic_disease")] = ()
    lung_metastases: Annotated[Readings, Recorded("lung_metastases")] = ()
    peritoneal_metastases: Annotated[Readings, Recorded("peritoneal_metastases")] = ()
    node_metastases: Annotated[Readings, Recorded("node_metastases")] = ()
    bone_metastases: Annotated[Readings, Recorded("bone_metastases")] = ()
    brain_metastases: Annotated[Readings, Recorded("brain_metastases")] = ()
    lesion_count: Annotated[Readings, Recorded("lesion_count")] = ()
    largest_lesion: Annotated[Readings, Recorded("largest_lesion")] = ()
    bilobar: Annotated[Readings, Recorded("is_bilobar")] = ()


class SystemicLine(Section):
    """One line of systemic therapy; `last_bevacizumab` where it ended before the line did."""

    line: Count = NOT_RECORDED
    drugs: tuple[Text, ...] = ()
    regimen: Text = ""
    start: Day = NOT_RECORDED
    last_dose: Day = NOT_RECORDED
    last_bevacizumab: Day = NOT_RECORDED
    cycles: Count = NOT_RECORDED
    response: Annotated[Readings, Recorded("response")] = ()
    detail: Text = ""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> SystemicLine:
        for end in (self.last_dose, self.last_bevacizumab):
            if isinstance(self.start, dt.date) and isinstance(end, dt.date) and end < self.start:
                raise refusal(
                    f"the last dose {end} lies before the start {self.start}", "correct it"
                )
        return self


LiverTreatmentKind = Literal[
    "resection", "ablation", "sbrt", "radiotherapy", "sirt", "hai", "pve", "tace", "transplant"
]


class LiverTreatment(Section):
    """One earlier treatment of the liver."""

    kind: LiverTreatmentKind
    date: Day = NOT_RECORDED
    detail: Text = ""


class Measurement(Section):
    """One size on one day: of a lesion, or with `lesion` empty the sum of the target lesions."""

    date: Day
    diameter: Annotated[Readings, Recorded("recist_sum")]
    lesion: Text = ""
    modality: Text = ""
    source: Text = ""


class History(Section):
    """What was done before; an absent list says nothing, an empty one says none."""

    systemic: Annotated[Annotated[tuple[SystemicLine, ...], Tag(LISTED)] | Untold, Told] = (
        NOT_RECORDED
    )
    liver: Annotated[Annotated[tuple[LiverTreatment, ...], Tag(LISTED)] | Untold, Told] = (
        NOT_RECORDED
    )
    biliary_surgery: Annotated[Readings, Recorded("had_biliary_surgery")] = ()
    measurements: tuple[Measurement, ...] = ()


class Wishes(Section):
    """What the patient wants."""

    declines_surgery: Annotated[Readings, Recorded("patient_declines_surgery")] = ()


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
    homes = {marker.fact: f"{name}.{own}" for name, own, marker in _markers()}
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


SECTIONS: Mapping[str, type[Section]] = {
    "patient": PatientRecord,
    "fitness": Fitness,
    "laboratory": Laboratory,
    "liver": Liver,
    "primary": Primary,
    "molecular": Molecular,
    "extent": Extent,
    "history": History,
    "wishes": Wishes,
}
"""The sections of the record that hold facts, in the order of the template."""


def _markers() -> Iterator[tuple[str, str, Recorded]]:
    """Yield section, key and marker of every fact that has a key of its own."""
    for name, section in SECTIONS.items():
        for key, marker in recorded_in(section):
            yield name, key, marker


def recorded_in(section: type[Section]) -> Iterator[tuple[str, Recorded]]:
    """Yield each key of `section` that holds a fact, with its marker."""
    for key, definition in section.model_fields.items():
        for marker in definition.metadata:
            if isinstance(marker, Recorded):
                yield key, marker


def recorded_fields(record: CaseRecord) -> Iterator[tuple[str, str, Readings]]:
    """Yield key path, fact and readings of every fact that the record states."""
    for name, key, marker in _markers():
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
