"""Intervals by Monte Carlo: uptake, shunt, masses and activity drawn together.

Dose is linear in the parts of a basis, so a draw costs one small matrix product.
Not drawn: where within a lesion the spheres lodge, and the territory itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from liverboard.numerics.grid import Array, read_only
from liverboard.treatments.radioembolization.dose import NORMAL, Basis
from liverboard.treatments.radioembolization.options import SirtOptions
from liverboard.treatments.radioembolization.setting import Setting
from liverboard.treatments.radioembolization.tables import figure, published

__all__ = ["Draws", "draw"]

RANGE_SIGMAS = 2.0 * float(norm.ppf(0.975))
QUARTILE_SIGMAS = 2.0 * float(norm.ppf(0.75))
MEDIAN_GAP_SIGMAS = float(norm.ppf(0.75) * np.sqrt(2.0))
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


def draw(
    basis: Basis, activity_gbq: tuple[float, ...], setting: Setting, options: SirtOptions
) -> Draws:
    """Return the doses of `options.draws` draws; same seed, same draws."""
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
    return Draws(doses @ basis.local_means.T, doses @ basis.spread_means.T, lung)


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
