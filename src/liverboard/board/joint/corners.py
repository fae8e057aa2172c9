"""The words for mixed plans: titles, corners of the front, and ties within uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from liverboard.board.joint.model import Choice, MixedPlan, Quality

__all__ = ["corners_of", "ties_of", "title_of"]


def title_of(chosen: Sequence[Choice], left: Sequence[str]) -> str:
    """Return a plan in one line: each treatment with its lesions."""
    by_treatment: dict[str, list[str]] = {}
    for one in chosen:
        by_treatment.setdefault(one.treatment, []).extend(one.lesions)
    parts = [f"{_spoken(name)}: {', '.join(sorted(ls))}" for name, ls in by_treatment.items()]
    if left:
        parts.append(f"systemic therapy: {', '.join(left)}" if parts else "systemic therapy alone")
    return "; ".join(parts)


def _spoken(name: str) -> str:
    return name.replace("_", " ")


Key = Callable[[Quality], tuple[float, ...]]


def _burden(quality: Quality) -> tuple[float, ...]:
    """Return anaesthetics, then nights, then punctures."""
    return float(quality.anaesthetics), float(quality.nights), float(quality.punctures)


CORNERS: tuple[tuple[str, Key], ...] = (
    ("fewest lesions uncontrolled", lambda q: (q.failures_high, q.failures_low)),
    ("most liver kept of all plans that treat the most lesions", lambda q: (-q.remnant_percent,)),
    ("smallest burden of all plans that treat the most lesions", _burden),
    ("soonest done of all plans that treat the most lesions", lambda q: (float(q.days),)),
    ("widest margins of all plans that treat the most lesions", lambda q: (q.shortfall_mm,)),
)
"""Names of corners and what is smallest there."""


def corners_of(plans: Sequence[MixedPlan]) -> dict[str, tuple[str, ...]]:
    """Return for each plan the words of the corners that it is."""
    found: dict[str, list[str]] = {}
    if not plans:
        return {}
    fewest = min(len(plan.left_to_systemic) for plan in plans)
    most = [plan for plan in plans if len(plan.left_to_systemic) == fewest]
    for words, key in CORNERS:
        asked = [one for one in most if not words.startswith("widest") or _has_margins(one)]
        if not asked:
            continue
        best = min(asked, key=lambda plan: (key(plan.quality), plan.id))
        found.setdefault(best.id, []).append(words)
    for plan in plans:
        found.setdefault(plan.id, []).extend(_kinds(plan, plans))
    return {name: tuple(words) for name, words in found.items() if words}


def _has_margins(plan: MixedPlan) -> bool:
    """Whether a plan states a margin at all."""
    return plan.smallest_margin_mm < float("inf")


def _kinds(plan: MixedPlan, plans: Sequence[MixedPlan]) -> list[str]:
    """Return what a plan is as a whole."""
    treatments = {one.treatment for one in plan.choices}
    words = []
    if not plan.choices:
        return ["no local treatment"]
    alike = [one for one in plans if _is_all_by(one, treatments)]
    if alike and plan is max(alike, key=lambda one: (one.recount_percent, one.id)):
        words.append(f"all by {_spoken(treatments.pop())}, most liver kept")
    without = [one for one in plans if one.choices and not one.quality.anaesthetics]
    if without and plan is min(
        without, key=lambda one: (len(one.left_to_systemic), one.quality.failures_high, one.id)
    ):
        words.append("most that can be done without general anaesthesia")
    return words


def _is_all_by(plan: MixedPlan, treatments: set[str]) -> bool:
    """Whether a plan leaves nothing and uses the one treatment there is."""
    used = {one.treatment for one in plan.choices}
    return not plan.left_to_systemic and len(treatments) == 1 and used == treatments


def ties_of(plan: MixedPlan, plans: Sequence[MixedPlan], corners: Sequence[str]) -> MixedPlan:
    """Return a plan with its corners, and what its leads over like plans are worth."""
    close: dict[str, list[str]] = {}
    for other in plans:
        if other is not plan and _is_neighbour(plan, other) and (words := _tied(plan, other)):
            close.setdefault(words, []).append(other.id)
    ties = [
        f"leads {', '.join(names)} by less than the uncertainty in {words}"
        for words, names in close.items()
    ]
    return replace(plan, corners=tuple(corners), ties=tuple(ties))


def _is_neighbour(plan: MixedPlan, other: MixedPlan) -> bool:
    """Whether two plans leave the same lesions and use the same treatments."""
    first = {one.treatment for one in plan.choices}
    second = {one.treatment for one in other.choices}
    return plan.left_to_systemic == other.left_to_systemic and first == second


def _tied(plan: MixedPlan, other: MixedPlan) -> str:
    """Return in which figures a plan leads by less than both intervals allow."""
    words = []
    first, second = plan.quality, other.quality
    is_overlapping = first.failures_high > second.failures_low
    if first.failures_high < second.failures_high and is_overlapping:
        words.append("lesions uncontrolled")
    leads = plan.recount_percent > other.recount_percent
    if leads and plan.remnant_low_percent <= other.remnant_high_percent:
        words.append("remnant")
    return " and ".join(words)
