"""Tables and charts of a plan, declared by a room and drawn by the report.

An exhibit holds numbers and names only; the report decides how it looks. So every room's results
read alike, and no room imports a drawing library.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from liverboard.numerics.grid import Array, read_only

__all__ = [
    "Bars",
    "Cell",
    "Curve",
    "Curves",
    "Exhibit",
    "Gantt",
    "Raster",
    "Reference",
    "Span",
    "Table",
]

Cell: TypeAlias = str | float | int | bool | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under column names; `note` says what a reader must know."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"every row of {self.title!r} needs {len(self.columns)} cells")


@dataclass(frozen=True, slots=True)
class Reference:
    """A vertical line in a chart at `x`: a threshold with its name."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A histogram: `edges` (n + 1) in `unit`, `heights` (n) in `height_unit`."""

    title: str
    edges: tuple[float, ...]
    heights: tuple[float, ...]
    unit: str
    height_unit: str
    references: tuple[Reference, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        if len(self.edges) != len(self.heights) + 1:
            raise ValueError(f"{self.title!r} needs one edge more than bars")


@dataclass(frozen=True, slots=True)
class Curve:
    """One named line; `low` and `high`, where given, are the edges of its band."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Curves:
    """Lines over a common axis: dose-volume histograms, time courses."""

    title: str
    curves: tuple[Curve, ...]
    x_label: str
    y_label: str
    references: tuple[Reference, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """A picture of numbers: `array` (rows, columns) float32 in `unit`, NaN where nothing is known.

    `projection` tells how it is laid out: `plane` (rows downwards) or `mollweide` (an unrolled
    sphere). `low` and `high` are the ends of the colour scale.
    """

    title: str
    array: Array
    unit: str
    low: float
    high: float
    projection: str = "plane"
    pixel_mm: float = 0.0
    note: str = ""
    marks: tuple[tuple[float, float, str], ...] = field(default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "array", read_only(self.array))


@dataclass(frozen=True, slots=True)
class Span:
    """One step in time: first and last day from today; `group` is the treatment it belongs to."""

    label: str
    group: str
    start_day: float
    end_day: float
    says: str = ""


@dataclass(frozen=True, slots=True)
class Gantt:
    """Steps over time, one row a label, in the order given."""

    title: str
    spans: tuple[Span, ...]
    note: str = ""


Exhibit: TypeAlias = Table | Bars | Curves | Raster | Gantt
