"""The first page in short: what can be done, what is missing, what comes first.

Nothing is weighed here: rooms stand by the best status any of their options has, facts by how many
options wait for them, mixed plans by the corner of the front they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from liverboard.board.model import BoardRecord, JointRecord, MissingRecord, OptionRecord
from liverboard.report.look import STATUSES
from liverboard.report.wording import titled

__all__ = ["First", "Short", "Standing", "short_of"]

RANK = {status: n for n, status in enumerate(STATUSES)}
"""0 is best."""

POSSIBLE = frozenset({"eligible", "eligible with cautions", "borderline"})

MOST_MISSING, MOST_CORNERS, MOST_NAMES = 6, 4, 2


@dataclass(frozen=True, slots=True)
class Standing:
    """How one treatment stands: its best status, how many options have it, the first ones."""

    treatment: str
    title: str
    status: str
    count: int
    options: int
    names: tuple[OptionRecord, ...]


@dataclass(frozen=True, slots=True)
class First:
    """One thing to do first, and why it comes first."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Short:
    """The first page: treatments, the facts that most options wait for, corners, first steps."""

    standings: tuple[Standing, ...]
    missing: tuple[MissingRecord, ...]
    corners: tuple[First, ...]
    first: tuple[First, ...]


def short_of(record: BoardRecord) -> Short:
    """Return what the first page of a record says."""
    standings = tuple(_standings(record))
    return Short(
        standings,
        record.missing[:MOST_MISSING],
        tuple(_corners(record))[:MOST_CORNERS],
        tuple(_first(record, standings)),
    )


def _standings(record: BoardRecord) -> Iterator[Standing]:
    """Yield the treatments in the order of the board."""
    for treatment in dict.fromkeys(option.treatment for option in record.options):
        options = [option for option in record.options if option.treatment == treatment]
        best = min((option.status for option in options), key=RANK.__getitem__)
        chosen = [option for option in options if option.status == best]
        leading = [option for option in chosen if not option.dominated_by] or chosen
        yield Standing(
            treatment,
            titled(treatment),
            best,
            len(chosen),
            len(options),
            tuple(leading[:MOST_NAMES]),
        )


def _corners(record: BoardRecord) -> Iterator[First]:
    """Yield the mixed plans that stand out in something, with their figures."""
    if not isinstance(record.joint, JointRecord):
        return
    for plan in record.joint.plans:
        if plan.corners:
            low, high = plan.quality["failures_low"], plan.quality["failures_high"]
            yield First(
                f"{plan.id}: {plan.title}",
                f"{plan.corners[0]}; {low:.1f} to {high:.1f} lesions uncontrolled at 2 years, "
                f"remnant {plan.recount_percent:.0f} %",
            )


def _first(record: BoardRecord, standings: tuple[Standing, ...]) -> Iterator[First]:
    """Yield what comes first: conflicts, then what most options wait for, then what can begin."""
    if record.case.conflicts:
        names = ", ".join(one.label for one in record.case.conflicts)
        yield First(f"Settle what the record tells in two ways: {names}", "neither is used")
    told = [one for one in record.missing if one.ask][:3]
    if told:
        ways = "; ".join(f"{one.label or one.fact} ({one.ask})" for one in told)
        held = len({option for one in told for option in one.options})
        yield First(f"Obtain: {ways}", f"{held} of {len(record.options)} options wait for these")
    for one in standings:
        if one.treatment == "palliative" and one.status in POSSIBLE:
            yield First(f"{one.names[0].title}", "goes beside every other treatment")
    if not record.lesions:
        yield First(
            "Give a CT with liver and lesions drawn", "without it nothing is measured or planned"
        )
    if not any(one.status in POSSIBLE for one in standings if one.treatment != "palliative"):
        yield First(
            "Choose no treatment of the cancer on this record yet",
            "none stands without a fact that is still unknown, or a reason against it",
        )
