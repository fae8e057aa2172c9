"""From a worked-out ablation to the common currency of the board."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from liverboard.anatomy.remnant import remnant_after
from liverboard.evidence.fact import Fact, Known
from liverboard.numerics.grid import Array
from liverboard.treatments.ablation.hazard import duct_distance, vessel_distance
from liverboard.treatments.ablation.outcome import local_control, progression_percent
from liverboard.treatments.ablation.placement import percent_of
from liverboard.treatments.ablation.search import LesionPlan
from liverboard.treatments.ablation.tables import estimate_of, table
from liverboard.treatments.ablation.work import Result
from liverboard.treatments.protocol import Burden, LesionOutcome, LiverEffect
from liverboard.values import Estimate, Mark, Quantity, Reason, Unknown, measured

__all__ = [
    "burden_of",
    "lesion_outcomes",
    "liver_effect",
    "margin_of",
    "plan_facts",
    "plan_metrics",
]

ORIGIN = "plan: ablation"

TRIAL_SIZE_MM = 30.0
"""Largest lesion of the trial whose harm is quoted (collision-2025)."""

TRIAL_NUMBER = 10
"""Most lesions of that trial."""


def margin_of(plan: LesionPlan) -> Estimate:
    """Return the smallest margin of a lesion as planned, within the size that zones may have.

    The interval is that of the zone's size alone (docs/ablation.md); what needles add is in the
    chances.
    """
    sigma = float(table("planning")["uncertainty"]["zone_log_scale"]["value"])
    half = min(placement.zone.short_mm for placement in plan.placements) / 2.0
    value = plan.margins.smallest_mm
    mark = max((plan.device.mark, plan.device.scale.mark), key=list(Mark).index)
    return Estimate(
        value,
        value - half * (1.0 - float(np.exp(-1.96 * sigma))),
        value + half * (float(np.exp(1.96 * sigma)) - 1.0),
        "mm",
        ("method:ablation-margin", plan.device.source, plan.device.scale.sources[0]),
        mark,
    )


def lesion_outcomes(result: Result) -> tuple[LesionOutcome, ...]:
    """Return what becomes of every lesion."""
    done = {plan.lesion: plan for plan in result.plans}
    missed = {plan.lesion: plan.reason for plan in result.missed}
    found = []
    for lesion in result.anatomy.known_lesions():
        if lesion.id in done:
            found.append(_outcome(done[lesion.id], result))
        else:
            why = missed.get(lesion.id, "not treated by this plan")
            found.append(LesionOutcome(lesion.id, False, remark=why))
    return tuple(found)


def _outcome(plan: LesionPlan, result: Result) -> LesionOutcome:
    """Return what becomes of one ablated lesion."""
    margin = margin_of(plan)
    progression = progression_percent(plan.chances, plan.device, result.patient.facts)
    return LesionOutcome(
        plan.lesion,
        margin.value >= 0.0,
        margin,
        local_control_2y=local_control(progression),
        remark=f"{plan.device.title}; A0 in {100 * plan.chances.complete_share:.0f} % of samples",
    )


def liver_effect(result: Result) -> LiverEffect:
    """Return what is left of the liver; vessels of 3 mm and more stay open."""
    anatomy, destroyed = result.anatomy, result.destroyed
    survives = float(table("planning")["heat_sink"]["diameter_mm"]) / 2.0
    left = remnant_after(anatomy, destroyed.lost, survives_mm=survives)
    whole = max(1e-9, float(np.count_nonzero(anatomy.healthy)) * anatomy.grid.voxel_ml)
    more, less = destroyed.ml - destroyed.low_ml, destroyed.high_ml - destroyed.ml

    def volume(mask: Array | Unknown) -> Quantity:
        if isinstance(mask, Unknown):
            return mask
        ml = float(np.count_nonzero(mask)) * anatomy.grid.voxel_ml
        return Estimate(ml, max(0.0, ml - less), min(whole, ml + more), "ml", REMNANT)

    def percent(mask: Array | Unknown) -> Quantity:
        found = volume(mask)
        if isinstance(found, Unknown):
            return found
        ml = (found.value, found.low, found.high)
        value, low, high = (100.0 * each / whole for each in ml)
        return Estimate(value, low, high, "percent", REMNANT)

    nothing = measured(0.0, "ml", "ablation-zone")
    return LiverEffect(
        removed_ml=nothing,
        destroyed_ml=destroyed_ml(result),
        overdosed_ml=nothing,
        geometric_ml=volume(left.geometric),
        perfused_ml=volume(left.perfused),
        drained_ml=volume(left.drained),
        functional_ml=volume(left.functional),
        geometric_percent=percent(left.geometric),
        functional_percent=percent(left.functional),
    )


REMNANT = ("method:remnant", "method:ablation-zone")


def destroyed_ml(result: Result) -> Estimate:
    """Return the healthy liver destroyed, its interval that of the zones' size."""
    found = result.destroyed
    return Estimate(found.ml, found.low_ml, found.high_ml, "ml", ("method:ablation-zone",))


