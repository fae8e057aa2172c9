"""From a worked-out dose to the common currency of the board."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from liverboard.anatomy import Anatomy, remnant_after
from liverboard.evidence.fact import Fact, FactSheet, Known
from liverboard.numerics.distance import distance_mm
from liverboard.numerics.dvh import Dvh, dvh
from liverboard.numerics.grid import Array, Image
from liverboard.numerics.resample import resample_linear, sample_linear
from liverboard.treatments.protocol import Burden, LesionOutcome, LiverEffect
from liverboard.treatments.radiotherapy.index import Indices, indices_of
from liverboard.treatments.radiotherapy.limit import Kind, Verdict, limits_for
from liverboard.treatments.radiotherapy.outcome import (
    control_2y_percent,
    focal_loss_gy,
    severe_harm,
)
from liverboard.treatments.radiotherapy.structures import Target
from liverboard.treatments.radiotherapy.work import Worked
from liverboard.values import Estimate, Mark, Quantity, Reason, Unknown, measured

__all__ = [
    "burden_of",
    "lesion_outcomes",
    "liver_effect",
    "metrics_of",
    "plan_facts",
    "spared_dose_gy",
    "target_indices",
]

ORIGIN = "plan: radiotherapy"

DOSE = "radiotherapy-dose"

COVERED_PERCENT = 94.9
"""A target counts as covered from 95 % of it at the prescription, rounding allowed for."""


def target_indices(worked: Worked) -> Mapping[str, tuple[Dvh, Indices]]:
    """Return the histogram and figures of every target; a voxel counts to the nearest target."""
    dose, grid = worked.solution.dose, worked.problem.body.grid
    if worked.choice.technique == "whole-liver":
        whole, total = worked.result.histograms["ptv"], worked.solution.prescription.total_gy
        inside = dose.array[worked.problem.body.mask]
        return {"liver": (whole, indices_of(whole, inside, total, grid.voxel_ml))}
    near = _nearest_target(worked.structures.targets, worked)
    found = {}
    for number, target in enumerate(worked.structures.targets):
        histogram = dvh(dose, target.ptv, grid)
        own = dose.array[near == number]
        total = worked.solution.prescription.total_gy
        found[target.lesion] = (histogram, indices_of(histogram, own, total, grid.voxel_ml))
    return found


def _nearest_target(targets: tuple[Target, ...], worked: Worked) -> Array:
    """Return which target each body voxel is nearest to: (z, y, x) int16, -1 outside the body."""
    body = worked.problem.body
    nearest = np.where(body.mask, 0, -1).astype(np.int16)
    if len(targets) > 1:
        gaps = np.stack([distance_mm(target.ptv, body.grid.spacing_mm) for target in targets])
        nearest[body.mask] = gaps.argmin(axis=0)[body.mask]
    return nearest


def lesion_outcomes(
    worked: Worked, anatomy: Anatomy, figures: Mapping[str, tuple[Dvh, Indices]]
) -> tuple[LesionOutcome, ...]:
    """Return what becomes of every lesion, those that are no targets included."""
    found = []
    for lesion in anatomy.known_lesions():
        if lesion.id in figures and worked.choice.technique != "whole-liver":
            found.append(_treated(worked, anatomy, lesion.id, figures[lesion.id]))
        else:
            is_palliated = worked.choice.technique == "whole-liver" and lesion.is_in_liver
            remark = "palliation: no lasting control is aimed at" if is_palliated else "no target"
            found.append(LesionOutcome(lesion.id, is_covered=False, remark=remark))
    return tuple(found)


def _treated(
    worked: Worked, anatomy: Anatomy, lesion: str, figure: tuple[Dvh, Indices]
) -> LesionOutcome:
    """Return what becomes of a target."""
    index = figure[1]
    gtv = dvh(worked.solution.dose, anatomy.mask_of(lesion), anatomy.grid)
    percent = control_2y_percent(
        worked.solution.prescription, gtv.dose_at_percent(98.0), gtv.dose_at_percent(2.0)
    )
    return LesionOutcome(
        lesion,
        is_covered=index.coverage_percent >= COVERED_PERCENT,
        margin_mm=_margin(worked, anatomy.lesion_surface_mm[lesion]),
        dose_gy=Estimate(
            index.d95_gy, index.d98_gy, index.d2_gy, "Gy", (f"method:{DOSE}",), Mark.VERIFIED
        ),
        local_control_2y=percent,
        remark="dose: D95 of the planning target (D98 to D2)",
    )


def _margin(worked: Worked, surface_mm: Array) -> Quantity:
    """Return the smallest distance from a lesion's surface to the prescription isodose."""
    dose, grid = worked.solution.dose, worked.problem.body.grid
    inside = dose.array >= worked.solution.prescription.total_gy * (1.0 - 1e-3)
    gap = Image(distance_mm(~inside, grid.spacing_mm).astype(np.float32), grid)
    step = grid.spacing_mm[0]
    nearest = float(sample_linear(gap, surface_mm).min()) - step / 2.0
    return measured(nearest, "mm", DOSE, spread=step / 2.0)


