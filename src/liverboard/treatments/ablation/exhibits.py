"""Tables and pictures of an ablation."""

from __future__ import annotations

from collections.abc import Iterator

from liverboard.treatments.ablation.hazard import hazards_of
from liverboard.treatments.ablation.heat_exhibits import death_table, heat_pictures, heat_table
from liverboard.treatments.ablation.options import AblationOptions
from liverboard.treatments.ablation.outcome import progression_percent
from liverboard.treatments.ablation.pictures import pictures
from liverboard.treatments.ablation.pullback import tracks_of
from liverboard.treatments.ablation.search import LesionPlan, NoLesionPlan
from liverboard.treatments.ablation.work import Result
from liverboard.treatments.exhibit import Bars, Cell, Exhibit, Reference, Table
from liverboard.values import Quantity, Unknown

__all__ = ["exhibits"]

EDGES_MM = tuple(float(edge) for edge in range(-6, 21, 2))
"""Borders of the margin histogram."""


def exhibits(result: Result, options: AblationOptions) -> Iterator[Exhibit]:
    """Yield everything that is shown of a plan, the most important first."""
    if result.plans:
        yield _lesion_table(result)
        yield _needle_table(result)
    if result.heats:
        yield heat_table(result)
        yield death_table(result)
    yield _path_table(result)
    if result.others:
        yield _device_table(result)
    if result.plans:
        yield _histogram(result, options)
        yield from pictures(result)
        yield from heat_pictures(result)


def _percent(part: int, whole: int) -> str:
    """Return a share in words; no share is told as certain."""
    share = 100.0 * part / whole
    if 0 < share < 1:
        return "< 1 %"
    return f"{share:.0f} %"


def _shown(value: Quantity) -> str:
    """Return a percentage with its interval."""
    if isinstance(value, Unknown):
        return str(value)
    if value.high - value.low < 0.5:
        return f"{value.value:.0f} %"
    return f"{value.low:.0f} to {value.high:.0f} %"


def _lesion_table(result: Result) -> Table:
    """Return what becomes of each lesion."""
    return Table(
        "Margins and chances by lesion",
        (
            "lesion",
            "device",
            "zones",
            "smallest margin mm",
            "area under 0 / 5 / 10 mm, %",
            "covered",
            "A0 (5 mm)",
            "10 mm",
            "organ hit",
            "progression, 2 years",
        ),
        tuple(_lesion_row(plan, result) for plan in result.plans),
        note=(
            "margins to liver that is not destroyed; none is asked outside the liver. Shares of "
            f"{result.plans[0].chances.samples} samples of placement, motion and zone size"
        ),
        sources=(
            "method:ablation-margin",
            "method:ablation-chances",
            "ras-margin-2024",
            "wang-2013",
        ),
    )


def _lesion_row(plan: LesionPlan, result: Result) -> tuple[Cell, ...]:
    """Return the row of one lesion."""
    chances, areas = plan.chances, plan.margins.area_by_class_mm2()
    total = plan.margins.total_mm2
    shares = [100.0 * sum(areas[: n + 1]) / total for n in range(3)]
    expected = progression_percent(chances, plan.device, result.patient.facts)
    return (
        plan.lesion,
        plan.device.title,
        len(plan.placements),
        round(plan.margins.smallest_mm, 1),
        " / ".join(f"{share:.0f}" for share in shares),
        _percent(chances.covered, chances.samples),
        _percent(chances.complete, chances.samples),
        _percent(chances.wide, chances.samples),
        _percent(chances.hit, chances.samples),
        _shown(expected),
    )


def _needle_table(result: Result) -> Table:
    """Return every needle: where it goes and what is set."""
    rows = [
        row for plan in result.plans for row in _needle_rows(plan, has_skin=result.scene.has_skin)
    ]
    return Table(
        "Needles",
        (
            "lesion",
            "needle",
            "power W",
            "minutes",
            "zone mm",
            "entry on the skin LPS mm",
            "tip LPS mm",
            "length mm",
            "angle to capsule normal",
            "liver before lesion mm",
            "clearance mm",
        ),
        tuple(rows),
        note=(
            "zones on one track are made by drawing the needle back; power 0 is cold; angle, "
            "liver passed and clearance are those of the path followed"
        ),
        sources=("method:ablation-path", *sorted({p.device.source for p in result.plans})),
    )


