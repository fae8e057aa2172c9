"""Heat or cold at one lesion as planned: the zone with this patient's vessels, and its odds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from liverboard.anatomy import Anatomy
from liverboard.numerics.binomial import clopper_pearson
from liverboard.numerics.coverage import MarginMap, margin_map
from liverboard.numerics.grid import Array, Grid, Image, bounding_box
from liverboard.numerics.resample import sample_linear
from liverboard.treatments.ablation.device import Device
from liverboard.treatments.ablation.heat.domain import (
    Domain,
    Walls,
    bare,
    domain_of,
    vessels_near,
    walls_of,
)
from liverboard.treatments.ablation.heat.run import Heated, Shot, freeze, heat
from liverboard.treatments.ablation.heat.source import Antenna, Shaft, applicator
from liverboard.treatments.ablation.heat.tissue import Tissue, liver
from liverboard.treatments.ablation.options import AblationOptions
from liverboard.treatments.ablation.placement import Placement, frame_of
from liverboard.treatments.ablation.tables import estimate_of, table
from liverboard.treatments.ablation.target import Target
from liverboard.treatments.ablation.uncertainty import Draws, draws_of
from liverboard.values import Estimate

__all__ = ["LesionHeat", "Reading", "lesion_heat"]

READINGS: Mapping[str, tuple[str, ...]] = {
    "in vivo": ("living",),
    "ex vivo": ("ex_vivo",),
    "not stated": ("ex_vivo", "living"),
    "phantom": ("living",),
}
"""How the table of a device may be read, by its medium; the cautious one first."""

COARSE_MM = 3.0
"""Voxels of the ensemble and of what vessels take. What they miss is made up for: see `_offset`."""

ELECTRODE_MM = 1.0
"""Widest voxel on which an electrode is drawn."""

MOTIONS = 16
"""Shifts of the lesion against one heated zone of the ensemble."""

EFFICIENCY_SIGMA = 0.10
"""Spread of what reaches tissue from one antenna to the next (house default, unverified)."""

PROBE_SIGMA_K = 10.0
"""Spread of a cryoprobe's temperature (house default, unverified)."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """The plan heated once: how the table was read, margins, volumes by model of death in ml.

    `smallest_mm` by model; `without_vessels_ml` the zone that the same setting makes where no
    vessel is; `leak`: share of the energy that the account misses; `offset`: what a coarse field
    must lose to have the same zone.
    """

    name: str
    margins: MarginMap
    smallest_mm: Mapping[str, float]
    volume_ml: Mapping[str, float]
    with_vessels_ml: float
    without_vessels_ml: float
    leak: float
    offset: float


@dataclass(frozen=True, slots=True, eq=False)
class LesionHeat:
    """A lesion heated or frozen as planned.

    zone: field of the first reading, negative where dead; extreme: its highest (lowest)
    temperature in degC. covered, complete, wide: percent over the ensemble.
    """

    lesion: str
    modality: str
    readings: tuple[Reading, ...]
    zone: Image
    extreme: Image
    samples: int
    covered: Estimate
    complete: Estimate
    wide: Estimate

    @property
    def smallest_mm(self) -> tuple[float, float]:
        """The smallest margin under the least and the most favourable reading."""
        found = [one.margins.smallest_mm for one in self.readings]
        return min(found), max(found)


def lesion_heat(
    target: Target,
    device: Device,
    placements: Sequence[Placement],
    anatomy: Anatomy,
    options: AblationOptions,
) -> LesionHeat:
    """Return what the placements of a plan do to a lesion with this patient's vessels."""
    step = options.thermal_grid_mm
    if device.modality == "radiofrequency":  # the current crowds about an electrode of 2 to 5 mm
        step = min(step, ELECTRODE_MM)
    fine = Grid.around(target.grid.corners_mm(), step, margin_mm=-4.0)
    coarse = Grid.around(target.grid.corners_mm(), COARSE_MM, margin_mm=-4.0)
    vessels = vessels_near(anatomy, fine)
    walls, rough = walls_of(fine, vessels), walls_of(coarse, vessels)
    shots = [_shot(placement) for placement in placements]
    found, first = [], None
    for name in READINGS[device.medium]:
        source = applicator(device.id).reading(name)
        done = _done(domain_of(walls, liver()), shots, source)
        first = first or done
        found.append(_reading(name, done, target, rough, shots, source))
    assert first is not None
    covered, complete, wide = _ensemble(target, device, placements, rough, found, options)
    box = bounding_box(first.zone().array < 0.0, margin=10) if first.volume_ml() else None
    zone, extreme = first.zone(), Image(first.peak, fine)
    if box is not None:
        zone, extreme = _own(zone.crop(box)), _own(extreme.crop(box))
    return LesionHeat(
        target.lesion,
        device.modality,
        tuple(found),
        zone,
        extreme,
        options.thermal_samples,
        covered,
        complete,
        wide,
    )


