"""Fluence from goals: one level of importance after the other.

Level by level the goals of that level are minimised while those above keep what they reached, with
a little slack (lexicographic optimisation). The minimiser is L-BFGS-B on fluence >= 0.
Source: method:radiotherapy-optimiser.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.optimize import minimize

from liverboard.numerics.grid import Array
from liverboard.treatments.radiotherapy.objective import Goal, Objective, evaluate

__all__ = ["Effort", "Found", "lexicographic", "minimised"]


class Linear(Protocol):
    """Dose that is linear in what is chosen: fluence of cells, or weights of apertures."""

    @property
    def point_count(self) -> int: ...

    def forward(self, fluence: Array) -> Array: ...

    def adjoint(self, weights: Array) -> Array: ...


Evaluated = Callable[[Array], tuple[float, Array]]


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to optimise.

    `iterations` of each level; `slack`: by how much of its value a goal above may be worsened;
    `floor`: values below this count as reached; `price` of exceeding a ceiling by all of its value;
    `glance`: weight of the levels below while a level is worked on, so that none runs wild.
    """

    iterations: tuple[int, ...] = (40, 25, 25, 30)
    slack: float = 0.05
    floor: float = 2e-5
    price: float = 1e-3
    glance: float = 0.05
    memory: int = 20


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A fluence vector, the objective it was found with, and how often dose was worked out."""

    fluence: Array
    objective: Objective
    value: float
    evaluations: int


def lexicographic(
    operator: Linear, levels: Sequence[Sequence[Goal]], start: Array, effort: Effort
) -> Found:
    """Return the fluence (open cells,) that meets `levels`, the most important first."""
    fluence, evaluations = start, 0
    kept: list[tuple[Goal, float, float]] = []
    value = 0.0
    objective = Objective(())
    for number, level in enumerate(levels):
        later = [goal for below in levels[number + 1 :] for goal in below]
        objective = Objective((*level, *(_weighed(g, effort.glance) for g in later)), tuple(kept))
        count = effort.iterations[min(number, len(effort.iterations) - 1)]
        found = minimised(_fluence_objective(operator, objective), fluence, count, effort.memory)
        fluence, value, evaluations = found[0], found[1], evaluations + found[2]
        dose, nowhere = operator.forward(fluence), np.zeros(operator.point_count, np.float32)
        for goal in level:
            reached = evaluate(goal, dose, nowhere, 0.0)
            ceiling = max(reached * (1.0 + effort.slack), effort.floor)
            kept.append((goal, ceiling, effort.price))
    return Found(fluence, objective, value, evaluations)


def _weighed(goal: Goal, factor: float) -> Goal:
    """Return a goal with its weight times `factor`."""
    return Goal(
        goal.name,
        goal.aim,
        goal.points,
        goal.level,
        goal.weight * factor,
        goal.exponent,
        goal.share,
    )


def _fluence_objective(operator: Linear, objective: Objective) -> Evaluated:
    """Return the objective and its gradient as a function of fluence."""

    def evaluated(fluence: Array) -> tuple[float, Array]:
        dose = operator.forward(fluence)
        gradient = np.zeros(operator.point_count, np.float32)
        value = objective.value(dose, gradient)
        return value, operator.adjoint(gradient).astype(np.float64)

    return evaluated


def minimised(
    evaluated: Evaluated, start: Array, iterations: int, memory: int = 20
) -> tuple[Array, float, int]:
    """Return the minimiser on x >= 0 from `start`, its value, and the number of evaluations."""
    found = minimize(
        evaluated,
        np.asarray(start, dtype=np.float64),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * len(start),
        options={"maxiter": iterations, "maxcor": memory, "ftol": 1e-9, "gtol": 1e-12},
    )
    return np.asarray(found.x), float(found.fun), int(found.nfev)
