"""Couinaud segments: from portal territories where the tree allows, from planes where not.

Landmark planes vote on every branch by the tissue next to it; each section is then divided where
its own stems part, and one segment per branch is chosen for the whole tree at once. Tissue next to
trunks that supply several segments keeps its landmark segment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from liverboard.anatomy.assign import assigned, volumes_by_branch
from liverboard.anatomy.division import divided_votes
from liverboard.anatomy.landmark import Landmarks
from liverboard.anatomy.model import SEGMENTS, SegmentMap, Territories, VesselTree
from liverboard.anatomy.territory import branch_map
from liverboard.anatomy.vessel import subtree_sums
from liverboard.numerics.distance import distance_mm
from liverboard.numerics.grid import Array, Grid, bounding_box

__all__ = [
    "dice_per_segment",
    "landmark_segments",
    "segment_map",
    "supplied_ml",
    "volumes_ml",
]

CAUDATE_MM = 22.0
"""Segment 1 lies within this distance of the vena cava. House value, see docs/anatomy.md."""

CAVA_HALF_MM = 12.0
"""Segment 1 ends at the right wall of the vena cava, so far from its middle."""

LEFT_LATERAL_SHARE = 0.16
"""Share of segments 2+3 in the liver, for the heuristic fissure without portal vein.
Source: Abdalla 2004 (16 +- 4 %), unverified."""


@dataclass(frozen=True, slots=True, eq=False)
class _Field:
    """Points of the liver voxels and what is measured at each."""

    points_mm: Array
    to_cava_mm: Array | None


def landmark_segments(
    liver: Array, marks: Landmarks, structures: Mapping[str, Array], grid: Grid
) -> SegmentMap | None:
    """Return the Couinaud segments from planes alone; None without a plane between the sides.

    Planes that were not found are replaced by planes of the published share or half the tissue, and
    a remark names each of them.
    """
    if marks.main is None:
        return None
    remarks: list[str] = []
    index = np.argwhere(liver)
    field = _Field(grid.points(index), _distance_to_cava(liver, structures, grid))
    left = marks.main.side(field.points_mm) >= 0
    upper = _upper(field.points_mm, marks)
    if marks.transverse is None:
        remarks.append("no portal vein: upper and lower segments are divided at half the tissue")
    label = np.zeros(len(index), dtype=np.uint8)
    label[~left] = _right_labels(field.points_mm[~left], upper[~left], marks, remarks)
    label[left] = _left_labels(field.points_mm[left], upper[left], marks, remarks)
    label[_is_caudate(field, marks)] = 1
    labels = np.zeros(liver.shape, dtype=np.uint8)
    labels[tuple(index.T)] = label
    method = "heuristic planes" if remarks else "landmark planes"
    above = upper_part(liver, marks, grid)
    return SegmentMap(labels, above, volumes_ml(labels, grid), method, remarks=tuple(remarks))


def upper_part(liver: Array, marks: Landmarks, grid: Grid) -> Array:
    """Return the liver above the plane of the portal branches, without it above half the tissue."""
    index = np.argwhere(liver)
    above = np.zeros(liver.shape, dtype=bool)
    above[tuple(index.T)] = _upper(grid.points(index), marks)
    return above


def _distance_to_cava(liver: Array, structures: Mapping[str, Array], grid: Grid) -> Array | None:
    """Return the distance of every liver voxel to the vena cava, None without its mask."""
    cava = structures.get("inferior_vena_cava")
    if cava is None or not cava.any():
        return None
    box = bounding_box(liver | cava)
    return distance_mm(cava[box], grid.spacing_mm)[liver[box]]


def _upper(points_mm: Array, marks: Landmarks) -> Array:
    """Tell which points (n, 3) lie above the plane of the portal branches."""
    if marks.transverse is not None:
        return marks.transverse.side(points_mm) >= 0
    height = points_mm[:, 2]
    return height >= (np.median(height) if len(height) else 0.0)


def _right_labels(points: Array, upper: Array, marks: Landmarks, remarks: list[str]) -> Array:
    """Return 5 to 8 for points of the right liver."""
    if marks.right is not None:
        front = marks.right.side(points) >= 0
    else:
        remarks.append("no right hepatic vein: front and back are divided at half the tissue")
        angle = _angle(points, marks)
        front = angle >= np.median(angle) if len(points) else np.zeros(0, dtype=bool)
    return np.where(front, np.where(upper, 8, 5), np.where(upper, 7, 6)).astype(np.uint8)


def _angle(points: Array, marks: Landmarks) -> Array:
    """Return the direction of points round the cava: 0 right, growing to front and left."""
    assert marks.cava_mm is not None  # a main plane is never found without the cava
    away = points - marks.cava_mm
    angle = np.arctan2(-away[:, 1], -away[:, 0])
    return np.where(angle > -np.pi / 2, angle, angle + 2 * np.pi)


def _left_labels(points: Array, upper: Array, marks: Landmarks, remarks: list[str]) -> Array:
    """Return 2 to 4 for points of the left liver."""
    if marks.umbilical is not None:
        lateral = marks.umbilical.side(points) >= 0
    else:
        remarks.append("no left portal vein: segments 2+3 are given their published mean share")
        lateral = _leftmost(points, marks)
    second = upper if marks.lateral is None else marks.lateral.side(points) >= 0
    return np.where(lateral, np.where(second, 2, 3), 4).astype(np.uint8)


def _leftmost(points: Array, marks: Landmarks) -> Array:
    """Return the points farthest to the left that make up the published share of segments 2+3."""
    assert marks.main is not None
    if len(points) == 0:
        return np.zeros(0, dtype=bool)
    # the left liver is about a third of all tissue, so 2+3 are about half of it
    side = marks.main.side(points)
    return np.asarray(side >= np.quantile(side, 1.0 - LEFT_LATERAL_SHARE / 0.33))


def _is_caudate(field: _Field, marks: Landmarks) -> Array:
    """Tell which points are segment 1: near the cava, behind the hilum, below the vein entry."""
    if field.to_cava_mm is None or marks.hilum_mm is None or marks.cava_mm is None:
        return np.zeros(len(field.points_mm), dtype=bool)
    behind = field.points_mm[:, 1] >= _caudate_front(marks)
    below = field.points_mm[:, 2] <= marks.cava_mm[2]
    right_end = marks.cava_mm[0] - CAVA_HALF_MM
    return np.asarray(
        (field.to_cava_mm <= CAUDATE_MM) & behind & below & (field.points_mm[:, 0] >= right_end)
    )


def _caudate_front(marks: Landmarks) -> float:
    """Return the y of the front border of segment 1, between hilum and cava."""
    assert marks.hilum_mm is not None
    assert marks.cava_mm is not None
    return float(0.6 * marks.hilum_mm[1] + 0.4 * marks.cava_mm[1])


def segment_map(
    tree: VesselTree,
    found: Territories,
    votes: SegmentMap,
    grid: Grid,
    *,
    marks: Landmarks,
    forced: Mapping[int, int] | None = None,
) -> tuple[SegmentMap, Array]:
    """Return the segments by portal territories and the segment 1..8 of each branch, 0 for trunks.

    `forced` gives branches (with all below them) a segment that overrides the vote.
    """
    voted = divided_votes(tree, found, votes.labels, marks, grid)
    labels = assigned(tree, volumes_by_branch(tree, found, voted, grid.voxel_ml))
    for branch in tree.branches:
        if branch.id in (forced or {}):
            labels[branch.id] = (forced or {})[branch.id]
        elif branch.parent >= 0 and _is_forced(tree, branch.parent, forced or {}):
            labels[branch.id] = labels[branch.parent]
    branches = branch_map(tree, found)
    own = np.where(branches >= 0, labels[branches], 0)
    filled = np.where((own == 0) & (branches >= 0), voted, own).astype(np.uint8)
    agreement = dice_per_segment(filled, votes.labels)
    method = "portal territories"
    volumes = volumes_ml(filled, grid)
    return SegmentMap(filled, votes.is_upper, volumes, method, agreement, votes.remarks), labels


def _is_forced(tree: VesselTree, branch: int, forced: Mapping[int, int]) -> bool:
    """Whether `branch` or one above it has a forced segment."""
    while branch >= 0:
        if branch in forced:
            return True
        branch = tree.branches[branch].parent
    return False


def volumes_ml(labels: Array, grid: Grid) -> dict[str, float]:
    """Return the volume of each segment in ml."""
    counts = np.bincount(labels.ravel(), minlength=9)[1:9] * grid.voxel_ml
    return {name: float(count) for name, count in zip(SEGMENTS, counts, strict=True)}


def dice_per_segment(first: Array, second: Array) -> dict[str, float]:
    """Return the Dice overlap of each segment present in either map."""
    both = np.bincount(first[first == second].ravel(), minlength=9)
    sizes = np.bincount(first.ravel(), minlength=9) + np.bincount(second.ravel(), minlength=9)
    return {
        name: float(2.0 * both[n] / sizes[n])
        for n, name in enumerate(SEGMENTS, start=1)
        if sizes[n]
    }


def supplied_ml(tree: VesselTree, found: Territories, labels: Array, voxel_ml: float) -> Array:
    """Return the tissue in ml of each segment below each branch: (branches, 9), column 0 unused.

    labels: (z, y, x) uint8 segment map.
    """
    return subtree_sums(tree, volumes_by_branch(tree, found, labels, voxel_ml))
