"""Tables of an exhibit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liverboard.report.wording import number_text

__all__ = ["GridTable", "TableCell", "grid_table"]

NUMBER = re.compile(r"^[+\-−]?\d[\d.,]*( ?%)?( \(.*\))?$")
"""A cell that reads as a number, perhaps with its interval, stands to the right."""


@dataclass(frozen=True, slots=True)
class TableCell:
    """One cell: its text, and whether it is a number or an unknown."""

    text: str
    is_number: bool
    is_unknown: bool


@dataclass(frozen=True, slots=True)
class GridTable:
    """A table ready to be written; `is_numeric` says which columns hold numbers."""

    columns: tuple[str, ...]
    is_numeric: tuple[bool, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    note: str
    sources: tuple[str, ...]


def grid_table(content: Mapping[str, Any]) -> GridTable:
    """Return the table of a `table` exhibit; `content` as it stands in the record."""
    rows = tuple(tuple(_cell(value) for value in row) for row in content["rows"])
    columns = tuple(content["columns"])
    return GridTable(
        columns,
        tuple(_is_numeric([row[n] for row in rows]) for n in range(len(columns))),
        rows,
        content["note"],
        tuple(content["sources"]),
    )


def _cell(value: object) -> TableCell:
    """Return a cell with its text."""
    if value is None:
        return TableCell("?", is_number=False, is_unknown=True)
    if isinstance(value, bool):
        return TableCell("yes" if value else "no", is_number=False, is_unknown=False)
    if isinstance(value, int | float):
        return TableCell(number_text(value), is_number=True, is_unknown=False)
    text = str(value)
    return TableCell(text, bool(NUMBER.match(text)), text.startswith("?"))


def _is_numeric(cells: Sequence[TableCell]) -> bool:
    """Whether a column holds numbers (and unknowns, and dashes) only, and one number at least."""
    others = [c for c in cells if not c.is_number and not c.is_unknown and c.text not in ("", "-")]
    return not others and any(cell.is_number for cell in cells)
