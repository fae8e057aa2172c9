"""Body-mass index and body surface area of adults."""

from __future__ import annotations

import math

from liverboard.evidence.calculators.formula import formula
from liverboard.values import Unknown

__all__ = ["body_mass_index", "bsa_dubois", "bsa_mosteller"]


def body_mass_index(height_cm: float, weight_kg: float) -> float | Unknown:
    """Return the body-mass index in kg/m2: weight / height^2.

    Valid: 100 to 250 cm, 20 to 300 kg. Not modelled: ascites and oedema, which weigh.
    """
    spec = formula("bmi")
    problem = spec.problem({"height": height_cm, "weight": weight_kg})
    return problem or weight_kg / (height_cm / 100.0) ** 2


def bsa_mosteller(height_cm: float, weight_kg: float) -> float | Unknown:
    """Return the body surface area in m2: sqrt(height * weight / 3600).

    Valid: adults, 100 to 250 cm, 20 to 300 kg. Source: mosteller-1987. Not modelled: ascites.
    """
    spec = formula("bsa-mosteller")
    problem = spec.problem({"height": height_cm, "weight": weight_kg})
    return problem or math.sqrt(height_cm * weight_kg / spec["divisor"])


def bsa_dubois(height_cm: float, weight_kg: float) -> float | Unknown:
    """Return the body surface area in m2: 0.007184 * height^0.725 * weight^0.425.

    Valid: adults, 100 to 250 cm, 20 to 300 kg. Source: dubois-1916 (nine persons). Not modelled:
    obesity, where it runs low.
    """
    spec = formula("bsa-dubois")
    problem = spec.problem({"height": height_cm, "weight": weight_kg})
    if problem:
        return problem
    power: float = height_cm ** spec["height_power"] * weight_kg ** spec["weight_power"]
    return spec["factor"] * power
