"""Tables, histograms and pictures of a radiotherapy plan for the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from scipy import ndimage

from liverboard.numerics.dvh import Dvh, dvh
from liverboard.numerics.grid import Array
from liverboard.treatments.exhibit import Cell, Curve, Curves, Exhibit, Raster, Reference, Table
from liverboard.treatments.radiotherapy.index import FORMULAS, Indices
from liverboard.treatments.radiotherapy.limit import Check, Verdict
from liverboard.treatments.radiotherapy.outcome import (
    caveats,
    control_3y_percent,
    effective_doses,
    enzyme_risk_percent,
)
from liverboard.treatments.radiotherapy.robust_exhibits import robust_exhibits
from liverboard.treatments.radiotherapy.work import Worked
from liverboard.values import Quantity, Unknown

__all__ = ["exhibits"]

POINTS = 80
"""Points of a histogram's curve."""

Figures = Mapping[str, tuple[Dvh, Indices]]


def exhibits(worked: Worked, figures: Figures) -> tuple[Exhibit, ...]:
    """Return what a reader of a radiotherapy plan wants to see."""
    return (
        limit_table(worked.result.checks),
        _index_table(figures),
        _effect_table(worked),
        _beam_table(worked),
        _curves(worked),
        *robust_exhibits(worked),
        *_pictures(worked),
    )


def limit_table(checks: tuple[Check, ...]) -> Table:
    """Return every limit with what became of it: none is hidden."""
    return Table(
        "Dose limits of organs",
        ("organ", "figure", "limit Gy", "plan Gy", "verdict", "source", "mark", "remark"),
        tuple(_limit_row(one) for one in checks),
        note="conflicting sources stand side by side; an organ without a mask is not checked",
        sources=tuple(dict.fromkeys(one.limit.source for one in checks)),
    )


def _limit_row(one: Check) -> tuple[Cell, ...]:
    """Return one row of the table of limits."""
    limit, remark = one.limit, one.remark
    if limit.converted_from:
        way = f"from {limit.converted_from} fractions at equal BED"
        remark = f"{remark}; {way}" if remark else way
    value = "?" if one.verdict is Verdict.UNCHECKED else f"{one.value_gy:.1f}"
    return (
        limit.organ.label,
        limit.figure,
        f"{limit.gy:.1f}",
        value,
        one.verdict.value,
        limit.source,
        limit.mark.value,
        remark,
    )


def _index_table(figures: Figures) -> Table:
    """Return the figures of every target under their formulas."""
    rows = tuple(
        (words, *(f"{getattr(index, name):.2f}" for _, index in figures.values()))
        for name, words in FORMULAS.items()
    )
    volumes = (
        "volume of the planning target, ml",
        *(f"{h.total_ml:.1f}" for h, _ in figures.values()),
    )
    return Table(
        "Targets",
        ("figure", *figures),
        (volumes, *rows),
        note="PIV: volume at the prescription or more; a voxel counts to the nearest target",
        sources=("method:radiotherapy-dose",),
    )


def _effect_table(worked: Worked) -> Table:
    """Return what the dose amounts to, with every caveat beside its figure."""
    result = worked.result
    prescription = worked.solution.prescription
    liver = result.histograms["liver"]
    doses = effective_doses(prescription.total_gy, prescription.fractions)
    control, enzymes = caveats()
    rows: tuple[tuple[Cell, ...], ...] = (
        ("asked for", str(result.asked), "fractions x Gy"),
        ("prescribed", str(prescription), _why(worked)),
        ("BED10, Gy", f"{doses['bed10_gy']:.0f}", "linear-quadratic, alpha/beta 10"),
        ("BED10 (LQ-L), Gy", f"{doses['bed10_lql_gy']:.0f}", "linear beyond 10 Gy a fraction"),
        ("EQD2, Gy", f"{doses['eqd2_gy']:.0f}", "linear-quadratic, alpha/beta 10"),
        ("local control at 3 years, %", _cell(control_3y_percent(prescription)), control),
        ("mean dose to the liver, Gy", f"{liver.mean_gy:.1f}", "liver without any lesion"),
        (
            "grade >= 3 enzyme change, %",
            _cell(enzyme_risk_percent(liver.mean_gy, prescription.fractions)),
            enzymes,
        ),
    )
    return Table(
        "Dose and effect",
        ("", "value", "remark"),
        rows,
        sources=("ohri-2021", "miften-2021", "method:radiotherapy-outcome"),
    )


def _why(worked: Worked) -> str:
    """Return why the dose is what it is."""
    binding = worked.result.binding
    if binding is None:
        return "every limit that was checked allows it"
    limit = binding.limit
    what = f"{limit.organ.label}, {limit.figure} ({limit.gy:.1f} Gy, {limit.source})"
    if worked.solution.prescription == worked.result.asked:
        return f"exceeds: {what}"
    return f"highest that limits allow; binding: {what}"


def _cell(quantity: Quantity) -> str:
    """Return a quantity for a table."""
    if isinstance(quantity, Unknown):
        return f"? {quantity.reason}"
    return f"{quantity.value:.0f}"


