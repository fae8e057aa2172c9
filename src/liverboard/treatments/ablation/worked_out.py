"""A worked-out ablation as a plan of the board."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from liverboard.anatomy import Anatomy
from liverboard.numerics.grid import Array
from liverboard.numerics.resample import resample_linear
from liverboard.patient import Patient
from liverboard.treatments.ablation.exhibits import exhibits
from liverboard.treatments.ablation.hazard import hazards_of
from liverboard.treatments.ablation.heat.lesion import LesionHeat
from liverboard.treatments.ablation.options import AblationOptions
from liverboard.treatments.ablation.result import (
    burden_of,
    lesion_outcomes,
    liver_effect,
    plan_facts,
    plan_metrics,
)
from liverboard.treatments.ablation.search import LesionPlan
from liverboard.treatments.ablation.work import Result, work_out
from liverboard.treatments.protocol import (
    Json,
    Layer,
    NoPlan,
    Plan,
    Progress,
    Proposal,
    Provenance,
    Step,
)
from liverboard.values import Mark

__all__ = ["worked_out"]


def worked_out(
    proposal: Proposal,
    patient: Patient,
    anatomy: Anatomy,
    options: AblationOptions,
    *,
    progress: Progress,
) -> Plan | NoPlan:
    """Return the plan of a proposal; where no lesion can be reached, why."""
    result = work_out(proposal, patient, anatomy, options, progress=progress)
    if not result.plans and not result.missed:
        return NoPlan("there is no lesion to ablate", ("lesions",))
    return Plan(
        lesions=lesion_outcomes(result),
        liver=liver_effect(result),
        burden=burden_of(result),
        provenance=Provenance("ablation/1", _parameters(proposal, options), options.seed),
        facts=plan_facts(result),
        metrics=plan_metrics(result),
        layers=tuple(_layers(result)),
        steps=(
            Step("ablation", proposal.title),
            Step(
                "margin-check", "Contrast CT at once: margin against this plan", after=("ablation",)
            ),
            Step("imaging-after", "CT or MRI after 4 to 6 weeks", after=("margin-check",)),
        ),
        exhibits=tuple(exhibits(result, options)),
        cautions=tuple(_cautions(result, options)),
        details=_details(result),
    )


def _parameters(proposal: Proposal, options: AblationOptions) -> dict[str, Json]:
    """Return everything that, with the patient, determines the plan."""
    return {
        **proposal.parameters,
        "targets": list(proposal.targets),
        "margin_mm": options.margin_mm,
        "thermal_samples": options.thermal_samples,
        "thermal_grid_mm": options.thermal_grid_mm,
        "goal_mm": options.goal_mm,
        "samples": options.samples,
        "final_samples": options.final_samples,
        "most_needles": options.most_needles,
        "grid_mm": options.grid_mm,
    }


def _layers(result: Result) -> Iterator[Layer]:
    """Yield zones and needles for viewer and export."""
    grid = result.anatomy.grid
    yield Layer.of_mask("ablation-zone", result.destroyed.zone, grid, role="zone")
    yield Layer.of_mask("ablation-lost-liver", result.lost, grid, role="destroyed")
    if result.heats:
        yield Layer.of_mask("ablation-heated", _heated_mask(result), grid, role="zone")
    scene = result.scene.grid
    shafts = np.zeros(scene.shape, dtype=bool)
    for plan in result.plans:
        for needle in plan.needles:
            _draw(shafts, scene.indices(_line(needle.tip_mm, needle.entry_mm)))
    yield Layer.of_mask("ablation-needles", shafts, scene, role="path")


def _heated_mask(result: Result) -> Array:
    """Return what heat or cold kills by the cautious reading: (z, y, x) bool, working grid."""
    grid = result.anatomy.grid
    found = np.zeros(grid.shape, dtype=bool)
    for one in result.heats.values():
        index = np.rint(grid.indices(one.zone.grid.corners_mm())).astype(int)
        low = np.clip(index.min(axis=0) - 1, 0, np.array(grid.shape) - 1)
        high = np.clip(index.max(axis=0) + 2, low + 1, np.array(grid.shape))
        box = (slice(low[0], high[0]), slice(low[1], high[1]), slice(low[2], high[2]))
        found[box] |= resample_linear(one.zone, grid.crop(box), fill=1e3) < 0.0
    return found


def _line(first: tuple[float, float, float], last: tuple[float, float, float]) -> Array:
    """Return points (n, 3) a millimetre apart between two ends."""
    start, end = np.array(first), np.array(last)
    count = max(2, int(np.ceil(np.linalg.norm(end - start))))
    return start + np.linspace(0.0, 1.0, count)[:, None] * (end - start)


def _draw(mask: Array, index: Array) -> None:
    """Set the voxels that hold the indices (n, 3)."""
    voxels = np.rint(index).astype(np.int64)
    inside = ((voxels >= 0) & (voxels < np.array(mask.shape))).all(axis=1)
    mask[tuple(voxels[inside].T)] = True


def _cautions(result: Result, options: AblationOptions) -> Iterator[str]:
    """Yield what must stand beside the result."""
    yield (
        "zones are ellipsoids from device tables; vessels and desiccation are not in them, their "
        "spread is"
    )
    yield from _heat_cautions(result, options)
    if not result.scene.has_skin:
        yield "no body mask and no CT: paths were not followed to the skin"
    if result.scene.unchecked:
        yield "not checked, as no mask was given: " + ", ".join(result.scene.unchecked)
    yield from result.remarks
    for missed in result.missed:
        yield f"{missed.lesion} is not ablated: {missed.reason}"
    for plan in result.plans:
        yield from _lesion_cautions(plan, result, options)
    doubtful = {
        plan.device.title
        for plan in result.plans
        if Mark.UNVERIFIED in (plan.device.scale.mark, plan.device.centre_behind_tip_mm.mark)
    }
    for title in sorted(doubtful):
        yield f"{title}: how its table stands for living liver is a house value, not measured"


def _heat_cautions(result: Result, options: AblationOptions) -> Iterator[str]:
    """Yield where heat or cold, simulated with this patient's vessels, leaves less than the table.

    A margin that only an ellipsoid has is not one.
    """
    for plan in result.plans:
        found = result.heats.get(plan.lesion)
        if found is None:
            continue
        least, most = found.smallest_mm
        table_mm = plan.margins.smallest_mm
        if least < options.margin_mm <= table_mm or least < 0.0 <= table_mm:
            span = f"{least:.1f}" if most - least < 0.05 else f"{least:.1f} to {most:.1f}"
            yield (
                f"{plan.lesion}: simulated with this patient's vessels the smallest margin is "
                f"{span} mm, by the table {table_mm:.1f} mm"
            )


def _lesion_cautions(plan: LesionPlan, result: Result, options: AblationOptions) -> Iterator[str]:
    """Yield what must be said of one lesion."""
    if plan.chances.hit_share > options.most_organ_hit:
        worst = ", ".join(
            f"{name} {100 * n / plan.chances.samples:.0f} %" for name, n in plan.chances.hit_by
        )
        through = 100.0 * plan.chances.pierced / plan.chances.samples
        yield (
            f"{plan.lesion}: the zone reaches {worst} of samples, a needle pierces one in "
            f"{through:.0f} %; separate it first, or choose another treatment"
        )
    for hazard in hazards_of(plan.lesion, result.anatomy, result.scene, plan.device):
        yield f"{plan.lesion}: {hazard.what} at {hazard.distance_mm:.0f} mm: {hazard.measure}"


def _details(result: Result) -> dict[str, Json]:
    """Return the room's own result as plain values."""
    return {
        "lesions": {plan.lesion: _lesion_details(plan) for plan in result.plans},
        "heat": {lesion: _heat_details(one) for lesion, one in result.heats.items()},
        "missed": {plan.lesion: plan.reason for plan in result.missed},
        "not_checked": list(result.scene.unchecked),
    }


