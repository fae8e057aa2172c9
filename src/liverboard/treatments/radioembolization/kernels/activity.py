"""Activity and dose without voxels: single compartment, partition, surface area, empiric.

Masses in kg, activities in GBq, doses in Gy, shunt as a fraction, `energy` in Gy kg per GBq (what a
GBq gives off until it has decayed). Every function keeps the books: the energy of all compartments
together is energy * activity.
Not modelled here: cross-fire between compartments (see `dose`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liverboard.numerics.grid import Array, read_only

__all__ = [
    "Compartments",
    "Doses",
    "activity_for_dose",
    "activity_for_lung",
    "bsa_activity",
    "decayed",
    "delivered_share",
    "doses",
    "empiric_activity",
    "shunt_factor",
    "single_activity",
    "single_dose",
    "sphere_count",
]


@dataclass(frozen=True, slots=True, eq=False)
class Compartments:
    """What shares the activity: tumours, normal liver of the territory, lungs.

    tumour_kg: (n,); uptake: (n,) activity per mass relative to normal liver (T/N by concentration).
    """

    tumour_kg: Array
    uptake: Array
    normal_kg: float
    lung_kg: float

    def __post_init__(self) -> None:
        for name in ("tumour_kg", "uptake"):
            values = np.atleast_1d(np.asarray(getattr(self, name), dtype=np.float64))
            object.__setattr__(self, name, read_only(values))

    @property
    def weighted_kg(self) -> float:
        """Mass of the territory, each part weighted with its uptake."""
        return self.normal_kg + float(self.uptake @ self.tumour_kg)

    @property
    def perfused_kg(self) -> float:
        """Mass of the territory."""
        return self.normal_kg + float(self.tumour_kg.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Doses:
    """Mean doses in Gy: each tumour (n,), normal liver and all of the territory, lungs."""

    tumour_gy: Array
    normal_gy: float
    perfused_gy: float
    lung_gy: float


def doses(activity_gbq: float, shunt: float, parts: Compartments, *, energy: float) -> Doses:
    """Return the mean doses of the partition model for one territory.

    D_i = k A (1 - L) r_i / sum(r_j m_j), r = 1 in normal liver; lungs k A L / m.
    Source: ho-1996; several tumours: moran-2020.
    """
    stays = energy * activity_gbq * (1.0 - shunt)
    normal = stays / parts.weighted_kg
    lungs = energy * activity_gbq * shunt / parts.lung_kg
    return Doses(parts.uptake * normal, normal, stays / parts.perfused_kg, lungs)


def activity_for_dose(
    dose_gy: float, uptake: float, shunt: float, parts: Compartments, *, energy: float
) -> float:
    """Return the activity at which a part of given uptake (1: normal liver) has `dose_gy`."""
    return dose_gy / uptake * parts.weighted_kg / (energy * (1.0 - shunt))


def activity_for_lung(dose_gy: float, shunt: float, lung_kg: float, *, energy: float) -> float:
    """Return the activity at which the lungs have `dose_gy`; infinite without shunt."""
    return math.inf if shunt == 0.0 else dose_gy * lung_kg / (energy * shunt)


def single_activity(
    dose_gy: float, mass_kg: float, shunt: float, *, energy: float, residual: float = 0.0
) -> float:
    """Return the activity that gives a mean dose to all of a territory (MIRD, one compartment).

    `residual` is the share that stays behind in vial and tubes. Source: therasphere-insert.
    """
    return dose_gy * mass_kg / (energy * (1.0 - shunt) * (1.0 - residual))


def single_dose(
    activity_gbq: float, mass_kg: float, shunt: float, *, energy: float, residual: float = 0.0
) -> float:
    """Return the mean dose of a territory: the inverse of `single_activity`."""
    return energy * activity_gbq * (1.0 - shunt) * (1.0 - residual) / mass_kg


def bsa_activity(
    bsa_m2: float, tumour_fraction: float, *, offset_m2: float, treated_fraction: float = 1.0
) -> float:
    """Return the activity by body surface area: (BSA - 0.2 + tumour fraction) * treated fraction.

    Source: roekel-thesis, p. 30; the scaling for part of a liver is unverified.
    """
    return (bsa_m2 - offset_m2 + tumour_fraction) * treated_fraction


def empiric_activity(tumour_percent: float, steps: Sequence[tuple[float, float]]) -> float:
    """Return the activity of the step (up to this percent, GBq) that a tumour share falls in."""
    for up_to, activity_gbq in steps:
        if tumour_percent <= up_to:
            return activity_gbq
    return steps[-1][1]


def shunt_factor(shunt_percent: float, steps: Sequence[tuple[float, float]]) -> float:
    """Return by what an activity is multiplied for lung shunt; 0 beyond the last (below, factor).

    Source: sir-spheres-ifu.
    """
    for below, factor in steps:
        if shunt_percent < below:
            return factor
    return 0.0


def delivered_share(days: float, half_life_h: float) -> float:
    """Return the share of the dose that is given after some days: 1 - 2^(-t/T)."""
    return 1.0 - float(2.0 ** (-24.0 * days / half_life_h))


def decayed(activity: float, hours: float, half_life_h: float) -> float:
    """Return what is left of an activity after some hours; before calibration it is more."""
    return activity * float(2.0 ** (-hours / half_life_h))


def sphere_count(activity_gbq: float, per_sphere_bq: float) -> float:
    """Return how many microspheres carry an activity."""
    return activity_gbq * 1e9 / per_sphere_bq
