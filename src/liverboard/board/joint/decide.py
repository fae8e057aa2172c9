"""The joint decision on a board: matrix, mixed plans, and what must be said about them."""

from __future__ import annotations

from collections.abc import Sequence

from liverboard.anatomy import Anatomy
from liverboard.board.joint.cells import problem_of
from liverboard.board.joint.corners import corners_of, ties_of, title_of
from liverboard.board.joint.front import Front, Solution, pareto_front
from liverboard.board.joint.matrix import matrix_of
from liverboard.board.joint.model import Choice, Joint, MixedPlan, Quality
from liverboard.board.joint.options import JointOptions
from liverboard.board.joint.pieces import Stock, stock_of
from liverboard.board.joint.problem import Problem, loss_of
from liverboard.board.joint.published import sources_of
from liverboard.board.joint.recount import recounted_voxels
from liverboard.board.option import Option
from liverboard.evidence.parenchyma import remnant_threshold
from liverboard.patient import Patient
from liverboard.values import Reason, Unknown

__all__ = ["decide", "front_of"]

DEFAULTS = JointOptions()


def decide(
    patient: Patient, options: Sequence[Option], choices: JointOptions = DEFAULTS
) -> Joint | Unknown:
    """Return the joint decision; Unknown without a liver mask or a lesion in the liver.

    The remnant needed is the highest that the facts leave open. Not modelled: several treatments
    in one session, response to systemic therapy, lesions outside the liver, bile ducts.
    """
    anatomy = patient.anatomy
    if isinstance(anatomy, Unknown):
        return anatomy
    if not any(lesion.is_in_liver for lesion in anatomy.known_lesions()):
        return Unknown(Reason.NO_MASK, "no lesion in the liver to plan for")
    near: Anatomy = anatomy.near_liver()
    needed = remnant_threshold(patient.facts)
    stock = stock_of(options, near, choices)
    front, problem = front_of(stock, needed.high, choices)
    plans = _mixed_plans(stock, problem, front, choices)
    return Joint(
        entries=matrix_of(options, stock.lesions, stock.spent_ml),
        plans=plans,
        needed_percent=needed.high,
        needed_reason=needed.reason,
        healthy_ml=near.healthy_ml,
        pieces=len(stock.pieces),
        is_complete=front.is_complete,
        bound=front.bound,
        remarks=tuple(_remarks(stock)),
        sources=sources_of(),
    )


def front_of(stock: Stock, needed_percent: float, choices: JointOptions) -> tuple[Front, Problem]:
    """Return the front and the problem it solves, its remnants checked on the voxels.

    Pieces that abut may cut a vessel that neither cuts alone: where the recount differs by more
    than the tolerance, the difference is told to the solver and the front is sought again.
    """
    extra: dict[frozenset[int], int] = {}
    for _ in range(choices.rounds):
        problem = problem_of(stock, needed_percent, choices, tuple(extra.items()))
        front = pareto_front(problem, most=choices.most_plans, effort=choices.solver_effort)
        gaps = {
            frozenset(one.chosen): gap
            for one in front.solutions
            if (gap := _gap(stock, problem, one, choices))
        }
        if not gaps:
            break
        for chosen, gap in gaps.items():
            extra[chosen] = extra.get(chosen, 0) + gap
    kept = tuple(one for one in front.solutions if frozenset(one.chosen) not in gaps)
    return Front(kept, front.is_complete and not gaps, front.bound), problem


def _gap(stock: Stock, problem: Problem, solution: Solution, choices: JointOptions) -> int:
    """Return by how many voxels the recount loses more, 0 within the tolerance and the limit."""
    if len(solution.chosen) < 2:
        return 0
    counted = recounted_voxels(stock, solution.chosen, choices.heat_sink_mm)
    lost = len(stock.places) - counted
    gap = lost - loss_of(problem, solution.chosen)
    is_within = abs(gap) <= len(stock.places) * choices.tolerance_percent / 100.0
    return 0 if is_within and lost <= problem.most_loss else gap


def _mixed_plans(
    stock: Stock, problem: Problem, front: Front, choices: JointOptions
) -> tuple[MixedPlan, ...]:
    """Return the solutions as plans with names, corners and ties."""
    plans = [
        _mixed_plan(stock, problem, solution, choices, number)
        for number, solution in enumerate(front.solutions, start=1)
    ]
    corners = corners_of(plans)
    return tuple(ties_of(plan, plans, corners.get(plan.id, ())) for plan in plans)


def _mixed_plan(
    stock: Stock, problem: Problem, solution: Solution, choices: JointOptions, number: int
) -> MixedPlan:
    """Return one solution in words and figures."""
    pieces = [stock.pieces[n] for n in solution.chosen]
    whole = len(stock.places)
    served = {name for piece in pieces for name in piece.lesions}
    left = tuple(name for name in stock.lesions if name not in served)
    chosen = tuple(Choice(p.option, p.treatment, p.lesions) for p in pieces)
    courses = [stock.courses[n] for n in sorted({piece.course for piece in pieces})]
    counted, narrow = (
        100.0 * recounted_voxels(stock, solution.chosen, choices.heat_sink_mm, wider_mm=w) / whole
        for w in (0.0, WIDER_MM)
    )
    quality = Quality(
        failures_low=len(left) + sum(ends[0] for p in pieces for ends in p.failure.values()),
        failures_high=len(left) + sum(ends[1] for p in pieces for ends in p.failure.values()),
        remnant_percent=100.0 * (whole - loss_of(problem, solution.chosen)) / whole,
        anaesthetics=sum(one.anaesthetics for one in courses),
        nights=sum(one.nights for one in courses),
        punctures=sum(piece.punctures for piece in pieces),
        days=solution.figures.days,
        shortfall_mm=sum(piece.shortfall_mm for piece in pieces),
    )
    return MixedPlan(
        id=f"mixed-{number}",
        title=title_of(chosen, left),
        choices=chosen,
        left_to_systemic=left,
        quality=quality,
        recount_percent=counted,
        remnant_low_percent=min(counted, narrow),
        remnant_high_percent=min(100.0, 2.0 * counted - narrow) if counted >= narrow else counted,
        unknown=tuple(name for one in courses for name in one.unknown),
    )


WIDER_MM = 1.5
"""How far everything taken is widened for the low end of a remnant: one voxel of the working grid,
the smallest widening that the grid can show."""


def _remarks(stock: Stock) -> list[str]:
    """Return what a reader must know."""
    served = {name for piece in stock.pieces for name in piece.lesions}
    found = [
        f"no room can treat {name} locally; in every plan it is left to systemic therapy"
        for name in stock.lesions
        if name not in served
    ]
    if not stock.pieces:
        found.append("no local treatment has a plan that may be used")
    return found
