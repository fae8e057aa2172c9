"""What goes into an implanted pump of constant flow."""

from __future__ import annotations

import math

__all__ = ["dosing_weight_kg", "fill_mg", "ideal_weight_kg", "rounded_mg", "running_days"]

CM_PER_INCH = 2.54


def ideal_weight_kg(height_cm: float, *, is_male: bool) -> float:
    """Return the ideal body weight (Devine): 50 or 45.5 kg + 2.3 kg per inch over 60."""
    return (50.0 if is_male else 45.5) + 2.3 * (height_cm / CM_PER_INCH - 60.0)


def dosing_weight_kg(weight_kg: float, ideal_kg: float, *, factor: float) -> float:
    """Return the weight to dose by: in obesity the mean of ideal and actual weight."""
    return (weight_kg + ideal_kg) / 2.0 if weight_kg > factor * ideal_kg else weight_kg


def running_days(reservoir_ml: float, flow_ml_per_day: float) -> float:
    """Return how long a full reservoir lasts. Source: codman-manual, appendix B."""
    return reservoir_ml / flow_ml_per_day


def fill_mg(
    dose_mg_per_kg_day: float, weight_kg: float, *, reservoir_ml: float, flow_ml_per_day: float
) -> float:
    """Return the drug in a full reservoir: daily dose times running time."""
    return dose_mg_per_kg_day * weight_kg * running_days(reservoir_ml, flow_ml_per_day)


def rounded_mg(amount_mg: float, step_mg: float) -> float:
    """Return an amount rounded to the nearest step, halves upwards."""
    return step_mg * math.floor(amount_mg / step_mg + 0.5)
