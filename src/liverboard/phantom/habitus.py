"""Who the digital patient is: sex, age, size, and what follows from them for the anatomy."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass

import numpy as np

from liverboard.phantom.layer import read_yaml

__all__ = ["Habitus", "draw_habitus", "generator"]


@dataclass(frozen=True, slots=True)
class Habitus:
    """A person: age in years, height in cm, weight in kg, and the liver's background.

    `scale` turns mm of the template patient into mm of this one; `fat_mm` is the thickness of the
    fat under the skin at the flanks.
    """

    sex: str
    age_years: int
    height_cm: int
    weight_kg: int
    steatosis: str
    scale: float
    fat_mm: float


def generator(seed: int, subject: str) -> np.random.Generator:
    """Return the generator of one subject of a patient, so that subjects do not disturb another."""
    return np.random.default_rng([seed, zlib.crc32(subject.encode())])


def draw_habitus(seed: int) -> Habitus:
    """Return the person that `seed` stands for.

    The liver is scaled to the volume that Vauthey's formula expects for the body surface, give or
    take; its constants and their source stand in `data/habitus.yaml`.
    """
    table, rng = read_yaml("habitus"), generator(seed, "habitus")
    sex = str(rng.choice(["female", "male"]))
    height = int(np.clip(round(rng.normal(table["height_cm"][sex], 6)), 150, 195))
    bmi = float(rng.uniform(*table["body_mass_index"]))
    weight = round(bmi * (height / 100) ** 2)
    surface = math.sqrt(height * weight / 3600)
    formula = table["liver_volume"]
    volume = formula["constant_ml"] + formula["slope_ml_per_m2"] * surface
    volume = float(np.clip(volume * rng.normal(1.0, 0.04), *formula["kept_within_ml"]))
    return Habitus(
        sex,
        int(rng.integers(42, 79)),
        height,
        weight,
        str(rng.choice(["none", "mild", "moderate"], p=[0.5, 0.35, 0.15])),
        (volume / table["template_liver_ml"]) ** (1 / 3),
        7.0 + 2.1 * (bmi - 20.0),
    )
