"""What a plan should reach, as functions of dose with gradients.

Doses are relative to the prescription, so values of different goals can be laid side by side.
Every goal is a mean over its points (weighted where points stand for unequally many voxels).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numba import njit

from liverboard.numerics.grid import Array, read_only

__all__ = ["Aim", "Goal", "Objective", "evaluate"]


class Aim(StrEnum):
    """What a goal asks of the dose at its points."""

    AT_LEAST = "at least"
    AT_MOST = "at most"
    EVEN = "even"
    MEAN = "mean"
    GENERALISED_MEAN = "generalised mean"
    MOST_VOLUME = "most volume"
    LEAST_VOLUME = "least volume"


@dataclass(frozen=True, slots=True, eq=False)
class Goal:
    """One goal: `aim` at `level` over `points` (k,) int32 of the dose vector.

    AT_LEAST, AT_MOST, EVEN: mean squared shortfall, excess or both. MEAN: the mean itself above
    `level`, linear. GENERALISED_MEAN: squared excess of (mean d^a)^(1/a), a = `exponent`.
    MOST_VOLUME: no more than `share` of the points above `level`; LEAST_VOLUME: at least `share`:
    mean squared distance of those in between (the usual dose-volume objective).
    `level` may be one number or (k,) by point. Source: method:radiotherapy-optimiser.
    """

    name: str
    aim: Aim
    points: Array
    level: Array
    weight: float = 1.0
    exponent: float = 1.0
    share: float = 0.0

    def __post_init__(self) -> None:
        if len(self.points) == 0:
            raise ValueError(f"goal {self.name!r} has no points")
        wide = np.broadcast_to(np.asarray(self.level, np.float32), self.points.shape)
        object.__setattr__(self, "level", read_only(np.ascontiguousarray(wide)))
        object.__setattr__(self, "points", read_only(np.asarray(self.points, np.int32)))


@dataclass(frozen=True, slots=True)
class Objective:
    """A weighted sum of goals, and ceilings that goals already reached must keep.

    `ceilings` are (goal, value, price): price * max(0, goal / value - 1)^2 is added.
    """

    goals: tuple[Goal, ...]
    ceilings: tuple[tuple[Goal, float, float], ...] = ()

    def value(self, dose: Array, gradient: Array) -> float:
        """Return the objective at `dose` (n,) and add its gradient to `gradient` (n,)."""
        total = 0.0
        for goal in self.goals:
            total += goal.weight * evaluate(goal, dose, gradient, goal.weight)
        for goal, value, price in self.ceilings:
            found = evaluate(goal, dose, gradient, 0.0)
            excess = found / value - 1.0
            if excess > 0.0:
                total += price * excess**2
                evaluate(goal, dose, gradient, 2.0 * price * excess / value)
        return total


def evaluate(goal: Goal, dose: Array, gradient: Array, factor: float) -> float:
    """Return a goal's value at `dose`, adding `factor` times its gradient to `gradient`."""
    if goal.aim in QUADRATIC:
        under, over = QUADRATIC[goal.aim]
        return float(_quadratic(dose, goal.points, goal.level, under, over, factor, gradient))
    if goal.aim is Aim.MEAN:
        return float(_mean(dose, goal.points, goal.level, factor, gradient))
    if goal.aim is Aim.GENERALISED_MEAN:
        return _generalised_mean(goal, dose, gradient, factor)
    return _dose_volume(goal, dose, gradient, factor)


QUADRATIC = {Aim.AT_LEAST: (1.0, 0.0), Aim.AT_MOST: (0.0, 1.0), Aim.EVEN: (1.0, 1.0)}
"""Price of shortfall and of excess."""


@njit(cache=True)
def _quadratic(
    dose: Array,
    points: Array,
    level: Array,
    under: float,
    over: float,
    factor: float,
    gradient: Array,
) -> float:
    """Return the mean squared distance from `level`, shortfall and excess priced apart."""
    total = 0.0
    step = 2.0 * factor / len(points)
    for k in range(len(points)):
        gap = dose[points[k]] - level[k]
        price = over if gap > 0 else under
        total += price * gap * gap
        gradient[points[k]] += step * price * gap
    return total / len(points)


@njit(cache=True)
def _mean(dose: Array, points: Array, level: Array, factor: float, gradient: Array) -> float:
    """Return the mean dose above `level`."""
    total = 0.0
    for k in range(len(points)):
        total += dose[points[k]] - level[k]
        gradient[points[k]] += factor / len(points)
    return total / len(points)


def _generalised_mean(goal: Goal, dose: Array, gradient: Array, factor: float) -> float:
    """Return the squared excess of the generalised mean over the goal's level."""
    own = np.maximum(dose[goal.points], 1e-6).astype(np.float64)
    power = np.mean(own**goal.exponent)
    found = float(power ** (1.0 / goal.exponent))
    excess = max(0.0, found - float(goal.level[0]))
    if excess > 0.0 and factor:
        slope = found / power * own ** (goal.exponent - 1.0) / len(own)
        np.add.at(gradient, goal.points, 2.0 * factor * excess * slope)
    return excess**2


def _dose_volume(goal: Goal, dose: Array, gradient: Array, factor: float) -> float:
    """Return the mean squared distance of the points between the level and the volume's dose."""
    own = dose[goal.points]
    kept = round(goal.share * len(own))  # hottest points that may, or must, lie above the level
    place = min(max(len(own) - kept, 0), len(own) - 1)
    edge = np.partition(own, place)[place] if kept < len(own) else own.min()
    gap = own - goal.level
    if goal.aim is Aim.MOST_VOLUME:
        wrong = (gap > 0) & ((own < edge) | (kept == 0))
    else:
        wrong = (gap < 0) & (own >= edge)
    if factor:
        np.add.at(gradient, goal.points[wrong], 2.0 * factor / len(own) * gap[wrong])
    return float((gap[wrong].astype(np.float64) ** 2).sum() / len(own))


def goals_named(goals: Sequence[Goal], dose: Array) -> dict[str, float]:
    """Return the value of every goal at `dose`, by name."""
    nowhere = np.zeros_like(dose)
    return {goal.name: evaluate(goal, dose, nowhere, 0.0) for goal in goals}
