"""The fewest zones that hold every point: greedy, then proven by integer programming (HiGHS)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from liverboard.numerics.grid import Array

__all__ = ["Cover", "cheapest_cover", "greedy_cover"]

NODES = 40
"""Branches searched before the best cover so far is taken. A limit in seconds would make the plan
depend on how busy the machine is."""


@dataclass(frozen=True, slots=True)
class Cover:
    """Chosen columns, and the fewest that any cover can have; equal where it is proven."""

    columns: tuple[int, ...]
    bound: int

    @property
    def is_proven(self) -> bool:
        """Whether no smaller cover exists among the candidates."""
        return len(self.columns) == self.bound


def greedy_cover(holds: Array) -> tuple[int, ...]:
    """Return columns of `holds` (points, candidates) bool that together hold every point.

    Each step takes the candidate that holds most of what is left, the first of equals; at the end
    those that are not needed any more are dropped. Empty where some point is held by none.
    """
    if not holds.any(axis=1).all():
        return ()
    left = np.ones(len(holds), dtype=bool)
    chosen: list[int] = []
    while left.any():
        best = int(np.argmax(holds[left].sum(axis=0)))
        chosen.append(best)
        left &= ~holds[:, best]
    for column in list(chosen):
        rest = [other for other in chosen if other != column]
        if rest and holds[:, rest].any(axis=1).all():
            chosen = rest
    return tuple(sorted(chosen))


def cheapest_cover(
    holds: Array, costs: Array, *, most: int = 99, nodes: int = NODES
) -> Cover | None:
    """Return the smallest cover of `holds` (points, candidates), of those the cheapest.

    costs: (candidates,), each 0 to 1: they decide between covers of equal size only. None where
    some point is held by no candidate. Never larger than the greedy cover; where that is more than
    one beyond `most` nothing smaller is looked for.
    """
    start = greedy_cover(holds)
    if not start:
        return None
    if len(start) == 1:
        return Cover((_cheapest_single(holds, costs),), 1)
    if len(start) > most + 1:
        return Cover(start, 1)
    rows, columns = _reduced(holds)
    small = holds[np.ix_(rows, columns)]
    found, bound = _solved(small, costs[columns], len(start), nodes)
    chosen = tuple(sorted(int(columns[n]) for n in found))
    best = chosen if found and len(chosen) <= len(start) else start
    return Cover(best, max(1, min(bound, len(best))))


ROUNDS = 12
"""How often points that a cover missed are added before the greedy cover is taken."""

HARDEST = 80
"""Points that are asked for at first: those held by the fewest candidates."""


def _solved(holds: Array, costs: Array, most: int, nodes: int) -> tuple[tuple[int, ...], int]:
    """Return the smallest cover and a bound on its size, points joining as they are missed.

    The bound of fewer points holds for all of them.
    """
    asked = np.zeros(len(holds), dtype=bool)
    asked[np.argsort(holds.sum(axis=1), kind="stable")[:HARDEST]] = True
    bound = 1
    for _ in range(ROUNDS):
        found, least = _integer(holds[asked], 1.0 + 0.01 * costs / most, nodes)
        bound = max(bound, least)
        missed = ~holds[:, list(found)].any(axis=1) if found else np.ones(len(holds), dtype=bool)
        if not found or not missed.any():
            return found, bound
        asked[np.flatnonzero(missed)[:HARDEST]] = True
    return (), bound


def _integer(holds: Array, weight: Array, nodes: int) -> tuple[tuple[int, ...], int]:
    """Return the cheapest cover found within some nodes, none if none, and a bound on its size."""
    solved = milp(
        weight,
        constraints=LinearConstraint(holds.astype(float), lb=1.0),
        integrality=np.ones(len(weight)),
        bounds=Bounds(0.0, 1.0),
        options={"node_limit": nodes, "presolve": True, "mip_rel_gap": 0.0},
    )
    dual = getattr(solved, "mip_dual_bound", None)
    # weights exceed one by at most a hundredth in all, so a bound on weight is one on number
    bound = 1 if dual is None or not np.isfinite(dual) else int(np.ceil(dual - 0.011))
    if solved.x is None:
        return (), max(1, bound)
    return tuple(np.flatnonzero(solved.x > 0.5).tolist()), max(1, bound)


def _cheapest_single(holds: Array, costs: Array) -> int:
    """Return the cheapest candidate that holds everything alone."""
    whole = np.flatnonzero(holds.all(axis=0))
    return int(whole[np.argmin(costs[whole])])


def _reduced(holds: Array) -> tuple[Array, Array]:
    """Return rows and columns that decide: no row that another implies, no column held by another.

    A point is implied where whatever holds another point holds it too.
    """
    _, rows = np.unique(holds, axis=0, return_index=True)
    rows = np.sort(rows)
    kept = holds[rows]
    counts = kept.sum(axis=1)
    both = kept.astype(np.float32) @ kept.T.astype(np.float32)
    # row i is implied by row j where all candidates of j also hold i
    implied = (both >= counts[None, :] - 0.5) & (counts[None, :] < counts[:, None])
    rows = rows[~implied.any(axis=1)]
    return rows, np.flatnonzero(holds[rows].any(axis=0))