def _heat_details(found: LesionHeat) -> dict[str, Json]:
    """Return one simulation as plain values."""
    return {
        "samples": found.samples,
        "covered_percent": round(found.covered.value, 2),
        "complete_percent": round(found.complete.value, 2),
        "wide_percent": round(found.wide.value, 2),
        "readings": {
            one.name: {
                "smallest_margin_mm": {k: round(v, 3) for k, v in one.smallest_mm.items()},
                "volume_ml": {k: round(v, 3) for k, v in one.volume_ml.items()},
                "vessels_take_ml": round(one.without_vessels_ml - one.with_vessels_ml, 3),
                "energy_missing_share": round(one.leak, 6),
            }
            for one in found.readings
        },
    }


def _lesion_details(plan: LesionPlan) -> dict[str, Json]:
    """Return one lesion's needles and counts as plain values."""
    return {
        "device": plan.device.id,
        "needles": [
            {
                "entry_mm": [round(v, 2) for v in needle.entry_mm],
                "tip_mm": [round(v, 2) for v in needle.tip_mm],
                "power_w": placement.setting.power_w,
                "minutes": placement.setting.minutes,
            }
            for placement in plan.placements
            for needle in placement.needles
        ],
        "zones": [
            {
                "centre_mm": [round(v, 2) for v in place.centre_mm],
                "outward": [round(v, 5) for v in place.outward],
                "long_mm": round(place.zone.long_mm, 3),
                "short_mm": round(place.zone.short_mm, 3),
                "behind_tip_mm": round(place.zone.behind_tip_mm, 3),
                "reach_scale": round(place.zone.reach_scale, 5),
            }
            for place in plan.placements
        ],
        "smallest_margin_mm": round(plan.margins.smallest_mm, 3),
        "worst_point_mm": [round(v, 2) for v in plan.margins.worst_point_mm],
        "samples": plan.chances.samples,
        "covered": plan.chances.covered,
        "complete": plan.chances.complete,
        "wide": plan.chances.wide,
        "hit": plan.chances.hit,
        "pierced": plan.chances.pierced,
        "hit_by": dict(plan.chances.hit_by),
        "free_paths": plan.search.free,
        "entries_tried": plan.search.tried,
        "punctures": plan.punctures,
        "proven_fewest": plan.fewest_needles,
    }
