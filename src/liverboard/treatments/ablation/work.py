"""An ablation worked out on the lesions of one patient."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from liverboard.anatomy import Anatomy
from liverboard.case import Case
from liverboard.errors import RequestError
from liverboard.numerics.grid import Array
from liverboard.patient import Patient
from liverboard.treatments.ablation.asked import asked_plan, asked_setting
from liverboard.treatments.ablation.destroyed import Destroyed, destroyed_by
from liverboard.treatments.ablation.device import device
from liverboard.treatments.ablation.heat.lesion import LesionHeat, lesion_heat
from liverboard.treatments.ablation.options import AblationOptions
from liverboard.treatments.ablation.propose import BEST
from liverboard.treatments.ablation.scene import Scene, scene_of
from liverboard.treatments.ablation.search import LesionPlan, NoLesionPlan, lesion_plan, plan_rank
from liverboard.treatments.ablation.target import target_of
from liverboard.treatments.protocol import Progress, Proposal

__all__ = ["Result", "work_out"]


WORKERS = 2
"""Lesions worked out at the same time: kernels hold no lock."""


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """Everything a plan is written from.

    `others`: what each device would do, where compared. `heats`: by lesion what heat or cold does,
    for the plan that is chosen for each lesion and for one that was asked for.
    """

    patient: Patient
    anatomy: Anatomy
    scene: Scene
    plans: tuple[LesionPlan, ...]
    missed: tuple[NoLesionPlan, ...]
    others: Mapping[str, tuple[LesionPlan | NoLesionPlan, ...]]
    destroyed: Destroyed
    heats: Mapping[str, LesionHeat]
    remarks: tuple[str, ...] = ()

    @property
    def lost(self) -> Array:
        """Healthy liver inside the zones as planned: (z, y, x) bool on the working grid."""
        return self.destroyed.lost


def work_out(
    proposal: Proposal,
    patient: Patient,
    anatomy: Anatomy,
    options: AblationOptions,
    *,
    progress: Progress,
) -> Result:
    """Return a proposal worked out lesion by lesion; lesions that cannot be reached are listed."""
    scene = scene_of(patient.case, anatomy, options)
    progress(f"{proposal.id}: {', '.join(proposal.targets)}")
    done: list[LesionPlan] = []
    missed: list[NoLesionPlan] = []
    others: dict[str, tuple[LesionPlan | NoLesionPlan, ...]] = {}
    remarks: list[str] = []
    with ThreadPoolExecutor(WORKERS) as pool:
        found = pool.map(
            lambda lesion: _tried(proposal, patient, anatomy, lesion, options=options),
            proposal.targets,
        )
    for lesion, tried in zip(proposal.targets, found, strict=True):
        if len(tried) > 1:
            others[lesion] = tried
        plans = [plan for plan in tried if isinstance(plan, LesionPlan)]
        if plans:
            done.append(min(plans, key=lambda plan: plan_rank(plan, options)))
            remarks += done[-1].remarks
        else:
            missed += [plan for plan in tried[:1] if isinstance(plan, NoLesionPlan)]
    destroyed = destroyed_by([p for plan in done for p in plan.placements], anatomy)
    heats: dict[str, LesionHeat] = {}
    if options.thermal_samples and (proposal.parameters["device"] == BEST or _is_asked(proposal)):
        progress(f"{proposal.id}: heat and cold")
        with ThreadPoolExecutor(WORKERS) as pool:
            hot = pool.map(lambda plan: _heated(plan, patient.case, anatomy, options), done)
            heats = dict(zip((plan.lesion for plan in done), hot, strict=True))
    return Result(
        patient,
        anatomy,
        scene,
        tuple(done),
        tuple(missed),
        others,
        destroyed,
        heats,
        tuple(remarks),
    )


def _is_asked(proposal: Proposal) -> bool:
    """Whether a person asked for this setting or needle."""
    return "power_w" in proposal.parameters


def _heated(plan: LesionPlan, case: Case, anatomy: Anatomy, options: AblationOptions) -> LesionHeat:
    """Return what heat or cold does as planned."""
    target = target_of(case, anatomy, plan.lesion, options)
    assert target is not None  # it was planned
    return lesion_heat(target, plan.device, plan.placements, anatomy, options)


def _tried(
    proposal: Proposal,
    patient: Patient,
    anatomy: Anatomy,
    lesion: str,
    *,
    options: AblationOptions,
) -> tuple[LesionPlan | NoLesionPlan, ...]:
    """Return the plans of one lesion: with the device asked for, or with each."""
    name = str(proposal.parameters["device"])
    if name == BEST:
        return tuple(
            lesion_plan(patient.case, anatomy, lesion, one, options, setting=None)
            for one in options.devices
        )
    setting = asked_setting(proposal, device(name))
    if "tip_mm" in proposal.parameters:
        if setting is None:
            raise RequestError("power and minutes are needed with a needle", where="--tip")
        return (asked_plan(proposal, patient.case, anatomy, setting, options=options),)
    return (lesion_plan(patient.case, anatomy, lesion, name, options, setting=setting),)
