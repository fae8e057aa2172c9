"""Straight ways from the skin to a point: which are free and good, and what blocks the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from liverboard.numerics.grid import Array
from liverboard.numerics.ray import Obstacles, first_obstacles
from liverboard.numerics.resample import sample_linear
from liverboard.treatments.ablation.options import AblationOptions
from liverboard.treatments.ablation.scene import OUTSIDE, VIRTUAL_MM, Scene
from liverboard.treatments.ablation.tables import table

__all__ = ["Path", "PathSearch", "Verdict", "pareto_front", "search_paths", "verify"]

FARTHEST_MM = 300.0
"""How far outwards the skin is looked for."""

MEASURED = 1500
"""Free paths that are measured in full; of more, every n-th is."""

CLEAR_ENOUGH_MM = 20.0
"""Clearance beyond this is not better any more."""

TOO_LONG = -2
"""Stands in `PathSearch.met` for a way longer than any needle."""

APART_DEG = 8.0
"""Two paths that are kept differ by at least this angle."""


@dataclass(frozen=True, slots=True)
class Path:
    """A straight way: unit vector from the target to the skin, and its measures.

    capsule_angle_deg: between path and normal of the capsule where it enters the liver. track_mm:
    liver passed before the lesion. clearance_mm: to the nearest structure outside the liver.
    tilt_deg: out of the axial plane. punctures: times that the path enters the liver.
    """

    outward: tuple[float, float, float]
    length_mm: float
    capsule_angle_deg: float
    track_mm: float
    clearance_mm: float
    tilt_deg: float
    punctures: int


@dataclass(frozen=True, slots=True)
class PathSearch:
    """What was found for one target: `tried` entries, `free` ones, and what blocked the others.

    ways (n, 3): unit vectors to the entries within reach; met (n,): the name of what each meets
    first as a number in `names`, 0 where it is free, -1 outside the image; length_mm (n,).
    """

    paths: tuple[Path, ...]
    tried: int
    free: int
    blocked: Mapping[str, int]
    ways: Array = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    met: Array = field(default_factory=lambda: np.zeros(0, np.int16))
    length_mm: Array = field(default_factory=lambda: np.zeros(0, np.float32))
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "blocked", MappingProxyType(dict(self.blocked)))


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What each path meets first, and how long it is from tip to skin: (n,) each.

    met: index into `Scene.names`, -1 outside the image, 0 nothing.
    """

    met: Array
    length_mm: Array


def verify(
    tips: Array, outward: Array, scene: Scene, *, free_mm: float, vessels_mm: float
) -> Verdict:
    """Return whether paths from `tips` (n, 3) along unit vectors `outward` (n, 3) are free.

    Within `free_mm` of the tip no clearance is asked, only that nothing is pierced; within
    `vessels_mm` no distance from vessels.
    """
    far = tips + FARTHEST_MM * outward
    _, length = first_obstacles(tips, far, scene.air)
    if not scene.has_skin:
        length = np.full(len(tips), VIRTUAL_MM)
    has_exit = np.isfinite(length)
    length = np.where(has_exit, length, FARTHEST_MM)
    ends = tips + length[:, None] * outward
    met = _met(tips, ends, scene.hard)
    for start, what in ((free_mm, scene.wide), (vessels_mm, scene.vessels)):
        near = tips + np.minimum(start, length)[:, None] * outward
        met = np.where(met != 0, met, _met(near, ends, what))
    met = np.where((met == 0) & ~has_exit, -1, met)
    return Verdict(met, length)


def _met(starts: Array, ends: Array, within: Obstacles) -> Array:
    """Return the label that each path meets first."""
    return first_obstacles(starts, ends, within)[0].astype(np.int64)