def _needle_rows(plan: LesionPlan, *, has_skin: bool) -> Iterator[tuple[Cell, ...]]:
    """Yield the rows of one lesion's needles."""
    number, tracks = 0, tracks_of(plan.placements)
    first: dict[int, int] = {}
    for n, placement in enumerate(plan.placements):
        path = plan.path_of(placement)
        for needle in placement.needles:
            number += 1
            first.setdefault(n, number)
            is_drawn_back = tracks[n] != n
            yield (
                plan.lesion,
                f"{number}, track of {first[tracks[n]]}" if is_drawn_back else str(number),
                placement.setting.power_w,
                placement.setting.minutes,
                f"{placement.zone.long_mm:.0f} x {placement.zone.short_mm:.0f}",
                _point(needle.entry_mm) if has_skin else "skin not known",
                _point(needle.tip_mm),
                round(needle.length_mm) if has_skin else None,
                None if path is None else f"{path.capsule_angle_deg:.0f} deg",
                None if path is None else round(path.track_mm),
                None if path is None else round(path.clearance_mm),
            )


def _point(point: tuple[float, float, float]) -> str:
    """Return a point in words."""
    return ", ".join(f"{value:.0f}" for value in point)


def _path_table(result: Result) -> Table:
    """Return for each lesion how much of the skin serves, what blocks the rest, and hazards."""
    rows: list[tuple[Cell, ...]] = []
    tried: tuple[LesionPlan | NoLesionPlan, ...] = (*result.plans, *result.missed)
    for plan in tried:
        search = plan.search
        if search is None:
            rows.append((plan.lesion, "none tried", None, "", ""))
            continue
        blocked = [f"{name} {_percent(n, search.tried)}" for name, n in search.blocked.items()]
        near = ""
        if isinstance(plan, LesionPlan):
            found = hazards_of(plan.lesion, result.anatomy, result.scene, plan.device)
            near = "; ".join(f"{h.what} {h.distance_mm:.0f} mm: {h.measure}" for h in found)
        share = f"{search.free} of {search.tried}"
        rows.append((plan.lesion, share, len(search.paths), ", ".join(blocked[:4]), near))
    unchecked = ", ".join(result.scene.unchecked)
    return Table(
        "Ways to each lesion",
        (
            "lesion",
            "free entries",
            "paths kept",
            "others blocked by",
            "hazards and what lifts them",
        ),
        tuple(rows),
        note=f"not checked, no mask: {unchecked}" if unchecked else "",
        sources=("method:ablation-path", "judgement:ablation-path", "judgement:ablation-hazard"),
    )


def _device_table(result: Result) -> Table:
    """Return what every device would do to every lesion."""
    rows: list[tuple[Cell, ...]] = []
    chosen = {plan.lesion: plan.device.id for plan in result.plans}
    for lesion, tried in result.others.items():
        for plan in tried:
            if isinstance(plan, NoLesionPlan):
                rows.append((lesion, plan.device, None, None, plan.reason, "", ""))
                continue
            chances = plan.chances
            rows.append(
                (
                    lesion,
                    plan.device.title + (" *" if chosen.get(lesion) == plan.device.id else ""),
                    plan.punctures,
                    round(plan.margins.smallest_mm, 1),
                    _percent(chances.complete, chances.samples),
                    _percent(chances.hit, chances.samples),
                    f"{sum(p.zone.volume_ml for p in plan.placements):.0f}",
                )
            )
    return Table(
        "Each lesion by device",
        ("lesion", "device", "punctures", "smallest margin mm", "A0", "organ hit", "zones ml"),
        tuple(rows),
        note="* taken for this plan",
        sources=("method:ablation-chances",),
    )


def _histogram(result: Result, options: AblationOptions) -> Bars:
    """Return the margins over the surface of all lesions together."""
    heights = [0.0] * (len(EDGES_MM) - 1)
    for plan in result.plans:
        areas = plan.margins.histogram_mm2(EDGES_MM)
        heights = [a + b / 100.0 for a, b in zip(heights, areas, strict=True)]
    return Bars(
        "Ablative margin over the surface of the lesions",
        EDGES_MM,
        tuple(heights),
        "mm",
        "cm2",
        references=(
            Reference(0.0, "covered"),
            Reference(options.margin_mm, "A0"),
            Reference(options.goal_mm, "goal"),
        ),
    )
