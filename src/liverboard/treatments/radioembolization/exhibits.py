"""Tables and charts of a radioembolization for the report."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from liverboard.treatments.exhibit import Cell, Curve, Curves, Exhibit, Raster, Reference, Table
from liverboard.treatments.radioembolization.kernels.activity import decayed, sphere_count
from liverboard.treatments.radioembolization.options import SirtOptions
from liverboard.treatments.radioembolization.result import (
    between,
    perfused_normal,
    treated_rows,
    tumour_bed_gy,
    whole_normal,
)
from liverboard.treatments.radioembolization.tables import published
from liverboard.treatments.radioembolization.work import Result
from liverboard.values import Mark

__all__ = ["exhibits"]

CURVE_POINTS = 81


def exhibits(result: Result, options: SirtOptions) -> tuple[Exhibit, ...]:
    """Return what a reader of a radioembolization wants to see."""
    return (
        _model_table(result),
        _limit_table(result),
        _lesion_table(result, options),
        _liver_table(result, options),
        *_histogram_chart(result),
        *_slice(result),
        *_vial_table(result),
        _evidence_table(),
        _chemotherapy_table(),
    )


def marked(text: str, mark: Mark) -> str:
    """Return a text with its mark where it is not verified."""
    return text if mark is Mark.VERIFIED else f"{text} ({mark.value})"


def _model_table(result: Result) -> Table:
    """Return the activity models side by side, each with the doses it would give."""
    rows: list[tuple[Cell, ...]] = []
    for model in result.models:
        name = marked(model.model, model.mark)
        if not model.activity_gbq:
            rows.append((name, "-", "-", "-", "-", "-", "-", model.remark))
            continue
        rows.append((name, *_forward(result, model.activity_gbq), model.remark))
    territories = " + ".join(result.basis.territories)
    return Table(
        "Activity by model",
        (
            "model",
            "GBq",
            "by territory",
            "coldest tumour Gy",
            "normal liver of territory Gy",
            "all normal liver Gy",
            "lungs Gy",
            "remark",
        ),
        tuple(rows),
        note=f"territories: {territories}; what every activity would do by the same partition "
        f"({result.setting.energy:g} Gy kg/GBq, lung shunt "
        f"{100 * result.setting.shunt.fraction:.1f} %, {result.setting.shunt.origin})",
        sources=tuple(dict.fromkeys(model.source for model in result.models)),
    )


def _forward(result: Result, activity: tuple[float, ...]) -> tuple[str, ...]:
    """Return total and split activity and the mean doses it gives."""
    by_region = result.per_gbq @ np.array(activity)
    rows = treated_rows(result)
    setting = result.setting
    lungs = setting.energy * sum(activity) * setting.shunt.fraction / setting.lung_kg.value
    return (
        f"{sum(activity):.2f}",
        " + ".join(f"{part:.2f}" for part in activity),
        f"{by_region[rows].min():.0f}" if rows else "-",
        f"{float(perfused_normal(result, by_region)):.0f}",
        f"{float(whole_normal(result, by_region)):.0f}",
        f"{lungs:.1f}",
    )


def _limit_table(result: Result) -> Table:
    """Return the activity at which every aim is met and every limit binds."""
    chosen = result.prescription
    rows = []
    for limit in chosen.limits:
        where = limit.territory or "all"
        now = chosen.total_gbq
        if limit.territory:
            now = chosen.activity_gbq[result.basis.territories.index(limit.territory)]
        rows.append(
            (
                where,
                limit.name,
                "at least" if limit.is_aim else "at most",
                marked(limit.amount, limit.mark),
                _gbq(limit.activity_gbq),
                _gbq(now),
                _standing(now, limit.activity_gbq, is_aim=limit.is_aim),
            )
        )
    return Table(
        "Activity at which each limit binds",
        ("territory", "of", "", "amount", "GBq at that", "GBq planned", ""),
        tuple(rows),
        note="binding: "
        + "; ".join(
            f"{name}: {why}"
            for name, why in zip(result.basis.territories, chosen.binding, strict=True)
        ),
        sources=tuple(dict.fromkeys(limit.source for limit in chosen.limits)),
    )


def _gbq(activity: float) -> str:
    """Return an activity in words."""
    return f"{activity:.2f}" if activity < 1000.0 else "any"


def _standing(now: float, at: float, *, is_aim: bool) -> str:
    """Return whether an aim is met or a limit kept."""
    if is_aim:
        return "met" if now >= at - 1e-9 else f"missed ({100 * now / at:.0f} %)"
    return "kept" if now <= at + 1e-9 else "exceeded"


def _lesion_table(result: Result, options: SirtOptions) -> Table:
    """Return the dose of every lesion by both methods, against its threshold."""
    aim = result.setting.scenario.aims.get("tumour")
    level = 100.0 if aim is None else aim.value
    rows = tuple(_lesion_row(result, lesion, level, options) for lesion in result.basis.lesions)
    given = published("radiobiology", "tumour")
    note = (
        "local: every voxel keeps its own beta energy, as in the papers behind the thresholds; "
        "kernel: energy travels (first principles); "
        f"BED with alpha/beta {given['alpha_beta_gy']:g} Gy and repair half-time "
        f"{given['repair_half_time_h']:g} h (unverified)"
    )
    return Table(
        "Dose by lesion",
        (
            "lesion",
            "ml",
            "in territory %",
            "T/N",
            "mean local Gy",
            "mean kernel Gy",
            "D70 kernel Gy",
            f"V{level:g} kernel %",
            "BED Gy",
            f"{level:g} Gy reached",
            "remark",
        ),
        rows,
        note=note,
        sources=("method:sirt-dose", "method:sirt-effect", *(() if aim is None else (aim.source,))),
    )


def _lesion_row(
    result: Result, lesion: str, level: float, options: SirtOptions
) -> tuple[Cell, ...]:
    """Return one lesion's row."""
    basis = result.basis
    row = basis.row(lesion)
    mean, spread = float(result.means_local[row]), float(result.means_spread[row])
    local = between(result, mean, result.draws.local[:, row], options)
    kernel = between(result, spread, result.draws.spread[:, row], options)
    volume = float(basis.region_ml[row])
    histogram = result.histograms[lesion]
    normal = float(perfused_normal(result, result.means_local))
    return (
        lesion,
        f"{volume:.1f}",
        f"{100 * float(basis.shares[row].sum()):.0f}",
        f"{mean / normal:.1f}" if normal > 0 else "-",
        f"{local.value:.0f} ({local.low:.0f} to {local.high:.0f})",
        f"{kernel.value:.0f} ({kernel.low:.0f} to {kernel.high:.0f})",
        f"{histogram.dose_at_percent(70):.0f}",
        f"{histogram.share_at(level):.0f}",
        f"{tumour_bed_gy(mean, result.setting.device.nuclide.half_life_h):.0f}",
        _reached(mean, spread, level),
        f"under {options.small_lesion_ml:g} ml: partial volume"
        * (volume < options.small_lesion_ml),
    )