def _beam_table(worked: Worked) -> Table:
    """Return the directions and what each brings; of an arc every twelfth."""
    beams = worked.problem.fields.beams
    share = worked.solution.cells.sum(axis=(1, 2))
    share = 100.0 * share / max(float(share.sum()), 1e-9)
    step = 1 if len(beams) <= MOST_BEAMS else len(beams) // 12
    rows = tuple(
        (
            f"{beam.beam.gantry_deg:.0f}",
            f"{beam.beam.couch_deg:.0f}",
            f"{share[n]:.1f}",
            f"{beam.ssd_mm / 10.0:.1f}",
        )
        for n, beam in enumerate(beams)
        if n % step == 0
    )
    refused = ", ".join(f"{angle:.0f}" for angle in worked.problem.fields.refused_deg)
    return Table(
        "Beams",
        ("gantry deg", "couch deg", "share of fluence %", "source to skin cm"),
        rows,
        note=f"refused, the image ends there: {refused}" if refused else "",
    )


MOST_BEAMS = 25


def _curves(worked: Worked) -> Curves:
    """Return the dose-volume histograms of targets and organs."""
    found = {f"PTV {t.lesion}": t.ptv for t in worked.structures.targets}
    dose, grid = worked.solution.dose, worked.problem.body.grid
    curves = [_curve(name, dvh(dose, mask, grid)) for name, mask in found.items() if mask.any()]
    curves += [
        _curve(name.replace("_", " "), histogram)
        for name, histogram in worked.result.histograms.items()
        if name not in ("ptv", "gtv") and histogram.most_gy > SHOWN_GY
    ]
    total = worked.solution.prescription.total_gy
    return Curves(
        "Dose-volume histograms",
        tuple(curves),
        "dose, Gy",
        "volume, %",
        (Reference(total, f"prescription {total:g} Gy"),),
    )


SHOWN_GY = 1.0
"""Organs that get less than this everywhere have no curve."""


def _curve(name: str, histogram: Dvh) -> Curve:
    """Return a cumulative histogram as a curve."""
    dose = np.linspace(0.0, histogram.most_gy, POINTS)
    share = [histogram.share_at(float(d)) for d in dose]
    return Curve(name, tuple(float(d) for d in dose), tuple(share))


def _pictures(worked: Worked) -> Iterator[Raster]:
    """Yield the beams on the axial plane of the isocentre, and dose in three planes."""
    body, dose = worked.problem.body, worked.solution.dose.array
    isocentre = np.array(worked.problem.fields.beams[0].beam.isocentre_mm)
    at = np.rint(body.grid.indices(isocentre[None]))[0].astype(int)
    yield _beam_picture(worked, int(at[0]))
    total = worked.solution.prescription.total_gy
    outline = worked.structures.ptv
    step = body.grid.spacing_mm[0]
    planes = (
        ("axial", dose[at[0]], outline[at[0]], body.mask[at[0]]),
        ("coronal", dose[::-1, at[1]], outline[::-1, at[1]], body.mask[::-1, at[1]]),
        ("sagittal", dose[::-1, :, at[2]], outline[::-1, :, at[2]], body.mask[::-1, :, at[2]]),
    )
    for name, values, ptv, inside in planes:
        yield Raster(
            f"Dose, {name} plane through the isocentre",
            _isodoses(values, ptv, inside, total),
            "percent",
            0.0,
            130.0,
            pixel_mm=step,
            note="percent of the prescription in steps of its isodoses; gap: edge of the target",
        )


LEVELS = (0.0, 10.0, 30.0, 50.0, 70.0, 80.0, 90.0, 95.0, 100.0, 110.0, 120.0)
"""Isodoses shown, in percent of the prescription."""


def _isodoses(values: Array, ptv: Array, inside: Array, total_gy: float) -> Array:
    """Return dose in steps of isodoses, nothing outside the body or on the target's edge."""
    percent = 100.0 * values / total_gy
    steps = np.array(LEVELS, np.float32)[np.searchsorted(LEVELS, percent, side="right") - 1]
    edge = ptv & ~ndimage.binary_erosion(ptv)
    return np.where(inside & ~edge, steps, np.nan).astype(np.float32)


def _beam_picture(worked: Worked, plane: int) -> Raster:
    """Return the beams over the densities of one plane, named where they enter."""
    body = worked.problem.body
    picture = np.where(body.mask[plane], 60.0 * body.density[plane], np.nan).astype(np.float32)
    beams = worked.problem.fields.beams
    isocentre = np.array(beams[0].beam.isocentre_mm)
    marks = []
    for beam in beams:
        way = beam.frame.source_mm - isocentre
        way = way / np.linalg.norm(way)
        points = isocentre + np.arange(0.0, 400.0, 1.0)[:, None] * way
        index = np.rint(body.grid.indices(points)).astype(int)
        ok = ((index >= 0) & (index < np.array(body.grid.shape))).all(axis=1)
        index = index[ok]
        inside = body.mask[plane, index[:, 1], index[:, 2]]
        picture[index[inside, 1], index[inside, 2]] = 100.0
        if inside.any() and len(beams) <= MOST_BEAMS:
            last = index[np.flatnonzero(inside)[-1]]
            marks.append((float(last[2]), float(last[1]), f"{beam.beam.gantry_deg:.0f}"))
    edge = worked.structures.ptv[plane]
    picture[edge & ~ndimage.binary_erosion(edge)] = 90.0
    return Raster(
        "Beams on the axial plane of the isocentre",
        picture,
        "percent",
        0.0,
        100.0,
        pixel_mm=body.grid.spacing_mm[0],
        note="grey: density (water 60); lines: middle of each beam, named by gantry angle; "
        "patient's left on the right",
        marks=tuple(marks),
    )
