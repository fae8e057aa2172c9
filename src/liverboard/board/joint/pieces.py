"""The pieces that mixed plans are put together from, and the courses that they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from math import ceil

import numpy as np

from liverboard.anatomy import Anatomy
from liverboard.board.joint.model import Course, Piece
from liverboard.board.joint.options import JointOptions
from liverboard.board.joint.published import anaesthetics, failure_of, measured_again
from liverboard.board.joint.schedule import critical_days
from liverboard.board.joint.taken import Flow, Part, has_targets, parts_of, served
from liverboard.board.option import Option
from liverboard.evidence.judgement import Argument, Intent, Status
from liverboard.numerics.grid import Array
from liverboard.treatments.protocol import Burden, LesionOutcome, Plan
from liverboard.values import Estimate, Quantity, Unknown

__all__ = ["Stock", "is_usable", "stock_of", "why_against"]

STOPPED = (Status.FAILED, Status.CONTRAINDICATED, Status.NOT_ELIGIBLE)
"""Statuses that keep an option out, save where a mixed plan measures anew what speaks against."""


@dataclass(frozen=True, slots=True, eq=False)
class Stock:
    """All pieces and courses; `entries_ml` is what each option spends for a lesion, in ml.

    `lesions` are those in the liver, in the order of the anatomy.
    """

    anatomy: Anatomy
    lesions: tuple[str, ...]
    pieces: tuple[Piece, ...]
    courses: tuple[Course, ...]
    flow: Flow
    spent_ml: Mapping[tuple[str, str], float] = field(default_factory=dict)

    @property
    def places(self) -> Array:
        """Flat numbers of the healthy voxels."""
        return self.flow.places


def _key(part: Part) -> bytes:
    """Return a key by which parts that take the same are known."""
    digest = sha256()
    for role, mask in sorted(part.masks.items()):
        digest.update(role.encode())
        digest.update(np.packbits(mask).tobytes())
    return digest.digest()


def is_usable(option: Option) -> bool:
    """Whether the parts of an option may be used: nothing speaks against it that stays true."""
    if not isinstance(option.outcome, Plan):
        return False
    if option.judgement.status not in STOPPED:
        return True
    if option.judgement.status is Status.FAILED:
        return False
    against = [one for one in option.judgement.arguments if _is_against(one)]
    return bool(against) and all(_is_measured_again(one) for one in against)


def _is_against(argument: Argument) -> bool:
    stops = (Intent.REQUIRES, Intent.CONTRAINDICATES)
    return argument.direction == "against" and argument.intent in stops


def _is_measured_again(argument: Argument) -> bool:
    """Whether an argument rests only on what the mixed plan measures for itself."""
    return any(used.name in measured_again() for used in argument.facts)


def why_against(option: Option) -> str:
    """Return in words what speaks against an option; empty where nothing stops it."""
    found = [one.text for one in option.judgement.arguments if _is_against(one)]
    return "; ".join(found)


def stock_of(options: Sequence[Option], anatomy: Anatomy, choices: JointOptions) -> Stock:
    """Return every piece that the options offer; identical and needless ones are left out.

    A piece is needless where another of the same course serves the same lesions, takes no voxel
    more and is nowhere worse: then no plan of the front needs it.
    """
    lesions = tuple(one.id for one in anatomy.known_lesions() if one.is_in_liver)
    courses: dict[tuple[object, ...], Course] = {}
    pieces: list[Piece] = []
    spent: dict[tuple[str, str], float] = {}
    flow = Flow.of(anatomy, choices.heat_sink_mm)
    known: dict[bytes, Array] = {}
    for option in options:
        if not isinstance(option.outcome, Plan):
            continue
        number = None
        for part in parts_of(option, anatomy):
            key = _key(part)
            if key not in known:
                known[key] = flow.lost(part.masks)
            lost = known[key]
            volume = lost.size * anatomy.grid.voxel_ml
            spent.update({(option.id, name): volume for name in part.lesions})
            if not is_usable(option):
                continue
            number = _course_number(courses, option) if number is None else number
            pieces.append(_piece(option, part, (number, lost), anatomy, choices))
    kept = tuple(_needed(pieces))
    return Stock(anatomy, lesions, kept, tuple(courses.values()), flow, spent)


def _course_number(courses: dict[tuple[object, ...], Course], option: Option) -> int:
    """Return the number of the course that an option asks, a new one where none is alike."""
    found = _course(option)
    key = (found.treatment, found.nights, found.anaesthetics, found.days, found.unknown)
    if key in courses:
        known = courses[key]
        names = (*known.options, option.id)
        found = Course(known.treatment, names, *key[1:])
    courses[key] = found
    return list(courses).index(key)


def _course(option: Option) -> Course:
    """Return what an option asks once."""
    burden: Burden = option.plan.burden
    unknown = tuple(
        f"{name} of {option.treatment}"
        for name, value in (("nights", burden.nights), ("punctures", burden.punctures))
        if isinstance(value, Unknown)
    )
    return Course(
        option.treatment,
        (option.id,),
        ceil(_value(burden.nights) - 1e-9),
        anaesthetics(burden.anaesthesia) * max(1, ceil(_value(burden.sessions) - 1e-9)),
        critical_days(option.plan),
        unknown,
    )


def _value(quantity: Quantity) -> float:
    """Return a value, 0 where it is unknown: totals of these read "at least"."""
    return quantity.value if isinstance(quantity, Estimate) else 0.0


def _piece(
    option: Option,
    part: Part,
    course_and_lost: tuple[int, Array],
    anatomy: Anatomy,
    choices: JointOptions,
) -> Piece:
    """Return one part of an option as a piece."""
    course, lost = course_and_lost
    plan = option.plan
    outcomes = {one.lesion: one for one in served(plan, anatomy)}
    kinds = frozenset(part.masks)
    needles = _value(plan.burden.punctures) * len(part.lesions) / max(1, len(outcomes))
    return Piece(
        option.id,
        option.treatment,
        course,
        part.lesions,
        {name: failure_of(outcomes[name], kinds) for name in part.lesions},
        sum(_shortfall(outcomes[name], choices.goal_mm) for name in part.lesions),
        ceil(needles - 1e-9),
        part.masks,
        lost,
        _regrown(plan, anatomy, lost.size),
        "overdosed" in part.masks and not has_targets(plan),
        tuple(
            margin.value
            for name in part.lesions
            if isinstance(margin := outcomes[name].margin_mm, Estimate)
        ),
    )


def _shortfall(outcome: LesionOutcome, goal_mm: float) -> float:
    """Return by how many mm a margin falls short; nothing where the plan states no margin."""
    margin = outcome.margin_mm
    return max(0.0, goal_mm - margin.value) if isinstance(margin, Estimate) else 0.0


def _regrown(plan: Plan, anatomy: Anatomy, lost: int) -> int:
    """Return the voxels that a waiting plan grows, by the low end of its own remnant."""
    remnant = plan.liver.functional_ml
    wait = plan.burden.waiting_weeks
    if isinstance(remnant, Unknown) or isinstance(wait, Unknown) or wait.high <= 0:
        return 0
    now = int(np.count_nonzero(anatomy.healthy)) - lost
    return max(0, round(remnant.low / anatomy.grid.voxel_ml) - now)


def _needed(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield the pieces that some plan of a front may need."""
    groups: dict[tuple[int, tuple[str, ...]], list[Piece]] = {}
    for piece in pieces:
        groups.setdefault((piece.course, piece.lesions), []).append(piece)
    needless: set[int] = set()
    for group in groups.values():
        for piece in reversed(group):  # of two alike the one proposed first is kept
            rivals = [one for one in group if one is not piece and id(one) not in needless]
            if any(_replaces(rival, piece) for rival in rivals):
                needless.add(id(piece))
    yield from (piece for piece in pieces if id(piece) not in needless)


def _replaces(first: Piece, second: Piece) -> bool:
    """Whether the first piece does all that the second does and takes no more."""
    is_no_worse = (
        first.shortfall_mm <= second.shortfall_mm
        and first.punctures <= second.punctures
        and first.regrown >= second.regrown
        and all(
            first.failure[name][end] <= second.failure[name][end]
            for name in second.lesions
            for end in (0, 1)
        )
    )
    return is_no_worse and bool(np.isin(first.lost, second.lost, assume_unique=True).all())
