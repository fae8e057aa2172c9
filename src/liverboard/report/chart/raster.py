"""Pictures of numbers: planes, and spheres unrolled by Mollweide's projection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from liverboard.numerics.grid import Array
from liverboard.report.chart.scale import Scale, Tick
from liverboard.report.picture.encode import png_uri
from liverboard.report.wording import unit_text

__all__ = ["Mark", "RasterChart", "coloured", "raster_chart"]

RAMP = (
    "#440154",
    "#482878",
    "#3e4989",
    "#31688e",
    "#26828e",
    "#1f9e89",
    "#35b779",
    "#6ece58",
    "#b5de2b",
    "#fde725",
)
"""Colours from low to high, after viridis: even steps of lightness, so it survives grey print."""

WIDTH, HEIGHT = 460.0, 300.0
"""Largest size of the picture itself, in chart units."""

BAR_LEFT_GAP = 18.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A named place in the picture."""

    x: float
    y: float
    label: str


@dataclass(frozen=True, slots=True)
class RasterChart:
    """A picture of numbers ready to be written; `bar` is a data URI of the colour scale."""

    image: str
    bar: str
    width: float
    height: float
    is_sphere: bool
    ticks: tuple[Tick, ...]
    unit: str
    marks: tuple[Mark, ...]
    note: str
    scale_bar: float
    scale_text: str

    @property
    def bar_x(self) -> float:
        """Where the colour scale begins."""
        return self.width + BAR_LEFT_GAP


def raster_chart(content: Mapping[str, Any]) -> RasterChart:
    """Return the picture of a `raster` exhibit; `content` as it stands in the record.

    Marks are (column, row, name) in pixels of the array, whole numbers at pixel centres.
    """
    array = np.array(content["array"], dtype=np.float64)
    rows, columns = array.shape
    zoom = min(WIDTH / columns, HEIGHT / rows)
    width, height = round(columns * zoom, 1), round(rows * zoom, 1)
    low, high = float(content["low"]), float(content["high"])
    marks = [Mark((x + 0.5) * zoom, (y + 0.5) * zoom, name) for x, y, name in content["marks"]]
    length, text = _scale_bar(float(content["pixel_mm"]), zoom, width)
    return RasterChart(
        png_uri(coloured(array, low, high)),
        png_uri(coloured(np.linspace(1.0, 0.0, 64)[:, None], 0.0, 1.0)),
        width,
        height,
        content["projection"] == "mollweide",
        Scale(low, max(high, low + 1e-9), height, 0.0).ticks(5),
        unit_text(content["unit"]),
        tuple(marks),
        content["note"],
        length,
        text,
    )


def _scale_bar(pixel_mm: float, zoom: float, width: float) -> tuple[float, str]:
    """Return length and name of a scale bar; zero and nothing where pixels have no size."""
    if pixel_mm <= 0:
        return 0.0, ""
    for length_mm in (100, 50, 20, 10, 5, 1):
        length = length_mm / pixel_mm * zoom
        if length <= width / 3:
            return round(length, 1), f"{length_mm} mm"
    return 0.0, ""


def coloured(array: Array, low: float, high: float) -> Array:
    """Return numbers as colours (rows, columns, 4) uint8, clear where nothing is known."""
    share = (array - low) / (high - low if high > low else 1.0)
    place = np.clip(np.nan_to_num(share), 0.0, 1.0) * (len(RAMP) - 1)
    ramp = np.array([[int(code[n : n + 2], 16) for n in (1, 3, 5)] for code in RAMP], float)
    out = np.empty((*array.shape, 4), np.uint8)
    for n in range(3):
        out[..., n] = np.rint(np.interp(place, np.arange(len(RAMP)), ramp[:, n]))
    out[..., 3] = np.where(np.isfinite(array), 255, 0)
    return out
