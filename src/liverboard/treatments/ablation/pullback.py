"""Zones along one track: the needle is drawn back and set again, the liver pierced once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from liverboard.treatments.ablation.placement import Placement

__all__ = ["NEAR_MM", "pairs_near", "punctures_of", "tracks_of"]

SAME_MM, SAME_COSINE = 0.05, 1.0 - 1e-9
"""Distance across and direction within which two zones lie on one track."""

NEAR_MM = 6.0
"""Distance across up to which two parallel needles are tried as one (one step of the lattice)."""


def across_mm(first: Placement, second: Placement) -> float:
    """Return the distance between parallel tracks; infinite where they are not, or of a cluster."""
    if len(first.needles) > 1 or len(second.needles) > 1:
        return float("inf")  # probes of a cluster work together
    u = np.array(first.outward)
    if u @ np.array(second.outward) < SAME_COSINE:
        return float("inf")
    way = np.array(second.centre_mm) - np.array(first.centre_mm)
    return float(np.linalg.norm(way - (way @ u) * u))


def tracks_of(placements: Sequence[Placement]) -> tuple[int, ...]:
    """Return for each zone the number, from 0, of the first zone on its track."""
    found: list[int] = []
    for n, one in enumerate(placements):
        same = [k for k in range(n) if across_mm(placements[k], one) <= SAME_MM]
        found.append(same[0] if same else n)
    return tuple(found)


def punctures_of(placements: Sequence[Placement]) -> int:
    """Return how often the liver is pierced."""
    tracks = tracks_of(placements)
    return sum(len(one.needles) for n, one in enumerate(placements) if tracks[n] == n)


def pairs_near(placements: Sequence[Placement]) -> Iterator[tuple[int, int]]:
    """Yield pairs of zones on tracks that might be one, the nearest first."""
    gaps = [
        (across_mm(placements[a], placements[b]), a, b)
        for a, b in combinations(range(len(placements)), 2)
    ]
    yield from ((a, b) for gap, a, b in sorted(gaps) if SAME_MM < gap <= NEAR_MM)
