"""Choices of the joint decision, each default with its reason."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["JointOptions"]


@dataclass(frozen=True, slots=True)
class JointOptions:
    """How mixed plans are sought.

    `goal_mm`: margin below which a shortfall counts (judgement:plan-margin). `heat_sink_mm`:
    diameter from which a vessel stays open beside an ablation (judgement:joint-plan).
    `remnant_step_percent`, `failure_step`, `margin_step_mm`: differences smaller than these do not
    make another plan of the front. `most_plans`: plans listed before the front is cut off, which is
    then said. `solver_effort`: deterministic time of one solve in the solver's own units, so that
    the same input gives the same answer on every machine. `most_punctures`: 0 for no limit.
    `tolerance_percent`: how far the optimiser's remnant may lie from the recount of voxels.
    """

    goal_mm: float = 5.0
    heat_sink_mm: float = 3.0
    remnant_step_percent: float = 5.0
    failure_step: float = 0.1
    margin_step_mm: float = 5.0
    most_plans: int = 24
    solver_effort: float = 2.0
    most_punctures: int = 0
    tolerance_percent: float = 1.0
    rounds: int = 3
