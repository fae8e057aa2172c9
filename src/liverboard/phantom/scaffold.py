"""The first orders of both vessel trees, set along the plan of the segments.

The portal tree: main, right and left, the sectional branches, one stem a segment. The hepatic
veins: right, middle and left, which run between the sections, and the caudate's own vein.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liverboard.phantom.layer import smooth_path
from liverboard.phantom.partition import Partition
from liverboard.phantom.space import Space
from liverboard.phantom.tree import GrowingTree, Mark

__all__ = ["Ground", "hepatic_scaffold", "portal_scaffold"]

Points = NDArray[np.float64]

CAUDATE = 1

LEAST_STEM = 3.6
"""Least length of a segment's stem, in radii of its parent and its own, so that twigs find room."""

MARGIN_MM = 2.2
"""Least tissue between a branch of the scaffold and the surface of the liver."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What a scaffold is set in: the liver's space, its plan, and the size of the patient.

    `quota` is the number of tips that each segment will have.
    """

    space: Space
    plan: Partition
    scale: float
    tip_mm: float
    quota: Mapping[int, int]

    def sunk(self, point: Points, tips: float) -> Points:
        """Return `point` moved deep enough for a vessel that carries `tips` tips."""
        return self.space.deepened(point, self.tip_mm * float(np.cbrt(tips)) + MARGIN_MM)

    def tips(self, *segments: int) -> float:
        """Return the number of tips of some segments together."""
        return float(sum(self.quota[one] for one in segments))

    @property
    def all_tips(self) -> float:
        """Number of tips of the whole tree."""
        return float(self.quota[0])

    def toward(self, start: Points, goal: Points, length_mm: float, *, tips: float) -> Points:
        """Return the point `length_mm` from `start` towards `goal`, deep enough for its vessel."""
        step = (goal - start) / np.linalg.norm(goal - start)
        return self.sunk(start + length_mm * self.scale * step, tips)


def portal_scaffold(ground: Ground, places: Mapping[str, Any], *, variant: str) -> GrowingTree:
    """Return the portal tree down to the segmental stems; `places` are template points.

    The main portal vein is fixed: it runs outside the liver up to its division.
    """
    tree = GrowingTree(ground.tip_mm, ground.quota)
    hilum = ground.sunk(np.array(places["hilum"]) * ground.scale, ground.all_tips * 1.2)
    path = [*(np.array(point) * ground.scale for point in places["main"]), hilum]
    main = tree.chain(-1, smooth_path(np.array(path), step_mm=30.0), mark=Mark("main", 0))
    for number in tree.upstream(main):
        tree.is_fixed[number] = True
    stems = _Stems(tree, ground, places)
    right, left = stems.divide(main, hilum, variant)
    stems.right(*right)
    stems.left(*left)
    return tree


@dataclass(frozen=True, slots=True, eq=False)
class _Stems:
    """The scaffold while it is set: each method adds the branches of one part."""

    tree: GrowingTree
    ground: Ground
    places: Mapping[str, Any]

    def divide(
        self, main: int, hilum: Points, variant: str
    ) -> tuple[tuple[int, int], tuple[int, Points]]:
        """Return the parents of anterior and posterior, and the left's parent with its start."""
        ground, centre = self.ground, self.ground.plan.centre
        if variant == "trifurcation":
            return (main, main), (main, hilum)
        if variant == "posterior_first":
            goal = 0.5 * (centre(5, 8) + centre(4))
            beyond = ground.toward(hilum, goal, 21.0, tips=ground.tips(1, 2, 3, 4, 5, 8))
            last = self.tree.add(main, hilum, beyond, mark=Mark("main", 0))
            self.tree.is_fixed[last] = True
            return (last, main), (last, beyond)
        end = ground.toward(hilum, centre(5, 6, 7, 8), 21.0, tips=ground.tips(5, 6, 7, 8))
        right = self.tree.add(main, hilum, end, mark=Mark("right", 1))
        return (right, right), (main, hilum)

    def right(self, anterior_from: int, posterior_from: int) -> None:
        """Add the anterior and posterior branches and the stems of segments 5 to 8."""
        for parent, name, pair in (
            (anterior_from, "anterior", (5, 8)),
            (posterior_from, "posterior", (6, 7)),
        ):
            start, centre = self.tree.end[parent], self.ground.plan.centre
            goal = 0.5 * (centre(pair[0]) + centre(pair[1]))
            end = self.ground.toward(start, goal, 19.0, tips=self.ground.tips(*pair))
            number = self.tree.add(parent, start, end, mark=Mark(name, 2))
            for segment in pair:
                self.stem(number, centre(segment), Mark(f"P{segment}", 3, segment))

    def left(self, parent: int, start: Points) -> None:
        """Add the transverse and umbilical parts and the stems of segments 1 to 4."""
        ground, plan, tree = self.ground, self.ground.plan, self.tree
        elbow, bend, tip = (
            ground.sunk(self._on_fissure(point), ground.tips(2, 3, 4) * share)
            for point, share in zip(self.places["umbilical"], (1.0, 0.8, 0.5), strict=True)
        )
        middle = ground.sunk(start + 0.45 * (elbow - start), ground.tips(1, 2, 3, 4))
        one = tree.add(parent, start, middle, mark=Mark("left", 1))
        two = tree.add(one, middle, elbow, mark=Mark("left", 1))
        self.stem(one, plan.centre(1), Mark("P1", 3, 1))
        self.stem(two, plan.centre(2), Mark("P2", 3, 2))
        three = tree.add(two, elbow, bend, mark=Mark("umbilical", 2))
        four = tree.add(three, bend, tip, mark=Mark("umbilical", 2))
        upper, lower = _halves(plan.of(4))
        self.stem(three, upper, Mark("P4a", 3, 4))
        self.stem(four, lower, Mark("P4b", 3, 4))
        self.stem(four, plan.centre(3), Mark("P3", 3, 3))

    def _on_fissure(self, place: Sequence[float]) -> Points:
        """Return the point of the fissure's plane at `place`: y and z of the template patient."""
        y, z = (number * self.ground.scale for number in place)
        return self.ground.plan.on_fissure(y, z)

    def stem(self, parent: int, centre: Points, mark: Mark) -> None:
        """Add the stem of a segment, from the end of `parent` to near the segment's centre."""
        start = self.tree.end[parent]
        tips = self.ground.tips(mark.segment)
        wide = self.tree.tip_mm * (np.cbrt(self.ground.quota[0] / 2.5) + np.cbrt(tips))
        length = max(0.9 * float(np.linalg.norm(centre - start)), LEAST_STEM * float(wide))
        if mark.segment == CAUDATE:
            length = float(np.linalg.norm(centre - start))
        count = max(1, min(2, round(length / 26.0)))
        path = [start]
        for n in range(1, count + 1):
            goal = start + n / count * length * _unit(centre - start)
            path.append(self.ground.sunk(goal, tips * (1 - 0.7 * n / count)))
        self.tree.chain(parent, np.array(path), mark=mark)


