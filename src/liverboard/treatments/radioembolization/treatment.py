"""The room of radioembolization: propose, and work out on this liver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from liverboard.errors import RequestError
from liverboard.numerics.grid import Array, Image, bounding_box
from liverboard.patient import Patient
from liverboard.treatments.protocol import (
    Json,
    Layer,
    LayerKind,
    Needs,
    NoPlan,
    Plan,
    Progress,
    Proposal,
    Provenance,
    Step,
)
from liverboard.treatments.radioembolization.exhibits import exhibits
from liverboard.treatments.radioembolization.options import DEFAULTS, SirtOptions
from liverboard.treatments.radioembolization.propose import propose
from liverboard.treatments.radioembolization.result import (
    burden_of,
    lesion_outcomes,
    liver_effect,
    overdosed,
    plan_facts,
    plan_metrics,
)
from liverboard.treatments.radioembolization.setting import Task, setting_of
from liverboard.treatments.radioembolization.work import Result, near_liver, work_out
from liverboard.values import Unknown

__all__ = ["Radioembolization"]


@dataclass(frozen=True, slots=True)
class Radioembolization:
    """Y-90 or Ho-166 microspheres into hepatic arteries (SIRT, TARE)."""

    options: SirtOptions = DEFAULTS
    name: str = "radioembolization"
    title: str = "Radioembolization"

    @property
    def needs(self) -> Needs:
        """What planning a radioembolization uses."""
        return Needs(
            required_structures=("liver", "lesions"),
            helpful_structures=("portal_vein", "hepatic_veins", "lungs"),
            helpful_facts=("lung_shunt", "primary_site", "height", "weight"),
        )

    @property
    def aims(self) -> Mapping[str, bool]:
        """What plans are compared by: metric name, and whether more is better."""
        return {
            "smallest_tumour_dose_gy": True,
            "normal_liver_dose_gy": False,
            "lung_dose_gy": False,
        }

    def propose(self, patient: Patient) -> Sequence[Proposal]:
        """Return the radioembolizations worth working out."""
        return propose(patient, self.options)

    def plan(self, proposal: Proposal, patient: Patient, progress: Progress) -> Plan | NoPlan:
        """Return the radioembolization worked out on the voxels of this liver."""
        anatomy = patient.anatomy
        if isinstance(anatomy, Unknown):
            return NoPlan("activity cannot be planned without a liver mask", ("liver", "lesions"))
        if "device" not in proposal.parameters:
            return NoPlan("activity cannot be planned without a lesion mask", ("lesions",))
        progress(proposal.id)
        task = Task.of(proposal)
        try:
            setting = setting_of(task, patient.facts)
            known = (patient.facts, patient.case.others.get(task.map))
            result = work_out(near_liver(anatomy), task, setting, known, self.options)
        except RequestError as error:
            return NoPlan(str(error))
        if isinstance(result, Unknown):
            return NoPlan(f"the territory cannot be drawn: {result}", ("portal_vein",))
        return _plan(proposal, result, self.options)


def _plan(proposal: Proposal, result: Result, options: SirtOptions) -> Plan:
    """Put a worked-out radioembolization into the common currency."""
    lost = overdosed(result)
    effect = liver_effect(result, lost)
    metrics = plan_metrics(result, options)
    return Plan(
        lesions=lesion_outcomes(result, options),
        liver=effect,
        burden=burden_of(len(result.basis.territories)),
        provenance=Provenance(
            "radioembolization/1", _parameters(proposal, options), seed=options.seed
        ),
        facts=plan_facts(result, metrics, effect),
        metrics=metrics,
        layers=tuple(_layers(result, lost)),
        steps=_steps(proposal),
        exhibits=exhibits(result, options),
        cautions=tuple(_cautions(result, options)),
        details=_details(result),
    )


def _parameters(proposal: Proposal, options: SirtOptions) -> dict[str, Json]:
    """Return everything that, with the patient, determines the plan."""
    chosen = {name: getattr(options, name) for name in options.__dataclass_fields__}
    plain = {key: list(v) if isinstance(v, tuple) else v for key, v in chosen.items()}
    return {**proposal.parameters, "options": plain}


def _layers(result: Result, lost: Array) -> Iterator[Layer]:
    """Yield what to draw: territories, dose by both methods, liver above the limit."""
    grid = result.anatomy.grid
    reached = result.local > 0
    yield Layer.of_mask("territory", reached, grid, role="zone")
    for name, dose in (("dose-kernel", result.spread), ("dose-local", result.local)):
        box = bounding_box(dose > 0) if (dose > 0).any() else (slice(0, 1),) * 3
        yield Layer(name, LayerKind.SCALAR, Image(dose[box], grid.crop(box)), "dose", "Gy")
    if lost.any():
        yield Layer.of_mask("above-liver-limit", lost, grid, role="overdosed")


def _steps(proposal: Proposal) -> tuple[Step, ...]:
    """Return the steps: rehearsal with MAA, treatment, imaging after it."""
    return (
        Step("mapping", "Angiography with Tc-99m MAA, SPECT/CT and lung shunt"),
        Step("radioembolization", proposal.title, after=("mapping",)),
        Step("imaging-after", "PET or SPECT of what was given", after=("radioembolization",)),
    )


def _cautions(result: Result, options: SirtOptions) -> Iterator[str]:
    """Yield what must stand beside the result."""
    setting, task = result.setting, result.task
    if task.map == "simulated":
        yield (
            "simulated activity map: territories from segments, uptake "
            f"{setting.own_uptake.get('', setting.uptake.value):g} times that of normal liver in "
            "every lesion; Tc-99m MAA SPECT must replace it"
        )
    yield from result.remarks
    if not setting.shunt.is_measured:
        yield (
            f"lung shunt not measured: {100 * setting.shunt.fraction:.0f} % as usual in other "
            "patients; scintigraphy must replace it"
        )
    if not setting.scenario.is_own:
        yield (
            "no doses are published for this primary and device: those for "
            f"{setting.scenario.primary} metastases are used"
        )
    missed = list(_cold(result))
    if missed:
        yield ("reached by local deposition only, not with the kernel: " + ", ".join(missed))
    small = [
        lesion
        for lesion in result.basis.lesions
        if float(result.basis.region_ml[result.basis.row(lesion)]) < options.small_lesion_ml
    ]
    if small and task.map != "simulated":
        yield f"under {options.small_lesion_ml:g} ml, dose blurred by the image: {', '.join(small)}"
    most = max(setting.device.vials_gbq, default=float("inf"))
    if result.prescription.total_gbq > most + 1e-9:
        total = result.prescription.total_gbq
        yield f"{total:.2f} GBq is more than the largest vial ({most:g} GBq)"


def _cold(result: Result) -> Iterator[str]:
    """Yield the lesions whose aim is met locally but not with the kernel."""
    aim = result.setting.scenario.aims.get("tumour")
    for lesion in result.basis.lesions if aim else ():
        row = result.basis.row(lesion)
        if aim and result.means_local[row] >= aim.value - 1e-6 > result.means_spread[row]:
            yield lesion


def _details(result: Result) -> dict[str, Json]:
    """Return the room's own result as plain values."""
    setting = result.setting
    names = result.basis.territories
    return {
        "device": setting.device.id,
        "nuclide": setting.device.nuclide.id,
        "scenario": setting.scenario.id,
        "thresholds_of": setting.scenario.primary,
        "map": result.task.map,
        "territories": list(names),
        "activity_gbq": dict(zip(names, result.prescription.activity_gbq, strict=True)),
        "binding": dict(zip(names, result.prescription.binding, strict=True)),
        "lung_shunt_percent": 100.0 * setting.shunt.fraction,
        "lung_shunt_origin": setting.shunt.origin,
        "lesions": {
            lesion: {
                "mean_local_gy": round(float(result.means_local[result.basis.row(lesion)]), 3),
                "mean_kernel_gy": round(float(result.means_spread[result.basis.row(lesion)]), 3),
            }
            for lesion in result.basis.lesions
        },
        "models": [
            {"model": row.model, "activity_gbq": list(row.activity_gbq), "remark": row.remark}
            for row in result.models
        ],
    }
