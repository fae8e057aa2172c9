"""Fibrosis from blood tests: APRI and FIB-4."""

from __future__ import annotations

import math

from liverboard.evidence.calculators.formula import formula
from liverboard.values import Unknown

__all__ = ["apri", "fib4"]


def apri(ast_u_per_l: float, platelets: float, *, ast_upper_limit: float) -> float | Unknown:
    """Return APRI: 100 * (AST / its upper limit of normal) / platelets in 10^9/L.

    The upper limit is the laboratory's own and is never assumed. Source: wai-2003. Not modelled:
    chemotherapy, which lowers platelets and raises AST without fibrosis.
    """
    spec = formula("apri")
    problem = spec.problem({"ast": ast_u_per_l, "platelets": platelets, "limit": ast_upper_limit})
    return problem or spec["factor"] * ast_u_per_l / ast_upper_limit / platelets


def fib4(
    age_years: float, ast_u_per_l: float, *, alt_u_per_l: float, platelets: float
) -> float | Unknown:
    """Return FIB-4: age * AST / (platelets * sqrt(ALT)), platelets in 10^9/L.

    Valid: adults; less reliable below 35 and above 65 years. Source: sterling-2006 (HIV with
    hepatitis C). Not modelled: chemotherapy and marrow disease, as for APRI.
    """
    spec = formula("fib4")
    inputs = {"age": age_years, "ast": ast_u_per_l, "alt": alt_u_per_l, "platelets": platelets}
    problem = spec.problem(inputs)
    return problem or age_years * ast_u_per_l / (platelets * math.sqrt(alt_u_per_l))