def _unit(vector: Points) -> Points:
    return np.asarray(vector / np.linalg.norm(vector))


def _halves(points: Points) -> tuple[Points, Points]:
    """Return the centres of the upper and the lower half of points (n, 3)."""
    level = np.median(points[:, 2])
    return points[points[:, 2] > level].mean(axis=0), points[points[:, 2] <= level].mean(axis=0)


def hepatic_scaffold(
    ground: Ground, places: Mapping[str, Any], *, has_accessory: bool
) -> GrowingTree:
    """Return the hepatic veins from the vena cava outwards.

    Middle and left share a short trunk. A path in `places` is rows of distance from the vena cava
    and height, in mm of the template patient, in the plane named beside it.
    """
    plan, tree = ground.plan, GrowingTree(ground.tip_mm, ground.quota)
    angles = {
        "right": plan.right_vein_deg,
        "middle": plan.cantlie_deg,
        "left": float(np.median(plan.axis.angle_deg(plan.of(2, 3)))),
        "trunk": plan.cantlie_deg - places["trunk_turn_deg"],
        "low": plan.right_vein_deg + places["low_turn_deg"],
        "caudate": float(np.median(plan.axis.angle_deg(plan.of(1)))),
    }
    veins = _Veins(tree, ground, places["veins"], angles)
    veins.root("RHV", "right", tips=0.34)
    trunk = veins.root("MHV+LHV", "trunk", tips=0.5)
    veins.limb(trunk, "MHV", "middle", tips=0.3)
    veins.limb(trunk, "LHV", "left", tips=0.22)
    veins.root("CV", "caudate", tips=0.03)
    if has_accessory:
        veins.root("IRHV", "low", tips=0.1)
    return tree


@dataclass(frozen=True, slots=True, eq=False)
class _Veins:
    """The hepatic veins while they are set."""

    tree: GrowingTree
    ground: Ground
    paths: Mapping[str, Sequence[Sequence[float]]]
    angles: Mapping[str, float]

    def root(self, name: str, plane: str, *, tips: float) -> int:
        """Add a vein that opens into the vena cava; its first piece is fixed."""
        first = len(self.tree)
        last = self.limb(-1, name, plane, tips=tips)
        self.tree.is_fixed[first] = True
        return last

    def limb(self, parent: int, name: str, plane: str, *, tips: float) -> int:
        """Add a vein along its path and return its last piece; `tips`: its share of all tips."""
        whole = tips * self.ground.all_tips
        rows = np.array(self.paths[plane], dtype=float) * self.ground.scale
        path = [self.ground.plan.axis.point(self.angles[plane], out, z) for out, z in rows]
        kept = path[:1] if parent < 0 else [self.tree.end[parent]]
        for n, point in enumerate(path[1:] if parent < 0 else path):
            kept.append(self.ground.sunk(point, whole * (1 - 0.8 * n / len(path))))
        return self.tree.chain(parent, np.array(kept), mark=Mark(name, 0))