def liver_effect(worked: Worked, anatomy: Anatomy, sheet: FactSheet) -> LiverEffect:
    """Return what stays of the liver: tissue beyond the dose of a focal reaction is lost.

    Vessels stay open. Not modelled: later growth of what was spared.
    """
    fractions = worked.solution.prescription.fractions
    limit = focal_loss_gy(sheet, fractions)
    dose = resample_linear(worked.solution.dose, anatomy.grid)
    lost = np.asarray(anatomy.healthy & (dose >= limit))
    left = remnant_after(anatomy, lost, survives_mm=0.0)
    nothing = measured(0.0, "ml", "remnant")
    voxel_ml = anatomy.grid.voxel_ml
    geometric = _volume(left.geometric, voxel_ml)
    functional = _volume(left.functional, voxel_ml)
    return LiverEffect(
        removed_ml=nothing,
        destroyed_ml=nothing,
        overdosed_ml=_volume(lost, voxel_ml),
        geometric_ml=geometric,
        perfused_ml=_volume(left.perfused, voxel_ml),
        drained_ml=_volume(left.drained, voxel_ml),
        functional_ml=functional,
        geometric_percent=_percent(geometric, anatomy.healthy_ml),
        functional_percent=_percent(functional, anatomy.healthy_ml),
    )


def _volume(mask: Array | Unknown, voxel_ml: float) -> Quantity:
    """Return the volume of a mask in ml."""
    if isinstance(mask, Unknown):
        return mask
    sources = ("method:remnant", "focal-liver-reaction")
    value = float(np.count_nonzero(mask)) * voxel_ml
    return Estimate(value, value, value, "ml", sources)


def _percent(volume: Quantity, whole_ml: float) -> Quantity:
    """Return a volume in percent of the healthy liver."""
    if isinstance(volume, Unknown):
        return volume
    value = min(100.0, 100.0 * volume.value / whole_ml)
    return Estimate(value, value, value, "percent", volume.sources)


def spared_dose_gy(fractions: int) -> float:
    """Return the strictest dose below which 700 ml of liver are to stay."""
    rows = limits_for(fractions)
    doses = [r.gy for r in rows if r.organ.id == "liver" and r.kind is Kind.COLDEST]
    return min(doses, default=CONVENTIONAL_SPARED_GY)


CONVENTIONAL_SPARED_GY = 30.0
"""Without a critical-volume limit liver counts as spared below the whole-liver tolerance at 2 Gy
(conventional-memory)."""


def burden_of(worked: Worked) -> Burden:
    """Return what the plan asks of the patient: visits, no nights, no anaesthesia."""
    none = measured(0.0, "1", DOSE)
    is_sbrt = worked.solution.prescription.is_ablative and worked.choice.technique != "whole-liver"
    no_series = Unknown(Reason.NO_EVIDENCE)
    return Burden(
        sessions=measured(float(worked.solution.prescription.fractions), "1", DOSE),
        nights=none,
        punctures=none,
        waiting_weeks=Unknown(Reason.NOT_COMPUTED, "depends on the department"),
        severe_harm_percent=severe_harm() if is_sbrt else no_series,
        mortality_90d_percent=no_series,
        anaesthesia="none",
    )


def plan_facts(
    worked: Worked, anatomy: Anatomy, figures: Mapping[str, tuple[Dvh, Indices]]
) -> dict[str, Fact]:
    """Return what the plan measured, for criteria."""
    result, prescription = worked.result, worked.solution.prescription
    liver = result.histograms["liver"]
    checked = [one for one in result.checks if one.verdict is not Verdict.UNCHECKED]
    unchecked = {one.limit.organ.id for one in result.checks if one.verdict is Verdict.UNCHECKED}
    lesions = [lesion for lesion in anatomy.known_lesions() if lesion.is_in_liver]
    treated = [lesion for lesion in lesions if lesion.id in worked.choice.targets]
    coverage = _worst_coverage(worked, figures)
    return {
        "mean_liver_dose": Known(liver.mean_gy, ORIGIN),
        "spared_liver_volume": Known(
            liver.volume_below(spared_dose_gy(prescription.fractions)), ORIGIN
        ),
        "prescription_bed10": Known(prescription.bed10_gy, ORIGIN),
        "target_coverage": Known(min(coverage, 100.0), ORIGIN),
        "organ_limits_met": Known(all(one.verdict is Verdict.MET for one in checked), ORIGIN),
        "organs_unchecked": Known(float(len(unchecked)), ORIGIN),
        "targets_all_lesions": Known(len(treated) == len(lesions), ORIGIN),
        "targets_count": Known(float(len(treated)), ORIGIN),
        "largest_target": Known(max(lesion.diameter_mm for lesion in treated), ORIGIN),
    }


def _worst_coverage(worked: Worked, figures: Mapping[str, tuple[Dvh, Indices]]) -> float:
    """Return the share of the worst target at the prescription; of the liver in palliation."""
    if worked.choice.technique == "whole-liver":
        return worked.result.histograms["ptv"].share_at(worked.solution.prescription.total_gy)
    return min(index.coverage_percent for _, index in figures.values())


def metrics_of(worked: Worked, figures: Mapping[str, tuple[Dvh, Indices]]) -> dict[str, Quantity]:
    """Return the figures by which plans are compared, and some more."""
    liver, prescription = worked.result.histograms["liver"], worked.solution.prescription
    spared = liver.volume_below(spared_dose_gy(prescription.fractions))
    indices = [index for _, index in figures.values()]
    binding = worked.result.binding
    return {
        "mean_liver_gy": measured(liver.mean_gy, "Gy", DOSE),
        "spared_liver_ml": measured(spared, "ml", DOSE),
        "prescription_bed10_gy": measured(prescription.bed10_gy, "Gy", DOSE),
        "prescribed_gy": measured(prescription.total_gy, "Gy", DOSE),
        "coverage_percent": measured(_worst_coverage(worked, figures), "percent", DOSE),
        "worst_paddick": measured(min(one.paddick for one in indices), "1", DOSE),
        "worst_gradient": measured(max(one.gradient for one in indices), "1", DOSE),
        "limit_headroom": measured(binding.headroom if binding else 1.0, "1", DOSE),
    }
