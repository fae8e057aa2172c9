"""The sections of the clinical record as typed models; every unknown key is refused.

A field marked `Recorded("bilirubin")` holds readings of that registered fact, in the unit of
`evidence/data/facts.yaml`. `History` tells *none* (`systemic: []`) from *nothing said* (absent).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Tag, model_validator

from liverboard.case.entry import Readings, refusal
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
from liverboard.evidence.fact import FactLevel, FactSpec, fact_registry

__all__ = [
    "SECTIONS",
    "WORKED_OUT",
    "Angiography",
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
    "further_facts",
    "markers",
    "recorded_in",
]


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
    ast_upper_limit: Annotated[Readings, Recorded("ast_upper_limit")] = ()
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
    kinetic_growth_rate: Annotated[Readings, Recorded("kinetic_growth_rate")] = ()
    degree_of_hypertrophy: Annotated[Readings, Recorded("degree_of_hypertrophy")] = ()


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
    kras: Annotated[Readings, Recorded("kras")] = ()
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


class Angiography(Section):
    """Arteries of the liver, and what a rehearsal of radioembolisation showed."""

    hepatic_artery_variant: Annotated[Readings, Recorded("hepatic_artery_variant")] = ()
    lung_shunt: Annotated[Readings, Recorded("lung_shunt")] = ()
    extrahepatic_deposition: Annotated[Readings, Recorded("extrahepatic_deposition")] = ()


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


SECTIONS: Mapping[str, type[Section]] = {
    "patient": PatientRecord,
    "fitness": Fitness,
    "laboratory": Laboratory,
    "liver": Liver,
    "primary": Primary,
    "molecular": Molecular,
    "extent": Extent,
    "angiography": Angiography,
    "history": History,
    "wishes": Wishes,
}
"""The sections of the record that hold facts, in the order of the template."""


WORKED_OUT = (
    "months_since_diagnosis",
    "systemic_lines",
    "systemic_cycles",
    "systemic_months",
    "response",
    "days_since_systemic",
    "days_since_bevacizumab",
    "had_oxaliplatin",
    "had_irinotecan",
    "had_fluoropyrimidine",
    "had_bevacizumab",
    "had_anti_egfr",
    "had_checkpoint_inhibitor",
    "had_liver_resection",
    "had_liver_ablation",
    "had_liver_radiation",
)
"""Facts that `primary.diagnosed` and the lists of the history tell."""


def markers() -> Iterator[tuple[str, str, Recorded]]:
    """Yield section, key and marker of every fact that has a key of its own."""
    for name, section in SECTIONS.items():
        for key, marker in recorded_in(section):
            yield name, key, marker


def further_facts() -> tuple[FactSpec, ...]:
    """Return the facts that a person can be asked for and that have no key of their own."""
    own = {marker.fact for _, _, marker in markers()} | set(WORKED_OUT)
    return tuple(
        spec
        for spec in fact_registry().values()
        if spec.level is FactLevel.PATIENT and spec.ask and spec.name not in own
    )


def recorded_in(section: type[Section]) -> Iterator[tuple[str, Recorded]]:
    """Yield each key of `section` that holds a fact, with its marker."""
    for key, definition in section.model_fields.items():
        for marker in definition.metadata:
            if isinstance(marker, Recorded):
                yield key, marker
