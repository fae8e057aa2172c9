"""A resection worked out on the voxels of one liver, in the common currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from liverboard.anatomy import Anatomy
from liverboard.evidence.fact import FactSheet, Known
from liverboard.patient import Patient
from liverboard.treatments.protocol import (
    Json,
    Layer,
    LiverEffect,
    NoPlan,
    Plan,
    Proposal,
    Provenance,
    Step,
)
from liverboard.treatments.resection.exhibits import exhibits, growth_table
from liverboard.treatments.resection.growth import Technique, grown, technique
from liverboard.treatments.resection.mix import remove_mixed
from liverboard.treatments.resection.options import ResectionOptions
from liverboard.treatments.resection.propose import operation_of
from liverboard.treatments.resection.result import (
    ORIGIN,
    Remnants,
    burden_of,
    lesion_outcomes,
    liver_effect,
    percent_of,
    plan_facts,
    remnants,
    smallest_off_vessel_mm,
    touches_vessel,
)
from liverboard.treatments.resection.work import (
    Removal,
    Result,
    assess,
    remove_units,
    remove_wedges,
)
from liverboard.values import Estimate, Quantity, Unknown, measured

__all__ = ["worked_out"]


def worked_out(
    proposal: Proposal, anatomy: Anatomy, patient: Patient, options: ResectionOptions
) -> Plan | NoPlan:
    """Return the plan of a proposal on `anatomy`, grown first where the proposal says so."""
    near = _near_liver(anatomy)
    result = _worked_out(near, _Task.of(proposal), options)
    if isinstance(result, Unknown):
        return NoPlan(result.detail or str(result.reason), ("portal_vein",))
    plan = _plan(proposal, near, result, patient.facts, options)
    if "technique" not in proposal.parameters:
        return plan
    return _after_growth(plan, technique(str(proposal.parameters["technique"])), patient)


@dataclass(frozen=True, slots=True)
class _Task:
    """What of a proposal decides the removal; growing the remnant first does not."""

    kind: str
    lesions: tuple[str, ...]
    margin_mm: float
    units: frozenset[str]
    inside: tuple[str, ...]

    @staticmethod
    def of(proposal: Proposal) -> _Task:
        """Read the task from a proposal's parameters."""
        given = proposal.parameters
        inside = given.get("inside", ())
        assert isinstance(inside, Sequence)
        return _Task(
            str(given["kind"]),
            proposal.targets,
            _number(given.get("margin_mm", 0.0)),
            operation_of(proposal),
            tuple(str(name) for name in inside),
        )


@lru_cache(maxsize=1)
def _near_liver(anatomy: Anatomy) -> Anatomy:
    """Return the anatomy cropped to the liver, once for all plans of a patient."""
    return anatomy.near_liver()


@lru_cache(maxsize=4)
def _worked_out(anatomy: Anatomy, task: _Task, options: ResectionOptions) -> Result | Unknown:
    """Return a removal with what it leaves; kept for proposals that differ only in growth."""
    removal = _remove(anatomy, task, options)
    return removal if isinstance(removal, Unknown) else assess(anatomy, removal, options)


def _remove(anatomy: Anatomy, task: _Task, options: ResectionOptions) -> Removal | Unknown:
    """Return what a task removes."""
    if task.kind == "wedges":
        return remove_wedges(anatomy, task.lesions, task.margin_mm, options)
    if task.kind == "mixed":
        return remove_mixed(anatomy, task.lesions, task.margin_mm, options)
    return remove_units(anatomy, task.units, task.lesions, within=task.inside, options=options)


def _number(value: Json) -> float:
    """Return a numeric parameter of a proposal."""
    assert isinstance(value, int | float)
    return float(value)


