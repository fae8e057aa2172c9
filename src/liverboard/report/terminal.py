"""What the command line prints about a board: the option table, and the argument of one option."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from liverboard.board.model import BoardRecord, QuantityRecord, UnknownRecord
from liverboard.errors import RequestError
from liverboard.report.explain import explained
from liverboard.report.look import STATUSES
from liverboard.report.table import OptionRow, option_table
from liverboard.report.wording import number_text, titled, unit_text

__all__ = ["board_lines", "explain_lines"]

HEADINGS = ("option", "status", "lesions", "margin", "remnant", "removed", "nights", "- ? +")
RIGHT = ("lesions", "margin", "remnant", "removed", "nights", "- ? +")
"""Columns whose entries stand to the right."""

MOST_MISSING = 12
"""Unknown facts listed below the table: those that hold most options open."""


def board_lines(record: BoardRecord) -> tuple[str, ...]:
    """Return the option table of a record and what is unknown, line by line.

    `- ? +` counts the arguments against, open and for. A question mark is an unknown value.
    """
    return tuple(_lines(record))


def explain_lines(record: BoardRecord, option_id: str) -> tuple[str, ...]:
    """Return the argument tree of one option; RequestError names the options that exist."""
    for option in record.options:
        if option.id == option_id:
            return explained(option, record.sources)
    known = ", ".join(option.id for option in record.options) or "none"
    raise RequestError(f"no option is called {option_id!r}", remedy=f"choose from {known}")


def _lines(record: BoardRecord) -> Iterator[str]:
    """Yield the lines of the table and of what is missing."""
    invented = " (invented patient)" if record.case.is_invented else ""
    yield f"{record.case.id}{invented}: {len(record.options)} options"
    rows = option_table(record)
    for treatment in dict.fromkeys(row.treatment for row in rows):
        yield ""
        yield titled(treatment)
        yield from _table([row for row in rows if row.treatment == treatment])
    yield from _missing(record)
    yield ""
    yield record.notice


def _table(rows: Sequence[OptionRow]) -> Iterator[str]:
    """Yield the options of one treatment in columns, and under each why it has no plan."""
    cells = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[n]) for line in cells) for n in range(len(HEADINGS))]
    for line in cells:
        yield "  " + "  ".join(
            text.rjust(width) if name in RIGHT else text.ljust(width)
            for text, width, name in zip(line, widths, HEADINGS, strict=True)
        )
    if any(row.is_dominated for row in rows):
        yield "  ~ nowhere better and somewhere worse than another option of this treatment"


def _cells(row: OptionRow) -> tuple[str, ...]:
    """Return the cells of one option."""
    name = row.id.split("/", 1)[-1] + (" ~" if row.is_dominated else "")
    status = f"{STATUSES[row.status].sign} {row.status}"
    counts = f"{row.against_count} {row.open_count} {row.for_count}"
    if not row.has_plan:
        return (name, status, "no plan", "", "", "", "", counts)
    dealt = f"{row.covered}/{row.lesions}" + (f" {row.unclear}?" if row.unclear else "")
    figures = (row.smallest_margin_mm, row.functional_percent, row.removed_ml, row.nights)
    return (name, status, dealt, *(_short(figure) for figure in figures), counts)


def _short(quantity: QuantityRecord) -> str:
    """Return a quantity in a few letters, a question mark where it is unknown."""
    if isinstance(quantity, UnknownRecord):
        return "?"
    unit = unit_text(quantity.unit, quantity.value)
    return f"{number_text(quantity.value, quantity.unit)} {unit}".strip()


def _missing(record: BoardRecord) -> Iterator[str]:
    """Yield what is unknown and would matter, and how to obtain it."""
    if record.missing:
        yield ""
        yield f"Unknown, and holding options open ({len(record.missing)})"
    for one in record.missing[:MOST_MISSING]:
        ask = f"; obtain by: {one.ask}" if one.ask else ""
        yield f"  ? {one.label or one.fact}: {len(one.options)} options{ask}"
    if len(record.missing) > MOST_MISSING:
        yield f"  and {len(record.missing) - MOST_MISSING} more: see the report"
