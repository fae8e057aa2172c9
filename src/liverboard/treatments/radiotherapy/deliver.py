"""From fluence to leaf openings: step-and-shoot apertures, then their weights on the exact dose.

Each beam's fluence is rounded to levels; leaves sweep one way, so that at level k those cells are
open that the leading leaf has passed and the trailing leaf has not: an interval in every row
(sweeping-window sequencing). Then the weights of all apertures are optimised towards the same goals
as the fluence was. Not modelled: leaf transmission, tongue and groove, limits of one leaf against
its neighbours, fewest monitor units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from liverboard.numerics.grid import Array
from liverboard.treatments.radiotherapy.goal import levels
from liverboard.treatments.radiotherapy.limit import Limit
from liverboard.treatments.radiotherapy.operator import DoseOperator
from liverboard.treatments.radiotherapy.optimise import Effort, lexicographic
from liverboard.treatments.radiotherapy.solve import Problem, Solution, dose_everywhere, scaled_to

__all__ = ["Aperture", "Delivered", "apertures_of", "delivered", "swept"]

LEVELS = 10
"""Steps of fluence in a beam."""

LEAST_SHARE = 0.002
"""Apertures of less than this share of all weight are left out at the end."""


@dataclass(frozen=True, slots=True, eq=False)
class Aperture:
    """One opening of one beam: by row the first open column and the one after the last.

    left, right: (rows,) int; equal where the row is closed. weight: fluence through it.
    """

    beam: int
    left: Array
    right: Array
    weight: float

    def opening(self, columns: int) -> Array:
        """Return the open cells (rows, columns) bool."""
        place = np.arange(columns)
        return np.asarray((place >= self.left[:, None]) & (place < self.right[:, None]))


@dataclass(frozen=True, slots=True, eq=False)
class Delivered:
    """A plan of apertures, and its dose; `sequenced` the dose before weights were refined."""

    apertures: tuple[Aperture, ...]
    solution: Solution
    sequenced: Solution


@dataclass(frozen=True, slots=True, eq=False)
class _Weighted:
    """Dose as a function of the weights of apertures: the operator behind a matrix of openings."""

    inner: DoseOperator
    openings: sparse.csc_matrix

    @property
    def size(self) -> int:
        return int(self.openings.shape[1])

    @property
    def point_count(self) -> int:
        return self.inner.point_count

    def forward(self, fluence: Array) -> Array:
        return self.inner.forward(np.asarray(self.openings @ fluence, np.float32))

    def adjoint(self, weights: Array) -> Array:
        return np.asarray(self.openings.T @ self.inner.adjoint(weights))


def swept(fluence: Array, steps: int = LEVELS) -> list[tuple[Array, Array, int]]:
    """Return (left, right, levels) of the openings that give `fluence` (rows, columns) >= 0.

    Fluence is rounded to `steps` levels of its largest; openings that follow one another alike are
    one with more levels.
    """
    most = float(fluence.max())
    if most <= 0.0:
        return []
    level = np.rint(fluence / most * steps).astype(int)
    padded = np.pad(level, ((0, 0), (1, 0)))
    fall = np.maximum(0, padded[:, :-1] - padded[:, 1:])
    leading = np.cumsum(fall, axis=1)
    trailing = leading + level
    found: list[tuple[Array, Array, int]] = []
    for k in range(int(trailing.max())):
        is_open = (leading <= k) & (trailing > k)
        rows = is_open.any(axis=1)
        left = np.where(rows, is_open.argmax(axis=1), 0)
        right = np.where(rows, is_open.shape[1] - is_open[:, ::-1].argmax(axis=1), 0)
        if not rows.any():
            continue
        if found and (found[-1][0] == left).all() and (found[-1][1] == right).all():
            found[-1] = (left, right, found[-1][2] + 1)
        else:
            found.append((left, right, 1))
    return found


def apertures_of(cells: Array) -> tuple[Aperture, ...]:
    """Return the apertures that give the fluence of all beams: (beams, rows, columns)."""
    return tuple(
        Aperture(beam, left, right, count * float(fluence.max()) / LEVELS)
        for beam, fluence in enumerate(np.asarray(cells))
        for left, right, count in swept(fluence)
    )


def delivered(problem: Problem, fluence: Solution, limits: Sequence[Limit]) -> Delivered:
    """Return a plan of fluence as apertures with refined weights, scaled to its prescription."""
    first = apertures_of(fluence.cells)
    matrix = _openings(first, problem)
    weights = np.array([one.weight for one in first])
    goals = levels(problem.sampled.scene, limits, fluence.prescription.total_gy)
    start = weights / fluence.prescription.total_gy
    found = lexicographic(_Weighted(problem.operator, matrix), goals, start, Effort())
    refined = np.asarray(found.fluence)
    keep = refined > LEAST_SHARE * refined.sum()
    solution = _solved(problem, fluence, matrix[:, keep], refined[keep], found.evaluations)
    raw = _solved(problem, fluence, matrix, weights, 0)
    scale = solution[1]
    kept = [one for one, good in zip(first, keep, strict=True) if good]
    apertures = tuple(
        Aperture(one.beam, one.left, one.right, float(weight) * scale)
        for one, weight in zip(kept, refined[keep], strict=True)
    )
    return Delivered(apertures, solution[0], raw[0])


def _openings(apertures: Sequence[Aperture], problem: Problem) -> sparse.csc_matrix:
    """Return which open cells each aperture passes: (cells, apertures)."""
    is_open = problem.operator.is_open
    columns = []
    for one in apertures:
        cells = np.zeros(is_open.shape, np.float32)
        cells[one.beam] = one.opening(is_open.shape[2])
        columns.append(sparse.csc_matrix(cells[is_open][:, None]))
    return sparse.csc_matrix(sparse.hstack(columns))


def _solved(
    problem: Problem, fluence: Solution, matrix: sparse.csc_matrix, weights: Array, evaluations: int
) -> tuple[Solution, float]:
    """Return the dose of weighted apertures scaled to the prescription, and the scale."""
    cells = problem.operator.cells_of(np.asarray(matrix @ weights, np.float32))
    dose = dose_everywhere(problem, cells)
    found = scaled_to(problem, fluence.prescription, cells, dose, evaluations)
    return found, float(found.cells.sum() / max(cells.sum(), 1e-12))
