"""Growth of a vessel tree inside the liver by constrained constructive optimisation.

Perfusion points are joined one after the other. Each is tried on the nearest pieces of the tree:
the piece bends towards it at the branching that costs least, and of the branchings that touch
nothing the one that adds the least volume is kept. Source of the idea: Schreiner and Buxbaum, IEEE
Trans Biomed Eng 40:482 (1993), from memory; here with the first orders given as a scaffold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liverboard.phantom.segments import branching_points, nearest_on
from liverboard.phantom.space import Space
from liverboard.phantom.tree import GrowingTree, Mark

__all__ = ["Garden", "Rules", "grow"]

Points = NDArray[np.float64]
Target = tuple[Points, int]

SPREADS_MM = (0.0, 3.0, 3.0, 5.0, 5.0, 5.0, 7.0, 7.0)
"""How far from its place a tip may stray, in the order of the attempts (standard deviation)."""

TIP_DEPTH_MM = 4.5
"""Least depth at which a tip ends."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a new piece must keep, in mm: to the capsule, to its own tree and to the other tree.

    Pieces of its own tree that are but one piece away need only `kin_mm`. `least_mm` is the
    shortest piece, `least_angle_deg` the sharpest branching, `tries` how many of the nearest
    pieces are asked.
    """

    capsule_mm: float = 1.5
    own_mm: float = 2.8
    kin_mm: float = 1.5
    other_mm: float = 2.0
    least_mm: float = 3.0
    least_angle_deg: float = 32.0
    tries: int = 16


@dataclass(frozen=True, slots=True, eq=False)
class Garden:
    """Where a tree grows: the space, the other trees in it, and the rules."""

    space: Space
    others: Sequence[GrowingTree]
    rules: Rules


def grow(
    tree: GrowingTree, targets: Sequence[Target], garden: Garden, *, rng: np.random.Generator
) -> list[Target]:
    """Join `targets` (point and segment, 0: any) to `tree`, in order; return those left out.

    Those that found no room are tried again near by once the others stand.
    """
    left = list(targets)
    for spread_mm in SPREADS_MM:
        left = [target for target in left if not _join_near(tree, target, spread_mm, garden, rng)]
    return left


def _join_near(
    tree: GrowingTree, target: Target, spread_mm: float, garden: Garden, rng: np.random.Generator
) -> bool:
    point, segment = target
    tip = garden.space.deepened(point + spread_mm * rng.normal(size=3), TIP_DEPTH_MM)
    return _join(tree, tip, segment, garden)


def _join(tree: GrowingTree, tip: Points, segment: int, garden: Garden) -> bool:
    hosts = _hosts(tree, tip, segment, garden.rules.tries)
    if not len(hosts):
        return False
    start, end = tree.start[hosts], tree.end[hosts]
    count = tree.leaves[hosts].astype(np.float64)
    weights = (count + 1) ** (2 / 3), count ** (2 / 3), np.ones(len(hosts))
    joints = branching_points(start, end, tip, weights=weights)
    rows = zip(hosts, joints, strict=True)
    joints = np.array([_kept_off(tree, int(host), joint, garden.rules) for host, joint in rows])
    cost = (
        weights[0] * np.linalg.norm(joints - start, axis=1)
        + weights[1] * (np.linalg.norm(joints - end, axis=1) - np.linalg.norm(end - start, axis=1))
        + np.linalg.norm(joints - tip, axis=1)
        + np.array([_upstream_cost(tree, host) for host in hosts])
    )
    for n in np.argsort(cost, kind="stable"):
        if fits(tree, int(hosts[n]), joints[n], tip, garden=garden):
            _attach(tree, int(hosts[n]), joints[n], tip)
            return True
    return False


def _hosts(tree: GrowingTree, tip: Points, segment: int, tries: int) -> NDArray[np.int64]:
    """Return the pieces that may carry a tip of `segment`, the nearest first."""
    allowed = [
        number
        for number, mark in enumerate(tree.mark)
        if not tree.is_fixed[number] and (mark.segment == segment if segment else True)
    ]
    numbers = np.array(allowed, dtype=np.int64)
    if not len(numbers):
        return numbers
    places = nearest_on(tip, tree.start[numbers], tree.end[numbers])
    gap = np.linalg.norm(places - tip, axis=1)
    return numbers[np.argsort(gap, kind="stable")[:tries]]


def _kept_off(tree: GrowingTree, host: int, joint: Points, rules: Rules) -> Points:
    """Return `joint` shifted along `host` so far from its ends that the walls there stay apart."""
    radii = tree.radii_mm(grown=True)
    along = tree.end[host] - tree.start[host]
    length = float(np.linalg.norm(along))
    below = set(tree.children(host))
    low, high = (
        max([rules.least_mm, *(radii[n] + radii[host] + rules.kin_mm for n in ends)])
        for ends in (tree.kin(host) - below - {host}, below)
    )
    if low + high > length:
        return joint
    share = float((joint - tree.start[host]) @ along) / length
    return np.asarray(joint + (np.clip(share, low, length - high) - share) * along / length)


def _upstream_cost(tree: GrowingTree, host: int) -> float:
    """Return the volume (in tip sections times mm) that one more tip adds above `host`."""
    above = list(tree.upstream(host))[1:]
    leaves = tree.leaves[above]
    length = np.linalg.norm(tree.end[above] - tree.start[above], axis=1)
    return float((((leaves + 1) ** (2 / 3) - leaves ** (2 / 3)) * length).sum())


def _attach(tree: GrowingTree, host: int, joint: Points, tip: Points) -> None:
    mark = tree.mark[host]
    tree.split(host, joint)
    number = 1 + max(other.twig for other in tree.mark if other.stem == mark.stem)
    tree.add(host, joint, tip, mark=Mark(mark.stem, mark.order + 1, mark.segment, number))


def fits(tree: GrowingTree, host: int, joint: Points, tip: Points, *, garden: Garden) -> bool:
    """Tell whether the branching of `host` at `joint` towards `tip` breaks no rule."""
    start, end, rules = tree.start[host].copy(), tree.end[host].copy(), garden.rules
    radius = float(tree.radii_mm(grown=True)[host])
    pieces = ((start, joint, radius), (joint, end, radius), (joint, tip, tree.tip_mm))
    if min(float(np.linalg.norm(two - one)) for one, two, _ in pieces) < rules.least_mm:
        return False
    if _angle_deg(tip - joint, end - joint) < rules.least_angle_deg:
        return False
    before = _least_depth(start, end, garden)
    for one, two, wide in pieces:
        needed = min(wide + rules.capsule_mm, before if two is not tip else np.inf)
        if _least_depth(one, two, garden) < needed:
            return False
    below = {host, *tree.children(host)}
    kin = ((tree.kin(host) - below) | {host}, below, {host})
    return all(
        _is_clear(tree, piece, allowed, garden) for piece, allowed in zip(pieces, kin, strict=True)
    )


def _angle_deg(one: Points, two: Points) -> float:
    cosine = float(one @ two) / float(np.linalg.norm(one) * np.linalg.norm(two))
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def _least_depth(one: Points, two: Points, garden: Garden) -> float:
    """Return the least depth in mm along the line `one`-`two`."""
    count = max(2, int(np.linalg.norm(two - one) / 2.0) + 1)
    points = one + np.linspace(0, 1, count)[:, None] * (two - one)
    return float(garden.space.depth_at(points).min())


def _is_clear(
    tree: GrowingTree, piece: tuple[Points, Points, float], kin: set[int], garden: Garden
) -> bool:
    one, two, radius_mm = piece
    gaps = tree.gaps_mm(one, two) - radius_mm
    near = {other for number in kin for other in tree.kin(number)}
    needed = np.full(len(gaps), garden.rules.own_mm)
    needed[list(near)] = garden.rules.kin_mm
    needed[list(kin)] = -np.inf
    if (gaps < needed).any():
        return False
    return all(
        (other.gaps_mm(one, two) - radius_mm).min() >= garden.rules.other_mm
        for other in garden.others
        if len(other)
    )
