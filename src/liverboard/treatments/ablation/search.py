"""The best needles for one lesion and device: which path, how deep, what setting, how many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from liverboard.anatomy import Anatomy
from liverboard.case import Case
from liverboard.numerics.coverage import MarginMap
from liverboard.numerics.grid import Array, Grid
from liverboard.treatments.ablation.cover import cheapest_cover
from liverboard.treatments.ablation.device import Device, Setting, Zone, device, settings, zone_of
from liverboard.treatments.ablation.kernels.placement import smallest_gaps
from liverboard.treatments.ablation.once import once
from liverboard.treatments.ablation.options import AblationOptions
from liverboard.treatments.ablation.path import Path, PathSearch, search_paths, verify
from liverboard.treatments.ablation.placement import (
    Chances,
    Needle,
    Placement,
    chances_of,
    frame_of,
    gap_of,
    margins_of,
    needles_round,
)
from liverboard.treatments.ablation.pullback import pairs_near, punctures_of
from liverboard.treatments.ablation.scene import Scene, scene_of
from liverboard.treatments.ablation.tables import table
from liverboard.treatments.ablation.target import Target, target_of
from liverboard.treatments.ablation.uncertainty import Draws, draws_of

__all__ = [
    "LesionPlan",
    "NoLesionPlan",
    "assessed",
    "best_of",
    "lesion_plan",
    "path_search",
    "plan_rank",
]

DEPTHS_MM = (-9.0, -6.0, -3.0, 0.0, 3.0, 6.0, 9.0)
"""Where a zone's middle is tried along its path, from the middle of the lesion."""

