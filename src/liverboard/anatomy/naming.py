"""Names of branches, from what they supply rather than from the order of branching.

Trifurcations and a right anterior branch from the left are common; a branch is called by the set of
segments that it supplies, so variants change the tree, not the names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from liverboard.anatomy.model import SEGMENTS, VesselTree
from liverboard.anatomy.vessel import children_of
from liverboard.case import BranchOverride
from liverboard.errors import CaseError
from liverboard.numerics.grid import Array
from liverboard.values import Unknown

__all__ = ["forced_names", "forced_segments", "name_branches", "name_portal", "portal_variant"]

PORTAL_SETS: Mapping[str, frozenset[int]] = {
    "right portal vein": frozenset({5, 6, 7, 8}),
    "left portal vein": frozenset({2, 3, 4}),
    "right anterior portal branch": frozenset({5, 8}),
    "right posterior portal branch": frozenset({6, 7}),
    "left lateral portal branch": frozenset({2, 3}),
}
"""Portal branches with a name of their own and the segments they supply."""

OVERLAP_FOR_NAME = 0.5
"""Smallest overlap (Jaccard) between what a branch supplies and what its name says."""


FARTHEST_MM = 10.0
"""How far a user's point may lie from the centreline that it means: inside or beside the vessel."""


def nearest_branch(tree: VesselTree, point_mm: tuple[float, float, float]) -> int:
    """Return the branch whose centreline passes nearest to an LPS point.

    Raises CaseError where none passes within FARTHEST_MM.
    """
    gap = np.linalg.norm(tree.points_mm - np.array(point_mm), axis=1)
    nearest = int(np.argmin(gap))
    if gap[nearest] > FARTHEST_MM:
        raise CaseError(
            f"no branch of the {tree.system} system within {FARTHEST_MM:.0f} mm of"
            f" {list(point_mm)} (the nearest is {gap[nearest]:.0f} mm away)",
            where="anatomy.yaml",
            remedy="give a point inside the vessel, in LPS mm",
        )
    return int(tree.branch[nearest])


def forced_segments(tree: VesselTree, overrides: tuple[BranchOverride, ...]) -> dict[int, int]:
    """Return the segment number that overrides give to branches of the portal tree."""
    return {
        nearest_branch(tree, entry.point_mm): SEGMENTS.index(entry.segment) + 1
        for entry in overrides
        if entry.system == "portal" and entry.segment
    }


def forced_names(tree: VesselTree, overrides: tuple[BranchOverride, ...]) -> dict[str, int]:
    """Return the branch number that overrides give to names of hepatic veins."""
    return {
        entry.name: nearest_branch(tree, entry.point_mm)
        for entry in overrides
        if entry.system == "hepatic" and entry.name
    }


def name_branches(tree: VesselTree | Unknown, names: Mapping[str, int]) -> VesselTree | Unknown:
    """Return the tree with the branches in `names` (name to number) called so."""
    if isinstance(tree, Unknown):
        return tree
    called = {number: name for name, number in names.items()}
    branches = tuple(
        replace(branch, name=called.get(branch.id, branch.name)) for branch in tree.branches
    )
    return replace(tree, branches=branches)


def name_portal(tree: VesselTree, labels: Array, below: Array) -> VesselTree:
    """Return the portal tree with named branches.

    labels: (branches,) segment 1..8 that a branch supplies alone, 0 for trunks. below: (branches,
    9) tissue in ml of each segment below each branch.
    """
    names = dict(_segment_names(tree, labels))
    names.update(_set_names(tree, below))
    names.update(dict(_trunk_names(tree)))
    branches = tuple(
        replace(
            branch,
            name=names.get(branch.id, ""),
            segment=SEGMENTS[labels[branch.id] - 1] if labels[branch.id] else "",
        )
        for branch in tree.branches
    )
    return replace(tree, branches=branches)


def _segment_names(tree: VesselTree, labels: Array) -> Iterator[tuple[int, str]]:
    """Yield the uppermost branches of each segment."""
    for branch in tree.branches:
        above = labels[branch.parent] if branch.parent >= 0 else 0
        if labels[branch.id] and labels[branch.id] != above:
            yield branch.id, f"portal branch of {SEGMENTS[labels[branch.id] - 1]}"


def _set_names(tree: VesselTree, below: Array) -> dict[int, str]:
    """Return the branch that best fits each named set of segments, where one fits well."""
    whole = below[[branch.id for branch in tree.branches if branch.parent < 0]].sum(axis=0)
    found: dict[int, str] = {}
    for name, members in PORTAL_SETS.items():
        columns = sorted(members)
        shared = below[:, columns].sum(axis=1)
        union = below.sum(axis=1) + whole[columns].sum() - shared
        overlap = shared / np.maximum(union, 1e-9)
        best = int(np.argmax(overlap))
        if overlap[best] >= OVERLAP_FOR_NAME and best not in found:
            found[best] = name
    return found


def _trunk_names(tree: VesselTree) -> Iterator[tuple[int, str]]:
    """Yield the root that supplies most, and what goes on from it, as the main portal vein."""
    roots = [branch for branch in tree.branches if branch.parent < 0]
    if roots:
        yield max(roots, key=lambda root: root.subtree_ml).id, "main portal vein"


def portal_variant(tree: VesselTree) -> str:
    """Return the branching pattern of the portal vein in words, empty where it is the usual one.

    Usual: main, then right and left; right, then anterior and posterior.
    """
    anterior, posterior = (
        tree.named("right anterior portal branch"),
        tree.named("right posterior portal branch"),
    )
    if not tree.named("right portal vein"):
        return "no common right portal vein: anterior and posterior branch arise separately"
    if not anterior or not posterior:
        return "right anterior and posterior branches could not be told apart"
    left = tree.named("left portal vein")
    if left and _is_below(tree, anterior[0].id, left[0].id):
        return "right anterior branch arises from the left portal vein"
    return ""


def _is_below(tree: VesselTree, branch: int, above: int) -> bool:
    """Whether `branch` lies in the subtree of `above`."""
    children = children_of(tree)
    waiting = [above]
    while waiting:
        current = waiting.pop()
        if current == branch:
            return True
        waiting.extend(children[current])
    return False
