"""The steps of a plan in time."""

from __future__ import annotations

from liverboard.board.joint.published import table
from liverboard.treatments.protocol import Plan
from liverboard.values import Estimate, Quantity

__all__ = ["critical_days", "days_of", "gap_between_days"]


def gap_between_days() -> int:
    """Return the days between two local treatments. Source: data/steps.yaml."""
    return int(table("steps")["gap_between_treatments"]["min"])


def days_of(quantity: Quantity, otherwise: int) -> int:
    """Return whole days, `otherwise` where they are unknown."""
    return round(quantity.value) if isinstance(quantity, Estimate) else otherwise


def critical_days(plan: Plan) -> int:
    """Return the earliest day on which every step of a plan is done, gaps at their value.

    A step that names an unknown earlier step begins at once. 0 for a plan without steps.
    """
    short = int(table("steps")["step_without_duration"]["days"])
    done: dict[str, int] = {}
    for step in plan.steps:
        gap = days_of(step.min_gap_days, 0)
        start = max((done[name] + gap for name in step.after if name in done), default=0)
        done[step.id] = start + days_of(step.duration_days, short)
    return max(done.values(), default=0)
