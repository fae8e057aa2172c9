"""Lungs from this patient's own images: mass from the CT, shunt from a map of activity.

Counts next to the liver are scatter and breathing as much as lung, so the shunt rests on the counts
per mass of the lung further away, times the mass of both lungs. Where the CT cuts the lungs that
mass is the usual one, and the result says so.
Not modelled: attenuation, scatter, blood in the lungs of a scan in expiration.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from liverboard.case import Case
from liverboard.numerics.distance import distance_mm
from liverboard.numerics.grid import Array, Image
from liverboard.numerics.resample import sample_linear
from liverboard.treatments.radioembolization.kernels.shunt import lung_mass_kg
from liverboard.treatments.radioembolization.tables import figure, published
from liverboard.values import Reason, Unknown

__all__ = ["NO_LUNGS", "Lungs", "lungs_of"]

NO_LUNGS = Unknown(Reason.NO_MASK, "no lungs, or no CT of them")

STRIDE = 4
"""Every fourth voxel of the CT in a slice is asked for its counts; lungs hold a million."""

LEAST_KG = 0.02
"""Lung away from the liver below which nothing is said about a shunt."""


@dataclass(frozen=True, slots=True)
class Lungs:
    """What the images say of the lungs: mass of both in kg, and shunt as a fraction.

    `mass_kg` is unknown where the CT cuts the lungs; `shunt` is then worked out with the usual
    mass and `is_whole` is False.
    """

    mass_kg: float | Unknown
    shunt: float | Unknown
    is_whole: bool = False


NOTHING = Lungs(NO_LUNGS, NO_LUNGS)


@lru_cache(maxsize=4)
def lungs_of(case: Case, map_name: str) -> Lungs:
    """Return what the images of a case say of the lungs, once for each map of activity."""
    lungs, liver = case.structures.get("lungs"), case.structures.get("liver")
    if lungs is None or isinstance(case.ct, Unknown) or not lungs.grid.matches(case.ct.grid):
        return NOTHING
    inside = lungs.array > 0
    if not inside.any():
        return NOTHING
    is_whole = not _touches_an_edge(inside)
    mass = lung_mass_kg(case.ct.array[inside], case.ct.grid.voxel_ml) if is_whole else None
    limits = published("lungs", "possible_kg")
    if mass is not None and not float(limits["low"]) <= mass <= float(limits["high"]):
        mass, is_whole = None, False
    map_image = case.others.get(map_name)
    own = NO_LUNGS if mass is None else mass
    usual = figure(published("lungs", "mass_kg")).value
    if map_image is None or liver is None or not liver.grid.matches(case.ct.grid):
        return Lungs(own, Unknown(Reason.NO_MASK, "no map of activity"), is_whole)
    shunt = _shunt((inside, liver.array > 0), case.ct, map_image, usual if mass is None else mass)
    return Lungs(own, shunt, is_whole)


def _touches_an_edge(mask: Array) -> bool:
    """Whether a mask (z, y, x) reaches the first or last plane of any axis: the image cuts it."""
    ends = (mask.take(side, axis=axis) for axis in range(3) for side in (0, -1))
    return any(bool(plane.any()) for plane in ends)


def _shunt(
    masks: tuple[Array, Array], ct: Image, counts: Image, lungs_kg: float
) -> float | Unknown:
    """Return the shunt from counts per mass of lung away from the liver, times the lungs' mass."""
    lungs, liver = (mask[:, ::STRIDE, ::STRIDE] for mask in masks)
    z, y, x = ct.grid.spacing_mm
    gap = distance_mm(liver, (z, STRIDE * y, STRIDE * x))
    away = lungs & ~liver & (gap > float(published("lungs", "beyond_liver_mm", "value")))
    voxel_ml = ct.grid.voxel_ml * STRIDE**2
    seen_kg = lung_mass_kg(ct.array[:, ::STRIDE, ::STRIDE][away], voxel_ml) if away.any() else 0.0
    if seen_kg < LEAST_KG:
        return Unknown(Reason.INDETERMINATE, "too little lung away from the liver in the image")
    beyond, inside = (_counted(mask, ct, counts) for mask in (away, liver))
    if inside <= 0.0:
        return Unknown(Reason.INDETERMINATE, "no counts in the liver")
    total = beyond / seen_kg * lungs_kg
    return total / (total + inside)


def _counted(mask: Array, ct: Image, counts: Image) -> float:
    """Return the sum of a map over the voxels of a mask thinned by STRIDE in each slice."""
    index = np.argwhere(mask) * np.array([1, STRIDE, STRIDE])
    found = sample_linear(counts, ct.grid.points(index))
    return float(np.clip(found, 0.0, None).sum(dtype=np.float64))