def _plan(
    proposal: Proposal,
    anatomy: Anatomy,
    result: Result,
    sheet: FactSheet,
    options: ResectionOptions,
) -> Plan:
    """Put a worked-out resection into the common currency."""
    left = remnants(anatomy, result)
    effect = liver_effect(anatomy, result, left)
    facts = plan_facts(anatomy, result, effect, sheet, options)
    removed = facts["resected_segments"]
    segments = int(float(removed.value)) if isinstance(removed, Known) else None
    return Plan(
        lesions=lesion_outcomes(anatomy, result),
        liver=effect,
        burden=burden_of(proposal.tags, segments, _technique_of(proposal)),
        provenance=Provenance("resection/1", _parameters(proposal, options)),
        facts=facts,
        metrics=_metrics(anatomy, result, left),
        layers=_layers(anatomy, result),
        steps=(Step("resection", proposal.title),),
        exhibits=exhibits(anatomy, result, left, effect, sheet),
        cautions=tuple(_cautions(anatomy, result)),
        details=_details(proposal, anatomy, result),
    )


def _technique_of(proposal: Proposal) -> Technique | None:
    """Return the technique of growth that a proposal names, if any."""
    name = proposal.parameters.get("technique")
    return technique(str(name)) if name else None


def _parameters(proposal: Proposal, options: ResectionOptions) -> dict[str, Json]:
    """Return everything that, with the patient, determines the plan."""
    chosen = {name: getattr(options, name) for name in options.__dataclass_fields__}
    return {**proposal.parameters, "options": {k: _plain(v) for k, v in chosen.items()}}


def _plain(value: object) -> Json:
    """Return an option as a plain value."""
    return list(value) if isinstance(value, tuple) else value  # type: ignore[return-value]


def _metrics(anatomy: Anatomy, result: Result, left: Remnants) -> dict[str, Quantity]:
    """Return the figures by which resections are compared, and some more."""
    gap = smallest_off_vessel_mm(result)
    healthy = float(np.count_nonzero(result.removal.removed & anatomy.healthy))
    cut = result.surface.total_mm2 / 100.0
    widest = max((cut.radius_mm for cut in result.remnant.cut_vessels), default=0.0)
    found: dict[str, Quantity] = {
        "functional_ml": left.functional,
        "resected_healthy_ml": measured(healthy * anatomy.grid.voxel_ml, "ml", "remnant"),
        "cut_surface_cm2": measured(cut, "cm2", "margin"),
        "cut_curvature_per_mm": measured(result.surface.rms_curvature_per_mm, "1/mm", "margin"),
        "wedge_count": measured(float(len(result.removal.wedges)), "1", "resection-steps"),
        "island_count": measured(float(len(result.remnant.islands_ml)), "1", "remnant"),
        "widest_divided_vessel_mm": measured(2.0 * widest, "mm", "vessel-tree"),
    }
    if gap is not None:
        found["smallest_margin_mm"] = measured(gap, "mm", "margin")
    return found


def _layers(anatomy: Anatomy, result: Result) -> tuple[Layer, ...]:
    """Return what to draw: what goes, and what stays without inflow or outflow."""
    kept = result.remnant
    layers = [Layer.of_mask("resected", result.removal.removed, anatomy.grid, role="resected")]
    for name, mask, role in (
        ("not-perfused", kept.perfused, "not perfused"),
        ("not-drained", kept.drained, "not drained"),
    ):
        if not isinstance(mask, Unknown) and (kept.geometric & ~mask).any():
            lost = kept.geometric & ~mask
            layers.append(Layer.of_mask(name, lost, anatomy.grid, role=role))
    return tuple(layers)


