"""The frozen tree of a criterion: what is asked of the facts, and nothing else.

A node is either a leaf that looks at one fact (`Is`, `Compare`, `Between`), a connective (`All`,
`Any`, `Not`, `AtLeast`), a question to the lesions (`ExistsLesion`, `ForAllLesions`,
`CountLesions`) or a reference to a named node (`Ref`). There is no arithmetic: numbers come from
named, tested calculators. A wrong tree cannot exist: every leaf checks itself against the
registered facts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from liverboard.errors import EvidenceError
from liverboard.evidence.fact import FactKind, FactLevel, FactSpec, Scalar, spec_of

__all__ = [
    "All",
    "Any",
    "AtLeast",
    "Between",
    "Compare",
    "Connective",
    "Constant",
    "CountLesions",
    "ExistsLesion",
    "ForAllLesions",
    "Is",
    "Leaf",
    "Limit",
    "Node",
    "Not",
    "Operator",
    "Quantifier",
    "Ref",
    "children_of",
    "facts_of",
    "leaves_of",
    "nodes_of",
]


class Operator(StrEnum):
    """How a number is compared with a limit."""

    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    EQUAL = "=="


@dataclass(frozen=True, slots=True)
class Limit:
    """A number that a fact is compared with.

    `value` is in the unit of the fact. `written` and `unit` are the number as its author wrote it;
    `parameter` is the named parameter it came from, empty for a number written in the criterion.
    """

    value: float
    written: float
    unit: str
    parameter: str = ""


@dataclass(frozen=True, slots=True)
class Is:
    """Yes where the fact has one of `values`."""

    fact: str
    values: tuple[Scalar, ...]

    def __post_init__(self) -> None:
        spec = spec_of(self.fact)
        if spec.kind is FactKind.NUMBER:
            raise EvidenceError("a number is compared with cmp or between", where=self.fact)
        if not self.values:
            raise EvidenceError("names no value", where=self.fact)
        for value in self.values:
            spec.check(value)
        if len(set(self.values)) < len(self.values):
            raise EvidenceError("names a value twice", where=self.fact)


@dataclass(frozen=True, slots=True)
class Compare:
    """Yes where the whole interval of the fact stands so to the limit; no where none of it does."""

    fact: str
    operator: Operator
    limit: Limit

    def __post_init__(self) -> None:
        _check_limit(_numeric(self.fact), self.limit)


@dataclass(frozen=True, slots=True)
class Between:
    """Yes where the whole interval of the fact lies between the limits, both included."""

    fact: str
    low: Limit
    high: Limit

    def __post_init__(self) -> None:
        spec = _numeric(self.fact)
        _check_limit(spec, self.low)
        _check_limit(spec, self.high)
        if self.low.value > self.high.value:
            raise EvidenceError("low stands above high", where=self.fact)


def _numeric(name: str) -> FactSpec:
    spec = spec_of(name)
    if spec.kind is not FactKind.NUMBER:
        raise EvidenceError(f"is a {spec.kind}, not a number: use is", where=name)
    return spec


def _check_limit(spec: FactSpec, limit: Limit) -> None:
    """Refuse a limit that no plausible value of the fact could lie on either side of."""
    if not spec.low <= limit.value <= spec.high:
        raise EvidenceError(
            f"the limit {limit.written:g} {limit.unit} lies outside what the fact can be "
            f"({spec.low:g} to {spec.high:g} {spec.unit})",
            where=spec.name,
            remedy="check number and unit",
        )


@dataclass(frozen=True, slots=True)
class All:
    """Yes where every item is yes; no where one is no."""

    items: tuple[Node, ...]

    def __post_init__(self) -> None:
        _check_items(self.items)


@dataclass(frozen=True, slots=True)
class Any:
    """Yes where one item is yes; no where every item is no."""

    items: tuple[Node, ...]

    def __post_init__(self) -> None:
        _check_items(self.items)


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Yes where `count` items or more are yes; no where that many cannot be."""

    count: int
    items: tuple[Node, ...]

    def __post_init__(self) -> None:
        _check_items(self.items)
        if not 1 <= self.count <= len(self.items):
            raise EvidenceError(f"at least {self.count} of {len(self.items)} makes no sense")


def _check_items(items: tuple[Node, ...]) -> None:
    if not items:
        raise EvidenceError("lists nothing")


@dataclass(frozen=True, slots=True)
class Not:
    """Yes where the item is no, no where it is yes."""

    item: Node


@dataclass(frozen=True, slots=True)
class ExistsLesion:
    """Yes where one lesion meets `where`; unknown rather than no while lesions may be missing."""

    where: Node

    def __post_init__(self) -> None:
        _check_lesion_node(self.where)


@dataclass(frozen=True, slots=True)
class ForAllLesions:
    """No where one lesion fails `where`; unknown rather than yes while lesions may be missing."""

    where: Node

    def __post_init__(self) -> None:
        _check_lesion_node(self.where)


@dataclass(frozen=True, slots=True)
class CountLesions:
    """Compares how many lesions meet `where` with `count`; a lower bound while some may miss."""

    where: Node
    operator: Operator
    count: int

    def __post_init__(self) -> None:
        _check_lesion_node(self.where)
        if self.count < 0:
            raise EvidenceError("a count is not negative")


def _check_lesion_node(node: Node) -> None:
    """Inside a quantifier stand facts of a lesion, at least one, and no second quantifier."""
    if any(isinstance(inner, Quantifier) for inner in nodes_of(node)):
        raise EvidenceError("a question to the lesions cannot hold another one")
    names = facts_of(node)
    strangers = [name for name in names if spec_of(name).level is not FactLevel.LESION]
    if strangers:
        raise EvidenceError("is no fact of a lesion", where=strangers[0])
    if not names and not isinstance(node, Constant):
        raise EvidenceError("a question to the lesions looks at no fact of a lesion")


@dataclass(frozen=True, slots=True)
class Ref:
    """A named node, by the `name` under which it was defined; `text` says what it means."""

    name: str
    text: str
    target: Node


@dataclass(frozen=True, slots=True)
class Constant:
    """Always yes, or always no: never written in a file, but what a test puts in a leaf's place."""

    value: bool


Leaf: TypeAlias = Is | Compare | Between
Connective: TypeAlias = All | Any | AtLeast | Not
Quantifier: TypeAlias = ExistsLesion | ForAllLesions | CountLesions
Node: TypeAlias = Leaf | Connective | Quantifier | Ref | Constant


def children_of(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below `node`, in order."""
    match node:
        case All(items) | Any(items) | AtLeast(_, items):
            return items
        case Not(item):
            return (item,)
        case ExistsLesion(where) | ForAllLesions(where) | CountLesions(where):
            return (where,)
        case Ref(target=target):
            return (target,)
        case _:
            return ()


def nodes_of(node: Node) -> Iterator[Node]:
    """Yield `node` and every node below it, in order; what stands twice comes twice."""
    yield node
    for child in children_of(node):
        yield from nodes_of(child)


def leaves_of(node: Node) -> Iterator[Leaf]:
    """Yield every leaf below `node`, in order; a leaf that stands twice comes twice."""
    return (inner for inner in nodes_of(node) if isinstance(inner, Is | Compare | Between))


def facts_of(node: Node) -> tuple[str, ...]:
    """Return the names of the facts that `node` looks at, each once, in order."""
    return tuple(dict.fromkeys(leaf.fact for leaf in leaves_of(node)))
