"""Tables and charts of a resection for the report."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from liverboard.anatomy import Anatomy
from liverboard.evidence.fact import FactSheet
from liverboard.evidence.parenchyma import remnant_threshold
from liverboard.numerics.margin import HISTOGRAM_MM, margin_profile
from liverboard.treatments.exhibit import Bars, Cell, Exhibit, Reference, Table
from liverboard.treatments.protocol import LiverEffect
from liverboard.treatments.resection.growth import Technique, kinetic_growth_limit
from liverboard.treatments.resection.result import (
    Remnants,
    cut_lines,
    per_weight,
    standardised_dubois,
    standardised_urata,
    standardised_vauthey,
)
from liverboard.treatments.resection.work import Result
from liverboard.values import Quantity, Unknown

__all__ = ["exhibits"]

MOST_VESSELS = 12
"""Divided vessels listed; the rest are counted."""

WIDEST_BIN_MM = 20.0


def exhibits(
    anatomy: Anatomy,
    result: Result,
    left: Remnants,
    effect: LiverEffect,
    sheet: FactSheet,
) -> tuple[Exhibit, ...]:
    """Return what a reader of a resection wants to see."""
    return (
        _remnant_table(anatomy, left, sheet),
        _threshold_table(effect, sheet),
        _margin_table(result),
        *_margin_chart(anatomy, result),
        _vessel_table(result),
    )


def cell(quantity: Quantity, digits: int = 0) -> str:
    """Return a quantity for a table: value, its interval, or why it is unknown."""
    if isinstance(quantity, Unknown):
        return f"? {quantity.reason}"
    value, low, high = (round(n, digits) for n in (quantity.value, quantity.low, quantity.high))
    form = f"{{:.{digits}f}}"
    if low == high:
        return form.format(value)
    return f"{form.format(value)} ({form.format(low)} to {form.format(high)})"


def _remnant_table(anatomy: Anatomy, left: Remnants, sheet: FactSheet) -> Table:
    """Return the four remnants against measured and estimated liver and body weight."""
    names = {
        "geometric (not removed)": left.geometric,
        "perfused (portal inflow)": left.perfused,
        "drained (hepatic-vein outflow)": left.drained,
        "functional (both)": left.functional,
    }
    rows = tuple(_remnant_row(name, volume, anatomy, sheet) for name, volume in names.items())
    return Table(
        "Four remnants",
        (
            "remnant",
            "ml",
            "% of measured",
            "% of Vauthey",
            "% of Vauthey (DuBois)",
            "% of Urata",
            "% of body weight",
        ),
        rows,
        note=f"measured: healthy liver of {anatomy.healthy_ml:.0f} ml, tumour not counted; "
        "intervals: the cut off by 1 mm",
        sources=("method:remnant", "vauthey-2002", "kawaguchi-2019", "truant-2007"),
    )


def _remnant_row(
    name: str, volume: Quantity, anatomy: Anatomy, sheet: FactSheet
) -> tuple[Cell, ...]:
    """Return one row of the remnant table."""
    percent: Cell = cell(volume)
    if not isinstance(volume, Unknown):
        percent = f"{100 * volume.value / anatomy.healthy_ml:.0f}"
    return (
        name,
        cell(volume),
        percent,
        cell(standardised_vauthey(volume, sheet)),
        cell(standardised_dubois(volume, sheet)),
        cell(standardised_urata(volume, sheet)),
        cell(per_weight(volume, sheet), 2),
    )


def _threshold_table(effect: LiverEffect, sheet: FactSheet) -> Table:
    """Return the limit for this parenchyma and how far the remnant is from it."""
    limit = remnant_threshold(sheet)
    needed = cell(limit.percent)
    if isinstance(limit.percent, Unknown):
        needed = f"{limit.low:.0f} to {limit.high:.0f}"
    rows = [
        ("needed, % of liver", needed, limit.reason),
        ("functional remnant, % of measured", cell(effect.functional_percent), ""),
        (
            "functional remnant, % of Vauthey",
            cell(standardised_vauthey(effect.functional_ml, sheet)),
            "",
        ),
        ("distance to the limit, points", _gap(effect.functional_percent, limit.high), "strictest"),
    ]
    return Table(
        "Remnant against its limit",
        ("", "value", "why"),
        tuple(rows),
        sources=tuple(dict.fromkeys(citation.ref for citation in limit.citations)),
    )


def _gap(percent: Quantity, limit: float) -> str:
    """Return how many points a remnant lies above (+) or below (-) a limit."""
    if isinstance(percent, Unknown):
        return f"? {percent.reason}"
    return (
        f"{percent.value - limit:+.0f} ({percent.low - limit:+.0f} to {percent.high - limit:+.0f})"
    )


def _margin_table(result: Result) -> Table:
    """Return the margins by lesion, to the whole cut and away from vessels that stay."""
    rows = []
    for lesion, covered in sorted(result.covered.items(), key=lambda item: int(item[0][1:])):
        profile = result.profiles.get(lesion)
        away = None if profile is None else profile.smallest_free_mm
        piece = next((w for w in result.removal.wedges if w.lesion == lesion), None)
        rows.append(
            (
                lesion,
                "yes" if covered else "no",
                "-" if profile is None else f"{profile.smallest_mm:.1f}",
                "-" if away is None or not np.isfinite(away) else f"{away:.1f}",
                "-" if profile is None else "({:.0f}, {:.0f}, {:.0f})".format(*profile.at_mm),
                "-" if piece is None else ("blocked" if piece.is_blocked else "free"),
            )
        )
    return Table(
        "Margins",
        ("lesion", "removed", "smallest mm", "off vessels mm", "where (LPS mm)", "way out"),
        tuple(rows),
        note="off vessels: away from vessels that are dissected free and stay",
        sources=("method:margin",),
    )


def _margin_chart(anatomy: Anatomy, result: Result) -> Iterator[Bars]:
    """Yield the histogram of the cut surface over its distance to the nearest lesion removed."""
    points = [anatomy.lesion_surface_mm[name] for name in result.profiles]
    if not points:
        return
    profile = margin_profile(result.surface, np.concatenate(points))
    if profile is None:
        return
    yield Bars(
        "Cut surface by distance to the nearest lesion",
        HISTOGRAM_MM[:-1],
        profile.area_cm2[:-1],
        "mm",
        "cm2",
        (Reference(1.0, "R0"),),
        note=f"{profile.area_cm2[-1]:.0f} cm2 lie beyond {WIDEST_BIN_MM:.0f} mm",
    )


def _vessel_table(result: Result) -> Table:
    """Return the vessels that are divided, widest first."""
    lines = cut_lines(result)
    rows = tuple(
        (system, name, f"{diameter:.1f}", f"{lost:.0f}")
        for system, name, diameter, lost in lines[:MOST_VESSELS]
    )
    more = len(lines) - len(rows)
    return Table(
        "Vessels divided",
        ("system", "branch", "diameter mm", "remnant deprived ml"),
        rows,
        note=f"and {more} thinner ones" if more else "",
        sources=("method:vessel-tree",),
    )


def growth_table(by: Technique, before: Quantity, after: Quantity) -> Table:
    """Return what growing the remnant first is expected to bring."""
    limit = kinetic_growth_limit()
    rows: tuple[tuple[Cell, ...], ...] = (
        ("functional remnant now, ml", cell(before), ""),
        ("relative growth, %", cell(by.growth_percent), by.growth_percent.mark.value),
        ("functional remnant then, ml", cell(after), ""),
        ("waiting, weeks", cell(by.wait_weeks), by.wait_weeks.mark.value),
        ("never resected, %", cell(by.dropout_percent), "progression or too little growth"),
        (
            "go ahead if growth is at least, %/week",
            cell(limit),
            "and the remnant reaches its limit; else re-plan",
        ),
    )
    sources = [*by.growth_percent.sources, *by.wait_weeks.sources, *limit.sources]
    if not isinstance(by.dropout_percent, Unknown):
        sources += by.dropout_percent.sources
    return Table(
        f"Growth after {by.title}",
        ("", "value", ""),
        rows,
        note="ranges of published groups, mean and one standard deviation; not a forecast",
        sources=tuple(dict.fromkeys(sources)),
    )
