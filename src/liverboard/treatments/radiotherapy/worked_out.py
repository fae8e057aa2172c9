"""An irradiation worked out on the voxels of this body, in the common currency."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from liverboard.numerics.distance import distance_mm
from liverboard.numerics.grid import Image, bounding_box
from liverboard.patient import Patient
from liverboard.treatments.protocol import (
    Json,
    Layer,
    LayerKind,
    NoPlan,
    Plan,
    Progress,
    Proposal,
    Provenance,
    Step,
)
from liverboard.treatments.radiotherapy.exhibits import exhibits
from liverboard.treatments.radiotherapy.limit import Verdict
from liverboard.treatments.radiotherapy.options import RadiotherapyOptions
from liverboard.treatments.radiotherapy.outcome import is_cirrhotic
from liverboard.treatments.radiotherapy.result import (
    burden_of,
    lesion_outcomes,
    liver_effect,
    metrics_of,
    plan_facts,
    target_indices,
)
from liverboard.treatments.radiotherapy.work import Worked, choice_of, work_out
from liverboard.values import Reason, Unknown, measured

__all__ = ["worked_out"]

NEAR_LUNG_MM = 20.0
"""Targets this near to lung are outside what a pencil beam describes well."""


def worked_out(
    proposal: Proposal, patient: Patient, options: RadiotherapyOptions, progress: Progress
) -> Plan | NoPlan:
    """Return the plan of one proposal, or why there can be none."""
    anatomy = patient.anatomy
    assert not isinstance(anatomy, Unknown)
    choice = choice_of(proposal, options)
    worked = work_out(patient.case, anatomy, choice, progress)
    if isinstance(worked, Unknown):
        missing = {Reason.NO_MASK: ("body",), Reason.NOT_RECORDED: ("ct",)}.get(worked.reason, ())
        return NoPlan(worked.detail or str(worked.reason), missing)
    return _plan(proposal, patient, worked)


def _plan(proposal: Proposal, patient: Patient, worked: Worked) -> Plan:
    """Put a worked-out dose into the common currency."""
    anatomy = patient.anatomy
    assert not isinstance(anatomy, Unknown)
    figures = target_indices(worked)
    prescription = worked.solution.prescription
    return Plan(
        lesions=lesion_outcomes(worked, anatomy, figures),
        liver=liver_effect(worked, anatomy, patient.facts),
        burden=burden_of(worked),
        provenance=Provenance(
            "radiotherapy/1", _parameters(proposal, worked), worked.choice.options.seed
        ),
        facts=plan_facts(worked, anatomy, figures),
        metrics=metrics_of(worked, figures),
        layers=_layers(worked),
        steps=(
            Step("simulation", "Planning CT with motion management"),
            Step(
                "irradiation",
                f"{prescription.fractions} x {prescription.fraction_gy:g} Gy",
                after=("simulation",),
                duration_days=measured(_days(prescription.fractions), "day", "radiotherapy-dose"),
            ),
        ),
        exhibits=exhibits(worked, figures),
        cautions=tuple(_cautions(worked, patient)),
        details=_details(worked),
    )


def _days(fractions: int) -> float:
    """Return how long a course lasts: every second day up to five fractions, then five a week."""
    if fractions <= FEW:
        return float(2 * fractions - 1)
    return float(fractions + 2 * ((fractions - 1) // 5))


FEW = 5


def _parameters(proposal: Proposal, worked: Worked) -> dict[str, Json]:
    """Return everything that, with the patient, determines the plan."""
    options = worked.choice.options
    chosen = {name: getattr(options, name) for name in options.__dataclass_fields__}
    plain = {k: list(v) if isinstance(v, tuple) else v for k, v in chosen.items()}
    data = worked.problem.beam_data
    return {
        **proposal.parameters,
        "options": plain,
        "beam_data": {"name": data.name, "sha256": data.sha256},
    }


def _layers(worked: Worked) -> tuple[Layer, ...]:
    """Return the dose, cropped to where it counts, and the targets."""
    dose, grid = worked.solution.dose, worked.problem.body.grid
    box = bounding_box(dose.array >= SHOWN_SHARE * worked.solution.prescription.total_gy)
    shown = Image(np.ascontiguousarray(dose.array[box]), grid.crop(box))
    targets = [
        Layer.of_mask(f"ptv-{target.lesion}", target.ptv, grid, role="planning target")
        for target in worked.structures.targets
    ]
    found = (Layer("dose", LayerKind.SCALAR, shown, "dose", "Gy"), *targets)
    if worked.delivered is None:
        return found
    leaves = worked.delivered.solution.dose
    own = Image(np.ascontiguousarray(leaves.array[box]), grid.crop(box))
    return (*found, Layer("dose-leaves", LayerKind.SCALAR, own, "dose of leaf openings", "Gy"))


SHOWN_SHARE = 0.02


def _cautions(worked: Worked, patient: Patient) -> Iterator[str]:
    """Yield what must stand beside the result."""
    result = worked.result
    failed = [one for one in result.checks if one.verdict in (Verdict.NOT_MET, Verdict.IMPOSSIBLE)]
    for one in failed:
        limit = one.limit
        yield (
            f"{limit.organ.label}: {limit.figure} {one.value_gy:.1f} Gy against {limit.gy:.1f} Gy "
            f"({limit.source}, {limit.mark}), {one.verdict}"
            + (f": {one.remark}" if one.remark else "")
        )
    unchecked = {o.limit.organ.label for o in result.checks if o.verdict is Verdict.UNCHECKED}
    if unchecked:
        yield f"not checked for want of a mask or of image: {', '.join(sorted(unchecked))}"
    if worked.solution.prescription != result.asked and result.binding is not None:
        yield (
            f"{result.asked} Gy was asked for; {worked.solution.prescription} Gy is the highest "
            f"that limits allow: {result.binding.limit.organ.label}, {result.binding.limit.figure}"
        )
    yield from worked.structures.remarks
    yield from worked.problem.body.remarks
    if _is_near_lung(worked):
        yield "a target lies within 20 mm of lung, where pencil beams overstate its dose"
    if "cirrhosis" not in patient.facts.facts or not is_cirrhotic(patient.facts):
        yield "dose of focal liver loss is that of liver without cirrhosis (BED2 70 Gy)"
    beam = "a beam of your own" if worked.choice.options.beam_file else "a generic 6 MV beam"
    what = "leaf openings without transmission" if worked.delivered else "not on leaf openings"
    yield f"planned with {beam} on fluence, {what}; NOT FOR CLINICAL USE"


def _is_near_lung(worked: Worked) -> bool:
    """Whether low density lies near a target."""
    body = worked.problem.body
    room = int(np.ceil(NEAR_LUNG_MM / body.grid.spacing_mm[0])) + 1
    box = bounding_box(worked.structures.ptv, margin=room)
    gap = distance_mm(worked.structures.ptv[box], body.grid.spacing_mm)
    thin = body.mask[box] & (body.density[box] < 0.5) & (gap <= NEAR_LUNG_MM)
    return int(np.count_nonzero(thin)) * body.grid.voxel_ml > 1.0


def _details(worked: Worked) -> dict[str, Json]:
    """Return the room's own result as plain values: beams with their fluence."""
    cells, fields = worked.solution.cells, worked.problem.fields
    binding = worked.result.binding
    return {
        "asked": str(worked.result.asked),
        "prescription": str(worked.solution.prescription),
        "binding": "" if binding is None else f"{binding.limit.organ.id}: {binding.limit.figure}",
        "evaluations": worked.solution.evaluations,
        "position": worked.choice.options.position,
        "cell_mm": fields.cells.step_mm,
        "leaf_mm": fields.cells.leaf_mm,
        "columns": fields.cells.columns,
        "apertures": [
            {
                "beam": one.beam,
                "left": [int(v) for v in one.left],
                "right": [int(v) for v in one.right],
                "weight": round(one.weight, 6),
            }
            for one in (worked.delivered.apertures if worked.delivered else ())
        ],
        "beams": [
            {
                "gantry_deg": beam.beam.gantry_deg,
                "couch_deg": beam.beam.couch_deg,
                "collimator_deg": beam.beam.collimator_deg,
                "isocentre_mm": list(beam.beam.isocentre_mm),
                "ssd_mm": beam.ssd_mm,
                "fluence": [[round(float(v), 4) for v in row] for row in cells[n]],
            }
            for n, beam in enumerate(fields.beams)
        ],
    }
