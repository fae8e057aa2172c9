"""The page: everything that a record and its pictures say, in one file without a network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from liverboard.board.model import BoardRecord, MissingRecord, OptionRecord
from liverboard.board.option import Board
from liverboard.report import chart, look, wording
from liverboard.report.bibliography import Bibliography, bibliography
from liverboard.report.citing import cites
from liverboard.report.explain import fact_of
from liverboard.report.further import Further, further_of
from liverboard.report.header import FactGroup, fact_groups
from liverboard.report.picture.album import Album
from liverboard.report.picture.tones import SEGMENT_COLOURS, WINDOW_CENTRE_HU, WINDOW_WIDTH_HU
from liverboard.report.room import Room, rooms_of
from liverboard.report.short import Short, short_of

__all__ = ["report_page"]


def report_page(record: BoardRecord, board: Board | None = None) -> str:
    """Return `report.html`: the same record and layers give the same text.

    `board` supplies the images; without it, or without a liver in it, the page has no pictures and
    says so.
    """
    page = _environment().get_template("page.html")
    desk = replace(Desk.of(record, _album(record, board)), further=_further(board))
    return page.render(desk=desk, record=record)


def _further(board: Board | None) -> Further | None:
    """Return what is asked further of a board; it needs the board itself, not its record."""
    return None if board is None else further_of(board)


def _album(record: BoardRecord, board: Board | None) -> Album:
    """Return the pictures; where there is nothing to draw, what draws is not even loaded."""
    if board is None or not board.layers:
        return Album()
    from liverboard.report.picture.studio import album_of

    return album_of(record, board)


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """What the templates read besides the record."""

    record: BoardRecord
    album: Album
    sources: Bibliography
    rooms: tuple[Room, ...]
    groups: tuple[FactGroup, ...]
    anchors: Mapping[str, str]
    options: Mapping[str, OptionRecord]
    short: Short
    further: Further | None = None
    window: tuple[float, float] = (WINDOW_WIDTH_HU, WINDOW_CENTRE_HU)
    segment_colours: tuple[str, ...] = SEGMENT_COLOURS

    @staticmethod
    def of(record: BoardRecord, album: Album) -> Desk:
        """Return the desk of a record."""
        return Desk(
            record,
            album,
            bibliography(record.sources),
            rooms_of(record, anchors),
            fact_groups(record.case.facts),
            anchors(option.id for option in record.options),
            {option.id: option for option in record.options},
            short_of(record),
        )

    def cites(self, citations: Iterable[Any], mark: str = "") -> Sequence[Any]:
        """Return citations as numbers of the bibliography."""
        return cites(citations, self.sources, mark)

    def holds(self, missing: MissingRecord) -> str:
        """Return how many options a missing fact holds open, in words."""
        held, every = len(missing.options), len(self.record.options)
        if held == every:
            return f"all {every} options" if every > 1 else "the only option"
        return f"{held} of {every} options"


SECTIONS = frozenset(
    (
        *(
            "top",
            "short",
            "patient",
            "anatomy",
            "options",
            "together",
            "missing",
            "lesions",
            "liver",
        ),
        *("sources", "provenance"),
    )
)
"""Anchors of the page's own sections, which nothing else may have."""


def anchors(names: Iterable[str]) -> dict[str, str]:
    """Return an anchor for each name: letters, digits and dashes, no two alike."""
    found: dict[str, str] = {}
    taken = set(SECTIONS)
    for name in names:
        plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "unnamed"
        anchor, n = plain, 2
        while anchor in taken:
            anchor, n = f"{plain}-{n}", n + 1
        taken.add(anchor)
        found[name] = anchor
    return found


@cache
def _environment() -> Environment:
    """Return the templates, with everything escaped unless marked as safe by us."""
    found = Environment(
        loader=PackageLoader("liverboard.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(
        number=wording.number_text,
        unit=wording.unit_text,
        quantity=wording.quantity_text,
        fact=wording.fact_text,
        spoken=wording.spoken,
        titled=wording.titled,
        css_text=css_text,
        plain=plain_text,
    )
    found.globals.update(
        statuses=look.STATUSES,
        directions=look.DIRECTIONS,
        verdicts=look.VERDICTS,
        marks=look.MARKS,
        interval=wording.interval_text,
        fact_of=fact_of,
        draw={
            "table": chart.grid_table,
            "bars": chart.bar_chart,
            "curves": chart.curve_chart,
            "raster": chart.raster_chart,
            "gantt": chart.gantt_chart,
        },
        style=_style,
    )
    return found


@cache
def _style() -> Markup:
    """Return the style sheet: a file of ours, so it is not escaped."""
    file = resources.files("liverboard.report").joinpath("templates/style.css")
    return Markup(file.read_text("utf-8"))  # noqa: S704 nothing of a case is in it


def css_text(text: str) -> Markup:
    """Return text for a CSS string: all but letters and digits escaped, so nothing ends it."""
    escaped = re.sub(r"[^A-Za-z0-9]", lambda found: f"\\{ord(found[0]):x} ", text)
    return Markup(escaped)  # noqa: S704 only letters, digits, backslashes and blanks are left


def plain_text(value: object) -> str:
    """Return a value of free content (parameters, details) as one line of text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {plain_text(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(plain_text(item) for item in value)
    return str(value)
