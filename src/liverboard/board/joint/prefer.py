"""The user's order of aims: it re-orders the mixed plans lexicographically, and visibly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from liverboard.board.joint.model import Joint, MixedPlan
from liverboard.errors import RequestError

__all__ = ["AIMS", "ordered_by", "parse_preference"]

AIMS: Mapping[str, tuple[str, Callable[[MixedPlan], tuple[float, ...]]]] = {
    "life": (
        "fewest lesions uncontrolled (no survival is forecast)",
        lambda one: (one.quality.failures_high, one.quality.failures_low),
    ),
    "liver": ("most functional liver kept", lambda one: (-one.recount_percent,)),
    "hospital": (
        "fewest nights, then anaesthetics, then punctures",
        lambda one: (
            float(one.quality.nights),
            float(one.quality.anaesthetics),
            float(one.quality.punctures),
        ),
    ),
    "time": ("soonest done", lambda one: (float(one.quality.days),)),
    "side-effects": (
        "fewest treatments whose severe harm nobody published, then least severe harm",
        lambda one: (float(one.quality.harm_unknown), one.quality.harm_percent),
    ),
    "margin": ("widest margins", lambda one: (one.quality.shortfall_mm,)),
}
"""Aims by name: what they mean, and what is smallest where they are met best."""

WHERE = "--prefer"


def parse_preference(text: str) -> tuple[str, ...]:
    """Return the aims named in `text`, most wanted first.

    Raises RequestError where an aim does not exist, or stands twice: then the order contradicts
    itself.
    """
    names = tuple(
        name.strip().lower().replace("_", "-") for name in text.split(",") if name.strip()
    )
    unknown = [name for name in names if name not in AIMS]
    known = ", ".join(AIMS)
    if unknown or not names:
        what = f"no aim is called {', '.join(unknown)}" if unknown else "names no aim"
        raise RequestError(what, where=WHERE, remedy=f"choose from {known}")
    for name in names:
        places = [str(n) for n, one in enumerate(names, start=1) if one == name]
        if len(places) > 1:
            raise RequestError(
                f"{name} stands in place {' and '.join(places)}: the order contradicts itself",
                where=WHERE,
                remedy="name each aim once",
            )
    return names


def ordered_by(joint: Joint, aims: tuple[str, ...]) -> Joint:
    """Return the decision with its plans in the order of `aims`; unchanged without any.

    Plans that are level in all aims keep the order of the front.
    """
    if not aims:
        return joint
    plans = sorted(joint.plans, key=lambda one: tuple(AIMS[name][1](one) for name in aims))
    words = "; then ".join(f"{name}: {AIMS[name][0]}" for name in aims)
    sentence = f"Ordered by the aims given, the first outranking the next: {words}."
    return replace(joint, plans=tuple(plans), preference=sentence)