TRIED_BY_SETTING = 3
"""Placements of each setting whose chances are drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class LesionPlan:
    """One lesion worked out with one device.

    `fewest_needles`: proven least number of zones on the planning lattice, 0 where not asked.
    """

    lesion: str
    device: Device
    placements: tuple[Placement, ...]
    search: PathSearch
    grid: Grid
    margins: MarginMap
    chances: Chances
    fewest_needles: int = 0
    remarks: tuple[str, ...] = ()

    @property
    def needles(self) -> tuple[Needle, ...]:
        """Every shaft."""
        return tuple(needle for placement in self.placements for needle in placement.needles)

    @property
    def punctures(self) -> int:
        """How often the liver is pierced: zones along one track count once."""
        return punctures_of(self.placements)

    def path_of(self, placement: Placement) -> Path | None:
        """Return the measured path that a placement follows; None for one that was asked for."""
        return _path_of(placement, self.search)


@dataclass(frozen=True, slots=True)
class NoLesionPlan:
    """Why a lesion cannot be ablated with a device, and what was found of ways to it."""

    lesion: str
    device: str
    reason: str
    has_path: bool
    search: PathSearch | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """What every step of the search for one lesion needs."""

    target: Target
    scene: Scene
    device: Device
    draws: Draws
    options: AblationOptions
    settings: tuple[Setting, ...]

    @property
    def margins(self) -> tuple[float, float]:
        """The margin of A0 and the goal."""
        return self.options.margin_mm, self.options.goal_mm


@once(64)
def path_search(
    case: Case, anatomy: Anatomy, lesion: str, options: AblationOptions
) -> PathSearch | None:
    """Return the ways to a lesion; None where it has no voxel."""
    target = target_of(case, anatomy, lesion, options)
    if target is None:
        return None
    scene = scene_of(case, anatomy, options)
    return search_paths(np.array(target.centre_mm), target.radius_mm, scene, options)


@once(128)
def lesion_plan(
    case: Case,
    anatomy: Anatomy,
    lesion: str,
    device_id: str,
    options: AblationOptions,
    *,
    setting: Setting | None,
) -> LesionPlan | NoLesionPlan:
    """Return the best plan for one lesion with one device, or why there is none.

    With a `setting` no other power, time or number of probes is tried.
    """
    chosen = device(device_id)
    found = anatomy.lesion(lesion)
    if not found.is_in_liver:
        return NoLesionPlan(lesion, device_id, "outside the liver", False)
    target, search = (
        target_of(case, anatomy, lesion, options),
        path_search(case, anatomy, lesion, options),
    )
    if target is None or search is None:
        return NoLesionPlan(lesion, device_id, "too small for the grid", False)
    if not search.paths:
        return NoLesionPlan(lesion, device_id, _blocked(search), False, search)
    if found.max_diameter_mm > options.largest_mm:
        reason = f"{found.max_diameter_mm:.0f} mm is more than ablation is planned for"
        return NoLesionPlan(lesion, device_id, reason, True, search)
    draws = draws_of(
        chosen, samples=options.samples, needles=options.most_needles, seed=options.seed
    )
    tried = tuple(settings(chosen)) if setting is None else (setting,)
    task = _Task(target, scene_of(case, anatomy, options), chosen, draws, options, tried)
    return _best(task, search)


def _blocked(search: PathSearch) -> str:
    """Return in words what blocks every way."""
    worst = [f"{name} {100 * n / search.tried:.0f} %" for name, n in search.blocked.items()]
    return "no free path; of the entries tried are blocked: " + ", ".join(worst[:4])


def _best(task: _Task, search: PathSearch) -> LesionPlan | NoLesionPlan:
    """Return the plan with the fewest needles that is sure enough, else the surest."""
    plans: list[tuple[tuple[Placement, ...], Chances, int]] = []
    single = best_of(_singles(task, search), task)
    if single is not None:
        plans.append((*single, 0))
    if single is None or single[1].complete_share < task.options.enough_a0:
        plans += list(_several(task, search))
    if not plans:
        reason = f"no needle of {task.device.shaft_mm:g} mm reaches it on a free path"
        return NoLesionPlan(task.target.lesion, task.device.id, reason, False, search)
    plans.sort(key=lambda plan: _rank(plan[0], plan[1], task.options))
    placements, _, fewest = plans[0]
    return assessed(
        placements,
        task.target,
        task.scene,
        task.device,
        options=task.options,
        search=search,
        fewest=fewest,
    )


def _rank(
    placements: Sequence[Placement], chances: Chances, options: AblationOptions
) -> tuple[float, ...]:
    """Return what decides between plans, best first.

    No needle through an organ; A0 sure enough and no organ reached, with few needles; else A0 as
    sure as can be, a neighbour that must be separated counting against it; the goal; little liver.
    """
    allowed = chances.hit_share <= options.most_organ_hit
    enough = chances.complete_share >= options.enough_a0
    volume = sum(placement.zone.volume_ml for placement in placements)
    shafts = punctures_of(placements)
    sure = (chances.complete_share + chances.covered / chances.samples) / 2.0
    worth = sure - (0.0 if allowed else PROTECTION_COST)
    return (
        1.0 if chances.pierced / chances.samples > options.most_organ_hit else 0.0,
        0.0 if allowed and enough else 1.0,
        # a complete margin and a whole lesion count alike, then as little of a neighbour as can be
        0.0 if allowed and enough else -round(worth, 1),
        0.0 if allowed else round(chances.hit_share, 1),
        float(shafts) if allowed and enough else 0.0,
        -round(chances.wide / chances.samples, 1),
        float(shafts),
        volume,
    )


PROTECTION_COST = 0.2
"""A plan whose zone reaches a neighbour, so that it has to be separated first, must be surer of a
complete margin by this much than one that reaches none."""


def best_of(
    candidates: Iterator[tuple[Placement, ...]], task: _Task
) -> tuple[tuple[Placement, ...], Chances] | None:
    """Return the best of candidate plans with its chances; None where there is none."""
    best = None
    for placements in candidates:
        chances = _chances(placements, task, task.draws)
        if best is None or _rank(placements, chances, task.options) < _rank(*best, task.options):
            best = (placements, chances)
    return best


def _chances(placements: Sequence[Placement], task: _Task, draws: Draws) -> Chances:
    """Return the chances of a plan."""
    return chances_of(
        placements, task.target, task.device, scene=task.scene, draws=draws, margins=task.margins
    )


def _singles(task: _Task, search: PathSearch) -> Iterator[tuple[Placement, ...]]:
    """Yield for every setting the placements that leave the widest margin."""
    points = task.target.points[task.options.margin_mm]
    for setting in task.settings:
        zone = zone_of(task.device, setting)
        found = [
            placement
            for path in search.paths
            for placement in _along(task, np.array(path.outward), zone, setting)
        ]
        if found:
            gaps = smallest_gaps(points, *_stacked(found))
            for n in np.argsort(-gaps, kind="stable")[:TRIED_BY_SETTING].tolist():
                yield (found[n],)


def _stacked(placements: Sequence[Placement]) -> tuple[Array, Array, Array]:
    """Return centres, axes and half axes of zones that stand alone: (n, 1, 3), (n, 1, 2)."""
    centres = np.array([[placement.centre_mm] for placement in placements])
    axes = np.array([[placement.outward] for placement in placements])
    halves = np.array([[[p.zone.long_mm / 2.0, p.zone.short_mm / 2.0]] for p in placements])
    return centres, axes, halves


def _along(task: _Task, outward: Array, zone: Zone, setting: Setting) -> Iterator[Placement]:
    """Yield the free placements of a zone at several depths along one path."""
    centres = task.target.centre_mm - np.array(DEPTHS_MM)[:, None] * outward
    ways = np.repeat(outward[None], len(centres), axis=0)
    yield from placed(task, centres, ways, zone, setting)


def placed(
    task: _Task, centres: Array, ways: Array, zone: Zone, setting: Setting
) -> list[Placement]:
    """Return the placements of a zone at `centres` (n, 3) along `ways` (n, 3) that are free."""
    near = table("planning")["vessel"]
    offsets = needles_round(setting.probes, task.device.spacing_mm)
    known = {key: frame_of(np.array(key)) for key in {tuple(way) for way in ways.tolist()}}
    frames = [known[tuple(way)] for way in ways.tolist()]
    tips = np.stack(
        [
            centre - zone.behind_tip_mm * way + offset[0] * frame[0] + offset[1] * frame[1]
            for centre, way, frame in zip(centres, ways, frames, strict=True)
            for offset in offsets
        ]
    )
    outward = np.repeat(ways, len(offsets), axis=0)
    middle = np.linalg.norm(tips - task.target.centre_mm, axis=1)
    # from the tip the far side of the lesion is this far away
    free = float(task.target.radius_mm + middle.max())
    verdict = verify(
        tips, outward, task.scene, free_mm=free, vessels_mm=free + float(near["near_target_mm"])
    )
    fits = (verdict.met == 0) & (verdict.length_mm <= task.device.shaft_mm)
    entries = tips + verdict.length_mm[:, None] * outward
    found = []
    for n, (centre, way) in enumerate(zip(centres, ways, strict=True)):
        part = slice(n * len(offsets), (n + 1) * len(offsets))
        if fits[part].all():
            needles = tuple(
                Needle(_triple(tip), _triple(entry), float(length))
                for tip, entry, length in zip(
                    tips[part], entries[part], verdict.length_mm[part], strict=True
                )
            )
            found.append(Placement(_triple(centre), _triple(way), zone, setting, needles))
    return found


def _triple(values: Array) -> tuple[float, float, float]:
    """Return three plain numbers."""
    x, y, z = (float(value) for value in values)
    return x, y, z


LATTICE_MM = 6.0
"""Step of the lattice on which the middles of several zones are tried."""

DIRECTIONS = 4
"""Paths whose directions several zones may take."""

SLACKS_MM = (3.0, 1.5, 0.0)
"""By how much zones are shrunk while they are chosen, so that a plan survives small errors."""


def _several(
    task: _Task, search: PathSearch
) -> Iterator[tuple[tuple[Placement, ...], Chances, int]]:
    """Yield plans of several zones: by set cover with less and less slack, then moved to fit."""
    pool = list(_pool(task, search))
    if not pool:
        return
    points = task.target.points[task.options.margin_mm]
    shapes = _stacked(pool)
    gaps = np.stack([smallest_gaps(point[None], *shapes) for point in points])
    cost = np.array([p.zone.volume_ml for p in pool])
    cost = 0.5 * cost / cost.max()
    seen: set[tuple[int, ...]] = set()
    for slack in SLACKS_MM:
        holds = gaps >= slack
        cover = cheapest_cover(holds, cost, most=task.options.most_needles)
        if cover is None:
            chosen, bound = _most(holds, task.options.most_needles), 0
        else:
            chosen, bound = cover.columns, cover.bound if cover.is_proven else 0
        if not chosen or len(chosen) > task.options.most_needles or chosen in seen:
            chosen, bound = _most(holds, task.options.most_needles), 0
        if chosen in seen or not chosen:
            continue
        seen.add(chosen)
        moved = _polished([pool[n] for n in chosen], task)
        if _apart(moved):
            yield moved, _chances(moved, task, task.draws), bound
        joined = _pulled_back(moved, task)
        if joined is not moved and _apart(joined):
            yield joined, _chances(joined, task, task.draws), bound


MERGE_MM = 1.5
"""How much of the smallest margin may be given for one puncture less; chances then decide."""


def _pulled_back(placements: tuple[Placement, ...], task: _Task) -> tuple[Placement, ...]:
    """Return the plan with zones of neighbouring parallel needles brought onto one track."""
    points = task.target.points[task.options.margin_mm]
    least = gap_of(points, placements) - MERGE_MM
    done = False
    while not done:
        done = True
        for a, b in pairs_near(placements):
            tried = max(
                _on_one_track(placements, a, b, task),
                key=lambda p: gap_of(points, p) if p else -1e9,
            )
            if len(tried) and gap_of(points, tried) >= least and _apart(tried):
                placements, done = tried, False
                break
    return placements


def _on_one_track(
    placements: tuple[Placement, ...], a: int, b: int, task: _Task
) -> list[tuple[Placement, ...]]:
    """Return plans with two zones on the track of the one, of the other, half way, and ()."""
    first, second = placements[a], placements[b]
    u = np.array(first.outward)
    way = np.array(second.centre_mm) - np.array(first.centre_mm)
    aside = way - (way @ u) * u
    found: list[tuple[Placement, ...]] = [()]
    for share in (0.0, 0.5, 1.0):
        centres = (
            np.array(first.centre_mm) + share * aside,
            np.array(second.centre_mm) - (1.0 - share) * aside,
        )
        both = [
            one
            for place, centre in zip((first, second), centres, strict=True)
            for one in placed(task, centre[None], u[None], place.zone, place.setting)
        ]
        if len(both) == 2:
            moved = list(placements)
            moved[a], moved[b] = both
            found.append(tuple(moved))
    return found


def _most(holds: Array, most: int) -> tuple[int, ...]:
    """Return at most `most` columns that together hold as many points as greed finds."""
    left = np.ones(len(holds), dtype=bool)
    chosen: list[int] = []
    while left.any() and len(chosen) < most:
        counts = holds[left].sum(axis=0)
        best = int(np.argmax(counts))
        if counts[best] == 0:
            break
        chosen.append(best)
        left &= ~holds[:, best]
    return tuple(sorted(chosen))


def _pool(task: _Task, search: PathSearch) -> Iterator[Placement]:
    """Yield single zones all over the lesion, along the best directions, with the larger zones."""
    centres = _lattice(task.target)
    by_volume = sorted(task.settings, key=lambda s: (-zone_of(task.device, s).volume_ml, s.minutes))
    for setting in by_volume[:1] + by_volume[len(by_volume) // 2 : len(by_volume) // 2 + 1]:
        zone = zone_of(task.device, setting)
        for path in search.paths[:DIRECTIONS]:
            ways = np.repeat(np.array(path.outward)[None], len(centres), axis=0)
            yield from placed(task, centres, ways, zone, setting)


def _lattice(target: Target) -> Array:
    """Return points over the lesion, some mm apart: (n, 3)."""
    surface = target.surface.points_mm
    low, high = surface.min(axis=0), surface.max(axis=0)
    count = np.maximum(1, np.floor((high - low) / LATTICE_MM)).astype(int)
    axes = [
        middle + (np.arange(n) - (n - 1) / 2.0) * LATTICE_MM
        for middle, n in zip((low + high) / 2.0, count, strict=True)
    ]
    points = np.array(np.meshgrid(*axes, indexing="ij")).reshape(3, -1).T
    return points[np.linalg.norm(points - target.centre_mm, axis=1) <= target.radius_mm]


def _apart(placements: Sequence[Placement]) -> bool:
    """Whether no two needles stand closer than is possible."""
    least = float(table("planning")["path"]["needles_apart_mm"])
    tips = np.array([needle.tip_mm for p in placements for needle in p.needles])
    gaps = np.linalg.norm(tips[:, None] - tips[None], axis=2) + 1e9 * np.eye(len(tips))
    return bool(gaps.min() >= least)


STEPS_MM = (3.0, 1.5)
"""Steps by which zones are moved to widen the smallest margin."""


def _polished(placements: list[Placement], task: _Task) -> tuple[Placement, ...]:
    """Return zones moved along and across their needles until no move widens the margin."""
    points = task.target.points[task.options.margin_mm]
    best = gap_of(points, placements)
    for step in STEPS_MM:
        for n in range(len(placements)):
            for moved in _moves(placements[n], step, task):
                tried = [*placements[:n], moved, *placements[n + 1 :]]
                gap = gap_of(points, tried)
                if gap > best + 1e-9 and _apart(tried):
                    best, placements = gap, tried
    return tuple(placements)


def _moves(placement: Placement, step: float, task: _Task) -> list[Placement]:
    """Return the free placements one step away along and across the needle."""
    u = np.array(placement.outward)
    first, second = frame_of(u)
    ways = np.stack([sign * way for way in (u, first, second) for sign in (1.0, -1.0)])
    centres = np.array(placement.centre_mm) + step * ways
    outward = np.repeat(u[None], len(centres), axis=0)
    return placed(task, centres, outward, placement.zone, placement.setting)


def assessed(
    placements: tuple[Placement, ...],
    target: Target,
    scene: Scene,
    device: Device,
    *,
    options: AblationOptions,
    search: PathSearch,
    fewest: int = 0,
    remarks: tuple[str, ...] = (),
) -> LesionPlan:
    """Return a plan with its margins and, from many draws, its chances."""
    draws = draws_of(
        device,
        samples=options.final_samples,
        needles=max(len(placements), options.most_needles),
        seed=options.seed + 1,
    )
    chances = chances_of(
        placements,
        target,
        device,
        scene=scene,
        draws=draws,
        margins=(options.margin_mm, options.goal_mm),
    )
    return LesionPlan(
        target.lesion,
        device,
        placements,
        search,
        target.grid,
        margins_of(target, placements),
        chances,
        fewest,
        remarks,
    )


def plan_rank(plan: LesionPlan, options: AblationOptions) -> tuple[float, ...]:
    """Return what decides between the plans of one lesion with different devices, best first."""
    return _rank(plan.placements, plan.chances, options)


def _path_of(placement: Placement, search: PathSearch) -> Path | None:
    """Return the measured path along which a placement lies; None for one that was asked for."""
    for path in search.paths:
        if np.dot(path.outward, placement.outward) > 1.0 - 1e-9:
            return replace(path, length_mm=placement.needles[0].length_mm)
    return None
