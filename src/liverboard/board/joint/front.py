"""The Pareto front of a choice of pieces, exact by CP-SAT.

Each solve yields a plan that none beats, then all that it beats are forbidden and the next is
sought, until none is left: the method of Sylva and Crema for discrete problems. Every weight is
positive and only directs the order in which plans are found, never which plans belong to the front.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from liverboard.board.joint.problem import Figures, Problem, figures_of
from liverboard.numerics.grid import Array

__all__ = ["Front", "Solution", "pareto_front"]

AIMS = ("low", "high", "loss", "burden", "days", "short")

CORNERS: tuple[tuple[int, ...], ...] = ((1,), (0,), (1, 2), (1, 3), (1, 4), (1, 5), (2,), (3,))
"""Which figures lead, in turn, before the rest of the front is sought."""


@dataclass(frozen=True, slots=True)
class Solution:
    """The items chosen and their figures."""

    chosen: tuple[int, ...]
    figures: Figures


@dataclass(frozen=True, slots=True)
class Front:
    """Plans that none beats; `bound` says in words what is proved about them."""

    solutions: tuple[Solution, ...]
    is_complete: bool
    bound: str


def pareto_front(problem: Problem, *, most: int, effort: float) -> Front:
    """Return the plans that no other beats in all figures, at most `most` of them.

    effort: deterministic time for each solve in the solver's units.
    """
    search = _Search(problem, effort)
    found: list[Solution] = []
    for lead in (*CORNERS, *(((),) * most)):
        if len(found) >= most:
            return Front(_undominated(found), False, _cut_off(found))
        solution = search.next(lead)
        if solution is None:
            break
        found.append(solution)
        search.forbid(solution.figures)
    if search.is_proved:
        return Front(_undominated(found), True, f"proved: all {len(found)} plans of the front")
    return Front(_undominated(found), False, "the solver's effort ran out before the proof")


def _cut_off(found: Sequence[Solution]) -> str:
    """Say what is known of a front that was cut off."""
    return f"cut off at {len(found)} plans; none of them is beaten, others may exist between them"


def _undominated(found: Sequence[Solution]) -> tuple[Solution, ...]:
    """Return the solutions that no other one beats, in a settled order."""
    points = [solution.figures.as_tuple() for solution in found]
    kept = [
        solution
        for solution, point in zip(found, points, strict=True)
        if not any(other != point and _is_no_worse(other, point) for other in points)
    ]
    return tuple(sorted(kept, key=lambda one: (one.figures.as_tuple(), one.chosen)))


def _is_no_worse(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    """Whether the first point is nowhere worse."""
    return all(a <= b for a, b in zip(first, second, strict=True))


class _Search:
    """One model, asked again and again with other leads and more forbidden points."""

    def __init__(self, problem: Problem, effort: float) -> None:
        self.problem = problem
        self.model = cp_model.CpModel()
        self.effort = effort
        self.is_proved = False
        self.item = [self.model.new_bool_var(f"item {n}") for n in range(len(problem.items))]
        self.left = [self.model.new_bool_var(f"left {n}") for n in range(problem.lesions)]
        self.course = [self.model.new_bool_var(f"course {n}") for n in range(len(problem.courses))]
        self._serve()
        self.figures = self._figures()

    def _serve(self) -> None:
        """Serve each lesion once or leave it; a treatment is given in one way."""
        problem, model = self.problem, self.model
        for lesion in range(problem.lesions):
            serving = [
                x for x, one in zip(self.item, problem.items, strict=True) if lesion in one.lesions
            ]
            model.add_exactly_one([*serving, self.left[lesion]])
        for number, asked in enumerate(self.course):
            using = [
                x for x, one in zip(self.item, problem.items, strict=True) if one.course == number
            ]
            if not using:
                model.add(asked == 0)
                continue
            model.add_max_equality(asked, using)
        for treatment in sorted({course[0] for course in problem.courses}):
            ways = [
                c
                for c, one in zip(self.course, problem.courses, strict=True)
                if one[0] == treatment
            ]
            model.add_at_most_one(ways)
        if problem.most_punctures:
            needles = [one.punctures * x for x, one in zip(self.item, problem.items, strict=True)]
            model.add(sum(needles) <= problem.most_punctures)

    def _figures(self) -> list[Any]:
        """Return a variable for each figure, at least the figure itself."""
        problem, model = self.problem, self.model
        pairs = list(zip(self.item, problem.items, strict=True))
        left = problem.one * sum(self.left)
        grade, night = problem.bases
        courses = list(zip(self.course, problem.courses, strict=True))
        burden = sum((grade * one[1] + night * one[2]) * c for c, one in courses)
        exact = [
            left + sum(one.low * x for x, one in pairs),
            left + sum(one.high * x for x, one in pairs),
            None,
            burden + sum(one.punctures * x for x, one in pairs),
            sum(one[3] * c for c, one in courses) + problem.gap_days * self._gaps(),
            sum(one.short * x for x, one in pairs),
        ]
        found = []
        for name, expression in zip(AIMS, exact, strict=True):
            variable = model.new_int_var(-MOST, MOST, name)
            if expression is None:
                loss = self._loss()
                model.add(loss <= problem.most_loss)
                model.add(problem.step * variable >= loss)
            else:
                model.add(variable == expression)
            found.append(variable)
        return found

    def _gaps(self) -> Any:
        """Return the number of gaps between courses: one fewer than there are, never under 0."""
        gaps = self.model.new_int_var(0, len(self.course), "gaps")
        self.model.add_max_equality(gaps, [0, sum(self.course) - 1])
        return gaps

    def _loss(self) -> Any:
        """Return the units lost as an expression; only shared cells need a variable."""
        problem, model = self.problem, self.model
        clash = _exclusive(problem)
        single = np.zeros(len(problem.items), dtype=np.int64)
        terms = []
        for volume, row in zip(problem.volume.tolist(), problem.members, strict=True):
            members = np.flatnonzero(row)
            if clash[np.ix_(members, members)].all():
                single[members] += volume
                continue
            gone = model.new_bool_var("")
            for member in members.tolist():
                model.add_implication(self.item[member], gone)
            terms.append(volume * gone)
        for items, extra in problem.extra:
            both = model.new_bool_var("")
            model.add(both >= sum(self.item[n] for n in items) - len(items) + 1)
            for n in items:
                model.add_implication(both, self.item[n])
            terms.append(extra * both)
        net = [int(single[n]) - one.regrown for n, one in enumerate(problem.items)]
        return sum(terms) + sum(value * x for value, x in zip(net, self.item, strict=True))

    def next(self, lead: Sequence[int]) -> Solution | None:
        """Return a plan that none beats, the figures in `lead` first; None where none is left."""
        weights = [1] * len(AIMS)
        for place, figure in enumerate(reversed(lead)):
            weights[figure] = LEAD * 1000**place
        self.model.minimize(sum(w * f for w, f in zip(weights, self.figures, strict=True)))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1  # one worker: the same answer every time
        solver.parameters.cp_model_presolve = False  # halves the time on models of this size
        solver.parameters.max_deterministic_time = self.effort
        status = solver.solve(self.model)
        if status != cp_model.OPTIMAL:
            self.is_proved = status == cp_model.INFEASIBLE
            return None
        chosen = tuple(n for n, x in enumerate(self.item) if solver.value(x))
        return Solution(chosen, figures_of(self.problem, chosen))

    def forbid(self, figures: Figures) -> None:
        """Forbid every plan that is no better than `figures` anywhere."""
        better = []
        for variable, value in zip(self.figures, figures.as_tuple(), strict=True):
            is_better = self.model.new_bool_var("")
            self.model.add(variable <= value - 1).only_enforce_if(is_better)
            better.append(is_better)
        self.model.add_bool_or(better)


MOST = 10**6
"""Bound of any figure, for the solver's domains."""

LEAD = 10**5
"""Weight of a leading figure against the sum of all others."""


def _exclusive(problem: Problem) -> Array:
    """Return which items exclude one another: (items, items) bool, True on the diagonal."""
    count = len(problem.items)
    serves = np.zeros((count, problem.lesions), dtype=bool)
    for n, item in enumerate(problem.items):
        serves[n, list(item.lesions)] = True
    course = np.array([item.course for item in problem.items], dtype=np.int64)
    treatment = np.array([problem.courses[n][0] for n in course], dtype=np.int64)
    shared = (serves.astype(np.int64) @ serves.T.astype(np.int64)) > 0
    other_way = (treatment[:, None] == treatment) & (course[:, None] != course)
    return shared | other_way | np.eye(count, dtype=bool)
