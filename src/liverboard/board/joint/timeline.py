"""Steps in time by CP-SAT: the earliest day on which all are done, or why that cannot be.

A schedule that cannot be is explained by a smallest set of demands that contradict one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ortools.sat.python import cp_model

from liverboard.board.joint.model import Scheduled

__all__ = ["Conflict", "Gap", "Task", "schedule"]

HORIZON_DAYS = 2000
"""No step of any plan starts later: some five and a half years."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Days between the end of `first` and the start of `second`; `most` below 0: no limit."""

    first: str
    second: str
    least: int
    most: int = -1
    why: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One step: `treatment` is the group that it belongs to, `earliest` its first possible day."""

    id: str
    title: str
    treatment: str
    days: int
    earliest: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why no schedule exists, in words: demands that cannot all be met."""

    words: tuple[str, ...]


def schedule(
    tasks: Sequence[Task], gaps: Sequence[Gap], *, apart: int = 0
) -> tuple[Scheduled, ...] | Conflict:
    """Return the tasks in time, the last done as early as can be, each as early as that allows.

    apart: days between the whole of one treatment and the whole of any other, in either order.
    """
    model = _Timeline(tasks, gaps, apart)
    solution = model.solved()
    if isinstance(solution, Conflict):
        return solution
    return tuple(
        Scheduled(
            task.id,
            task.title,
            task.treatment,
            solution[task.id],
            solution[task.id] + task.days,
            tuple(gap.first for gap in gaps if gap.second == task.id),
            _why(task, gaps),
        )
        for task in sorted(tasks, key=lambda one: (solution[one.id], one.id))
    )


def _why(task: Task, gaps: Sequence[Gap]) -> str:
    """Return what holds a task back."""
    held = [gap.why for gap in gaps if gap.second == task.id and gap.why]
    return "; ".join([*([task.why] if task.why else []), *held])


class _Timeline:
    """The model; every demand hangs on a literal, so that contradictions can be named."""

    def __init__(self, tasks: Sequence[Task], gaps: Sequence[Gap], apart: int) -> None:
        self.tasks = tasks
        self.model = cp_model.CpModel()
        self.demands: list[tuple[Any, str]] = []
        names = [task.id for task in tasks]
        self.start = {name: self.model.new_int_var(0, HORIZON_DAYS, name) for name in names}
        self.end = {task.id: self.start[task.id] + task.days for task in tasks}
        for task in tasks:
            if task.earliest:
                self._demand(
                    self.start[task.id] >= task.earliest,
                    f"{task.title} not before day {task.earliest}",
                )
        for gap in gaps:
            self._gap(gap)
        self._apart(apart)

    def _demand(self, constraint: Any, words: str) -> None:
        """Add a constraint that is named in an explanation."""
        literal = self.model.new_bool_var(words)
        self.model.add(constraint).only_enforce_if(literal)
        self.demands.append((literal, words))

    def _gap(self, gap: Gap) -> None:
        """Add the two ends of a gap."""
        titles = {task.id: task.title for task in self.tasks}
        between = f"{titles[gap.first]} and {titles[gap.second]}"
        wait = self.start[gap.second] - self.end[gap.first]
        self._demand(wait >= gap.least, f"at least {gap.least} days between {between}")
        if gap.most >= 0:
            self._demand(wait <= gap.most, f"at most {gap.most} days between {between}")

    def _apart(self, apart: int) -> None:
        """Keep whole treatments apart; with none or one there is nothing to keep."""
        groups = list(dict.fromkeys(task.treatment for task in self.tasks if task.treatment))
        for n, first in enumerate(groups):
            for second in groups[n + 1 :]:
                order = self.model.new_bool_var(f"{first} before {second}")
                for literal, one, other in (
                    (order, first, second),
                    (order.negated(), second, first),
                ):
                    for before in self._of(one):
                        for after in self._of(other):
                            late = self.end[before] + apart
                            self.model.add(self.start[after] >= late).only_enforce_if(literal)

    def _of(self, group: str) -> list[str]:
        return [task.id for task in self.tasks if task.treatment == group]

    def solved(self) -> dict[str, int] | Conflict:
        """Return the day on which each task starts, or what contradicts."""
        if not self.tasks:
            return {}
        last = self.model.new_int_var(0, 2 * HORIZON_DAYS, "done")
        self.model.add_max_equality(last, [self.end[task.id] for task in self.tasks])
        every = sum(self.start.values())
        self.model.minimize(len(self.tasks) * HORIZON_DAYS * last + every)
        solver = self._solve([literal for literal, _ in self.demands])
        if solver is None:
            return Conflict(tuple(self._contradiction()))
        return {name: int(solver.value(variable)) for name, variable in self.start.items()}

    def _solve(self, literals: Sequence[Any]) -> cp_model.CpSolver | None:
        """Return a solver with all `literals` met; None where that is impossible."""
        self.model.clear_assumptions()
        self.model.add_assumptions(list(literals))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1  # one worker: the same answer every time
        solver.parameters.max_deterministic_time = 10.0
        status = solver.solve(self.model)
        return solver if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None

    def _contradiction(self) -> list[str]:
        """Return the words of a smallest set of demands that contradict one another."""
        kept = list(self.demands)
        for demand in self.demands:
            fewer = [one for one in kept if one is not demand]
            if self._solve([literal for literal, _ in fewer]) is None:
                kept = fewer
        return [words for _, words in kept]
