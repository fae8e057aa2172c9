"""What the command line prints about deciding together."""

from __future__ import annotations

from collections.abc import Iterator

from liverboard.board.model import BoardRecord, JointRecord, MixedPlanRecord

__all__ = ["joint_lines"]


MOST = 10
"""Plans printed where aims put them in order; without aims the corners are."""


def joint_lines(record: BoardRecord) -> tuple[str, ...]:
    """Return the mixed plans of a record line by line; why there are none where there are none."""
    joint = record.joint
    if not isinstance(joint, JointRecord):
        detail = f": {joint.detail}" if joint.detail else ""
        return ("", f"Together: no mixed plans ({joint.reason}{detail})")
    return tuple(_lines(joint))


def _lines(joint: JointRecord) -> Iterator[str]:
    """Yield a heading, the plans and what must be said of them."""
    yield ""
    yield f"Together: {len(joint.plans)} mixed plans that none beats ({joint.bound})"
    yield f"  {joint.preference or 'No order of preference was given: none is called the best.'}"
    shown = joint.plans[:MOST] if joint.preference else [p for p in joint.plans if p.corners]
    for plan in shown:
        yield from _plan(plan)
    if len(shown) < len(joint.plans):
        yield f"  and {len(joint.plans) - len(shown)} more between these: see plan.json"
    for remark in joint.remarks:
        yield f"  {remark}"
    flips = [one for one in joint.flips if one.is_flip]
    for one in flips:
        yield f"  would change: {one.change}: {one.effect}"


def _plan(plan: MixedPlanRecord) -> Iterator[str]:
    """Yield one plan in two lines."""
    quality = plan.quality
    corner = f"  [{'; '.join(plan.corners)}]" if plan.corners else ""
    yield f"  {plan.id}  {plan.title}{corner}"
    yield (
        f"    uncontrolled {quality['failures_low']:.1f} to {quality['failures_high']:.1f}, "
        f"remnant {plan.recount_percent:.0f} %, nights {quality['nights']:.0f}, "
        f"punctures {quality['punctures']:.0f}, day {quality['days']:.0f}"
    )
