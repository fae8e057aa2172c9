"""Lung shunt and lung mass from images: counts and Hounsfield units, arrays in, numbers out."""

from __future__ import annotations

import numpy as np

from liverboard.numerics.grid import Array

__all__ = ["lung_mass_kg", "lung_shunt", "planar_shunt"]

LEAST_HU, MOST_HU = -1000.0, 100.0
"""Between air and soft tissue; beyond it is noise or metal."""


def lung_shunt(counts: Array, lungs: Array, liver: Array) -> float:
    """Return the share of counts in the lungs: lungs / (lungs + liver).

    counts, lungs, liver: (z, y, x). A voxel claimed by both counts for the liver.
    ValueError where both together have no counts. Source: taranis, test_lsf.
    """
    inside = float(counts[liver].sum(dtype=np.float64))
    beyond = float(counts[lungs & ~liver].sum(dtype=np.float64))
    if inside + beyond <= 0.0:
        raise ValueError("no counts in liver and lungs")
    return max(0.0, beyond) / (max(0.0, beyond) + inside)


def planar_shunt(lungs: tuple[float, float], liver: tuple[float, float]) -> float:
    """Return the shunt from planar counts (front, back), by geometric means."""
    beyond, inside = (float(np.sqrt(front * back)) for front, back in (lungs, liver))
    return beyond / (beyond + inside)


def lung_mass_kg(hounsfield: Array, voxel_ml: float) -> float:
    """Return the mass of lung voxels (n,): sum of V (HU + 1000) / 1000. Source: kao-2014."""
    grams_per_ml = (np.clip(hounsfield, LEAST_HU, MOST_HU) + 1000.0) / 1000.0
    return float(grams_per_ml.sum(dtype=np.float64)) * voxel_ml / 1000.0
