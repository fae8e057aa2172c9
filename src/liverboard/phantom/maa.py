"""A simulated Tc-99m MAA SPECT of a digital patient, with what is true of it.

Concentrations are even within normal liver, each lesion and the lungs; the image is their average
over a coarse voxel, blurred, with Poisson noise. Not modelled: attenuation, scatter, breathing,
clusters within a lesion, free technetium in stomach and thyroid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from liverboard.numerics.grid import Array, Grid, read_only
from liverboard.phantom.habitus import generator
from liverboard.phantom.layer import read_yaml
from liverboard.phantom.model import Phantom

__all__ = ["MaaScan", "make_maa"]

FWHM_SIGMAS = 2.0 * float(np.sqrt(2.0 * np.log(2.0)))
"""Full width at half maximum of a Gaussian in standard deviations."""

MOST_COUNTS = np.iinfo(np.uint16).max


@dataclass(frozen=True, slots=True, eq=False)
class MaaScan:
    """counts: (z, y, x) uint16 on `grid`; uptake of every lesion; share of counts in the lungs.

    `lung_shunt_percent` is that of the whole lungs, of which the image may show a part:
    `seen_lungs_kg` of them.
    """

    counts: Array
    grid: Grid
    uptake: Mapping[int, float]
    lung_shunt_percent: float
    seen_lungs_kg: float
    fwhm_mm: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", read_only(self.counts))

    @property
    def truth(self) -> dict[str, Any]:
        """What stands in truth/maa.json."""
        return {
            "uptake_ratio": {str(number): round(r, 4) for number, r in self.uptake.items()},
            "lung_shunt_percent": round(self.lung_shunt_percent, 4),
            "lungs_in_image_kg": round(self.seen_lungs_kg, 4),
            "fwhm_mm": self.fwhm_mm,
            "million_counts": round(float(self.counts.sum(dtype=np.float64)) / 1e6, 4),
        }


def make_maa(phantom: Phantom) -> MaaScan:
    """Return the scan of a digital patient; the same patient gives the same counts."""
    given = read_yaml("maa")
    rng = generator(phantom.options.seed, "maa")
    uptake = _uptakes(rng, phantom, given["uptake_ratio"])
    shunt = float(given["lung_shunt_percent"]) * float(2.0 ** rng.uniform(-1.0, 1.0))
    concentration = _in_the_liver(phantom, uptake, float(given["background"]))
    seen_kg = _add_lungs(concentration, phantom, shunt, float(given["lungs_kg"]))
    blocks = _blocks(phantom.grid, float(given["voxel_mm"]))
    grid, mean = _averaged(concentration, phantom.grid, blocks)
    sigma = float(given["fwhm_mm"]) / FWHM_SIGMAS / np.array(grid.spacing_mm)
    blurred = gaussian_filter(mean, sigma, mode="nearest")
    expected = blurred * (1e6 * float(given["million_counts"]) / blurred.sum(dtype=np.float64))
    counts = np.minimum(rng.poisson(expected), MOST_COUNTS).astype(np.uint16)
    return MaaScan(counts, grid, uptake, shunt, seen_kg, float(given["fwhm_mm"]))


def _uptakes(
    rng: np.random.Generator, phantom: Phantom, limits: Mapping[str, float]
) -> dict[int, float]:
    """Return counts per ml of every lesion relative to normal liver."""
    low, high = np.log(limits["low"]), np.log(limits["high"])
    return {one.id: float(np.exp(rng.uniform(low, high))) for one in phantom.truth.lesions}


def _in_the_liver(phantom: Phantom, uptake: Mapping[int, float], background: float) -> Array:
    """Return the concentration (z, y, x) float32: normal liver one, lesions their uptake."""
    found = phantom.mask("body").astype(np.float32) * np.float32(background)
    found[phantom.mask("liver") > 0] = 1.0
    for number, ratio in uptake.items():
        found[phantom.lesions == number] = ratio
    return found


def _add_lungs(
    concentration: Array, phantom: Phantom, shunt_percent: float, lungs_kg: float
) -> float:
    """Add counts per mass of lung, in place; return the mass of lung in the image, kg."""
    liver = (phantom.mask("liver") > 0) | (phantom.lesions > 0)
    total = float(concentration[liver].sum(dtype=np.float64))
    share = shunt_percent / (100.0 - shunt_percent)
    lungs = (phantom.mask("lung_right") + phantom.mask("lung_left")) > 0
    grams_per_ml = (np.clip(phantom.hu[lungs], -1000, 100) + 1000.0) / 1000.0
    grams = grams_per_ml * phantom.grid.voxel_ml
    concentration[lungs] += (share * total * grams / (1000.0 * lungs_kg)).astype(np.float32)
    return float(grams.sum(dtype=np.float64)) / 1000.0


def _blocks(grid: Grid, voxel_mm: float) -> tuple[int, int, int]:
    """Return how many voxels of the CT [z, y, x] make one of the scan."""
    z, y, x = (max(1, round(voxel_mm / spacing)) for spacing in grid.spacing_mm)
    return z, y, x


def _averaged(array: Array, grid: Grid, blocks: tuple[int, int, int]) -> tuple[Grid, Array]:
    """Return a coarser grid and the mean of every block of voxels; what is left over is cut."""
    z, y, x = (size // block for size, block in zip(grid.shape, blocks, strict=True))
    kept = array[: z * blocks[0], : y * blocks[1], : x * blocks[2]]
    mean = kept.reshape(z, blocks[0], y, blocks[1], x, blocks[2]).mean(axis=(1, 3, 5))
    corner = grid.points((np.array(blocks)[None, :] - 1.0) / 2.0)[0]
    spacing = tuple(s * b for s, b in zip(grid.spacing_mm, blocks, strict=True))
    origin = (float(corner[0]), float(corner[1]), float(corner[2]))
    return Grid((z, y, x), (spacing[0], spacing[1], spacing[2]), origin, grid.direction), mean
