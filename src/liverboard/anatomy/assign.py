"""One label for every branch of a tree, chosen for the whole tree at once.

A Potts model on a tree, solved exactly by dynamic programming: branches keep the label of the
branch above them unless a good deal of tissue says otherwise, and few stems carry each label.
"""

from __future__ import annotations

import numpy as np

from liverboard.anatomy.model import Territories, VesselTree
from liverboard.numerics.grid import Array

__all__ = ["CAUDATE", "assigned", "volumes_by_branch"]

CHANGE_ML = 30.0
"""How much tissue must disagree before a branch below a named branch changes its label."""

START_ML = 10.0
"""How much tissue a further stem of a label must win. The caudate alone (label 1) is supplied by
many small branches of both sides, so its stems are free."""

TRUNK_PRICE = 0.65
"""Share of a trunk's tissue that leaving it unnamed costs: a branch most of whose tissue votes for
one label is named, a trunk between labels is not."""

CAUDATE = 1


def assigned(tree: VesselTree, volume_ml: Array) -> Array:
    """Return the label of each branch, 0 for trunks that supply several: (branches,).

    volume_ml: (branches, labels) tissue next to each branch that votes for each label; column 0 is
    for trunks and holds nothing. Exact minimum of: tissue whose vote differs from its branch, plus
    CHANGE_ML for every branch that differs from a named parent, plus START_ML for every stem.
    House values; docs/anatomy.md shows that the result hardly depends on them.
    """
    total = volume_ml.sum(axis=1)
    best = total[:, None] - volume_ml
    best[:, 0] = TRUNK_PRICE * total
    labels = volume_ml.shape[1]
    choice = np.zeros((len(tree.branches), labels), dtype=np.int64)
    for branch in reversed(tree.branches):
        if branch.parent < 0:
            continue
        for above in range(labels):
            price = best[branch.id] + _price(above, labels)
            choice[branch.id, above] = int(np.argmin(price))
            best[branch.parent, above] += price.min()
    return _follow(tree, best, choice)


def _price(above: int, labels: int) -> Array:
    """Return what each label of a branch costs below a branch labelled `above`."""
    if above == 0:
        price = np.full(labels, START_ML)
        price[[0, CAUDATE]] = 0.0
        return price
    price = np.full(labels, CHANGE_ML)
    price[above] = 0.0
    price[0] = np.inf  # below a named branch there is no trunk
    return price


def _follow(tree: VesselTree, best: Array, choice: Array) -> Array:
    """Return the labels of the cheapest assignment, from the roots down."""
    label = np.zeros(len(tree.branches), dtype=np.int64)
    for branch in tree.branches:
        if branch.parent < 0:
            label[branch.id] = int(np.argmin(best[branch.id]))
        else:
            label[branch.id] = choice[branch.id, label[branch.parent]]
    return label


def volumes_by_branch(
    tree: VesselTree, found: Territories, labels: Array, voxel_ml: float, *, count: int = 9
) -> Array:
    """Return the volume in ml of each label next to each branch: (branches, count)."""
    inside = found.node >= 0
    pair = tree.branch[found.node[inside]].astype(np.int64) * count + labels[inside]
    return np.bincount(pair, minlength=count * len(tree.branches)).reshape(-1, count) * voxel_ml
