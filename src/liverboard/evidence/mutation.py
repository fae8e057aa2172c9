"""Small mistakes planted into a criterion: its tests must notice every one.

A leaf stuck at yes or at no, a limit that counts on the wrong side, a value dropped from a list.
Nodes behind a reference are tested where they are defined, so a reference counts as one leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from liverboard.evidence.criterion import (
    All,
    Any,
    AtLeast,
    Between,
    Compare,
    Constant,
    CountLesions,
    ExistsLesion,
    ForAllLesions,
    Is,
    Node,
    Not,
    Operator,
    Ref,
)
from liverboard.evidence.environment import Environment
from liverboard.evidence.judgement import Verdict
from liverboard.evidence.kleene import compile_node
from liverboard.evidence.wording import heading_of

__all__ = ["Mutant", "mutants_of", "survivors"]

OTHER_SIDE: dict[Operator, Operator] = {
    Operator.LESS: Operator.AT_MOST,
    Operator.AT_MOST: Operator.LESS,
    Operator.MORE: Operator.AT_LEAST,
    Operator.AT_LEAST: Operator.MORE,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A criterion with one mistake in it; `mistake` names it, `is_stuck` says of which kind."""

    mistake: str
    is_stuck: bool
    tree: Node


Change: TypeAlias = tuple[str, bool, Node]


def mutants_of(tree: Node) -> Iterator[Mutant]:
    """Yield every mutant of `tree`."""
    yield from (Mutant(*change) for change in _changes(tree))


def _changes(node: Node) -> Iterator[Change]:
    """Yield every changed copy of `node`: changes of itself, then of what stands below it."""
    yield from _own_changes(node)
    for below, rebuild in _below(node):
        for mistake, is_stuck, changed in _changes(below):
            yield mistake, is_stuck, rebuild(changed)


def _own_changes(node: Node) -> Iterator[Change]:
    said = heading_of(node)
    if isinstance(node, Is | Compare | Between | Ref):
        yield f"{said!r} is always yes", True, Constant(value=True)
        yield f"{said!r} is always no", True, Constant(value=False)
    yield from ((f"{said!r}: {what}", False, changed) for what, changed in _slips(node))


def _slips(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield the node with a limit on the wrong side, or with a value forgotten."""
    match node:
        case Compare(operator=sign) | CountLesions(operator=sign) if sign in OTHER_SIDE:
            yield "the limit itself on the other side", replace(node, operator=OTHER_SIDE[sign])
        case Between(fact, low, high):
            above = Compare(fact, Operator.MORE, low)
            below = Compare(fact, Operator.LESS, high)
            yield "the lower limit excluded", All((above, node))
            yield "the upper limit excluded", All((below, node))
        case Is(fact, values) if len(values) > 1:
            for value in values:
                rest = tuple(other for other in values if other != value)
                yield f"{value} forgotten", Is(fact, rest)


Rebuild: TypeAlias = Callable[[Node], Node]


def _below(node: Node) -> Iterator[tuple[Node, Rebuild]]:
    """Yield each node directly below, and how to rebuild `node` with another in its place."""
    match node:
        case All(items) | Any(items) | AtLeast(_, items):
            for index, item in enumerate(items):
                yield item, _with_item(node, items, index)
        case Not(item):
            yield item, Not
        case ExistsLesion(where) | ForAllLesions(where) | CountLesions(where):
            yield where, lambda changed: replace(node, where=changed)


def _with_item(node: All | Any | AtLeast, items: tuple[Node, ...], index: int) -> Rebuild:
    def rebuild(changed: Node) -> Node:
        return replace(node, items=(*items[:index], changed, *items[index + 1 :]))

    return rebuild


def survivors(tree: Node, tests: Iterable[tuple[Environment, Verdict]]) -> Iterator[Mutant]:
    """Yield the mutants that no test with a decided verdict notices."""
    decided = [(facts, expect) for facts, expect in tests if expect is not Verdict.UNKNOWN]
    for mutant in mutants_of(tree):
        evaluator = compile_node(mutant.tree)
        if all(evaluator(facts).verdict is expect for facts, expect in decided):
            yield mutant
