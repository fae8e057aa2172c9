"""The joint decision on a board: matrix, mixed plans, and what must be said about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

from liverboard.anatomy import Anatomy
from liverboard.board.joint.anchor import anchors_of, differences
from liverboard.board.joint.cells import problem_of
from liverboard.board.joint.corners import corners_of, ties_of, title_of
from liverboard.board.joint.front import Front, Solution, pareto_front
from liverboard.board.joint.matrix import matrix_of
from liverboard.board.joint.model import Choice, Joint, MixedPlan, Piece, Quality
from liverboard.board.joint.options import JointOptions
from liverboard.board.joint.pieces import Stock, stock_of
from liverboard.board.joint.problem import Problem, loss_of
from liverboard.board.joint.published import sources_of
from liverboard.board.joint.recount import recounted_voxels
from liverboard.board.joint.robust import Ground, flips_of
from liverboard.board.joint.sequence import sequence_of
from liverboard.board.option import Option
from liverboard.evidence.fact import FactSheet
from liverboard.evidence.loader import Evidence, load_evidence
from liverboard.evidence.parenchyma import remnant_threshold
from liverboard.patient import Patient
from liverboard.values import Estimate, Reason, Unknown

__all__ = ["decide", "front_of"]

DEFAULTS = JointOptions()


def decide(
    patient: Patient,
    options: Sequence[Option],
    choices: JointOptions = DEFAULTS,
    *,
    evidence: Evidence | None = None,
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
    evidence = evidence or load_evidence()
    told = _Teller(stock, problem, choices, {one.id: one for one in options}, patient.facts)
    plans = told.plans(front, differences(patient.facts, evidence))
    ends = (needed.low, needed.high)
    ground = Ground(
        stock, problem, plans, told.options, patient.facts, evidence, choices, ends, WIDER_MM
    )
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
        flips=flips_of(ground),
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
    counted = recounted_voxels(stock, solution.chosen)
    lost = len(stock.places) - counted
    gap = lost - loss_of(problem, solution.chosen)
    is_within = abs(gap) <= len(stock.places) * choices.tolerance_percent / 100.0
    return 0 if is_within and lost <= problem.most_loss else gap


@dataclass(frozen=True, slots=True, eq=False)
class _Teller:
    """Turns solutions into plans with names, figures, steps and anchors."""

    stock: Stock
    problem: Problem
    choices: JointOptions
    options: Mapping[str, Option]
    sheet: FactSheet

    def plans(self, front: Front, stands: Mapping[str, str]) -> tuple[MixedPlan, ...]:
        """Return the solutions as plans with corners and ties."""
        plans = [self._plan(one, n, stands) for n, one in enumerate(front.solutions, start=1)]
        corners = corners_of(plans)
        return tuple(ties_of(plan, plans, corners.get(plan.id, ())) for plan in plans)

    def _plan(self, solution: Solution, number: int, stands: Mapping[str, str]) -> MixedPlan:
        """Return one solution in words and figures."""
        pieces = tuple(self.stock.pieces[n] for n in solution.chosen)
        served = {name for piece in pieces for name in piece.lesions}
        left = tuple(name for name in self.stock.lesions if name not in served)
        chosen = tuple(Choice(p.option, p.treatment, p.lesions) for p in pieces)
        courses = [self.stock.courses[n] for n in sorted({piece.course for piece in pieces})]
        counted, narrow = (self._percent(solution.chosen, wide) for wide in (0.0, WIDER_MM))
        steps, remark = sequence_of(chosen, left, self.options, self.sheet)
        return MixedPlan(
            id=f"mixed-{number}",
            title=title_of(chosen, left),
            choices=chosen,
            left_to_systemic=left,
            quality=self._quality(solution, pieces, len(left)),
            recount_percent=counted,
            remnant_low_percent=min(counted, narrow),
            remnant_high_percent=max(counted, min(100.0, 2.0 * counted - narrow)),
            unknown=tuple(name for one in courses for name in one.unknown),
            schedule=steps,
            schedule_remark=remark,
            anchors=anchors_of(pieces, left, stands),
            smallest_margin_mm=min((m for p in pieces for m in p.margins_mm), default=inf),
        )

    def _percent(self, chosen: Sequence[int], wider_mm: float) -> float:
        """Return the functional remnant on the voxels in percent."""
        kept = recounted_voxels(self.stock, chosen, wider_mm=wider_mm)
        return 100.0 * kept / len(self.stock.places)

    def _quality(self, solution: Solution, pieces: Sequence[Piece], left: int) -> Quality:
        """Return the figures of a solution."""
        courses = [self.stock.courses[n] for n in sorted({piece.course for piece in pieces})]
        whole = len(self.stock.places)
        leading = {piece.treatment: self.options[piece.option] for piece in pieces}
        harms = [one.plan.burden.severe_harm_percent for one in leading.values()]
        known = [harm.value for harm in harms if isinstance(harm, Estimate)]
        return Quality(
            failures_low=left + sum(ends[0] for p in pieces for ends in p.failure.values()),
            failures_high=left + sum(ends[1] for p in pieces for ends in p.failure.values()),
            remnant_percent=100.0 * (whole - loss_of(self.problem, solution.chosen)) / whole,
            anaesthetics=sum(one.anaesthetics for one in courses),
            nights=sum(one.nights for one in courses),
            punctures=sum(piece.punctures for piece in pieces),
            days=solution.figures.days,
            shortfall_mm=sum(piece.shortfall_mm for piece in pieces),
            harm_percent=sum(known),
            harm_unknown=len(harms) - len(known),
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
