"""Needles and zones in the patient's frame, and how a plan fares when they stray."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liverboard.numerics.binomial import clopper_pearson
from liverboard.numerics.coverage import MarginMap, margin_map
from liverboard.numerics.grid import Array, Grid, Image
from liverboard.treatments.ablation.device import Device, Setting, Zone
from liverboard.treatments.ablation.kernels.placement import (
    all_covered,
    any_inside,
    needle_near,
    smallest_gaps,
)
from liverboard.treatments.ablation.scene import Organ, Scene
from liverboard.treatments.ablation.target import Target
from liverboard.treatments.ablation.uncertainty import Draws
from liverboard.values import Estimate

__all__ = [
    "Chances",
    "Needle",
    "Placement",
    "chances_of",
    "margins_of",
    "needles_round",
    "percent_of",
    "zone_field",
]

HIT_KINDS = ("organ", "bowel", "gallbladder", "lung")
"""Structures that a zone must not reach; bones and vessels are none."""

NEEDLE_KINDS = ("organ", "bowel", "gallbladder", "lung", "vessel")
"""Structures that a needle must not pierce."""


@dataclass(frozen=True, slots=True)
class Needle:
    """One shaft: its tip, the place where it enters the skin, and the way between in mm."""

    tip_mm: tuple[float, float, float]
    entry_mm: tuple[float, float, float]
    length_mm: float


@dataclass(frozen=True, slots=True)
class Placement:
    """One zone and the needles that make it. `outward`: unit vector from tip to skin."""

    centre_mm: tuple[float, float, float]
    outward: tuple[float, float, float]
    zone: Zone
    setting: Setting
    needles: tuple[Needle, ...]

    @property
    def tip_mm(self) -> Array:
        """Where the middle needle's tip lies: (3,)."""
        return np.array(self.centre_mm) - self.zone.behind_tip_mm * np.array(self.outward)


def frame_of(outward: Array) -> tuple[Array, Array]:
    """Return two unit vectors across a needle, the same for the same direction."""
    helper = np.eye(3)[int(np.argmin(np.abs(outward)))]
    first = np.cross(outward, helper)
    first /= np.linalg.norm(first)
    return first, np.cross(outward, first)


def needles_round(probes: int, spacing_mm: float) -> Array:
    """Return where probes `spacing_mm` apart lie across their common axis: (probes, 2)."""
    if probes == 1:
        return np.zeros((1, 2))
    radius = spacing_mm / (2.0 * np.sin(np.pi / probes))
    turn = 2.0 * np.pi * np.arange(probes) / probes
    return np.asarray(radius * np.stack([np.cos(turn), np.sin(turn)], axis=1))


def zone_field(placements: Sequence[Placement], grid: Grid) -> Image:
    """Return the union of zones as a field (z, y, x) float32, negative inside.

    Its zero level is the edge; near it the values are mm to first order.
    """
    axes = [np.arange(size, dtype=np.float64) for size in grid.shape]
    matrix = grid.index_to_mm
    best = np.full(grid.shape, np.inf, dtype=np.float32)
    for placement in placements:
        best = np.minimum(best, _one_field(placement, matrix, axes))
    return Image(best, grid)


def _one_field(placement: Placement, matrix: Array, axes: Sequence[Array]) -> Array:
    """Return the field of one ellipsoid."""
    middle, u = np.array(placement.centre_mm), np.array(placement.outward)
    k, j, i = axes
    parts = [
        matrix[row, 0] * i[None, None, :]
        + matrix[row, 1] * j[None, :, None]
        + matrix[row, 2] * k[:, None, None]
        + (matrix[row, 3] - middle[row])
        for row in range(3)
    ]
    along = parts[0] * u[0] + parts[1] * u[1] + parts[2] * u[2]
    square = parts[0] ** 2 + parts[1] ** 2 + parts[2] ** 2 - along**2
    half_long, half_short = placement.zone.long_mm / 2.0, placement.zone.short_mm / 2.0
    level = np.sqrt(along**2 / half_long**2 + np.maximum(square, 0.0) / half_short**2)
    return np.asarray((level - 1.0) * half_short, dtype=np.float32)


