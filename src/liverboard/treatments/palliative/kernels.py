"""Doses of palliative care, multiplied out."""

from __future__ import annotations

__all__ = ["albumin_grams"]


def albumin_grams(removed_l: float, grams_per_l: float, *, above_l: float) -> float:
    """Return the albumin in g to give when `removed_l` litres of ascites are drained at once.

    Every litre counts once more than `above_l` are removed, none up to it. Valid for 0 L and more.
    Source: bsg-2020, as quoted. Not modelled: the weight of the patient, kidneys, the concentration
    of the solution.
    """
    if removed_l < 0.0:
        raise ValueError(f"a volume cannot be negative, got {removed_l:g} L")
    return grams_per_l * removed_l if removed_l > above_l else 0.0