def _own(image: Image) -> Image:
    """Return an image that holds no more than it shows."""
    return Image(np.array(image.array), image.grid)


def _shot(placement: Placement) -> Shot:
    """Return a placement as an applicator at work."""
    return Shot(
        np.array(placement.centre_mm),
        np.array([needle.tip_mm for needle in placement.needles]),
        np.array(placement.outward),
        placement.setting.power_w,
        60.0 * placement.setting.minutes,
    )


def _done(domain: Domain, shots: Sequence[Shot], source: Antenna | Shaft) -> Heated:
    """Return what shots do: heat one after the other, cold by all probes together."""
    if isinstance(source, Shaft) and source.probe_c < 0.0:
        tips = np.concatenate([shot.tips_mm for shot in shots])
        # one freeze, as the tables were measured with
        return freeze(domain, replace(shots[0], tips_mm=tips), source, cycles=1)
    return heat(domain, shots, source)


def _reading(
    name: str,
    done: Heated,
    target: Target,
    rough: Walls,
    shots: Sequence[Shot],
    source: Antenna | Shaft,
) -> Reading:
    """Return one reading measured: margins by every model, and what vessels take away."""
    grid = done.domain.grid
    organ = sample_linear(target.liver, _points(grid), fill=50.0).reshape(grid.shape)
    beside = Image(organ, grid)
    maps = {
        model: margin_map(target.surface, done.zone(model), organ=beside) for model in done.levels
    }
    first = next(iter(maps))
    alone, among = (
        _done(domain, shots, source)
        for domain in (bare(rough.grid, liver()), domain_of(rough, liver()))
    )
    return Reading(
        name,
        maps[first],
        {model: one.smallest_mm for model, one in maps.items()},
        {model: done.volume_ml(model) for model in done.levels},
        among.volume_ml(first),
        alone.volume_ml(first),
        done.leak,
        _offset(among.zone(first), done.volume_ml(first)),
    )


def _offset(zone: Image, volume_ml: float) -> float:
    """Return what to take from a coarse field so that its zone has the volume of the fine one."""
    count = round(volume_ml / zone.grid.voxel_ml)
    values = np.sort(zone.array, axis=None)
    return float(values[min(count, len(values) - 1)])


def _points(grid: Grid) -> Array:
    return grid.points(np.indices(grid.shape).reshape(3, -1).T)


