"""Tables and charts of the joint decision for the report."""

from __future__ import annotations

from collections.abc import Sequence

from liverboard.board.joint.model import Entry, Joint, MixedPlan
from liverboard.board.joint.published import whole_of
from liverboard.treatments.exhibit import Exhibit, Gantt, Span, Table
from liverboard.values import Estimate

__all__ = ["exhibits_of"]

STATES = ("possible", "may", "no", "unplanned")
"""States of an entry, best first."""

LONGEST_WHY = 90


def exhibits_of(joint: Joint) -> tuple[Exhibit, ...]:
    """Return the matrix, the mixed plans, and what each plan is best at."""
    drawn = [plan for plan in shown(joint) if plan.corners and plan.schedule]
    return (
        _matrix(joint),
        _plans(joint),
        _corners(joint),
        *(_timeline(plan) for plan in drawn[:MOST_TIMELINES]),
        _anchors(joint),
        _flips(joint),
    )


MOST_PLANS = 10
"""Plans in the tables: corners first, unless aims put them in another order; all in plan.json."""


def shown(joint: Joint) -> tuple[MixedPlan, ...]:
    """Return the plans that tables show, in the order of the decision."""
    if joint.preference:
        return joint.plans[:MOST_PLANS]
    kept = [plan.id for plan in joint.plans if plan.corners]
    kept += [plan.id for plan in joint.plans if not plan.corners]
    chosen = set(kept[:MOST_PLANS])
    return tuple(plan for plan in joint.plans if plan.id in chosen)


MOST_TIMELINES = 4
"""Timelines drawn; those of all plans are in plan.json."""


def _matrix(joint: Joint) -> Table:
    """Return lesion by treatment: in each cell the leading option."""
    treatments = list(dict.fromkeys(one.treatment for one in joint.entries))
    lesions = list(dict.fromkeys(one.lesion for one in joint.entries))
    rows = tuple(
        (lesion, *(_cell(_leading(joint.entries, lesion, name)) for name in treatments))
        for lesion in lesions
    )
    return Table(
        "Lesion by treatment",
        ("Lesion", *(_spoken(name) for name in treatments)),
        rows,
        note="In each cell the option that spends least liver among those that cover the lesion "
        "with a margin of 5 mm or the widest there is; every option is in plan.json. ml: healthy "
        "liver taken out of function by the part of the plan that serves the lesion.",
    )