def burden_of(result: Result) -> Burden:
    """Return what the ablation asks of the patient; harm as in the trial, within its limits."""
    given = table("outcome")
    treated = [result.anatomy.lesion(plan.lesion) for plan in result.plans]
    in_trial = len(treated) <= TRIAL_NUMBER and all(
        lesion.diameter_mm <= TRIAL_SIZE_MM for lesion in treated
    )
    is_heat = all(plan.device.modality != "cryo" for plan in result.plans)
    harm: Quantity = Unknown(Reason.NO_EVIDENCE, "beyond the trial: size, number or cryoablation")
    if in_trial and is_heat and treated:
        harm = estimate_of(given["severe_harm_percent"], "percent")
    needles = sum(plan.punctures for plan in result.plans)
    return Burden(
        sessions=measured(1.0, "1", "ablation-steps"),
        nights=estimate_of(given["nights"], "1"),
        punctures=measured(float(needles), "1", "ablation-steps"),
        waiting_weeks=measured(0.0, "week", "ablation-steps"),
        severe_harm_percent=harm,
        anaesthesia="general or deep sedation",
    )


def plan_facts(result: Result) -> Mapping[str, Fact]:
    """Return what the plan measured, for the criteria."""
    found: dict[str, Fact] = {
        "targets_count": Known(float(len(result.plans)), ORIGIN),
        "targets_all_lesions": Known(_is_complete(result), ORIGIN),
        "needle_path_exists": _path_exists(result),
        "central_duct_distance": _nearest(
            [duct_distance(plan.lesion, result.anatomy) for plan in result.plans]
        ),
        "heat_sink_vessel": _heat_sink(result),
    }
    found.update(_measured_facts(result))
    return found


def _is_complete(result: Result) -> bool:
    """Whether every lesion inside the liver is ablated."""
    inside = {lesion.id for lesion in result.anatomy.known_lesions() if lesion.is_in_liver}
    return inside <= {plan.lesion for plan in result.plans}


def _path_exists(result: Result) -> Fact:
    """Return whether every target can be reached; unknown without skin."""
    if any(not plan.has_path for plan in result.missed):
        return Known(False, ORIGIN)
    if not result.scene.has_skin:
        return Unknown(Reason.NO_MASK, "no body mask and no CT")
    return Known(True, ORIGIN)


def _measured_facts(result: Result) -> Iterator[tuple[str, Fact]]:
    """Yield the figures that only a worked-out plan has."""
    if not result.plans:
        nothing = Unknown(Reason.NOT_COMPUTED, "no lesion could be planned")
        for name in ("largest_target", "ablation_margin", *CHANCES):
            yield name, nothing
        return
    sizes = [result.anatomy.lesion(plan.lesion).diameter_mm for plan in result.plans]
    yield "largest_target", Known(max(sizes), ORIGIN)
    yield "ablation_margin", Known(min(p.margins.smallest_mm for p in result.plans), ORIGIN)
    for name, chance in zip(CHANCES, _joint(result), strict=True):
        yield name, Known(chance.value, ORIGIN, low=chance.low, high=chance.high)


