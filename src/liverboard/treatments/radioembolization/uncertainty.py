"""Intervals by Monte Carlo: uptake, shunt, masses and activity drawn together.

Dose is linear in the parts of a basis, so a draw costs one small matrix product. A measured map is
drawn a little elsewhere too: its territory moves with it against lesions and liver.
Not drawn: where within a lesion the spheres lodge, turns and warps, and the territory itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from liverboard.numerics.grid import Array, read_only
from liverboard.treatments.radioembolization.dose import NORMAL, Basis
from liverboard.treatments.radioembolization.kernels.wander import three_points, wandering_means
from liverboard.treatments.radioembolization.options import SirtOptions
from liverboard.treatments.radioembolization.setting import Setting
from liverboard.treatments.radioembolization.tables import figure, published

__all__ = ["Draws", "Wander", "draw", "wander"]

THINNED_TO = 20_000
"""Voxels of a region at which its mean under a moving map is known well enough."""

RANGE_SIGMAS = 2.0 * NormalDist().inv_cdf(0.975)
QUARTILE_SIGMAS = 2.0 * NormalDist().inv_cdf(0.75)
MEDIAN_GAP_SIGMAS = NormalDist().inv_cdf(0.75) * 2.0**0.5
"""How many standard deviations a 95 % range, an interquartile range, and the median gap between
two measurements span."""


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Mean doses in Gy by draw: local, spread (draws, regions), lungs (draws,)."""

    local: Array
    spread: Array
    lung: Array

    def __post_init__(self) -> None:
        for name in ("local", "spread", "lung"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


@dataclass(frozen=True, slots=True, eq=False)
class Wander:
    """Means of parts over regions as the map moves: local, spread (moves, regions, parts).

    chances: (moves,), summing to one.
    """

    chances: Array
    local: Array
    spread: Array


def wander(basis: Basis, spacing_mm: tuple[float, float, float], sigma_mm: float) -> Wander:
    """Return what the regions receive when the map lies elsewhere by `sigma_mm` along each axis."""
    shifts, chances = three_points(sigma_mm, spacing_mm)
    voxels, labels = _thinned(basis.labels)
    means = [np.zeros((len(shifts), len(basis.regions), len(basis.parts))) for _ in range(2)]
    for column, part in enumerate(basis.parts):
        fields = ((part.local_box, part.local), (part.spread_box, part.spread))
        for out, (box, field) in zip(means, fields, strict=True):
            start = np.array([side.start for side in box])
            found = wandering_means(field, start, voxels, labels, shifts)
            out[:, : found.shape[1], column] = found
    # spheres cannot leave the liver: what a move puts beside it is shared out as the rest lies
    inside = np.einsum("r,mrp->mp", basis.region_ml, means[0])
    kept = (basis.region_ml @ basis.local_means) / np.maximum(inside, 1e-9)
    return Wander(chances, *(found * kept[:, None, :] for found in means))


def _thinned(labels: Array) -> tuple[Array, Array]:
    """Return voxels (n, 3) and their regions (n,) from 0, large regions thinned evenly."""
    flat = np.flatnonzero(labels)
    region = labels.ravel()[flat] - 1
    keep = []
    for number in range(int(region.max()) + 1):
        mine = flat[region == number]
        keep.append(mine[:: max(1, mine.size // THINNED_TO)])
    chosen = np.concatenate(keep)
    return np.stack(np.unravel_index(chosen, labels.shape), axis=1), labels.ravel()[chosen] - 1


def draw(
    basis: Basis,
    activity_gbq: tuple[float, ...],
    setting: Setting,
    options: SirtOptions,
    moved: Wander | None = None,
) -> Draws:
    """Return the doses of `options.draws` draws; same seed, same draws.

    `moved`: how a measured map may lie elsewhere; simulated maps have no place to miss.
    """
    rng = np.random.Generator(np.random.PCG64(options.seed))
    count = options.draws
    shunt = _shunts(rng, setting, count)
    activity = np.array(activity_gbq) * _about_one(rng, "activity_percent", count)[:, None]
    stays = setting.energy * activity * (1.0 - shunt[:, None])
    uptakes = _uptakes(rng, basis, setting, count)
    weights = np.array([part.weight_kg for part in basis.parts])
    masses = weights * _mass_factors(rng, basis, count)
    doses = _concentrations(basis, stays, uptakes, masses)
    lung_kg = setting.lung_kg
    spread = (lung_kg.high - lung_kg.low) / RANGE_SIGMAS
    lungs = np.clip(rng.normal(lung_kg.value, spread, count), 0.5 * lung_kg.low, None)
    lung = setting.energy * activity.sum(axis=1) * shunt / lungs
    if moved is None:
        return Draws(doses @ basis.local_means.T, doses @ basis.spread_means.T, lung)
    picked = rng.choice(moved.chances.size, size=count, p=moved.chances)
    local, spread_to = (
        np.einsum("dp,drp->dr", doses, means[picked]) for means in (moved.local, moved.spread)
    )
    return Draws(local, spread_to, lung)


def _about_one(rng: np.random.Generator, name: str, count: int) -> Array:
    """Return factors about one by a published relative deviation in percent."""
    deviation = float(published("uncertainty", name, "value")) / 100.0
    return np.clip(rng.normal(1.0, deviation, count), 0.1, None)


def _shunts(rng: np.random.Generator, setting: Setting, count: int) -> Array:
    """Return lung shunts: about the patient's own as repeats differ, else as patients differ."""
    if setting.shunt.is_measured:
        gap = float(published("lung_shunt_percent", "repeat", "value"))
        middle = 100.0 * setting.shunt.fraction
        return np.clip(rng.normal(middle, gap / MEDIAN_GAP_SIGMAS, count), 0.0, 99.0) / 100.0
    usual = figure(published("lung_shunt_percent", "usual"))
    sigma = np.log(usual.high / usual.low) / QUARTILE_SIGMAS
    drawn = usual.value * np.exp(rng.normal(0.0, sigma, count))
    return np.asarray(np.minimum(drawn, 99.0) / 100.0)


def _uptakes(rng: np.random.Generator, basis: Basis, setting: Setting, count: int) -> Array:
    """Return the uptake (draws, parts): the patient's level, and each lesion about it.

    A level that was asked for is not drawn, nor is anything of a measured map.
    """
    middle = basis.uptakes(setting.uptakes(basis.lesions))
    own = setting.own_uptake
    ratio = setting.uptake
    sigma = 0.0 if own else np.log(ratio.high / ratio.low) / RANGE_SIGMAS
    level = np.exp(rng.normal(0.0, 1.0, count) * sigma)
    about = np.log(float(published("uncertainty", "lesion_uptake_factor", "value")))
    names = sorted({part.lesion for part in basis.parts})
    factors = {name: np.exp(rng.normal(0.0, about, count)) * level for name in names}
    is_drawn = [part.lesion not in (NORMAL, "map") for part in basis.parts]
    columns = [
        factors[part.lesion] if drawn else np.ones(count)
        for part, drawn in zip(basis.parts, is_drawn, strict=True)
    ]
    return np.asarray(middle * np.stack(columns, axis=1))


def _mass_factors(rng: np.random.Generator, basis: Basis, count: int) -> Array:
    """Return factors (draws, parts) about one for the mass of every part."""
    names = sorted({part.lesion for part in basis.parts})
    drawn = {
        name: _about_one(
            rng, "liver_mass_percent" if name in (NORMAL, "map") else "tumour_mass_percent", count
        )
        for name in names
    }
    return np.stack([drawn[part.lesion] for part in basis.parts], axis=1)


def _concentrations(basis: Basis, stays: Array, uptakes: Array, masses: Array) -> Array:
    """Return the dose (draws, parts) of a unit of every part."""
    owner = np.array([part.territory for part in basis.parts])
    weighted = uptakes * masses
    columns = [weighted[:, owner == t].sum(axis=1) for t in range(len(basis.territories))]
    per_weight = stays / np.stack(columns, axis=1)
    return np.asarray(per_weight[:, owner] * uptakes)
