"""Axes: from numbers to places in a chart, and where to put ticks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["FRAME", "Frame", "Scale", "Tick", "scale_of", "tick_text"]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a chart is drawn in its picture: edges in picture units."""

    width: float = 560.0
    height: float = 250.0
    left: float = 52.0
    right: float = 548.0
    top: float = 22.0
    bottom: float = 208.0


FRAME = Frame()


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis with its number."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear axis: `low` to `high` in data, `start` to `end` in the picture."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return where a value lies, held within the axis."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)

    def ticks(self, wanted: int = 6) -> tuple[Tick, ...]:
        """Return about `wanted` ticks at round numbers."""
        step = _round_step((self.high - self.low) / wanted)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        values = [n * step for n in range(first, last + 1)]
        return tuple(Tick(self.at(value), tick_text(value, step)) for value in values)


def _round_step(step: float) -> float:
    """Return the nearest larger step of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return power * next(n for n in (1, 2, 5, 10) if n * power >= step * (1 - 1e-9))


def tick_text(value: float, step: float) -> str:
    """Return a tick's number with as many decimals as the step needs."""
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    text = f"{value:.{places}f}"
    return (text if float(text) else text.lstrip("-")).replace("-", "−")


def scale_of(values: Sequence[float | None], start: float, end: float, *, has_zero: bool) -> Scale:
    """Return the axis that holds all finite `values`, and zero where asked for."""
    finite = [float(v) for v in values if v is not None and math.isfinite(v)]
    if has_zero:
        finite.append(0.0)
    low, high = min(finite, default=0.0), max(finite, default=1.0)
    return Scale(low, high if high > low else low + 1.0, start, end)
