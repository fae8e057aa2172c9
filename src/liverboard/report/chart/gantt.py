"""Steps over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

__all__ = ["GanttChart", "GanttRow", "Week", "gantt_chart"]

WIDTH, LEFT, ROW, TOP = 900.0, 330.0, 22.0, 26.0
"""Size of the picture, where the time axis begins, and the height of a row, in picture units."""

LONGEST_LABEL = 52
TONES = 5
DAYS = 7.0


@dataclass(frozen=True, slots=True)
class GanttRow:
    """One step: its words, and its bar in picture units; `tone` is the number of its group."""

    label: str
    y: float
    x: float
    width: float
    tone: int
    says: str


@dataclass(frozen=True, slots=True)
class Week:
    """A line of the time axis, at the start of week `number`."""

    x: float
    number: int


@dataclass(frozen=True, slots=True)
class GanttChart:
    """A chart ready to be written."""

    width: float
    height: float
    left: float
    rows: tuple[GanttRow, ...]
    weeks: tuple[Week, ...]
    note: str


def gantt_chart(content: Mapping[str, Any]) -> GanttChart:
    """Return the chart of a `gantt` exhibit; `content` as it stands in the record."""
    spans = content["spans"]
    last = max((float(one["end_day"]) for one in spans), default=0.0)
    weeks = max(1, ceil(last / DAYS))
    scale = (WIDTH - LEFT - 20.0) / (weeks * DAYS)
    groups = list(dict.fromkeys(one["group"] for one in spans))
    rows = tuple(_row(one, n, scale, groups) for n, one in enumerate(spans))
    every = max(1, ceil(weeks / 12))
    lines = tuple(
        Week(round(LEFT + week * DAYS * scale, 2), week) for week in range(0, weeks + 1, every)
    )
    return GanttChart(WIDTH, TOP + ROW * len(spans) + 8.0, LEFT, rows, lines, content["note"])


def _row(span: Mapping[str, Any], number: int, scale: float, groups: list[str]) -> GanttRow:
    """Return one step as a bar; a step of no length is a narrow mark."""
    start, end = float(span["start_day"]), float(span["end_day"])
    label = str(span["label"])
    short = label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 3]}..."
    says = f"{label}: day {start:g} to {end:g}"
    return GanttRow(
        short,
        TOP + ROW * number,
        round(LEFT + start * scale, 2),
        round(max(3.0, (end - start) * scale), 2),
        groups.index(span["group"]) % TONES,
        f"{says}; {span['says']}" if span["says"] else says,
    )
