"""Where the lesions go: in the segments or points asked for, else as the seed has it.

Lesions lie wholly inside the liver and apart from one another. They keep clear of the scaffold of
the vessels wherever there is room; where there is none a lesion encases the vessel, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from liverboard.errors import RequestError
from liverboard.phantom.lesion import Ellipsoid
from liverboard.phantom.nearest import nearest_pieces
from liverboard.phantom.options import PhantomOptions, Place
from liverboard.phantom.partition import Partition
from liverboard.phantom.space import Space
from liverboard.phantom.tree import GrowingTree

__all__ = ["place_lesions"]

Points = NDArray[np.float64]

DIAMETERS_MM = (10.0, 35.0)
"""Range of the diameters that the seed draws, more small ones than large."""

STRETCH = 0.16
"""Standard deviation of the logarithm of a semi-axis' share."""

CAPSULE_MM = 0.8
"""Least liver between a lesion and the surface."""

APART_MM = 4.0
"""Least liver between two lesions."""

WALL_MM = 1.0
"""Least liver between a lesion and the wall of a vessel of the scaffold."""

NEAR_MM = 5.0
"""A lesion meant to lie near a vessel or the capsule lies within this."""

RIGHT, LEFT = (5, 6, 7, 8), (2, 3, 4)
HABITS = ("vessel", "capsule", "free")


@dataclass(frozen=True, slots=True, eq=False)
class _Sites:
    """Points (n, 3) where a lesion's centre may lie, and what surrounds each, in mm (n,).

    `core` is the distance to the next segment of the plan.
    """

    points: Points
    segment: NDArray[np.int64]
    depth: Points
    vessel: Points
    core: Points


def place_lesions(
    options: PhantomOptions,
    plan: Partition,
    *,
    space: Space,
    scaffolds: Sequence[GrowingTree],
    rng: np.random.Generator,
) -> tuple[Ellipsoid, ...]:
    """Return the lesions in the order asked for; raise RequestError where one does not fit."""
    diameters = _diameters(options, rng)
    wishes = [*options.lesion_places, *_wishes(options, plan, rng)][: options.lesions]
    blanks = [_ellipsoid(diameter, rng) for diameter in diameters]
    sites = _sites(plan, space, scaffolds)
    placed: dict[int, Ellipsoid] = {}
    for number in _sequence(wishes, diameters):
        habit = HABITS[number % len(HABITS)]
        others = list(placed.values())
        spot = _spot(blanks[number], wishes[number], sites, others=others, habit=habit, rng=rng)
        if spot is None:
            raise _no_room(number, wishes[number], diameters[number])
        placed[number] = _moved(blanks[number], spot)
        _check_room(placed[number], number, wishes[number], space, others)
    return tuple(placed[number] for number in sorted(placed))


def _sequence(wishes: Sequence[Place], diameters: Sequence[float]) -> list[int]:
    """Return the order of placing: given points first, then the largest first."""
    return sorted(range(len(wishes)), key=lambda n: (isinstance(wishes[n], str), -diameters[n], n))


def _diameters(options: PhantomOptions, rng: np.random.Generator) -> list[float]:
    low, high = DIAMETERS_MM
    if options.lesions > 8:
        high = max(15.0, high - 1.2 * (options.lesions - 8))
    drawn = low + (high - low) * rng.random(options.lesions) ** 1.4
    given = options.lesion_diameters_mm
    return [*given, *(float(one) for one in drawn[len(given) :])]


def _wishes(options: PhantomOptions, plan: Partition, rng: np.random.Generator) -> list[str]:
    """Return a segment for every lesion: right and left in turn at first where bilobar."""
    pools: list[tuple[int, ...]] = [RIGHT, LEFT] if options.is_bilobar else [RIGHT]
    pools += [(*RIGHT, *LEFT) if options.is_bilobar else RIGHT] * options.lesions
    wishes: list[str] = []
    for pool in pools[: options.lesions]:
        weight = np.array([len(plan.of(segment)) for segment in pool], dtype=float)
        weight /= 1.0 + 3.0 * np.array([wishes.count(f"S{segment}") for segment in pool])
        wishes.append(f"S{rng.choice(pool, p=weight / weight.sum())}")
    skipped = len(options.lesion_places)
    return wishes[: options.lesions - skipped]