def search_paths(
    target_mm: Array, radius_mm: float, scene: Scene, options: AblationOptions
) -> PathSearch:
    """Return the best ways to a lesion of `radius_mm` round a point (3,), diverse and measured."""
    rule, near = table("planning")["path"], table("planning")["vessel"]
    way = scene.skin_mm - target_mm
    far = np.linalg.norm(way, axis=1)
    within = (far > 1.0) & (far <= float(rule["longest_mm"]) if scene.has_skin else far > 1.0)
    outward = way[within] / far[within][:, None]
    tips = np.repeat(target_mm[None], len(outward), axis=0)
    reach = radius_mm + float(near["near_target_mm"])
    verdict = verify(tips, outward, scene, free_mm=radius_mm, vessels_mm=reach)
    is_free = (verdict.met == 0) & (verdict.length_mm <= float(rule["longest_mm"]))
    blocked = _blocked(verdict.met, scene)
    if len(way) > len(outward):
        blocked["longer than any needle"] = len(way) - len(outward)
    keep = np.flatnonzero(is_free)[:: max(1, int(is_free.sum()) // MEASURED)]
    measured = _measures(target_mm, outward[keep], verdict.length_mm[keep], radius_mm, scene=scene)
    chosen = _diverse(outward[keep], measured, options.paths_kept)
    paths = tuple(_path(outward[keep][n], measured[n]) for n in chosen)
    return PathSearch(
        paths,
        len(way),
        int(is_free.sum()),
        blocked,
        outward.astype(np.float32),
        np.where((verdict.met == 0) & ~is_free, TOO_LONG, verdict.met).astype(np.int16),
        verdict.length_mm.astype(np.float32),
        tuple(scene.names),
    )


def _blocked(met: Array, scene: Scene) -> dict[str, int]:
    """Return how many paths each structure blocks, most first."""
    counts = {name: int((met == n).sum()) for n, name in enumerate(scene.names) if n}
    counts[OUTSIDE] = int((met < 0).sum())
    return {name: n for name, n in sorted(counts.items(), key=lambda kv: (-kv[1], kv[0])) if n}


STEP_MM = 1.0
"""Distance between the points at which a path is measured."""


def _measures(
    target: Array, outward: Array, length: Array, radius_mm: float, *, scene: Scene
) -> Array:
    """Return length, capsule angle, liver track, clearance, tilt and punctures: (n, 6)."""
    if not len(outward):
        return np.zeros((0, 6))
    along = np.arange(0.0, float(length.max()) + STEP_MM, STEP_MM)
    points = target + along[None, :, None] * outward[:, None, :]
    flat = points.reshape(-1, 3)
    inside = sample_linear(scene.liver, flat, fill=1e3).reshape(len(outward), -1) < 0.0
    gap = sample_linear(scene.gap, flat, fill=1e3).reshape(len(outward), -1)
    on_way = along[None] <= length[:, None]
    outside_lesion = on_way & (along[None] > radius_mm)
    crossing = inside[:, :-1] & ~inside[:, 1:] & on_way[:, 1:]
    last = np.where(crossing.any(axis=1), np.argmax(crossing, axis=1), 0)
    track = np.maximum(0.0, along[last] - radius_mm)
    clearance = np.where(outside_lesion & (along[None] < length[:, None]), gap, np.inf).min(axis=1)
    tilt = np.degrees(np.arcsin(np.clip(np.abs(outward[:, 2]), 0.0, 1.0)))
    angle = _capsule_angles(points[np.arange(len(outward)), last], outward, scene)
    return np.stack(
        [length, angle, track, np.minimum(clearance, 1e3), tilt, crossing.sum(axis=1)], axis=1
    )


def _capsule_angles(points: Array, outward: Array, scene: Scene) -> Array:
    """Return the angle between paths and the normal of the capsule where they cross it: degrees."""
    offset = 2.0 * float(np.mean(scene.grid.spacing_mm))
    sides = [
        sample_linear(scene.liver, points + offset * unit, fill=0.0)
        - sample_linear(scene.liver, points - offset * unit, fill=0.0)
        for unit in np.eye(3)
    ]
    normal = np.stack(sides, axis=1)
    size = np.maximum(np.linalg.norm(normal, axis=1), 1e-6)
    cosine = np.abs((normal * outward).sum(axis=1)) / size
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, 0.0, 1.0))))


def _costs(measured: Array) -> Array:
    """Return what is to be small: (n, 5) length, angle, tilt, lack of clearance, lack of track."""
    rule = table("planning")["path"]
    track = float(rule["liver_track_mm"])
    return np.stack(
        [
            measured[:, 0],
            np.maximum(measured[:, 1] - float(rule["capsule_angle_deg"]), 0.0)
            + 0.1 * measured[:, 1],
            np.maximum(measured[:, 4] - float(rule["tilt_deg"]), 0.0),
            CLEAR_ENOUGH_MM - np.minimum(measured[:, 3], CLEAR_ENOUGH_MM),
            np.maximum(track - measured[:, 2], 0.0) + 10.0 * np.maximum(measured[:, 5] - 1.0, 0.0),
        ],
        axis=1,
    )


def pareto_front(costs: Array) -> Array:
    """Return which rows of `costs` (n, k) no other row betters in all columns: (n,) bool."""
    best = np.ones(len(costs), dtype=bool)
    for n, row in enumerate(costs):
        if best[n]:
            beaten = (costs >= row).all(axis=1) & (costs > row).any(axis=1)
            best &= ~beaten
    return best


def _diverse(outward: Array, measured: Array, most: int) -> list[int]:
    """Return at most `most` rows: Pareto-best first, cheapest first, each some degrees apart."""
    if not len(outward):
        return []
    costs = _costs(measured)
    scaled = costs / np.array([100.0, 30.0, 30.0, 10.0, 10.0])
    front = pareto_front(costs)
    order = np.lexsort((np.arange(len(costs)), scaled.sum(axis=1), ~front))
    kept: list[int] = []
    limit = np.cos(np.radians(APART_DEG))
    for n in order.tolist():
        if all(float(outward[n] @ outward[k]) < limit for k in kept):
            kept.append(n)
        if len(kept) == most:
            break
    return kept


def _path(outward: Array, row: Array) -> Path:
    """Return one path as a value."""
    x, y, z = (float(v) for v in outward)
    length, angle, track, clearance, tilt, punctures = (float(v) for v in row)
    return Path((x, y, z), length, angle, track, clearance, tilt, max(1, int(punctures)))
