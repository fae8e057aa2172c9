"""Biologically effective dose: what a dose amounts to, whatever its fractions or dose rate.

All doses in Gy. `alpha_beta_gy` is the ratio alpha/beta of the tissue; which one is whose decision
stands with the caller. Every function takes numbers or arrays and returns the like.

Not modelled: repopulation, and incomplete repair between fractions.
"""

from __future__ import annotations

from typing import TypeVar, overload

import numpy as np

from liverboard.numerics.grid import Array

__all__ = [
    "bed_decaying_gy",
    "bed_gy",
    "bed_lql_gy",
    "dose_decaying_for_bed_gy",
    "dose_for_bed_gy",
    "eqd2_gy",
]

Dose = TypeVar("Dose", float, Array)

STANDARD_FRACTION_GY = 2.0
"""The fraction that EQD2 refers to, by its name."""


def _checked(fractions: float, alpha_beta_gy: float) -> None:
    """Raise ValueError unless fractions and ratio are positive."""
    if fractions <= 0 or alpha_beta_gy <= 0:
        raise ValueError(
            f"fractions and alpha/beta must be positive, got {fractions} and {alpha_beta_gy}"
        )


def bed_gy(dose_gy: Dose, fractions: float, *, alpha_beta_gy: float) -> Dose:
    """Return the BED of a total dose in equal fractions: D (1 + (D / n) / (alpha/beta)).

    Linear-quadratic; it overstates the effect of fractions beyond about 10 Gy (see `bed_lql_gy`).
    Source: method:bed, equation 1 (docs/radiotherapy.md#dose-and-effect).
    """
    _checked(fractions, alpha_beta_gy)
    return dose_gy * (1.0 + dose_gy / (fractions * alpha_beta_gy))


def eqd2_gy(bed: Dose, *, alpha_beta_gy: float) -> Dose:
    """Return the total dose in fractions of 2 Gy with this BED: BED / (1 + 2 / (alpha/beta))."""
    _checked(1.0, alpha_beta_gy)
    return bed / (1.0 + STANDARD_FRACTION_GY / alpha_beta_gy)


@overload
def bed_lql_gy(
    dose_gy: float, fractions: float, *, alpha_beta_gy: float, transition_gy: float
) -> float: ...
@overload
def bed_lql_gy(
    dose_gy: Array, fractions: float, *, alpha_beta_gy: float, transition_gy: float
) -> Array: ...
def bed_lql_gy(
    dose_gy: float | Array, fractions: float, *, alpha_beta_gy: float, transition_gy: float
) -> float | Array:
    """Return the linear-quadratic-linear BED: linear beyond `transition_gy` a fraction.

    Up to the transition as `bed_gy`; beyond it the curve continues along its tangent, of slope
    1 + 2 dT / (alpha/beta), so value and slope are continuous.
    Source: method:bed, equation 2.
    """
    _checked(fractions, alpha_beta_gy)
    fraction = np.asarray(dose_gy, dtype=np.float64) / fractions
    curved = np.minimum(fraction, transition_gy)
    straight = np.maximum(fraction - transition_gy, 0.0)
    slope = 1.0 + 2.0 * transition_gy / alpha_beta_gy
    found = fractions * (curved * (1.0 + curved / alpha_beta_gy) + slope * straight)
    return found if isinstance(dose_gy, np.ndarray) else float(found)


def dose_for_bed_gy(bed: Dose, fractions: float, *, alpha_beta_gy: float) -> Dose:
    """Return the total dose in `fractions` that has this BED: the inverse of `bed_gy`."""
    _checked(fractions, alpha_beta_gy)
    half = fractions * alpha_beta_gy / 2.0
    return (half * half + 2.0 * half * bed) ** 0.5 - half


def bed_decaying_gy(
    dose_gy: Dose, *, alpha_beta_gy: float, repair_half_life_h: float, source_half_life_h: float
) -> Dose:
    """Return the BED of a source that decays in place: D (1 + G D / (alpha/beta)).

    G = T_repair / (T_repair + T_source): mono-exponential repair, and uptake that is instant and
    washes out only by the half-life given. Source: method:bed, equation 3.
    """
    share = _lea_catcheside(repair_half_life_h, source_half_life_h)
    return bed_gy(dose_gy, 1.0 / share, alpha_beta_gy=alpha_beta_gy)


def dose_decaying_for_bed_gy(
    bed: Dose, *, alpha_beta_gy: float, repair_half_life_h: float, source_half_life_h: float
) -> Dose:
    """Return the dose of a decaying source that has this BED: the inverse of `bed_decaying_gy`."""
    share = _lea_catcheside(repair_half_life_h, source_half_life_h)
    return dose_for_bed_gy(bed, 1.0 / share, alpha_beta_gy=alpha_beta_gy)


def _lea_catcheside(repair_half_life_h: float, source_half_life_h: float) -> float:
    """Return the Lea-Catcheside factor of an exponentially decaying source, all of it delivered."""
    if repair_half_life_h <= 0 or source_half_life_h <= 0:
        raise ValueError(
            f"half-lives must be positive, got {repair_half_life_h} and {source_half_life_h}"
        )
    return repair_half_life_h / (repair_half_life_h + source_half_life_h)
