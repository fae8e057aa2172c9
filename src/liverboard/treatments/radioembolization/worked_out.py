"""A radioembolization worked out on the voxels of this liver, in the common currency."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from liverboard.anatomy import Anatomy
from liverboard.errors import RequestError
from liverboard.numerics.grid import Array, Image, bounding_box
from liverboard.patient import Patient
from liverboard.treatments.protocol import (
    Json,
    Layer,
    LayerKind,
    NoPlan,
    Plan,
    Proposal,
    Provenance,
    Step,
)
from liverboard.treatments.radioembolization.delivered import (
    Delivered,
    delivered,
    delivered_details,
    delivered_layers,
    delivered_table,
)
from liverboard.treatments.radioembolization.effect import complication
from liverboard.treatments.radioembolization.exhibits import exhibits
from liverboard.treatments.radioembolization.lungs import lungs_of
from liverboard.treatments.radioembolization.options import SirtOptions
from liverboard.treatments.radioembolization.result import (
    burden_of,
    lesion_outcomes,
    liver_effect,
    overdosed,
    plan_facts,
    plan_metrics,
)
from liverboard.treatments.radioembolization.setting import Setting, Task, setting_of
from liverboard.treatments.radioembolization.work import Result, near_liver, work_out
from liverboard.values import Mark, Unknown

__all__ = ["worked_out"]


def worked_out(
    proposal: Proposal, anatomy: Anatomy, patient: Patient, options: SirtOptions
) -> Plan | NoPlan:
    """Return the plan of one proposal, or why there can be none."""
    task = Task.of(proposal)
    try:
        setting = setting_of(task, patient.facts, lungs_of(patient.case, task.map))
        known = (patient.facts, patient.case.others.get(task.map))
        result = work_out(near_liver(anatomy), task, setting, known, options)
        after = _after(anatomy, task, setting, patient)
    except RequestError as error:
        return NoPlan(str(error))
    if isinstance(result, Unknown):
        return NoPlan(f"the territory cannot be drawn: {result}", ("portal_vein",))
    plan = _plan(proposal, result, options)
    if after is not None:
        return _with_delivered(plan, after, result, options)
    if "pet_y90" not in patient.case.others:
        return plan
    hint = "the case has a Y-90 PET: `liverboard delivered` lays its dose beside the plan"
    return replace(plan, cautions=(*plan.cautions, hint))


def _after(anatomy: Anatomy, task: Task, setting: Setting, patient: Patient) -> Delivered | None:
    """Return what the PET after treatment shows, None where it is not asked for."""
    if not task.is_after:
        return None
    return delivered(anatomy, task, setting, patient.case.others.get("pet_y90"))


def _with_delivered(plan: Plan, given: Delivered, result: Result, options: SirtOptions) -> Plan:
    """Return a plan with what was delivered beside it."""
    return replace(
        plan,
        layers=(*plan.layers, *delivered_layers(given, result)),
        exhibits=(delivered_table(given, result, options), *plan.exhibits),
        cautions=(*plan.cautions, *(f"PET: {remark}" for remark in given.remarks)),
        details={**plan.details, "delivered": delivered_details(given)},
    )


def _plan(proposal: Proposal, result: Result, options: SirtOptions) -> Plan:
    """Put a worked-out radioembolization into the common currency."""
    lost = overdosed(result)
    effect = liver_effect(result, lost)
    metrics = {
        **plan_metrics(result, options),
        "liver_failure_percent": complication(result, options),
    }
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
        image = Image(np.maximum(dose[box], 0.0), grid.crop(box))  # a transform leaves -1e-6
        yield Layer(name, LayerKind.SCALAR, image, "dose", "Gy")
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
    if setting.shunt.is_measured and setting.shunt.mark is not Mark.VERIFIED:
        yield (
            f"lung shunt of {100 * setting.shunt.fraction:.1f} % {setting.shunt.origin}: "
            "counts per mass of the lung seen, times the usual 1 kg"
        )
    if not setting.scenario.is_own:
        yield (
            "no doses are published for this primary and device: those for "
            f"{setting.scenario.primary} metastases are used"
        )
    if task.is_after:
        yield "the PET is taken as it is: noise and blur of Y-90 PET are not corrected"
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
