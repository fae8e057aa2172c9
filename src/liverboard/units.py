"""Names of units and conversions between them, and nothing else.

The clinical unit of each quantity is chosen once, in `evidence/data/facts.yaml`; here stands what
can be turned into what. Conversions are linear: value_in_b = value_in_a * factor.
"""

from __future__ import annotations

from liverboard.errors import EvidenceError

__all__ = ["UNIT_NAMES", "convert", "is_unit", "units_like"]

BILIRUBIN_UMOL_PER_MG_DL = 17.104
"""umol/L per mg/dL: 10 / 584.66 g/mol * 1000."""

CREATININE_UMOL_PER_MG_DL = 88.402
"""umol/L per mg/dL: 10 / 113.12 g/mol * 1000."""

GLUCOSE_MMOL_PER_MG_DL = 0.055508
"""mmol/L per mg/dL: 10 / 180.156 g/mol."""

FAMILIES: dict[str, dict[str, float]] = {
    "length": {"mm": 1.0, "cm": 10.0, "m": 1000.0},
    "mass": {"kg": 1.0, "g": 0.001},
    "volume": {"ml": 1.0, "cm3": 1.0, "cc": 1.0, "L": 1000.0},
    "time": {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25},
    "ratio": {"percent": 1.0, "fraction": 100.0},
    "bilirubin": {"umol/L": 1.0, "mg/dL": BILIRUBIN_UMOL_PER_MG_DL},
    "creatinine": {"umol/L": 1.0, "mg/dL": CREATININE_UMOL_PER_MG_DL},
    "albumin": {"g/L": 1.0, "g/dL": 10.0},
    "haemoglobin": {"g/L": 1.0, "g/dL": 10.0},
    "enzyme": {"U/L": 1.0, "IU/L": 1.0, "ukat/L": 60.0},
    "cells": {"10^9/L": 1.0, "10^3/uL": 1.0, "/uL": 0.001},
    "marker": {"ug/L": 1.0, "ng/mL": 1.0},
    "carbohydrate antigen": {"kU/L": 1.0, "U/mL": 1.0},
    "sodium": {"mmol/L": 1.0, "mEq/L": 1.0},
    "urea": {"mmol/L": 1.0},
    "clearance": {"mL/min": 1.0},
    "activity": {"GBq": 1.0, "MBq": 0.001},
    "dose": {"Gy": 1.0},
    "number": {"1": 1.0},
    "points": {"points": 1.0},
    "area": {"m2": 1.0},
    "density": {"mL/m2": 1.0},
    "rate": {"percent/week": 1.0},
    "interval": {"ms": 1.0},
    "excretion": {"g/day": 1.0},
    "daily dose": {"mg/day": 1.0},
}
"""Families of units that may replace one another, each with its factor to the family's base."""

UNIT_NAMES: frozenset[str] = frozenset(unit for family in FAMILIES.values() for unit in family)
"""Every unit that liverboard knows by name."""


def is_unit(name: str) -> bool:
    """Whether `name` is a unit that liverboard knows."""
    return name in UNIT_NAMES


def units_like(family: str) -> tuple[str, ...]:
    """Return the units that `family` may be given in, the base unit first."""
    if family not in FAMILIES:
        raise EvidenceError(f"no family of units is called {family!r}", where="units")
    return tuple(FAMILIES[family])


def convert(value: float, unit: str, *, to: str, family: str) -> float:
    """Return `value` given in `unit` in the unit `to`, both of `family`.

    The family is needed because mg/dL means another factor for bilirubin than for creatinine.
    """
    factors = FAMILIES.get(family, {})
    for name in (unit, to):
        if name not in factors:
            allowed = ", ".join(factors) or "none"
            raise EvidenceError(
                f"{name!r} is no unit of {family}; allowed: {allowed}", where="units"
            )
    return value if unit == to else value * factors[unit] / factors[to]