def _ellipsoid(diameter_mm: float, rng: np.random.Generator) -> Ellipsoid:
    """Return a turned ellipsoid at the origin with the volume of a sphere of `diameter_mm`."""
    share = np.exp(np.clip(rng.normal(0.0, STRETCH, 3), -2 * STRETCH, 2 * STRETCH))
    axes = 0.5 * diameter_mm * share / np.prod(share) ** (1 / 3)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    rows = [(float(a), float(b), float(c)) for a, b, c in turn]
    return Ellipsoid((0.0, 0.0, 0.0), (float(axes[0]), float(axes[1]), float(axes[2])), tuple(rows))


def _moved(lesion: Ellipsoid, centre: Points) -> Ellipsoid:
    x, y, z = (round(float(number), 3) for number in centre)
    return Ellipsoid((x, y, z), lesion.semi_axes_mm, lesion.rows)


def _sites(plan: Partition, space: Space, scaffolds: Sequence[GrowingTree]) -> _Sites:
    gaps = []
    for tree in scaffolds:
        number, gap = nearest_pieces(plan.points, tree.start, tree.end)
        gaps.append(gap - tree.radii_mm(grown=True)[number])
    core = np.empty(len(plan.points))
    for segment in range(1, 9):
        mine = plan.labels == segment
        core[mine] = cKDTree(plan.points[~mine]).query(plan.points[mine])[0]
    depth = space.depth_at(plan.points)
    return _Sites(plan.points, plan.labels, depth, np.min(gaps, axis=0), core)


def _spot(
    lesion: Ellipsoid,
    wish: Place,
    sites: _Sites,
    *,
    others: Sequence[Ellipsoid],
    habit: str,
    rng: np.random.Generator,
) -> Points | None:
    """Return the centre of a lesion: where it fits best, by habit, or None where nowhere."""
    if not isinstance(wish, str):
        return np.array(wish, dtype=np.float64)
    reach = lesion.reach_mm
    fits = (sites.segment == int(wish[1:])) & (sites.depth > reach + CAPSULE_MM)
    for other in others:
        gap = np.linalg.norm(sites.points - np.array(other.centre_mm), axis=1)
        fits &= gap > reach + other.reach_mm + APART_MM
    clear = sites.vessel - reach
    own = sites.core > np.quantile(sites.core[fits], 0.5) if fits.any() else fits
    near = {
        "vessel": clear < NEAR_MM,
        "capsule": sites.depth - reach < NEAR_MM,
        "free": np.ones_like(fits),
    }[habit]
    for chosen in (own & near, own, near, np.ones_like(fits)):
        index = np.flatnonzero(fits & chosen & (clear > WALL_MM))
        if len(index):
            return np.asarray(sites.points[rng.choice(index)])
    index = np.flatnonzero(fits)
    return np.asarray(sites.points[index[clear[index].argmax()]]) if len(index) else None


def _check_room(
    lesion: Ellipsoid, number: int, wish: Place, space: Space, others: Sequence[Ellipsoid]
) -> None:
    """Raise RequestError where a lesion at a given point leaves the liver or meets another."""
    if isinstance(wish, str):
        return
    depth = float(space.depth_at(np.array([lesion.centre_mm]))[0])
    gaps = [
        float(np.linalg.norm(np.subtract(lesion.centre_mm, other.centre_mm))) - other.reach_mm
        for other in others
    ]
    room = min([depth, *gaps])
    if room < lesion.reach_mm + CAPSULE_MM / 2:
        raise RequestError(
            f"there is room for a radius of {max(0.0, room):.1f} mm at {wish}, "
            f"the lesion needs {lesion.reach_mm:.1f} mm",
            where=f"lesion {number + 1}",
            remedy="choose a point deeper in the liver, apart from others, or a smaller lesion",
        )


def _no_room(number: int, wish: Place, diameter_mm: float) -> RequestError:
    return RequestError(
        f"no room for {diameter_mm:.0f} mm in {wish}",
        where=f"lesion {number + 1}",
        remedy="ask for a smaller lesion, fewer lesions or another segment",
    )