def margins_of(target: Target, placements: Sequence[Placement]) -> MarginMap:
    """Return the margins of zones over the surface of a lesion, the capsule honoured."""
    zone = zone_field(placements, target.grid)
    return margin_map(target.surface, zone, organ=target.liver)


def shapes_of(placements: Sequence[Placement]) -> tuple[Array, Array, Array]:
    """Return centres (1, N, 3), axes (1, N, 3) and half axes (1, N, 2)."""
    centres = np.array([placement.centre_mm for placement in placements])[None]
    axes = np.array([placement.outward for placement in placements])[None]
    halves = np.array([[p.zone.long_mm / 2.0, p.zone.short_mm / 2.0] for p in placements])[None]
    return centres, axes, halves


def gap_of(points: Array, placements: Sequence[Placement]) -> float:
    """Return about how deep the worst point lies inside the zones in mm; for ranking only."""
    return float(smallest_gaps(points, *shapes_of(placements))[0])


@dataclass(frozen=True, slots=True)
class Chances:
    """Counts over samples.

    Lesion covered, complete margin, wide margin, an organ hit, by a needle at that; and which.
    """

    samples: int
    covered: int
    complete: int
    wide: int
    hit: int
    pierced: int
    hit_by: tuple[tuple[str, int], ...]

    @property
    def complete_share(self) -> float:
        """Share of samples with a complete margin."""
        return self.complete / self.samples

    @property
    def hit_share(self) -> float:
        """Share of samples in which an organ is hit."""
        return self.hit / self.samples


