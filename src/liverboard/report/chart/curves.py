"""Lines over a common axis, with bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liverboard.report.chart.bars import Line
from liverboard.report.chart.scale import FRAME, Frame, Scale, Tick, scale_of

__all__ = ["CurveChart", "CurveLine", "curve_chart"]


@dataclass(frozen=True, slots=True)
class CurveLine:
    """One curve: `path` in SVG, `band` as points `x,y` where it has one; `rank` is its style."""

    name: str
    path: str
    band: str
    rank: int


@dataclass(frozen=True, slots=True)
class CurveChart:
    """Curves ready to be written."""

    frame: Frame
    curves: tuple[CurveLine, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    lines: tuple[Line, ...]
    x_label: str
    y_label: str
    note: str


STYLES = 6
"""Styles of line (colour and dashes) in the style sheet; further curves begin again."""


def curve_chart(content: Mapping[str, Any], frame: Frame = FRAME) -> CurveChart:
    """Return the chart of a `curves` exhibit; `content` as it stands in the record."""
    curves = content["curves"]
    every_x = [x for curve in curves for x in curve["x"]]
    every_y = [y for curve in curves for name in ("y", "low", "high") for y in curve[name]]
    every_x += [one["x"] for one in content["references"]]
    across = scale_of(every_x, frame.left, frame.right, has_zero=False)
    up = scale_of(every_y, frame.bottom, frame.top, has_zero=True)
    return CurveChart(
        frame,
        tuple(_line(curve, n, across, up) for n, curve in enumerate(curves)),
        across.ticks(8),
        up.ticks(5),
        tuple(Line(across.at(one["x"]), one["label"]) for one in content["references"]),
        content["x_label"],
        content["y_label"],
        content["note"],
    )


def _line(curve: Mapping[str, Any], rank: int, across: Scale, up: Scale) -> CurveLine:
    """Return one curve with its band."""
    x, low, high = curve["x"], curve["low"], curve["high"]
    band = ""
    if low and high:
        band = f"{_points(x, high, across, up)} {_points(x[::-1], low[::-1], across, up)}"
    return CurveLine(curve["name"], _path(x, curve["y"], across, up), band, rank % STYLES)


def _path(x: Sequence[float], y: Sequence[float | None], across: Scale, up: Scale) -> str:
    """Return a line as an SVG path, broken where nothing is known."""
    parts, pen = [], "M"
    for a, b in zip(x, y, strict=True):
        if b is None:
            pen = "M"
            continue
        parts.append(f"{pen}{across.at(a):g} {up.at(b):g}")
        pen = "L"
    return "".join(parts)


def _points(x: Sequence[float], y: Sequence[float | None], across: Scale, up: Scale) -> str:
    """Return points as SVG writes them; places where nothing is known are left out."""
    pairs = [(a, b) for a, b in zip(x, y, strict=True) if a is not None and b is not None]
    return " ".join(f"{across.at(a):g},{up.at(b):g}" for a, b in pairs)
