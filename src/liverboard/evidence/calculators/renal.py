"""Kidney function: creatinine clearance."""

from __future__ import annotations

from liverboard.evidence.calculators.formula import formula
from liverboard.units import convert
from liverboard.values import Unknown

__all__ = ["creatinine_clearance"]


def creatinine_clearance(
    age_years: float, weight_kg: float, *, creatinine_umol_per_l: float, is_female: bool
) -> float | Unknown:
    """Return the creatinine clearance in mL/min after Cockcroft and Gault.

    (140 - age) * weight / (72 * creatinine in mg/dL), times 0.85 for women. Valid: adults with a
    stable creatinine. Source: cockcroft-1976. Not modelled: obesity (actual weight is used), loss
    of muscle, acute kidney injury.
    """
    spec = formula("creatinine-clearance")
    inputs = {"age": age_years, "weight": weight_kg, "creatinine": creatinine_umol_per_l}
    problem = spec.problem(inputs)
    if problem:
        return problem
    creatinine = convert(creatinine_umol_per_l, "umol/L", to="mg/dL", family="creatinine")
    clearance = (spec["age"] - age_years) * weight_kg / (spec["divisor"] * creatinine)
    return clearance * (spec["female"] if is_female else 1.0)
