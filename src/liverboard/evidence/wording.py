"""A criterion in words: the heading of a node, and the whole tree as one sentence."""

from __future__ import annotations

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
    Limit,
    Node,
    Not,
    Operator,
    Ref,
)
from liverboard.evidence.fact import Scalar, spec_of

__all__ = ["heading_of", "quantity", "sentence_of", "word"]

SYMBOLS = {
    Operator.LESS: "<",
    Operator.AT_MOST: "≤",
    Operator.MORE: ">",
    Operator.AT_LEAST: "≥",
    Operator.EQUAL: "=",
}
FIXED: dict[type[Node], str] = {
    All: "all of",
    Any: "any of",
    Not: "not",
    ExistsLesion: "there is a lesion with",
    ForAllLesions: "every lesion has",
}
UNIT_WORDS = {"percent": "%", "1": "", "points": "", "percent/week": "% per week"}


def heading_of(node: Node) -> str:
    """Return `node` in a few words, without what stands below it."""
    match node:
        case AtLeast(count, items):
            return f"at least {count} of {len(items)}"
        case CountLesions(_, operator, count):
            return f"lesions counted {SYMBOLS[operator]} {count} with"
        case Ref(text=text):
            return text
        case Is() | Compare() | Between():
            return _leaf(node)
        case Constant(value):
            return word(value)
        case _:
            return FIXED[type(node)]


def _leaf(leaf: Is | Compare | Between) -> str:
    label = spec_of(leaf.fact).label
    match leaf:
        case Is(values=values):
            return f"{label}: {' or '.join(word(value) for value in values)}"
        case Compare(operator=operator, limit=limit):
            return f"{label} {SYMBOLS[operator]} {_quantity(limit)}"
        case Between(low=low, high=high):
            return f"{label} from {low.written:g} to {_quantity(high)}"


def word(value: Scalar) -> str:
    """Return a value of a category or a flag as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("_", " ")


def quantity(number: float, unit: str) -> str:
    """Return a number with its unit as people write it."""
    return f"{number:g} {UNIT_WORDS.get(unit, unit)}".rstrip()


def _quantity(limit: Limit) -> str:
    return quantity(limit.written, limit.unit)


def sentence_of(node: Node) -> str:
    """Return the whole tree as one sentence, brackets where they are needed."""
    match node:
        case All(items):
            return " and ".join(_bracketed(item) for item in items)
        case Any(items):
            return " or ".join(_bracketed(item) for item in items)
        case AtLeast(count, items):
            return f"at least {count} of: {'; '.join(_bracketed(item) for item in items)}"
        case Not(item):
            return f"not {_bracketed(item)}"
        case ExistsLesion(where) | ForAllLesions(where) | CountLesions(where):
            return f"{heading_of(node)} {_bracketed(where)}"
        case _:
            return heading_of(node)


def _bracketed(node: Node) -> str:
    text = sentence_of(node)
    is_compound = isinstance(node, All | Any | AtLeast) and len(node.items) > 1
    return f"({text})" if is_compound else text