def percent_of(hits: int, samples: int) -> Estimate:
    """Return a counted share in percent with its exact interval."""
    low, high = clopper_pearson(hits, samples)
    share = hits / samples
    return Estimate(
        100.0 * share,
        100.0 * min(low, share),
        100.0 * max(high, share),
        "percent",
        ("method:ablation-chances",),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Strayed:
    """Every sample of a plan: zones and needles displaced."""

    centres: Array
    axes: Array
    halves: Array
    tips: Array
    outward: Array
    length_mm: Array


def _strayed(placements: Sequence[Placement], draws: Draws) -> _Strayed:
    """Displace zones and needles by the draws. All needles of one zone stray together."""
    centres, axes, halves = shapes_of(placements)
    count = len(placements)
    samples = len(draws.scale)
    moved = np.empty((samples, count, 3))
    turned = np.empty((samples, count, 3))
    for n in range(count):
        u = axes[0, n]
        first, second = frame_of(u)
        shift = draws.shift[:, n]
        moved[:, n] = centres[0, n] + np.outer(shift[:, 0], first) + np.outer(shift[:, 1], second)
        moved[:, n] += np.outer(shift[:, 2], u) + draws.motion
        bent = u + np.outer(draws.tilt[:, n, 0], first) + np.outer(draws.tilt[:, n, 1], second)
        turned[:, n] = bent / np.linalg.norm(bent, axis=1)[:, None]
    sizes = halves * draws.scale[:, None, None]
    tips, outward, length = _shafts(placements, moved, turned)
    return _Strayed(moved, turned, np.ascontiguousarray(sizes), tips, outward, length)


def _shafts(
    placements: Sequence[Placement], moved: Array, turned: Array
) -> tuple[Array, Array, Array]:
    """Return tips (S, M, 3), directions (S, M, 3) and lengths (M,) of all needles."""
    tips, ways, lengths = [], [], []
    for n, placement in enumerate(placements):
        middle = np.array(placement.centre_mm)
        for needle in placement.needles:
            tips.append(moved[:, n] + (np.array(needle.tip_mm) - middle))
            ways.append(turned[:, n])
            lengths.append(needle.length_mm)
    return (
        np.ascontiguousarray(np.stack(tips, axis=1)),
        np.ascontiguousarray(np.stack(ways, axis=1)),
        np.array(lengths),
    )


def chances_of(
    placements: Sequence[Placement],
    target: Target,
    device: Device,
    *,
    scene: Scene,
    draws: Draws,
    margins: tuple[float, float],
) -> Chances:
    """Return how often a plan covers its lesion, with a margin, and hits an organ."""
    strayed = _strayed(placements, draws)
    zones = (strayed.centres, strayed.axes, strayed.halves)
    covered = all_covered(target.points[0.0], *zones)
    complete = covered & all_covered(target.points[margins[0]], *zones)
    wide = complete & all_covered(target.points[margins[1]], *zones)
    reach = max(placement.zone.reach_scale for placement in placements)
    hit, pierced = np.zeros(len(covered), dtype=bool), np.zeros(len(covered), dtype=bool)
    by: dict[str, int] = {}
    for organ in scene.organs:
        through = _pierced(organ, placements, strayed, device)
        found = through | _reached(organ, placements, strayed, reach)
        if found.any():
            by[organ.title] = int(found.sum())
        hit, pierced = hit | found, pierced | through
    listed = tuple(sorted(by.items(), key=lambda kv: (-kv[1], kv[0])))
    sums = [int(each.sum()) for each in (covered, complete, wide, hit, pierced)]
    return Chances(len(covered), sums[0], sums[1], sums[2], sums[3], sums[4], listed)


STRAY_MM = 12.0
"""Organs farther than this from planned zone and needles are not reached by any plausible sample:
five standard deviations of placement and motion together."""


def _pierced(
    organ: Organ, placements: Sequence[Placement], strayed: _Strayed, device: Device
) -> Array:
    """Return in which samples a needle pierces an organ: (S,) bool."""
    nothing = np.zeros(len(strayed.centres), dtype=bool)
    if organ.kind not in NEEDLE_KINDS:
        return nothing
    near = _near_needles(organ.points_mm, placements, STRAY_MM)
    if not len(near):
        return nothing
    return needle_near(
        near, strayed.tips, strayed.outward, strayed.length_mm, device.shaft_radius_mm
    )


def _reached(
    organ: Organ, placements: Sequence[Placement], strayed: _Strayed, reach: float
) -> Array:
    """Return in which samples a zone reaches an organ: (S,) bool."""
    nothing = np.zeros(len(strayed.centres), dtype=bool)
    if organ.kind not in HIT_KINDS:
        return nothing
    near = _near_zones(organ.points_mm, placements, reach)
    if not len(near):
        return nothing
    return any_inside(near, strayed.centres, strayed.axes, strayed.halves * reach)


def _near_needles(points: Array, placements: Sequence[Placement], within_mm: float) -> Array:
    """Return the points within some distance of any planned needle, the nearest first."""
    best = np.full(len(points), np.inf)
    for placement in placements:
        u = np.array(placement.outward)
        for needle in placement.needles:
            away = points - np.array(needle.tip_mm)
            along = np.clip(away @ u, 0.0, needle.length_mm)
            best = np.minimum(best, np.linalg.norm(away - along[:, None] * u, axis=1))
    return _nearest_first(points, best, within_mm)


def _near_zones(points: Array, placements: Sequence[Placement], reach: float) -> Array:
    """Return the points that a zone may reach in any plausible sample, the nearest first."""
    best = np.full(len(points), np.inf)
    for placement in placements:
        far = 0.5 * max(placement.zone.long_mm, placement.zone.short_mm) * reach
        gap = np.linalg.norm(points - np.array(placement.centre_mm), axis=1)
        best = np.minimum(best, gap - 1.5 * far - STRAY_MM)
    return _nearest_first(points, best, 0.0)


def _nearest_first(points: Array, gap: Array, most: float) -> Array:
    """Return the points whose gap is at most `most`, by rising gap."""
    near = np.flatnonzero(gap <= most)
    return np.ascontiguousarray(points[near[np.argsort(gap[near], kind="stable")]])
