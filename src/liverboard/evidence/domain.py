"""The finite world of a criterion: the values of each fact between which it can tell.

A number has as many values as the thresholds cut it into, each threshold being a value of its own;
a category has its domain. So questions about all possible patients have an exact answer: can this
criterion ever be met, does this test matter.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from liverboard.evidence.criterion import (
    Compare,
    CountLesions,
    Is,
    Leaf,
    Node,
    Quantifier,
    facts_of,
    leaves_of,
    nodes_of,
)
from liverboard.evidence.environment import Environment
from liverboard.evidence.fact import FactKind, FactSpec, Known, Scalar, spec_of
from liverboard.evidence.judgement import FactUsed

__all__ = ["LIMIT", "cuts_of", "representatives", "worlds", "worlds_count"]

LIMIT = 50_000
"""Worlds enumerated at most; a criterion with more is told so, never sampled in silence."""


def cuts_of(nodes: Iterable[Node]) -> dict[str, tuple[float, ...]]:
    """Return the thresholds at which `nodes` cut each fact that is a number, sorted."""
    cuts: dict[str, set[float]] = {}
    for leaf in (leaf for node in nodes for leaf in leaves_of(node)):
        if not isinstance(leaf, Is):
            cuts.setdefault(leaf.fact, set()).update(_limits(leaf))
    return {fact: tuple(sorted(values)) for fact, values in cuts.items()}


def _limits(leaf: Leaf) -> tuple[float, ...]:
    if isinstance(leaf, Compare):
        return (leaf.limit.value,)
    return () if isinstance(leaf, Is) else (leaf.low.value, leaf.high.value)


def representatives(spec: FactSpec, cuts: Iterable[float] = ()) -> tuple[Scalar, ...]:
    """Return one value of the fact for each class of values that `cuts` cannot tell apart.

    Flags and categories have all their values. Numbers stay within the plausible range.
    """
    if spec.kind is FactKind.FLAG:
        return (True, False)
    if spec.kind is FactKind.CATEGORY:
        return spec.domain
    points = sorted(set(cuts))
    between = [_between(spec, low, high) for low, high in itertools.pairwise(points)]
    outside = (
        [_beyond(spec, points[0], -1), _beyond(spec, points[-1], 1)] if points else [_any(spec)]
    )
    found = {*points, *between, *outside}
    return tuple(sorted(value for value in found if _is_possible(spec, value)))


def _any(spec: FactSpec) -> float:
    """Return a value that a fact can have: zero, or the middle of its range where zero is none."""
    if spec.low <= 0.0 <= spec.high:
        return 0.0
    middle = (spec.low + spec.high) / 2
    return float(math.floor(middle)) if spec.is_integer else middle


def _between(spec: FactSpec, low: float, high: float) -> float:
    """Return a value between two cuts; `low` itself where no whole number lies between them."""
    if not spec.is_integer:
        return (low + high) / 2
    next_one = float(math.floor(low) + 1)
    return next_one if next_one < high else low


def _beyond(spec: FactSpec, cut: float, sign: int) -> float:
    """Return a value beyond the outermost cut: a step away, or half-way to the end of the range."""
    if spec.is_integer:
        return float(math.floor(cut) + 1 if sign > 0 else math.ceil(cut) - 1)
    end = spec.high if sign > 0 else spec.low
    step = max(1.0, abs(cut) * 0.1)
    room = abs(end - cut)
    return cut + sign * (step if step < room else room / 2)


def _is_possible(spec: FactSpec, value: float) -> bool:
    return spec.low <= value <= spec.high and (not spec.is_integer or value.is_integer())


def worlds(nodes: Iterable[Node]) -> Iterator[Environment]:
    """Yield every world that `nodes` can tell apart: all facts known, all lesions listed."""
    trees = tuple(nodes)
    choices = _choices(trees)
    own, of_lesions = _split(trees, choices)
    lists = _lesion_lists(trees, of_lesions)
    for values in itertools.product(*own.values()):
        facts = _known(zip(own, values, strict=True))
        for lesions in lists:
            yield Environment(facts, lesions, has_all_lesions=True)


def worlds_count(nodes: Iterable[Node]) -> int:
    """Return how many worlds `worlds` would yield, without making them."""
    trees = tuple(nodes)
    own, of_lesions = _split(trees, _choices(trees))
    lists = len(_lesion_lists(trees, of_lesions))
    return lists * math.prod(len(values) for values in own.values())


Choices: TypeAlias = dict[str, tuple[Scalar, ...]]
Facts: TypeAlias = dict[str, FactUsed]


def _split(nodes: tuple[Node, ...], choices: Choices) -> tuple[Choices, Choices]:
    """Return the choices of patient and option, and those of lesions that quantifiers ask for."""
    asked = {
        fact
        for node in nodes
        for inner in nodes_of(node)
        if isinstance(inner, Quantifier)
        for fact in facts_of(inner)
    }
    own = {name: values for name, values in choices.items() if name not in asked}
    return own, {name: choices[name] for name in choices if name in asked}


def _known(pairs: Iterable[tuple[str, Scalar]]) -> Facts:
    return {name: FactUsed(name, Known(value, "a possible world")) for name, value in pairs}


def _choices(nodes: tuple[Node, ...]) -> Choices:
    cuts = cuts_of(nodes)
    names = dict.fromkeys(name for node in nodes for name in facts_of(node))
    return {name: representatives(spec_of(name), cuts.get(name, ())) for name in names}


def _lesion_lists(nodes: tuple[Node, ...], choices: Choices) -> list[tuple[Facts, ...]]:
    """Return lists of lesions that quantifiers can tell apart.

    No lesion, every kind of lesion alone and as often as a count asks for, and every pair of kinds.
    Three kinds at once are not tried: no criterion of ours needs them to be met or to fail.
    """
    if not choices:
        return [()]
    rows = itertools.product(*choices.values())
    kinds = [_known(zip(choices, row, strict=True)) for row in rows]
    repeated = [(kind,) * often for kind in kinds for often in _numbers(nodes)]
    return [(), *repeated, *itertools.combinations(kinds, 2)]


def _numbers(nodes: tuple[Node, ...]) -> list[int]:
    """Return how many lesions of a kind are worth trying: around every count asked for."""
    numbers = {1}
    for node in (inner for tree in nodes for inner in nodes_of(tree)):
        if isinstance(node, CountLesions):
            numbers |= {node.count - 1, node.count, node.count + 1}
    return sorted(number for number in numbers if number > 0)