def _reached(local: float, kernel: float, level: float) -> str:
    """Return by which of the two methods a threshold is reached."""
    by = [name for name, dose in (("local", local), ("kernel", kernel)) if dose >= level - 1e-6]
    return " and ".join(by) if by else "no"


def _liver_table(result: Result, options: SirtOptions) -> Table:
    """Return the doses of liver and lungs by both methods."""
    draws = result.draws
    rows: list[tuple[Cell, ...]] = []
    for name, average in (
        ("normal liver of the territories", perfused_normal),
        ("all normal liver", whole_normal),
    ):
        cells = []
        for means, drawn in (
            (result.means_local, draws.local),
            (result.means_spread, draws.spread),
        ):
            dose = between(result, float(average(result, means)), average(result, drawn), options)
            cells.append(f"{dose.value:.1f} ({dose.low:.1f} to {dose.high:.1f})")
        rows.append((name, *cells))
    lungs = between(result, result.lung_gy, draws.lung, options)
    rows.append(("lungs", f"{lungs.value:.1f} ({lungs.low:.1f} to {lungs.high:.1f})", "-"))
    return Table(
        "Dose of liver and lungs, Gy",
        ("", "local", "kernel"),
        tuple(rows),
        note=f"intervals: {options.interval_percent:g} % of {options.draws} draws over uptake, "
        "shunt, masses and activity; lungs by local deposition in "
        f"{result.setting.lung_kg.value:g} kg",
        sources=("method:sirt-dose", "method:sirt-intervals", result.setting.lung_kg.source),
    )


