"""From where to irradiate: directions that meet little of gut, cord and liver on their way.

Every candidate's open field is worked out with the dose operator on sampled points. The chosen set
minimises sum_i w_i (sum_b a_ib / n)^2, a_ib being the dose of candidate b at point i relative to
its mean dose in the target: squares make directions that burden the same tissue dear, so the set
spreads by itself. Greedy choice, then exchanges of one direction until none helps.
Source: method:radiotherapy-angles.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from liverboard.numerics.grid import Array
from liverboard.treatments.radiotherapy.beam import Beam, Point

__all__ = ["candidates", "choose"]

STEP_DEG = 12.0
NEAREST_DEG = 15.0
OPPOSED_DEG = 10.0
"""Two beams closer than this to being opposed add little and double an entry."""

COUCH_DEG = (-30.0, -15.0, 15.0, 30.0)
FRONT_DEG = 60.0
"""With the couch turned only gantry angles this near to the vertical are offered: no collision."""


def candidates(isocentre: Point, *, allows_noncoplanar: bool) -> tuple[Beam, ...]:
    """Return the directions that may be chosen."""
    found = [Beam(float(angle), 0.0, isocentre) for angle in np.arange(0.0, 360.0, STEP_DEG)]
    if allows_noncoplanar:
        found += [
            Beam(float(angle) % 360.0, couch, isocentre)
            for couch in COUCH_DEG
            for angle in np.arange(-FRONT_DEG, FRONT_DEG + 1.0, 20.0)
        ]
    return tuple(found)


def choose(beams: Sequence[Beam], burden: Array, count: int) -> tuple[int, ...]:
    """Return the numbers of the chosen beams, in the order of their angles.

    burden: (candidates, points) weighted dose relative to the target's mean. Cost: candidates^2
    times points, then count x candidates a round of exchanges.
    """
    gram = burden.astype(np.float64) @ burden.T.astype(np.float64)
    apart = _apart(beams)
    chosen: list[int] = []
    while len(chosen) < count:
        free = [n for n in range(len(beams)) if n not in chosen and apart[n, chosen].all()]
        free = free or [n for n in range(len(beams)) if n not in chosen]
        if not free:
            break
        chosen.append(min(free, key=lambda n: (_cost(gram, [*chosen, n]), n)))
    _exchange(chosen, gram, apart)
    return tuple(sorted(chosen))


def _exchange(chosen: list[int], gram: Array, apart: Array) -> None:
    """Replace one beam at a time as long as that lowers the cost."""
    has_improved = True
    while has_improved:
        has_improved = False
        for place in range(len(chosen)):
            rest = chosen[:place] + chosen[place + 1 :]
            free = [n for n in range(len(gram)) if n not in chosen and apart[n, rest].all()]
            best = min(free, key=lambda n: (_cost(gram, [*rest, n]), n), default=None)
            if best is not None and _cost(gram, [*rest, best]) < _cost(gram, chosen) * (1 - 1e-9):
                chosen[place] = best
                has_improved = True


def _cost(gram: Array, chosen: list[int]) -> float:
    """Return the cost of a set of beams of equal weight."""
    return float(gram[np.ix_(chosen, chosen)].sum()) / len(chosen) ** 2


def _apart(beams: Sequence[Beam]) -> Array:
    """Return which pairs of beams are neither neighbours nor opposed: (n, n) bool."""
    gantry = np.radians([beam.gantry_deg for beam in beams])
    couch = np.radians([beam.couch_deg for beam in beams])
    way = np.column_stack(
        [np.sin(gantry) * np.cos(couch), np.sin(gantry) * np.sin(couch), np.cos(gantry)]
    )
    between = np.degrees(np.arccos(np.clip(way @ way.T, -1.0, 1.0)))
    return np.asarray((between >= NEAREST_DEG) & (between <= 180.0 - OPPOSED_DEG))
