"""The options of a board by treatment: which stand open on the page, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from liverboard.board.model import ArgumentRecord, BoardRecord, OptionRecord
from liverboard.report import wording
from liverboard.report.table import OptionRow, option_table

__all__ = ["RULED_OUT", "Room", "rooms_of"]

RULED_OUT = ("not eligible", "contraindicated")
"""Options of these statuses are folded: their reasons stay one click away."""

FEWEST_TO_SHARE = 2
"""Options that a treatment needs before what they share is said once for all of them."""


@dataclass(frozen=True, slots=True)
class Room:
    """The options of one treatment.

    `shared` are arguments that stand word for word, with the same facts, in every option; `own` are
    the others, by option id.
    """

    name: str
    anchor: str
    title: str
    rows: tuple[OptionRow, ...]
    shared: tuple[ArgumentRecord, ...] = ()
    own: dict[str, tuple[ArgumentRecord, ...]] = field(default_factory=dict)

    @property
    def leading(self) -> tuple[OptionRow, ...]:
        """Options neither ruled out nor dominated by another one of the same treatment."""
        return tuple(r for r in self.rows if not r.is_dominated and r.status not in RULED_OUT)

    @property
    def dominated(self) -> tuple[OptionRow, ...]:
        """Options that another one of the same treatment dominates, and that are not ruled out."""
        return tuple(r for r in self.rows if r.is_dominated and r.status not in RULED_OUT)

    @property
    def ruled_out(self) -> tuple[OptionRow, ...]:
        """Options that a criterion excludes."""
        return tuple(row for row in self.rows if row.status in RULED_OUT)


def rooms_of(
    record: BoardRecord, anchors: Callable[[Sequence[str]], dict[str, str]]
) -> tuple[Room, ...]:
    """Return the options by treatment, in the order of the record."""
    rows = option_table(record)
    order = list(dict.fromkeys(row.treatment for row in rows))
    places = anchors(order)
    options = {option.id: option for option in record.options}
    by_place = sorted(rows, key=lambda row: order.index(row.treatment))
    rooms = []
    for name, found in groupby(by_place, key=lambda row: row.treatment):
        group = tuple(found)
        shared, own = _parted([options[row.id] for row in group])
        rooms.append(Room(name, places[name], wording.titled(name), group, shared, own))
    return tuple(rooms)


def _parted(
    options: Sequence[OptionRecord],
) -> tuple[tuple[ArgumentRecord, ...], dict[str, tuple[ArgumentRecord, ...]]]:
    """Return the arguments that all options share, and those of each that they do not."""
    texts = {one.id: [argument.model_dump_json() for argument in one.arguments] for one in options}
    common: set[str] = set()
    if len(options) >= FEWEST_TO_SHARE:
        common = set.intersection(*(set(found) for found in texts.values()))
    first = options[0]
    shared = [a for a, text in zip(first.arguments, texts[first.id], strict=True) if text in common]
    own = {
        one.id: tuple(
            a for a, text in zip(one.arguments, texts[one.id], strict=True) if text not in common
        )
        for one in options
    }
    return tuple(shared), own