def _histogram_chart(result: Result) -> Iterator[Curves]:
    """Yield the cumulative histograms of lesions and healthy liver."""
    most = max((one.most_gy for one in result.histograms.values()), default=0.0)
    if most <= 0.0:
        return
    doses = np.linspace(0.0, most, CURVE_POINTS)
    curves = tuple(
        Curve(
            "healthy liver" if name == "normal" else name,
            tuple(round(float(dose), 3) for dose in doses),
            tuple(round(one.share_at(float(dose)), 3) for dose in doses),
        )
        for name, one in result.histograms.items()
    )
    scenario = result.setting.scenario
    marks = [(scenario.aims, "aim"), (scenario.limits, "limit")]
    yield Curves(
        "Dose-volume histograms (kernel)",
        curves,
        "dose, Gy",
        "volume, %",
        tuple(
            Reference(dose.value, f"{word} for {name}")
            for doses_by_name, word in marks
            for name, dose in doses_by_name.items()
        ),
    )


def _slice(result: Result) -> Iterator[Raster]:
    """Yield the axial slice with the most tumour."""
    tumour = (result.anatomy.lesion_labels > 0) & result.anatomy.liver
    if not tumour.any():
        return
    level = int(np.argmax(tumour.sum(axis=(1, 2))))
    plane = np.where(result.anatomy.liver[level], result.spread[level], np.nan)
    most = float(np.nanmax(plane))
    yield Raster(
        "Dose with the kernel, axial slice with the most tumour",
        plane.astype(np.float32),
        "Gy",
        0.0,
        max(most, 1.0),
        pixel_mm=result.anatomy.grid.spacing_mm[1],
        note=f"map: {result.task.map}",
    )


def _vial_table(result: Result) -> Iterator[Table]:
    """Yield the vials that decay to the planned activity, and how many spheres that makes."""
    device, wanted = result.setting.device, result.prescription.total_gbq
    half_life = device.nuclide.half_life_h
    treated_ml = float((result.basis.region_ml @ result.basis.shares).sum())
    if wanted <= 0.0:
        return
    rows: list[tuple[Cell, ...]] = []
    if device.is_divisible:
        for hours in (-24.0, 0.0, 24.0):
            each = decayed(device.per_sphere_bq.value, hours, half_life)
            rows.append(("to order", f"{hours:+.0f}", *_spheres(wanted, each, treated_ml)))
    for vial in device.vials_gbq if not device.is_divisible else ():
        if vial >= wanted:
            hours = half_life * float(np.log2(vial / wanted))
            each = decayed(device.per_sphere_bq.value, hours, half_life)
            name = f"{vial:g} GBq at calibration"
            rows.append((name, f"{hours:+.0f}", *_spheres(wanted, each, treated_ml)))
    yield Table(
        f"Spheres for {wanted:.2f} GBq of {device.title}",
        ("vial", "hours after calibration", "Bq per sphere", "million spheres", "spheres per ml"),
        tuple(rows),
        note=f"{device.per_sphere_bq.value:g} Bq per sphere at calibration, half-life "
        f"{half_life:g} h; {device.embolic} embolic effect",
        sources=(device.per_sphere_bq.source,),
    )


def _spheres(wanted: float, each_bq: float, treated_ml: float) -> tuple[str, str, str]:
    """Return activity per sphere, millions of spheres, and spheres per ml of territory."""
    count = sphere_count(wanted, each_bq)
    return f"{each_bq:.0f}", f"{count / 1e6:.1f}", f"{count / max(treated_ml, 1e-9):.0f}"


def _evidence_table() -> Table:
    """Return what randomised trials found."""
    trials = published("trials")
    return Table(
        "What randomised trials found",
        ("trial", "who", "found", "read"),
        tuple((one["name"], one["who"], one["found"], one["mark"]) for one in trials),
        sources=tuple(dict.fromkeys(one["source"] for one in trials)),
    )


def _chemotherapy_table() -> Table:
    """Return how radioembolization and chemotherapy go together."""
    rules = published("chemotherapy")
    return Table(
        "With chemotherapy",
        ("drug", "rule", "read"),
        tuple((one["what"], one["rule"], one["mark"]) for one in rules),
        sources=tuple(dict.fromkeys(one["source"] for one in rules)),
    )
