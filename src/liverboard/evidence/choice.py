"""The finite choices of an open fact: classes of values that criteria can tell apart, in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from liverboard.evidence.domain import representatives
from liverboard.evidence.fact import FactKind, FactSpec, Scalar
from liverboard.evidence.wording import quantity, word

__all__ = ["Choice", "choices_of", "index_of", "words_of"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One class of values: `value` stands for it; a number lies from `low` to `high`.

    `is_point` says that the class is one number, a threshold itself.
    """

    value: Scalar
    low: float = -math.inf
    high: float = math.inf
    is_point: bool = False


def choices_of(spec: FactSpec, cuts: Iterable[float] = ()) -> tuple[Choice, ...]:
    """Return the classes of values of a fact that `cuts` part; numbers in rising order."""
    points = sorted(set(cuts))
    values = representatives(spec, points)
    if spec.kind is not FactKind.NUMBER:
        return tuple(Choice(value) for value in values)
    return tuple(_of_number(float(value), points) for value in values)


def _of_number(value: float, points: Sequence[float]) -> Choice:
    if value in points:
        return Choice(value, value, value, is_point=True)
    low = max((point for point in points if point < value), default=-math.inf)
    high = min((point for point in points if point > value), default=math.inf)
    return Choice(value, low, high)


def index_of(choices: Sequence[Choice], value: Scalar) -> int:
    """Return the place of the class that `value` belongs to."""
    for place, choice in enumerate(choices):
        if choice.value == value and isinstance(choice.value, bool) is isinstance(value, bool):
            return place
        if _holds(choice, value):
            return place
    raise ValueError(f"no class holds {value!r}")


def _holds(choice: Choice, value: Scalar) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or isinstance(choice.value, bool | str) or choice.is_point:
        return False
    return choice.low < float(value) < choice.high


def words_of(spec: FactSpec, choices: Sequence[Choice]) -> str:
    """Return neighbouring classes of one fact in words: `wild type`, `34.2 umol/L or less`."""
    if spec.kind is not FactKind.NUMBER:
        return " or ".join(word(choice.value) for choice in choices)
    first, last = choices[0], choices[-1]
    low, high = first.low, last.high
    if spec.is_integer:
        return _of_whole_numbers(spec, first, last)
    if low == high:
        return quantity(low, spec.unit)
    below = "" if math.isinf(high) else f"{quantity(high, spec.unit)}"
    above = "" if math.isinf(low) else f"{quantity(low, spec.unit)}"
    if not above and not below:
        return "any value"
    if not above:
        return f"{below} or less" if last.is_point else f"below {below}"
    if not below:
        return f"{above} or more" if first.is_point else f"above {above}"
    left = f"from {low:g}" if first.is_point else f"above {low:g}"
    return f"{left} to {below}" if last.is_point else f"{left} to below {below}"


def _of_whole_numbers(spec: FactSpec, first: Choice, last: Choice) -> str:
    """Return whole numbers by the smallest and the largest that belong to the classes."""
    low = spec.low if math.isinf(first.low) else first.low + (not first.is_point)
    high = spec.high if math.isinf(last.high) else last.high - (not last.is_point)
    if low <= spec.low and high >= spec.high:
        return "any value"
    if low == high:
        return quantity(low, spec.unit)
    if low <= spec.low:
        return f"{quantity(high, spec.unit)} or less"
    if high >= spec.high:
        return f"{quantity(low, spec.unit)} or more"
    return f"{low:g} to {quantity(high, spec.unit)}"
