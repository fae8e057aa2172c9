"""The room of hepatic arterial infusion: pump prescription and exposure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from liverboard.anatomy import Anatomy
from liverboard.errors import RequestError
from liverboard.evidence.fact import Fact, FactSheet, Known
from liverboard.numerics.grid import Array
from liverboard.patient import Patient
from liverboard.treatments.arterial_infusion.exhibits import exhibits
from liverboard.treatments.arterial_infusion.modification import Modified, modified
from liverboard.treatments.arterial_infusion.options import DEFAULTS, InfusionOptions
from liverboard.treatments.arterial_infusion.port import (
    PORT,
    drug_table,
    partner_table,
    port_tables,
)
from liverboard.treatments.arterial_infusion.prescription import (
    Exposure,
    Prescription,
    exposure,
    prescribe,
)
from liverboard.treatments.arterial_infusion.tables import drug, estimate, pump, regimen, table
from liverboard.treatments.exhibit import Exhibit
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
from liverboard.values import Estimate, Mark, Quantity, Unknown, measured

__all__ = ["ArterialInfusion"]

ORIGIN = "plan: arterial infusion"


@dataclass(frozen=True, slots=True)
class ArterialInfusion:
    """Floxuridine by an implanted pump, or a regimen by port, into the hepatic artery."""

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
            if wanted["pump"] == PORT:
                return _port_plan(proposal, patient, body, self.options)
            tests = _tests(wanted)
            given = prescribe(
                str(wanted["drug"]),
                str(wanted["pump"]),
                body,
                flow_ml_per_day=_number(wanted["flow_ml_per_day"]),
                dose_mg_per_kg_day=_number(wanted.get("dose_mg_per_kg_day", 0.0)),
            )
        except RequestError as error:
            return NoPlan(str(error))
        return _plan(proposal, patient, (given, body, tests), self.options)


def _tests(wanted: Mapping[str, Json]) -> Modified | None:
    """Return what liver tests do to the dose, None where nobody asked."""
    readings = wanted.get("tests")
    if not readings:
        return None
    assert isinstance(readings, Mapping)
    pairs = {}
    for name, pair in readings.items():
        assert isinstance(pair, list | tuple)
        pairs[name] = (_number(pair[0]), _number(pair[1]))
    return modified(pairs)


def _port_plan(
    proposal: Proposal,
    patient: Patient,
    body: tuple[float, float, bool],
    options: InfusionOptions,
) -> Plan:
    """Return a regimen by catheter and port: doses and exposure, no more."""
    chosen = regimen(str(proposal.parameters["drug"]))
    return Plan(
        lesions=tuple(LesionOutcome(name, None) for name in proposal.targets),
        liver=_effect(patient),
        burden=Burden(punctures=measured(1.0, "1", "hai-steps"), anaesthesia="local"),
        provenance=Provenance("arterial_infusion/1", dict(proposal.parameters), seed=options.seed),
        steps=(
            Step("port", "Catheter into the hepatic artery, port under the skin"),
            Step(
                "cycles", f"{chosen['title']}, every {chosen['cycle_days']} days", after=("port",)
            ),
        ),
        exhibits=(*port_tables(str(proposal.parameters["drug"]), body, options), drug_table()),
        cautions=(
            f"{chosen['title']}: {chosen['who']}",
            "number of cycles and dose by blood counts are not worked out here",
        ),
        details={"drug": str(proposal.parameters["drug"]), "pump": PORT},
    )


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
    proposal: Proposal,
    patient: Patient,
    decided: tuple[Prescription, tuple[float, float, bool], Modified | None],
    options: InfusionOptions,
) -> Plan:
    """Put prescription and exposure into the common currency."""
    given, body, tests = decided
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
        exhibits=(
            *exhibits(given, found, tests, _variant(patient.facts)),
            partner_table(body),
            *_kinetics(patient, given),
        ),
        cautions=_cautions(given),
        details={
            **_details(given, found),
            "dose_share_by_liver_tests": None if tests is None else tests.share,
        },
    )


def _variant(sheet: FactSheet) -> str:
    """Return the patient's hepatic arteries in words."""
    found = sheet.category("hepatic_artery_variant")
    return str(found) if isinstance(found, Unknown) else found.replace("_", " ")


def _kinetics(patient: Patient, given: Prescription) -> tuple[Exhibit, ...]:
    """Return the first hour and the routes compared, where the liver is known."""
    if not isinstance(patient.anatomy, Anatomy):
        return ()
    # Kernels are compiled on import; the record alone never needs them.
    from liverboard.treatments.arterial_infusion.circulation import (
        circulation_of,
        kinetics_exhibits,
    )

    ranges = drug(given.drug)["extraction"]
    middle = (float(ranges["low"]) + float(ranges["high"])) / 2.0
    rate = given.dose_mg_per_kg_day * given.dosing_kg * 1000.0 / 1440.0
    return kinetics_exhibits(circulation_of(patient.anatomy, given.weight_kg), rate, middle)


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
    from liverboard.anatomy.remnant import remnant_after

    anatomy = patient.anatomy
    left = remnant_after(anatomy, np.zeros(anatomy.liver.shape, dtype=bool), survives_mm=0.0)

    def volume(mask: Array | Unknown) -> Quantity:
        if isinstance(mask, Unknown):
            return mask
        return measured(float(np.count_nonzero(mask)) * anatomy.grid.voxel_ml, "ml", "remnant")

    def percent(quantity: Quantity) -> Quantity:
        if isinstance(quantity, Unknown):
            return quantity
        whole = float(np.count_nonzero(anatomy.healthy)) * anatomy.grid.voxel_ml
        return measured(100.0 * quantity.value / max(whole, 1e-9), "percent", "remnant")

    geometric, functional = volume(left.geometric), volume(left.functional)
    return LiverEffect(
        removed_ml=nothing,
        destroyed_ml=nothing,
        overdosed_ml=nothing,
        geometric_ml=geometric,
        perfused_ml=volume(left.perfused),
        drained_ml=volume(left.drained),
        functional_ml=functional,
        geometric_percent=percent(geometric),
        functional_percent=percent(functional),
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
        f"biliary sclerosis in {sclerosis.low:g} to {sclerosis.high:g} %; dose by liver tests is "
        "off unless asked for: its table is from memory",
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
