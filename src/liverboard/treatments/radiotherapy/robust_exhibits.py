"""Tables and bands of a plan under errors, and of a plan as leaf openings."""

from __future__ import annotations

from collections.abc import Iterator

from liverboard.numerics.dvh import dvh
from liverboard.treatments.exhibit import Cell, Curve, Curves, Exhibit, Reference, Table
from liverboard.treatments.radiotherapy.deliver import Delivered
from liverboard.treatments.radiotherapy.limit import Verdict, limits_for
from liverboard.treatments.radiotherapy.prescribe import checks_of, histograms
from liverboard.treatments.radiotherapy.robust import Robustness, Spread
from liverboard.treatments.radiotherapy.solve import Solution
from liverboard.treatments.radiotherapy.work import Worked

__all__ = ["leaf_table", "robust_exhibits"]

BANDS = 5
"""Organs whose band is drawn: those with the largest dose."""


def robust_exhibits(worked: Worked) -> Iterator[Exhibit]:
    """Yield what errors of set-up and range do, where it was asked."""
    if worked.robustness is not None:
        yield _table(worked.robustness, worked)
        yield _bands(worked.robustness, worked)
    if worked.delivered is not None:
        yield leaf_table(worked, worked.delivered)


def _table(found: Robustness, worked: Worked) -> Table:
    """Return every tumour and organ as planned and in its worst scenario."""
    rows = [
        ("tumour " + name, "D98", *_row(one)) for name, one in sorted(found.tumours.items())
    ] + [
        (name.replace("_", " "), "largest dose", *_row(one))
        for name, one in sorted(found.organs.items())
    ]
    prescribed = worked.solution.prescription.total_gy
    return Table(
        "Under errors of set-up and range",
        ("structure", "figure", "planned Gy", "worst Gy", "worst when the patient lies or is"),
        tuple(rows),
        note=(
            f"{len(found.scenarios)} scenarios, each traced anew; prescribed {prescribed:g} Gy; "
            "largest dose is that to 0.035 ml"
        ),
        sources=("method:radiotherapy-dose",),
    )


def _row(one: Spread) -> tuple[Cell, ...]:
    """Return the figures of one structure."""
    return (f"{one.planned_gy:.1f}", f"{one.worst_gy:.1f}", one.worst_in)


def _bands(found: Robustness, worked: Worked) -> Curves:
    """Return histograms with the band over all scenarios."""
    hottest = sorted(found.organs.items(), key=lambda kv: (-kv[1].worst_gy, kv[0]))[:BANDS]
    named = [(f"tumour {name}", one) for name, one in sorted(found.tumours.items())]
    named += [(name.replace("_", " "), one) for name, one in hottest]
    return Curves(
        "Dose-volume histograms under errors",
        tuple(_curve(name, one) for name, one in named),
        "dose, Gy",
        "volume, percent",
        references=(Reference(worked.solution.prescription.total_gy, "prescribed"),),
        note="line: as planned; band: all scenarios",
    )


def _curve(name: str, one: Spread) -> Curve:
    """Return a histogram with its band."""
    planned, low, high = (tuple(float(v) for v in row) for row in one.percent)
    return Curve(name, tuple(float(v) for v in one.dose_gy), planned, low, high)


def leaf_table(worked: Worked, found: Delivered) -> Table:
    """Return what is lost from fluence to leaf openings."""
    plans = (worked.solution, found.sequenced, found.solution)
    columns = [_figures(worked, plan) for plan in plans]
    names = ("D98 Gy", "D95 Gy", "D2 Gy", "mean liver Gy", "limits not met")
    rows = tuple((name, *(column[n] for column in columns)) for n, name in enumerate(names))
    beams = {one.beam for one in found.apertures}
    return Table(
        "From fluence to leaf openings",
        ("figure", "fluence", "sequenced", "weights refined"),
        rows,
        note=(
            f"{len(found.apertures)} apertures of {len(beams)} beams, step and shoot; all three "
            "scaled to the same D95. Leaf transmission and limits of leaves are not modelled"
        ),
        sources=("method:radiotherapy-dose",),
    )


def _figures(worked: Worked, plan: Solution) -> tuple[str, ...]:
    """Return the figures of one dose."""
    grid, structures = worked.problem.body.grid, worked.structures
    target = dvh(plan.dose, structures.ptv, grid)
    found = histograms(plan.dose, structures)
    limits = limits_for(plan.prescription.fractions)
    failed = [one for one in checks_of(limits, found, structures) if one.verdict is Verdict.NOT_MET]
    return (
        *(f"{target.dose_at_percent(share):.1f}" for share in (98.0, 95.0, 2.0)),
        f"{found['liver'].mean_gy:.2f}",
        str(len(failed)),
    )
