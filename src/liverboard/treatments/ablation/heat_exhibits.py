"""Tables and pictures of heat and cold."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from liverboard.numerics.grid import Array, Image
from liverboard.numerics.resample import sample_linear
from liverboard.treatments.ablation.heat.lesion import LesionHeat, Reading
from liverboard.treatments.ablation.search import LesionPlan
from liverboard.treatments.ablation.work import Result
from liverboard.treatments.exhibit import Cell, Exhibit, Raster, Table
from liverboard.values import Estimate

__all__ = ["death_table", "heat_pictures", "heat_table"]

SOURCES = ("method:ablation-heat", "judgement:ablation-heat", "hall-2015", "dos-santos-2008")

READ_AS = {"living": "in living liver", "ex_vivo": "without blood"}


def heat_table(result: Result) -> Table:
    """Return what the simulation makes of each lesion, beside the table of the device."""
    rows: list[tuple[Cell, ...]] = []
    for plan in result.plans:
        if plan.lesion in result.heats:
            rows += _rows(plan, result.heats[plan.lesion])
    return Table(
        "Heat and cold with this patient's vessels",
        (
            "lesion",
            "table was measured",
            "smallest margin mm",
            "by the table mm",
            "zone ml",
            "vessels take ml",
            "covered",
            "A0 (5 mm)",
            "10 mm",
        ),
        tuple(rows),
        note=(
            "the same needles, power and time, heat followed on a grid with vessels of 3 mm and "
            "more; a table that does not say where it was measured is read both ways. Shares over "
            "samples of perfusion, source, reading, placement and motion, with exact intervals. "
            "What lies beyond the capsule is taken as liver"
        ),
        sources=SOURCES,
    )


def _rows(plan: LesionPlan, found: LesionHeat) -> Iterator[tuple[Cell, ...]]:
    """Yield a row for each reading of the table; the shares stand in the first."""
    shares = [_span(one) for one in (found.covered, found.complete, found.wide)]
    for n, one in enumerate(found.readings):
        yield (
            plan.lesion,
            READ_AS[one.name],
            round(one.margins.smallest_mm, 1),
            round(plan.margins.smallest_mm, 1),
            round(next(iter(one.volume_ml.values())), 1),
            _taken(one),
            *(shares if n == 0 else ("", "", "")),
        )


def _taken(one: Reading) -> str:
    """Return what vessels take from a zone, and as a share of it."""
    whole = max(one.without_vessels_ml, 1e-9)
    less = one.without_vessels_ml - one.with_vessels_ml
    return f"{less:.1f} ({100.0 * less / whole:.0f} %)"


def _span(share: Estimate) -> str:
    """Return a share with its interval."""
    return f"{share.value:.0f} % ({share.low:.0f} to {share.high:.0f})"


def death_table(result: Result) -> Table:
    """Return zone and smallest margin by every model of death: they disagree."""
    rows: list[tuple[Cell, ...]] = []
    for lesion, found in result.heats.items():
        first = found.readings[0]
        for model, margin in first.smallest_mm.items():
            rows.append((lesion, model, round(first.volume_ml[model], 1), round(margin, 1)))
    return Table(
        "What counts as dead",
        ("lesion", "model", "zone ml", "smallest margin mm"),
        tuple(rows),
        note=(
            "the first model draws the zone, as sources are fitted with it; the others show how "
            "far published criteria lie apart at the same temperatures. The cautious reading of "
            "the device's table"
        ),
        sources=("pennes-codes", "jalpers-2022", "oneill-2011", "cryo-phantom-2008"),
    )


PIXEL_MM = 0.5
HALF_MM = 32.0


def heat_pictures(result: Result) -> Iterator[Exhibit]:
    """Yield temperature and death along the needle of the lesion with the thinnest margin."""
    if not result.heats:
        return
    worst = min(result.heats.values(), key=lambda one: one.smallest_mm[0])
    plan = next(one for one in result.plans if one.lesion == worst.lesion)
    points = _plane(plan)
    cold = worst.modality == "cryo"
    note = f"{worst.lesion}, along the needle, skin to the right; the cautious reading"
    yield Raster(
        f"{'Lowest' if cold else 'Highest'} temperature, {worst.lesion}",
        _sampled(worst.extreme, points),
        "degC",
        -60.0 if cold else 37.0,
        40.0 if cold else 100.0,
        pixel_mm=PIXEL_MM,
        note=note,
        marks=_marks(plan),
    )
    yield Raster(
        f"Dose of {'cold' if cold else 'heat'} against what kills, {worst.lesion}",
        _sampled(worst.zone, points),
        "K" if cold else "ln of lethal over given dose",
        -30.0 if cold else -6.0,
        30.0 if cold else 6.0,
        pixel_mm=PIXEL_MM,
        note=f"{note}; negative is dead",
        marks=_marks(plan),
    )


def _plane(plan: LesionPlan) -> Array:
    """Return points (rows, columns, 3) of a plane along the first needle, about its zone."""
    placement = plan.placements[0]
    u = np.array(placement.outward)
    down = np.array([0.0, 0.0, -1.0])
    across = down - (down @ u) * u
    if np.linalg.norm(across) < 0.2:
        across = np.cross(u, [1.0, 0.0, 0.0])
    across /= np.linalg.norm(across)
    steps = np.arange(-HALF_MM, HALF_MM, PIXEL_MM)
    middle = np.array(placement.centre_mm)
    return np.asarray(middle + steps[None, :, None] * u + steps[:, None, None] * across)


def _marks(plan: LesionPlan) -> tuple[tuple[float, float, str], ...]:
    """Return where the tip lies in the plane."""
    back = plan.placements[0].zone.behind_tip_mm
    return (((HALF_MM - back) / PIXEL_MM, HALF_MM / PIXEL_MM, "tip"),)


def _sampled(image: Image, points: Array) -> Array:
    """Return an image on a plane, unknown beyond it."""
    values = sample_linear(image, points.reshape(-1, 3), fill=np.nan)
    return values.reshape(points.shape[:2]).astype(np.float32)
