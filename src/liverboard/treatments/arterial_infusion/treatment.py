"""The room of hepatic arterial infusion: pump prescription and exposure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from liverboard.anatomy import Anatomy
from liverboard.errors import RequestError
from liverboard.evidence.fact import Fact, FactSheet, Known
from liverboard.patient import Patient
from liverboard.treatments.arterial_infusion.exhibits import exhibits
from liverboard.treatments.arterial_infusion.options import DEFAULTS, InfusionOptions
from liverboard.treatments.arterial_infusion.prescription import (
    Exposure,
    Prescription,
    exposure,
    prescribe,
)
from liverboard.treatments.arterial_infusion.tables import drug, estimate, pump, table
from liverboard.treatments.protocol import (
    Burden,
    Json,
    LesionOutcome,
    LiverEffect,
    Needs,
    NoPlan,
    Plan,
    Progress,
    Proposal,
    Provenance,
    Step,
)
from liverboard.values import Estimate, Mark, Unknown, measured

__all__ = ["ArterialInfusion"]

ORIGIN = "plan: arterial infusion"


@dataclass(frozen=True, slots=True)
class ArterialInfusion:
    """Floxuridine into the hepatic artery by an implanted pump."""

    options: InfusionOptions = DEFAULTS
    name: str = "arterial_infusion"
    title: str = "Hepatic arterial infusion"

    @property
    def needs(self) -> Needs:
        """What planning an arterial infusion uses."""
        return Needs(
            required_facts=("height", "weight", "sex"),
            helpful_facts=("hepatic_artery_variant", "pump_centre", "bilirubin"),
        )

    @property
    def aims(self) -> Mapping[str, bool]:
        """What plans are compared by: metric name, and whether more is better."""
        return {"artery_gain": True}

    def propose(self, patient: Patient) -> Sequence[Proposal]:
        """Return one proposal for every pump that can be implanted today."""
        lesions: tuple[str, ...] = ()
        if isinstance(patient.anatomy, Anatomy):
            known = patient.anatomy.known_lesions()
            lesions = tuple(lesion.id for lesion in known if lesion.is_in_liver)
        return tuple(
            Proposal(
                f"fudr-{name}",
                f"Floxuridine by pump ({pump(name)['title']})",
                lesions,
                frozenset({"arterial_infusion", "pump", "fudr"}),
                {"drug": "fudr", "pump": name, "flow_ml_per_day": self.options.flow_ml_per_day},
            )
            for name in ("intera-3000", "synchromed-ii")
        )

    def plan(self, proposal: Proposal, patient: Patient, progress: Progress) -> Plan | NoPlan:
        """Return the prescription and exposure for this patient."""
        progress(proposal.id)
        body = _body(patient.facts)
        if isinstance(body, Unknown):
            return NoPlan(f"the drug cannot be dosed: {body}", ("height", "weight", "sex"))
        wanted = proposal.parameters
        try:
            given = prescribe(
                str(wanted["drug"]),
                str(wanted["pump"]),
                body,
                flow_ml_per_day=_number(wanted["flow_ml_per_day"]),
                dose_mg_per_kg_day=_number(wanted.get("dose_mg_per_kg_day", 0.0)),
            )
        except RequestError as error:
            return NoPlan(str(error))
        return _plan(proposal, patient, given, self.options)


def _number(value: Json) -> float:
    """Return a numeric parameter."""
    assert isinstance(value, int | float)
    return float(value)


def _body(sheet: FactSheet) -> tuple[float, float, bool] | Unknown:
    """Return weight in kg, height in cm and whether male."""
    weight, height, sex = sheet.number("weight"), sheet.number("height"), sheet.category("sex")
    for fact in (weight, height, sex):
        if isinstance(fact, Unknown):
            return fact
    assert not isinstance(weight, Unknown)
    assert not isinstance(height, Unknown)
    return weight, height, sex == "male"


def _plan(
    proposal: Proposal, patient: Patient, given: Prescription, options: InfusionOptions
) -> Plan:
    """Put prescription and exposure into the common currency."""
    found = exposure(given, options)
    return Plan(
        lesions=tuple(
            LesionOutcome(name, None, remark="regional drug, no local destruction")
            for name in proposal.targets
        ),
        liver=_effect(patient),
        burden=_burden(),
        provenance=Provenance("arterial_infusion/1", dict(proposal.parameters), seed=options.seed),
        facts=_facts(patient, proposal),
        metrics={
            "artery_gain": found.artery_gain,
            "liver_gain": found.liver_gain,
            "artery_ng_per_ml": found.artery,
            "body_ng_per_ml": found.body,
        },
        steps=_steps(given),
        exhibits=exhibits(given, found),
        cautions=_cautions(given),
        details=_details(given, found),
    )


def _facts(patient: Patient, proposal: Proposal) -> dict[str, Fact]:
    """Return what the plan knows: a pump reaches every lesion of a perfused liver."""
    if not isinstance(patient.anatomy, Anatomy) or not proposal.targets:
        return {}
    return {"targets_all_lesions": Known(True, ORIGIN)}


def _effect(patient: Patient) -> LiverEffect:
    """Return what is left of the liver: all of it."""
    nothing = measured(0.0, "ml", "hai-steps")
    if not isinstance(patient.anatomy, Anatomy):
        return LiverEffect(removed_ml=nothing, destroyed_ml=nothing, overdosed_ml=nothing)
    whole = measured(patient.anatomy.healthy_ml, "ml", "volumetry")
    share = measured(100.0, "percent", "volumetry")
    return LiverEffect(
        removed_ml=nothing,
        destroyed_ml=nothing,
        overdosed_ml=nothing,
        geometric_ml=whole,
        geometric_percent=share,
    )


def _burden() -> Burden:
    """Return what it asks: an operation, then a puncture of the pump every two weeks."""
    chosen = drug("fudr")
    visits = 2.0 * float(chosen["cycles"]["value"])
    harm = estimate(table()["published"]["complications_percent"], "percent")
    wide = Estimate(harm.value, 0.0, harm.value, "percent", harm.sources, Mark.UNVERIFIED)
    return Burden(
        sessions=measured(1.0, "1", "hai-steps"),
        punctures=measured(visits, "1", "hai-steps"),
        severe_harm_percent=wide,
        anaesthesia="general",
    )


def _steps(given: Prescription) -> tuple[Step, ...]:
    """Return the steps: operation, perfusion scan, cycles."""
    chosen = drug(given.drug)
    days = float(chosen["cycles"]["value"]) * float(chosen["cycle_days"]["value"])
    return (
        Step("implantation", "Pump and catheter in the gastroduodenal artery, gallbladder out"),
        Step("flow-scan", "Scan of what the pump perfuses", after=("implantation",)),
        Step(
            "cycles",
            f"{len(given.calendar) // 2} cycles of floxuridine",
            measured(days, "day", "hai-steps"),
            after=("flow-scan",),
        ),
    )


def _cautions(given: Prescription) -> tuple[str, ...]:
    """Return what must stand beside the result."""
    sclerosis = estimate(table()["published"]["sclerosis_percent"], "percent")
    return (
        *given.problems,
        f"flow of {given.flow_ml_per_day:g} ml per day is assumed: use the measured flow",
        f"biliary sclerosis in {sclerosis.low:g} to {sclerosis.high:g} %; dose modification by "
        "liver tests is not computed, its primary source was not read",
        "complications of 22 % are of any grade; the share of severe ones was not read",
    )


def _details(given: Prescription, found: Exposure) -> dict[str, Json]:
    """Return the prescription as plain values."""
    return {
        "drug": given.drug,
        "pump": given.pump,
        "flow_ml_per_day": given.flow_ml_per_day,
        "dosing_kg": round(given.dosing_kg, 2),
        "fill_mg": given.fill_mg,
        "exact_mg": round(given.exact_mg, 2),
        "running_days": round(given.running_days, 2),
        "calendar": [[day, what] for day, what in given.calendar],
        "artery_gain": [found.artery_gain.low, found.artery_gain.high],
    }