def _spoken(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _leading(entries: Sequence[Entry], lesion: str, treatment: str) -> Entry | None:
    """Return the entry that stands for a treatment at a lesion."""
    own = [one for one in entries if one.lesion == lesion and one.treatment == treatment]
    return min(own, key=_rank, default=None)


GOAL_MM = 5.0


def _rank(entry: Entry) -> tuple[float, ...]:
    """Return the order of entries: state, margin up to the goal, liver spent."""
    margin = entry.margin_mm.value if isinstance(entry.margin_mm, Estimate) else 0.0
    spent = entry.spent_ml.value if isinstance(entry.spent_ml, Estimate) else float("inf")
    return STATES.index(entry.state), -min(margin, GOAL_MM), spent


def _cell(entry: Entry | None) -> str:
    """Return an entry in a few words."""
    if entry is None:
        return "? not proposed"
    name = entry.option.split("/", 1)[1]
    if entry.state in ("no", "unplanned"):
        why = entry.why if len(entry.why) <= LONGEST_WHY else f"{entry.why[:LONGEST_WHY]}..."
        return f"no: {why}" if entry.state == "no" else f"not planned: {why}"
    words = [name if entry.state == "possible" else f"{name}, coverage not certain"]
    for quantity, form in (
        (entry.margin_mm, "margin {0.value:.1f} mm"),
        (entry.dose_gy, "{0.value:.0f} Gy"),
        (entry.spent_ml, "{0.value:.0f} ml"),
    ):
        if isinstance(quantity, Estimate):
            words.append(form.format(quantity))
    words.append(_control(entry))
    if entry.status not in ("eligible", "eligible with cautions"):
        words.append(entry.status)
    return "; ".join(words)


def _control(entry: Entry) -> str:
    """Return local control at two years in percent, or that nobody published it."""
    known = entry.local_control_2y
    if not isinstance(known, Estimate):
        return "control at 2 years not published"
    factor = 100.0 / whole_of(known)
    low, high = factor * known.low, factor * known.high
    return f"control at 2 years {factor * known.value:.0f} % ({low:.0f} to {high:.0f})"


def _plans(joint: Joint) -> Table:
    """Return the mixed plans side by side."""
    return Table(
        f"Mixed plans, none beaten by another ({len(shown(joint))} of {len(joint.plans)})",
        (
            "Plan",
            "Lesions and treatments",
            "Expected uncontrolled at 2 years",
            "Functional remnant, %",
            "Anaesthetics",
            "Nights, at least",
            "Punctures, at least",
            "Done after, days at least",
            "Margin short of 5 mm, mm",
        ),
        tuple(_row(plan) for plan in shown(joint)),
        note="Uncontrolled: a lesion left to systemic therapy counts one; a range ends at one for "
        "every lesion whose local control nobody published. Remnant: recounted on the voxels; in "
        "brackets all that is taken widened or narrowed by a voxel. Days do not count waiting "
        "lists.",
        sources=joint.sources,
    )


def _row(plan: MixedPlan) -> tuple[str | float, ...]:
    """Return one plan as a row."""
    quality = plan.quality
    return (
        plan.id,
        plan.title,
        f"{quality.failures_low:.1f} to {quality.failures_high:.1f}",
        f"{plan.recount_percent:.0f} ({plan.remnant_low_percent:.0f} to "
        f"{plan.remnant_high_percent:.0f})",
        quality.anaesthetics,
        quality.nights,
        quality.punctures,
        quality.days,
        round(quality.shortfall_mm, 1),
    )


def _corners(joint: Joint) -> Table:
    """Return what each plan is best at, what ties with it, and what is unknown of it."""
    rows = tuple(
        (
            plan.id,
            "; ".join(plan.corners) or "between the corners",
            ", ".join(f"{one.option} for {', '.join(one.lesions)}" for one in plan.choices)
            or "none",
            "; ".join(plan.ties) or "none",
            ", ".join(plan.unknown) or "none",
        )
        for plan in shown(joint)
    )
    columns = ("Plan", "It is", "Options used", "Leads that are no leads", "Not known")
    return Table("What each plan is", columns, rows)


def _timeline(plan: MixedPlan) -> Gantt:
    """Return the steps of one plan in time."""
    spans = tuple(
        Span(step.title, step.treatment, step.start_day, step.end_day, step.why)
        for step in plan.schedule
    )
    done = max(step.end_day for step in plan.schedule)
    note = f"Day {done} at the earliest; waiting lists are not counted. {plan.schedule_remark}"
    return Gantt(f"{plan.id}, {'; '.join(plan.corners)}: {plan.title}", spans, note.strip())


def _anchors(joint: Joint) -> Table:
    """Return what was published of each strategy, each result once with the plans it is for."""
    plans: dict[str, list[str]] = {}
    for plan in shown(joint):
        for anchor in plan.anchors:
            plans.setdefault(anchor, []).append(plan.id)
    rows = tuple((", ".join(names), anchor) for anchor, names in plans.items())
    note = (
        "Results of trials and series that stand nearest, not forecasts for this patient. "
        "No source states what a week of delay costs, so none is given."
    )
    columns = ("Plans", "Result, source, and how this patient differs")
    return Table("Nearest published results", columns, rows, note=note)


def _flips(joint: Joint) -> Table:
    """Return what was changed, and whether it moves the front."""
    rows = tuple(
        (one.change, one.kind, "changes" if one.is_flip else "holds", one.effect)
        for one in joint.flips
    )
    columns = ("If", "Kind", "The front", "Effect")
    return Table("How firm this is", columns, rows)
