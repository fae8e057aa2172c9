"""A tree of vessels: the finished one, and the one that still grows.

Radii follow Murray's law: r^3 of a parent is the sum of its children's r^3, all tips being equal,
so r = tip * leaves^(1/3). Source: Murray CD, PNAS 12:207 (1926), cited from memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from liverboard.phantom.segments import nearest_on, piece_gaps

__all__ = ["Branch", "GrowingTree", "Mark"]

Points = NDArray[np.float64]

CAPACITY = 256
"""Pieces that a tree holds before its arrays are doubled."""

SPARE = 1.35
"""Room is kept for so many times the planned tips, as some branches get more than their share."""

STRAIGHT_MM = 0.8
"""Two pieces become one where nothing branches off between them and they bend by less than this."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A straight piece of vessel; `parent` is -1 at a root, points are LPS mm.

    `order`: 0 the root trunk, 1 right and left, 2 sectional, 3 segmental, then one more at each
    side branch; a vessel that merely gives off branches keeps its order and name. `segment` is the
    Couinaud segment that a portal branch supplies, 0 where it supplies several.
    """

    id: int
    parent: int
    from_mm: tuple[float, float, float]
    to_mm: tuple[float, float, float]
    radius_mm: float
    order: int
    name: str
    segment: int


@dataclass(frozen=True, slots=True)
class Mark:
    """What a vessel is called, its order, its segment (0: none or several), its number as a twig.

    Twigs have grown; a vessel of the scaffold has the number 0.
    """

    stem: str
    order: int
    segment: int = 0
    twig: int = 0

    @property
    def name(self) -> str:
        """The name of the vessel: that of its stem, and its number where it is a twig."""
        return f"{self.stem}-{self.twig}" if self.twig else self.stem


class GrowingTree:
    """A tree under construction; only this package sees it, others see the `Branch`es.

    `quota` is the number of tips that each segment (0: the whole tree) will have in the end, so
    that enough room is kept round every piece from the start. `is_fixed` pieces bear no twigs.
    """

    def __init__(self, tip_mm: float, quota: Mapping[int, float]) -> None:
        """Plant nothing yet; tips will have the radius `tip_mm`."""
        self.tip_mm, self.quota = tip_mm, quota
        self.mark: list[Mark] = []
        self.is_fixed: list[bool] = []
        self._lines = np.zeros((2, CAPACITY, 3))
        self._links = np.zeros((2, CAPACITY), dtype=np.int64)
        self._grown = np.zeros(0)

    def __len__(self) -> int:
        return len(self.mark)

    @property
    def start(self) -> Points:
        """Where each piece begins (n, 3)."""
        return self._lines[0, : len(self)]

    @property
    def end(self) -> Points:
        """Where each piece ends (n, 3)."""
        return self._lines[1, : len(self)]

    @property
    def parent(self) -> NDArray[np.int64]:
        """The piece that each springs from (n,), -1 at a root."""
        return self._links[0, : len(self)]

    @property
    def leaves(self) -> NDArray[np.int64]:
        """The number of tips that each piece carries (n,)."""
        return self._links[1, : len(self)]

    def add(self, parent: int, start: Points, end: Points, *, mark: Mark) -> int:
        """Add a piece from `start` to `end` and return its number; count the leaves afresh."""
        number = len(self)
        if number == self._links.shape[1]:
            self._lines = np.concatenate([self._lines, np.zeros_like(self._lines)], axis=1)
            self._links = np.concatenate([self._links, np.zeros_like(self._links)], axis=1)
        self.mark.append(mark)
        self.is_fixed.append(False)
        self.start[number], self.end[number] = start, end
        self.parent[number], self.leaves[number] = parent, 1
        if parent >= 0 and len(self.children(parent)) > 1:
            self.leaves[list(self.upstream(parent))] += 1
        return number

    def chain(self, parent: int, path: Points, *, mark: Mark) -> int:
        """Add a run of pieces along `path` (n, 3) and return the number of the last."""
        for one, two in pairwise(path):
            parent = self.add(parent, one, two, mark=mark)
        return parent

    def split(self, branch: int, point: Points) -> int:
        """Cut a piece at `point`, which may lie beside it; return the number of the far part."""
        self.parent[self.children(branch)] = len(self)
        far = self.add(branch, point, self.end[branch].copy(), mark=self.mark[branch])
        self.leaves[far] = self.leaves[branch]
        self.end[branch] = point
        return far

    def upstream(self, branch: int) -> Iterator[int]:
        """Yield `branch` and what it comes from, up to the root."""
        while branch >= 0:
            yield branch
            branch = int(self.parent[branch])

    def children(self, branch: int) -> list[int]:
        """Return the pieces that spring from the end of `branch`."""
        return [int(number) for number in np.flatnonzero(self.parent == branch)]

    def kin(self, branch: int) -> set[int]:
        """Return the pieces that share an end with `branch`, and itself."""
        parent = int(self.parent[branch])
        above = {parent, *self.children(parent)} if parent >= 0 else set()
        return {branch, *above, *self.children(branch)}

    def radii_mm(self, *, grown: bool = False) -> Points:
        """Return the radii (n,) by Murray's law; `grown`: as they will be at the end, or more."""
        if not grown:
            return np.asarray(self.tip_mm * np.cbrt(self.leaves))
        if len(self._grown) != len(self):
            self._grown = self.tip_mm * np.cbrt(self.leaves * self._growth())
        return self._grown

    def _growth(self) -> Points:
        """Return how many tips each piece (n,) will have for each that it has now."""
        segment = np.array([mark.segment for mark in self.mark])
        is_tip = np.ones(len(self), dtype=np.bool_)
        is_tip[self.parent[self.parent >= 0]] = False
        count = np.bincount(segment[is_tip], minlength=9)
        count[0] = is_tip.sum()
        quota = np.array([SPARE * self.quota.get(number, 0.0) for number in range(9)])
        return np.asarray(np.maximum(1.0, quota / np.maximum(1, count))[segment])

    def gaps_mm(self, one: Points, two: Points, *, grown: bool = True) -> Points:
        """Return the free space (n,) between the line `one`-`two` and the wall of every piece."""
        return piece_gaps(one, two, self.start, self.end) - self.radii_mm(grown=grown)

    def pruned(self, doomed: set[int]) -> GrowingTree:
        """Return the tree without the pieces `doomed` and all that springs from them."""
        kept: dict[int, int] = {-1: -1}
        tree = GrowingTree(self.tip_mm, self.quota)
        for number in self.outwards():
            parent = int(self.parent[number])
            if number not in doomed and parent in kept:
                line = self.start[number], self.end[number]
                kept[number] = tree.add(kept[parent], *line, mark=self.mark[number])
                tree.is_fixed[-1] = self.is_fixed[number]
        return tree

    def straightened(self) -> GrowingTree:
        """Return the tree with pieces joined to what goes on straight without branching."""
        tree, merged = self.pruned(set()), set()
        for number in range(len(tree)):
            while (next_one := tree.needless(number)) >= 0:
                tree.end[number] = tree.end[next_one]
                tree.parent[tree.children(next_one)] = number
                tree.parent[next_one] = -1
                merged.add(next_one)
        return tree.pruned(merged)

    def needless(self, number: int) -> int:
        """Return the only piece that continues `number`, where both are nearly in line; else -1."""
        ahead = self.children(number)
        if len(ahead) != 1 or self.mark[ahead[0]] != self.mark[number]:
            return -1
        if self.is_fixed[ahead[0]] != self.is_fixed[number]:
            return -1
        ends = self.start[[number]], self.end[[ahead[0]]]
        bend = np.linalg.norm(nearest_on(self.end[number], *ends) - self.end[number])
        return ahead[0] if bend < STRAIGHT_MM else -1

    def outwards(self) -> list[int]:
        """Return all pieces, each after the one it springs from."""
        order = [int(number) for number in np.flatnonzero(self.parent < 0)]
        for number in order:
            order += self.children(number)
        return order

    def finished(self) -> tuple[Branch, ...]:
        """Return the branches, parents first, with radii by Murray's law."""
        tree = self.pruned(set())
        radii = tree.radii_mm()
        return tuple(
            Branch(
                number,
                int(tree.parent[number]),
                _triple(tree.start[number]),
                _triple(tree.end[number]),
                round(float(radii[number]), 6),
                mark.order,
                mark.name,
                mark.segment,
            )
            for number, mark in enumerate(tree.mark)
        )


def _triple(point: Points) -> tuple[float, float, float]:
    x, y, z = (round(float(number), 4) for number in point)
    return x, y, z
