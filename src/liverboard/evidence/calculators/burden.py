"""How much tumour: the tumour burden score."""

from __future__ import annotations

import math

from liverboard.evidence.calculators.formula import formula
from liverboard.units import convert
from liverboard.values import Unknown

__all__ = ["tumour_burden_score"]


def tumour_burden_score(largest_mm: float, lesion_count: float) -> float | Unknown:
    """Return the tumour burden score: sqrt(largest diameter in cm ^ 2 + number of lesions ^ 2).

    The diameter counts in centimetres; it is taken in mm here as everywhere. Source: sasaki-2018.
    Made on specimens; on images it runs on what the scan shows. Not modelled: position.
    """
    spec = formula("tumour-burden-score")
    problem = spec.problem({"diameter": largest_mm, "number": lesion_count})
    return problem or math.hypot(convert(largest_mm, "mm", to="cm", family="length"), lesion_count)