def _cautions(anatomy: Anatomy, result: Result) -> Sequence[str]:
    """Return what must stand beside the result."""
    found = []
    touching = sorted(name for name in result.profiles if touches_vessel(name, result))
    if touching:
        found.append(
            f"R1vasc possible: {', '.join(touching)} must be dissected off a vessel that stays"
        )
    blocked = sorted(piece.lesion for piece in result.removal.wedges if piece.is_blocked)
    if blocked:
        found.append(f"every way out for {', '.join(blocked)} crosses a main vessel")
    if result.remnant.islands_ml:
        volumes = ", ".join(f"{volume:.0f}" for volume in result.remnant.islands_ml)
        found.append(f"the remnant falls apart: separate parts of {volumes} ml")
    left = sorted(name for name, covered in result.covered.items() if not covered)
    if left:
        found.append(f"not removed: {', '.join(left)}")
    segments = anatomy.segments
    if isinstance(segments, Unknown) or not result.removal.units:
        return found
    if segments.method in ("landmark planes", "heuristic planes"):
        found.append(
            f"segments from {segments.method}: good enough for hemihepatectomy and left "
            "lateral sectionectomy, not for segments 5 to 8 (Fischer 2002)"
        )
    return found


def _details(proposal: Proposal, anatomy: Anatomy, result: Result) -> dict[str, Json]:
    """Return the room's own result as plain values."""
    shares = result.kept_share
    return {
        "new_world": str(proposal.parameters.get("new_world", "")),
        "units": sorted(result.removal.units),
        "divided_pedicles": [
            {"name": anatomy.portal.branches[n].name, "branch": n}
            for n in result.removal.pedicles
            if not isinstance(anatomy.portal, Unknown)
        ],
        "wedges": [
            {"lesion": piece.lesion, "way_out_lps": list(piece.way_out_mm)}
            for piece in result.removal.wedges
        ],
        "functional_share_of_segments": {} if isinstance(shares, Unknown) else dict(shares),
        "islands_ml": list(result.remnant.islands_ml),
    }


def _after_growth(plan: Plan, by: Technique, patient: Patient) -> Plan:
    """Return a plan in which the remnant has grown before the resection."""
    before = plan.liver.functional_ml
    if isinstance(before, Unknown):
        return plan
    after = grown(before, by)
    assert not isinstance(patient.anatomy, Unknown)
    effect = _grown_effect(plan.liver, by, patient.anatomy.healthy_ml)
    facts = dict(plan.facts)
    expected = effect.functional_percent
    if not isinstance(expected, Unknown):
        high = min(expected.high, 100.0)
        value, low = min(expected.value, high), min(expected.low, high)
        facts["flr_predicted_percent"] = Known(value, ORIGIN, low=low, high=high)
    return replace(
        plan,
        liver=effect,
        facts=facts,
        metrics={**plan.metrics, "functional_ml": after, "functional_before_growth_ml": before},
        steps=_growth_steps(plan, by),
        exhibits=(growth_table(by, before, after), *plan.exhibits),
        cautions=(
            *plan.cautions,
            f"remnant after {by.title}: a published range, not a forecast for this patient; "
            "tumour growth while waiting is not modelled",
        ),
    )


def _grown_effect(now: LiverEffect, by: Technique, healthy_ml: float) -> LiverEffect:
    """Return the remnants after growth, in percent of the liver measured before it."""
    volumes = {
        name: volume if isinstance(volume, Unknown) else grown(volume, by)
        for name, volume in (
            ("geometric_ml", now.geometric_ml),
            ("perfused_ml", now.perfused_ml),
            ("drained_ml", now.drained_ml),
            ("functional_ml", now.functional_ml),
        )
    }
    return replace(
        now,
        **volumes,
        geometric_percent=percent_of(volumes["geometric_ml"], healthy_ml),
        functional_percent=percent_of(volumes["functional_ml"], healthy_ml),
    )


def _growth_steps(plan: Plan, by: Technique) -> tuple[Step, ...]:
    """Return the steps: make it grow, measure, resect."""
    days = Estimate(
        by.wait_weeks.value * 7,
        by.wait_weeks.low * 7,
        by.wait_weeks.high * 7,
        "day",
        by.wait_weeks.sources,
        by.wait_weeks.mark,
    )
    first = Step(by.id, by.title[0].upper() + by.title[1:])
    measure = Step("volumetry", "CT volumetry of the remnant", after=(by.id,), min_gap_days=days)
    last = replace(plan.steps[0], after=("volumetry",))
    return first, measure, last
