"""Histograms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liverboard.report.chart.scale import FRAME, Frame, Tick, scale_of
from liverboard.report.wording import number_text, unit_text

__all__ = ["Bar", "BarChart", "Line", "bar_chart"]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar in picture units, and what it says in words."""

    x: float
    y: float
    width: float
    height: float
    says: str


@dataclass(frozen=True, slots=True)
class Line:
    """A vertical line with its name."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class BarChart:
    """A histogram ready to be written."""

    frame: Frame
    bars: tuple[Bar, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    lines: tuple[Line, ...]
    x_label: str
    y_label: str
    note: str


def bar_chart(content: Mapping[str, Any], frame: Frame = FRAME) -> BarChart:
    """Return the chart of a `bars` exhibit; `content` as it stands in the record."""
    edges, heights = content["edges"], content["heights"]
    across = scale_of(edges, frame.left, frame.right, has_zero=False)
    up = scale_of(heights, frame.bottom, frame.top, has_zero=True)
    unit, height_unit = unit_text(content["unit"]), unit_text(content["height_unit"])
    bars = []
    for low, high, height in zip(edges[:-1], edges[1:], heights, strict=True):
        left, right = across.at(low), across.at(high)
        top = up.at(height)
        says = f"{number_text(low)} to {number_text(high)} {unit}: "
        says += f"{number_text(height)} {height_unit}"
        width, tall = max(0.5, right - left - 1), up.at(0) - top
        bars.append(Bar(left, top, round(width, 2), round(tall, 2), says))
    lines = tuple(Line(across.at(one["x"]), one["label"]) for one in content["references"])
    return BarChart(
        frame,
        tuple(bars),
        across.ticks(10),
        up.ticks(4),
        lines,
        unit,
        height_unit,
        content["note"],
    )