CHANCES = (
    "ablation_covered_probability",
    "ablation_a0_probability",
    "ablation_organ_hit_probability",
)


def _joint(result: Result) -> tuple[Estimate, Estimate, Estimate]:
    """Return the chances: all lesions covered, all with a margin, any organ hit.

    Lesions are taken to be independent of one another.
    """
    covered, complete, spared = [], [], []
    for plan in result.plans:
        count = plan.chances.samples
        covered.append(percent_of(plan.chances.covered, count))
        complete.append(percent_of(plan.chances.complete, count))
        spared.append(percent_of(count - plan.chances.hit, count))
    all_spared = _product(spared)
    hit = Estimate(
        100.0 - all_spared.value,
        100.0 - all_spared.high,
        100.0 - all_spared.low,
        "percent",
        all_spared.sources,
    )
    return _product(covered), _product(complete), hit


def _product(chances: list[Estimate]) -> Estimate:
    """Return the chance that all of several independent things happen, in percent."""
    value, low, high = (
        100.0 * float(np.prod([getattr(chance, name) / 100.0 for chance in chances]))
        for name in ("value", "low", "high")
    )
    return Estimate(
        value, min(low, value), max(high, value), "percent", ("method:ablation-chances",)
    )


def _nearest(gaps: list[Quantity]) -> Fact:
    """Return the smallest of distances as a fact; unknown where one is."""
    if not gaps:
        return Unknown(Reason.NOT_COMPUTED, "no lesion could be planned")
    known = [gap for gap in gaps if isinstance(gap, Estimate)]
    if len(known) < len(gaps):
        return next(gap for gap in gaps if isinstance(gap, Unknown))
    least = min(known, key=lambda gap: gap.value)
    return Known(least.value, ORIGIN, low=least.low, high=least.high)


def _heat_sink(result: Result) -> Fact:
    """Return whether a wide vessel lies beside any target."""
    gap = _nearest([vessel_distance(plan.lesion, result.anatomy) for plan in result.plans])
    if isinstance(gap, Unknown):
        return gap
    limit = float(table("planning")["heat_sink"]["distance_mm"])
    return Known(bool(float(gap.value) < limit), ORIGIN)


def plan_metrics(result: Result) -> Mapping[str, Quantity]:
    """Return the figures by which plans are compared."""
    nothing = Unknown(Reason.NOT_COMPUTED, "no lesion could be planned")
    if not result.plans:
        return dict.fromkeys(METRICS, nothing)
    covered, complete, hit = _joint(result)
    margins = [margin_of(plan) for plan in result.plans]
    return {
        "smallest_margin_mm": min(margins, key=lambda margin: margin.value),
        "covered_percent": covered,
        "complete_margin_percent": complete,
        "organ_hit_percent": hit,
        "destroyed_healthy_ml": destroyed_ml(result),
        "needles": measured(
            float(sum(len(p.needles) for p in result.plans)), "1", "ablation-steps"
        ),
        "procedure_minutes": _minutes(result),
    }


METRICS = (
    "smallest_margin_mm",
    "covered_percent",
    "complete_margin_percent",
    "organ_hit_percent",
    "destroyed_healthy_ml",
    "needles",
    "procedure_minutes",
)


def _minutes(result: Result) -> Estimate:
    """Return the time that zones take one after the other, and what lies round them."""
    spare = estimate_of(table("outcome")["minutes_beyond_heating"], "min")
    heating = sum(place.setting.minutes for plan in result.plans for place in plan.placements)
    return Estimate(
        heating + spare.value,
        heating + spare.low,
        heating + spare.high,
        "min",
        ("method:ablation-steps", *spare.sources),
        spare.mark,
    )
