"""The choice of pieces as plain integers: what the solver and the reference both read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from liverboard.numerics.grid import Array

__all__ = ["Figures", "Item", "Problem", "figures_of", "is_allowed"]


@dataclass(frozen=True, slots=True)
class Item:
    """One piece: lesions by number, course by number, whole-number figures.

    `low`, `high`: bounds of expected failures in steps; `short`: shortfall of margin in steps;
    `regrown`: units of remnant credited.
    """

    lesions: tuple[int, ...]
    course: int
    low: int
    high: int
    short: int
    punctures: int
    regrown: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures by which mixed plans are compared, all the less the better."""

    low: int
    high: int
    loss: int
    burden: int
    days: int
    short: int

    def as_tuple(self) -> tuple[int, ...]:
        """Return the figures in their order."""
        return (self.low, self.high, self.loss, self.burden, self.days, self.short)


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Lesions to serve, items to choose from, and the cells of liver they take.

    `one`: steps of failure that a lesion left alone counts. `courses`: (treatment number,
    anaesthetics, nights, days). `volume` (cells,) int64 units and `members` (cells, items) bool:
    a cell is lost where any of its items is chosen. `most_loss`: units that may be lost.
    `step`: units in one step of remnant. `extra`: further loss of sets of items chosen together.
    """

    lesions: int
    one: int
    items: tuple[Item, ...]
    courses: tuple[tuple[int, int, int, int], ...]
    volume: Array
    members: Array
    most_loss: int
    step: int
    gap_days: int = 0
    most_punctures: int = 0
    extra: tuple[tuple[frozenset[int], int], ...] = field(default=())

    @property
    def bases(self) -> tuple[int, int]:
        """Factors by which anaesthetics outrank nights, and nights outrank punctures."""
        punctures = 1 + sum(item.punctures for item in self.items)
        nights = 1 + sum(course[2] for course in self.courses)
        return nights * punctures, punctures


def is_allowed(problem: Problem, chosen: Sequence[int]) -> bool:
    """Whether no lesion is served twice and every limit is kept."""
    items = [problem.items[n] for n in chosen]
    served = [lesion for item in items for lesion in item.lesions]
    courses = {item.course for item in items}
    treatments = [problem.courses[n][0] for n in courses]
    if len(set(served)) < len(served) or len(set(treatments)) < len(treatments):
        return False
    if problem.most_punctures and sum(i.punctures for i in items) > problem.most_punctures:
        return False
    return loss_of(problem, chosen) <= problem.most_loss


def loss_of(problem: Problem, chosen: Sequence[int]) -> int:
    """Return the units of liver lost, overlaps once, less what regrows."""
    gone = problem.members[:, list(chosen)].any(axis=1)
    lost = int(np.sum(problem.volume[gone]))
    picked = set(chosen)
    lost += sum(extra for items, extra in problem.extra if items <= picked)
    return lost - sum(problem.items[n].regrown for n in chosen)


def figures_of(problem: Problem, chosen: Sequence[int]) -> Figures:
    """Return the figures of a choice of items."""
    items = [problem.items[n] for n in chosen]
    left = problem.lesions - sum(len(item.lesions) for item in items)
    courses = sorted({item.course for item in items})
    asked = [problem.courses[n] for n in courses]
    grade, night = problem.bases
    burden = sum(grade * one[1] + night * one[2] for one in asked)
    gaps = problem.gap_days * max(0, len(courses) - 1)
    return Figures(
        problem.one * left + sum(item.low for item in items),
        problem.one * left + sum(item.high for item in items),
        -(-loss_of(problem, chosen) // problem.step),
        burden + sum(item.punctures for item in items),
        sum(one[3] for one in asked) + gaps,
        sum(item.short for item in items),
    )
