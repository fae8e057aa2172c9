"""What is left to do when a tree has grown: to see that nothing touches, and to prune what does.

Room was kept for the radii expected while growing; where more tips came than expected, walls may
meet. Twigs are then taken away, which thins all that carried them, until nothing touches.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from liverboard.phantom.tree import GrowingTree

__all__ = ["contacts", "untangled"]

CLEAR_MM = 0.15
"""Free space that must remain between the walls of any two pieces that share no end."""

ELSEWHERE = -1
"""In a contact: the other piece belongs to another tree."""


def contacts(
    tree: GrowingTree, others: Sequence[GrowingTree], *, least_mm: float = CLEAR_MM
) -> list[tuple[int, int]]:
    """Return the pairs of pieces of `tree` whose walls come nearer than `least_mm`.

    Pieces that share an end are not counted. Contacts with another tree have -1 in second place.
    """
    radii, found = tree.radii_mm(), []
    for number in range(len(tree)):
        line = tree.start[number], tree.end[number]
        gaps = tree.gaps_mm(*line, grown=False) - radii[number]
        gaps[list(tree.kin(number))] = np.inf
        found += [(number, int(n)) for n in np.flatnonzero(gaps < least_mm) if n > number]
        for other in others:
            if len(other) and (other.gaps_mm(*line, grown=False) - radii[number]).min() < least_mm:
                found.append((number, ELSEWHERE))
    return found


def untangled(tree: GrowingTree, others: Sequence[GrowingTree]) -> GrowingTree:
    """Return `tree` without the twigs that touch something; the scaffold stays."""
    while True:
        doomed = set()
        for pair in contacts(tree, others):
            doomed |= _culprit(tree, pair)
        if not doomed:
            return tree
        tree = tree.pruned(doomed).straightened()


def _culprit(tree: GrowingTree, pair: tuple[int, int]) -> set[int]:
    """Return the twig to take away so that a pair parts: the smallest of those concerned."""
    between = _path(tree, *pair) if pair[1] != ELSEWHERE else {pair[0]}
    beside = {child for number in between for child in tree.children(number)} | between
    twigs = [n for n in sorted(beside) if tree.mark[n].twig]
    return {min(twigs, key=lambda n: (tree.leaves[n], n))} if twigs else set()


def _path(tree: GrowingTree, one: int, two: int) -> set[int]:
    """Return the pieces on the way from `one` to `two` through the tree, both included."""
    up, down = set(tree.upstream(one)), set(tree.upstream(two))
    return (up ^ down) | {one, two} | {max(up & down, default=one)}
