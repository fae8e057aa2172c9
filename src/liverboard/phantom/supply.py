"""The tips of both trees: where the liver needs supply and drainage, and what reaches them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from liverboard.phantom.growth import TIP_DEPTH_MM, Garden, Rules, Target, grow
from liverboard.phantom.nearest import nearest_pieces
from liverboard.phantom.partition import Partition
from liverboard.phantom.space import Space
from liverboard.phantom.tree import GrowingTree
from liverboard.phantom.untangle import untangled

__all__ = ["TIP_RADIUS_MM", "grow_trees", "tip_quota"]

Points = NDArray[np.float64]

TIP_RADIUS_MM = 1.5
"""Radius of every tip: the least that stays connected on slices 2.5 mm apart."""

ML_PER_TIP = 15.5
"""Liver that one portal tip supplies."""

TIPS = (70, 120)
"""Fewest and most portal tips."""

DRAIN_SHARE = 0.7
"""Tips of the hepatic veins for each portal tip."""

ROUNDS = 6
"""Rounds in which tips settle in the middle of what they supply (Lloyd's method)."""

ORDERS = 5
"""Most orders of growth that are tried."""

SERVED = 0.75
"""Share of its tips that every segment should get; where none gives it the best order counts."""

FEW = 3
"""A segment of so few tips, the caudate, may have fewer."""

AWAY_MM = 4.5
"""Least distance of a hepatic tip from the wall of a portal branch."""

APART_MM = 9.0
"""Least distance between hepatic tips."""


def tip_quota(volume_ml: float, share: Mapping[int, float]) -> dict[int, int]:
    """Return the number of portal tips of each segment; under 0 stands their sum."""
    whole = float(np.clip(volume_ml / ML_PER_TIP, *TIPS))
    quota = {segment: max(2, round(whole * part)) for segment, part in share.items()}
    return {0: sum(quota.values()), **quota}


def grow_trees(
    portal: GrowingTree,
    hepatic: GrowingTree,
    plan: Partition,
    *,
    space: Space,
    rng: np.random.Generator,
) -> tuple[GrowingTree, GrowingTree]:
    """Return both trees grown from their scaffolds through `space`; nothing in them touches.

    The portal tree grows first; the hepatic veins then reach what lies farthest between it.
    """
    targets = _portal_targets(portal, plan, space, rng)
    portal = _best_grown(portal, targets, Garden(space, [hepatic], Rules()), rng)
    targets = _hepatic_targets(portal, hepatic, plan.points, space)
    return portal, _best_grown(hepatic, targets, Garden(space, [portal], Rules()), rng)


def _best_grown(
    scaffold: GrowingTree, targets: list[Target], garden: Garden, rng: np.random.Generator
) -> GrowingTree:
    """Return the scaffold grown in the order in which the neediest segment is served best.

    The order of the targets decides what gets in whose way; where a segment got too little, other
    orders are tried.
    """
    grown: list[tuple[float, GrowingTree]] = []
    while len(grown) < ORDERS and max((served for served, _ in grown), default=0.0) < SERVED:
        tree = scaffold.pruned(set())
        grow(tree, targets, garden, rng=rng)
        tree = untangled(tree, garden.others)
        grown.append((_served(tree), tree))
        targets = [targets[n] for n in rng.permutation(len(targets))]
    return max(grown, key=lambda pair: pair[0])[1]


def _served(tree: GrowingTree) -> float:
    """Return the least share of its quota of tips that any segment, or the whole tree, has got."""
    tips = np.setdiff1d(np.arange(len(tree)), tree.parent)
    count = np.bincount([tree.mark[tip].segment for tip in tips], minlength=9)
    count[0] = len(tips)
    return min(count[one] / quota for one, quota in tree.quota.items() if quota > FEW)


def _portal_targets(
    tree: GrowingTree, plan: Partition, space: Space, rng: np.random.Generator
) -> list[Target]:
    targets: list[Target] = []
    for segment in range(1, 9):
        points = plan.of(segment)
        points = points[space.depth_at(points) > TIP_DEPTH_MM - 1.0]
        count = min(int(tree.quota[segment]), len(points))
        settled = _settled(points, count, rng)
        targets.extend((space.deepened(point, TIP_DEPTH_MM), segment) for point in settled)
    return [targets[n] for n in rng.permutation(len(targets))]


def _settled(points: Points, count: int, rng: np.random.Generator) -> Points:
    """Return `count` of places spread evenly through `points` (n, 3)."""
    places = points[rng.choice(len(points), count, replace=False)]
    for _ in range(ROUNDS if count else 0):
        owner = cKDTree(places).query(points)[1]
        number = np.bincount(owner, minlength=count)
        total = np.column_stack([np.bincount(owner, row, count) for row in points.T])
        places = np.where(number[:, None] > 0, total / np.maximum(number, 1)[:, None], places)
    return places


def _hepatic_targets(
    portal: GrowingTree, hepatic: GrowingTree, points: Points, space: Space
) -> list[Target]:
    """Return places far from hepatic veins and not on portal branches, the nearest first."""
    points = points[space.depth_at(points) > TIP_DEPTH_MM]
    number, gap = nearest_pieces(points, portal.start, portal.end)
    points = points[gap - portal.radii_mm()[number] > AWAY_MM]
    gap = nearest_pieces(points, hepatic.start, hepatic.end)[1]
    chosen: list[tuple[float, int]] = []
    first = gap.copy()
    while len(points) and len(chosen) < hepatic.quota[0] and gap.max() > APART_MM:
        here = int(gap.argmax())
        chosen.append((float(first[here]), here))
        gap = np.minimum(gap, np.linalg.norm(points - points[here], axis=1))
    return [(points[here], 0) for _, here in sorted(chosen)]
