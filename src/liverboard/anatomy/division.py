"""Where a section of the liver divides into its upper and lower segment: where its stems part.

Right anterior and posterior section and the left lateral section each have branches that go up and
branches that go down. One plane for the whole liver cuts through their territories, so each section
is divided half way between its own ascending and descending stems.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from liverboard.anatomy.assign import assigned, volumes_by_branch
from liverboard.anatomy.landmark import Landmarks
from liverboard.anatomy.model import Territories, VesselTree
from liverboard.anatomy.vessel import children_of, subtree_sums
from liverboard.numerics.grid import Array, Grid

__all__ = ["divided_votes"]

SECTION = np.array([0, 1, 2, 2, 3, 4, 5, 5, 4], dtype=np.uint8)
"""Section of each segment: caudate, left lateral, left medial, right anterior, right posterior."""

SEGMENTS_OF: Mapping[int, tuple[int, int]] = {2: (2, 3), 4: (8, 5), 5: (7, 6)}
"""Upper and lower segment of each section that has both."""

LATERAL = 2

STEM_SHARE = 0.2
"""Least share of a section that a branch must supply to count among those that divide it."""


def divided_votes(
    tree: VesselTree, found: Territories, votes: Array, marks: Landmarks, grid: Grid
) -> Array:
    """Return the segment votes (z, y, x) uint8 with each section divided where its stems part.

    votes: segments by planes. Sections that no stem divides keep their votes.
    """
    if marks.transverse is None:
        return votes
    inside = found.node >= 0
    points = grid.points(np.argwhere(inside))
    branch = tree.branch[found.node[inside]]
    sections = volumes_by_branch(tree, found, SECTION[votes], grid.voxel_ml, count=6)
    label = assigned(tree, sections)
    divided = votes[inside].copy()
    own = np.where(label[branch] > 0, label[branch], SECTION[divided])
    heights = {name: _heights(points, name, marks) for name in SEGMENTS_OF}
    divided[own == 1], divided[own == 3] = 1, 4
    for section, pair in SEGMENTS_OF.items():
        stems = _Stems.of(tree, label == section, branch, heights[section])
        here = own == section
        divided[here] = np.where(heights[section][here] >= stems.division(), *pair)
    filled = votes.copy()
    filled[inside] = divided
    return filled


def _heights(points: Array, section: int, marks: Landmarks) -> Array:
    """Return how far up points (n, 3) lie in a section, in mm from its plane."""
    plane = marks.transverse
    if section == LATERAL and marks.lateral is not None:
        plane = marks.lateral
    assert plane is not None  # divided_votes asks before
    return np.asarray(plane.side(points))


@dataclass(frozen=True, slots=True, eq=False)
class _Stems:
    """The branches of one section with the tissue and the mean height of what each supplies."""

    tree: VesselTree
    is_mine: Array
    voxels: Array
    height: Array

    @staticmethod
    def of(tree: VesselTree, is_mine: Array, branch: Array, height: Array) -> _Stems:
        """Gather them; `branch` (voxels,) is the branch of each voxel, `height` its height."""
        count = len(tree.branches)
        own = np.bincount(branch, minlength=count).astype(float)
        lifted = np.bincount(branch, weights=height, minlength=count)
        sums = subtree_sums(tree, np.stack([own, lifted], axis=1))
        return _Stems(tree, is_mine, sums[:, 0], sums[:, 1] / np.maximum(sums[:, 0], 1.0))

    def division(self) -> float:
        """Return the height that parts ascending from descending stems; 0 where nothing does."""
        stems = self._parting()
        if len(stems) < 2:
            return 0.0
        order = sorted(stems, key=lambda stem: self.height[stem])
        splits = [(order[:n], order[n:]) for n in range(1, len(order))]
        low, high = max(splits, key=lambda split: self._contrast(*split))
        return 0.5 * (self._mean(low) + self._mean(high))

    def _parting(self) -> list[int]:
        """Return the uppermost stems, followed down until two of them supply a good share."""
        children = children_of(self.tree)
        stems = [one.id for one in self.tree.branches if self._is_stem(one.id, one.parent)]
        whole = self.voxels[stems].sum()
        while sum(self.voxels[stem] >= STEM_SHARE * whole for stem in stems) < 2:
            below = (
                [] if not stems else self._below(max(stems, key=self.voxels.__getitem__), children)
            )
            if not below:
                return []
            stems = [stem for stem in stems if stem != self.tree.branches[below[0]].parent] + below
        return stems

    def _is_stem(self, branch: int, parent: int) -> bool:
        return bool(self.is_mine[branch]) and not (parent >= 0 and self.is_mine[parent])

    def _below(self, stem: int, children: Mapping[int, list[int]]) -> list[int]:
        return [child for child in children[stem] if self.is_mine[child]]

    def _mean(self, stems: list[int]) -> float:
        return float(np.average(self.height[stems], weights=np.maximum(self.voxels[stems], 1.0)))

    def _contrast(self, low: list[int], high: list[int]) -> float:
        """Return the variance between two groups of stems (Otsu's criterion)."""
        gap = self._mean(high) - self._mean(low)
        return float(self.voxels[low].sum() * self.voxels[high].sum() * gap**2)