def _ensemble(
    target: Target,
    device: Device,
    placements: Sequence[Placement],
    rough: Walls,
    readings: Sequence[Reading],
    options: AblationOptions,
) -> tuple[Estimate, Estimate, Estimate]:
    """Return how often, in percent, the lesion is covered, with the margin, and with the goal.

    Each sample strays with its needles, its perfusion, its source and its reading of the table; the
    lesion then moves against it some times. The interval counts samples and not moves.
    """
    count = options.thermal_samples
    rng = np.random.Generator(np.random.PCG64(options.seed + 7))
    draws = draws_of(
        device, samples=count * MOTIONS, needles=len(placements), seed=options.seed + 8
    )
    kinds = (0.0, options.margin_mm, options.goal_mm)
    varied = list(_varied(device, count, rng))

    def held(n: int) -> list[float]:
        tissue, source, offset = varied[n]
        shots = [_strayed(place, draws, n, k) for k, place in enumerate(placements)]
        zone = _done(domain_of(rough, tissue), shots, source).zone()
        shift = offset - readings[n % len(readings)].offset
        field = Image(zone.array + np.float32(shift), zone.grid)
        motions = draws.motion[n * MOTIONS : (n + 1) * MOTIONS]
        found = [0.0, 0.0, 0.0]
        for m, margin in enumerate(kinds):
            found[m] = _held(field, target.points[margin], motions)
            if found[m] == 0.0:
                break
        return found

    with ThreadPoolExecutor(2) as pool:  # one sample a thread: kernels hold no lock
        hits = np.array(list(pool.map(held, range(count))))
    low, middle, high = (_share(row) for row in hits.T)
    return low, middle, high


def _held(field: Image, points: Array, motions: Array) -> float:
    """Return the share of moves after which a zone still holds all points."""
    moved = (points[None] - motions[:, None]).reshape(-1, 3)
    level = sample_linear(field, moved, fill=1e3).reshape(len(motions), -1)
    return float((level < 0.0).all(axis=1).mean())


def _share(shares: Array) -> Estimate:
    """Return a mean of shares in percent with the exact interval of as many independent samples."""
    mean = float(shares.mean())
    spread = float(shares.var(ddof=1)) / len(shares) if len(shares) > 1 else 0.0
    most = float(len(shares) * MOTIONS)
    effective = mean * (1.0 - mean) / spread if spread > 0.0 else float(len(shares))
    number = float(np.clip(effective, len(shares), most))
    low, high = clopper_pearson(mean * number, number)
    return Estimate(100.0 * mean, 100.0 * low, 100.0 * high, "percent", ("method:ablation-heat",))


def _strayed(placement: Placement, draws: Draws, sample: int, needle: int) -> Shot:
    """Return a placement as it may come to lie."""
    u = np.array(placement.outward)
    first, second = frame_of(u)
    row = sample * MOTIONS
    shift = draws.shift[row, needle]
    moved = shift[0] * first + shift[1] * second + shift[2] * u
    bent = u + draws.tilt[row, needle, 0] * first + draws.tilt[row, needle, 1] * second
    shot = _shot(placement)
    return replace(
        shot,
        middle_mm=shot.middle_mm + moved,
        tips_mm=shot.tips_mm + moved,
        outward=bent / np.linalg.norm(bent),
    )


def _varied(
    device: Device, count: int, rng: np.random.Generator
) -> Iterator[tuple[Tissue, Antenna | Shaft, float]]:
    """Yield tissue, source, and what is added to the field that tells dead from alive."""
    given = table("heat")
    perfusion = estimate_of(given["tissue"]["perfusion"], "1/s")
    nusselt = estimate_of(given["vessel"]["nusselt"], "1")
    readings = READINGS[device.medium]
    for n in range(count):
        # the middle of the range of perfusion is its square root in the mean: it acts by its root
        root = rng.uniform(np.sqrt(perfusion.low), np.sqrt(perfusion.high))
        tissue = liver().but(
            perfusion_per_s=float(root**2), nusselt=float(rng.uniform(nusselt.low, nusselt.high))
        )
        source = applicator(device.id).reading(readings[n % len(readings)])
        stray, threshold = float(rng.normal()), float(rng.uniform(0.0, np.log(4.6)))
        if isinstance(source, Antenna):
            share = float(np.exp(EFFICIENCY_SIGMA * stray))
            yield tissue, replace(source, efficiency=source.efficiency * share), threshold
        elif source.probe_c < 0.0:
            yield tissue, replace(source, probe_c=source.probe_c + PROBE_SIGMA_K * stray), 0.0
        else:
            yield tissue, replace(source, ceiling_c=source.ceiling_c + 2.0 * stray), threshold
