"""RECIST 1.1: the sum of target lesions, and the response it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from liverboard.evidence.calculators.formula import formula
from liverboard.values import Reason, Unknown

__all__ = ["Scan", "overall_response", "recist_response", "recist_sum", "target_lesions"]


def target_lesions(diameters_mm: Sequence[float]) -> tuple[float, ...]:
    """Return the diameters of the liver lesions that may be targets: the two largest >= 10 mm.

    Source: eisenhauer-2009: at most two lesions of one organ. Not modelled: nodes and lesions
    elsewhere, lesions treated locally before, and that a reader may choose a smaller lesion that
    can be measured more reliably.
    """
    spec = formula("recist")
    measurable = sorted((d for d in diameters_mm if d >= spec["measurable"]), reverse=True)
    return tuple(measurable[: int(spec["targets_of_an_organ"])])


def recist_sum(diameters_mm: Sequence[float]) -> float | Unknown:
    """Return the sum of the target lesions of the liver in mm; unknown where none is measurable."""
    targets = target_lesions(diameters_mm)
    if not targets:
        return Unknown(Reason.OUT_OF_RANGE, "RECIST: no lesion of 10 mm or more")
    return sum(targets)


def recist_response(
    baseline_mm: float, nadir_mm: float, *, now_mm: float, has_new_lesion: bool = False
) -> str | Unknown:
    """Return `complete`, `partial`, `stable` or `progression` of the target lesions.

    Partial: 30 % less than at baseline. Progression: 20 % and 5 mm more than at the nadir, or a new
    lesion. Source: eisenhauer-2009. Not modelled: confirmation. Nodes and non-target
    lesions: `overall_response`.
    """
    spec = formula("recist")
    problem = spec.problem({"baseline": baseline_mm, "nadir": nadir_mm, "now": now_mm})
    if problem:
        return problem
    growth = now_mm - nadir_mm
    is_grown = _reaches(growth, spec["growth_mm"]) and _reaches(
        growth, spec["growth_share"] * nadir_mm
    )
    if has_new_lesion or is_grown:
        return "progression"
    if now_mm == 0.0:
        return "complete"
    has_shrunk = _reaches(baseline_mm - now_mm, spec["shrinkage_share"] * baseline_mm)
    return "partial" if has_shrunk else "stable"


@dataclass(frozen=True, slots=True)
class Scan:
    """One follow-up: the sum of the targets, and what else RECIST asks of it.

    `is_target_gone`: every target outside nodes has gone and every node is below 10 mm across.
    `has_other`: non-target disease is still there; `has_unequivocal`: it clearly grew.
    """

    sum_mm: float
    is_target_gone: bool = False
    has_new_lesion: bool = False
    has_other: bool = False
    has_unequivocal: bool = False


def overall_response(baseline_mm: float, nadir_mm: float, now: Scan) -> str | Unknown:
    """Return the overall response: targets, non-target lesions and new lesions together.

    Targets gone while other disease stays is partial. Source: eisenhauer-2009. Not modelled:
    confirmation, and scans on which a non-target lesion was not looked at.
    """
    has_grown = now.has_new_lesion or now.has_unequivocal
    found = recist_response(baseline_mm, nadir_mm, now_mm=now.sum_mm, has_new_lesion=has_grown)
    is_gone = now.is_target_gone or now.sum_mm == 0.0
    if found in ("progression",) or isinstance(found, Unknown) or not is_gone:
        return found
    return "partial" if now.has_other else "complete"


ROUNDING_MM = 1e-9
"""What floating-point arithmetic may lose of a length that lies exactly on a threshold."""


def _reaches(length_mm: float, threshold_mm: float) -> bool:
    return length_mm >= threshold_mm - ROUNDING_MM
