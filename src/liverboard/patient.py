"""Who it is about: the case, its anatomy and all facts together, worked out once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from liverboard.evidence.derive import derive
from liverboard.evidence.fact import Fact, FactSheet, Known
from liverboard.values import Estimate, Quantity, Reason, Unknown

if TYPE_CHECKING:
    from liverboard.anatomy import Anatomy, Lesion
    from liverboard.case import Case

__all__ = ["Patient", "patient_of"]

ORIGIN = "anatomy"

BOWEL = ("stomach", "duodenum", "small_bowel", "colon")
"""Structures that `lesion_to_bowel` is the nearest of."""

DISTANCE_FACTS: Mapping[str, str] = {
    "capsule": "lesion_to_capsule",
    "portal_vein": "lesion_to_portal_vein",
    "main_portal_vein": "lesion_to_main_portal",
    "hepatic_veins": "lesion_to_hepatic_veins",
    "inferior_vena_cava": "lesion_to_inferior_vena_cava",
    "gallbladder": "lesion_to_gallbladder",
    "heart": "lesion_to_heart",
    "lungs": "lesion_to_lung",
}
"""Facts about a lesion that repeat a measured distance."""


@dataclass(frozen=True, slots=True)
class Patient:
    """Case, anatomy (or why there is none) and all facts of one person."""

    case: Case
    anatomy: Anatomy | Unknown
    facts: FactSheet


def patient_of(case: Case, anatomy: Anatomy | Unknown) -> Patient:
    """Return the patient: record, measurements and what calculators make of both."""
    sheet = case.facts
    if not isinstance(anatomy, Unknown):
        lesions = {lesion.id: dict(_lesion_facts(lesion)) for lesion in anatomy.known_lesions()}
        sheet = FactSheet(
            {**sheet.facts, **dict(_patient_facts(anatomy))},
            lesions,
            has_all_lesions=not isinstance(anatomy.lesions, Unknown),
        )
    return Patient(case, anatomy, derive(sheet))


def _known(value: float | bool) -> Known:
    """Return a measured value."""
    return Known(value, ORIGIN)


def _patient_facts(anatomy: Anatomy) -> Iterator[tuple[str, Fact]]:
    """Yield what the images say of the patient as a whole."""
    yield "liver_volume", _known(anatomy.liver_ml)
    if isinstance(anatomy.lesions, Unknown):
        return
    lesions = [lesion for lesion in anatomy.lesions if lesion.is_in_liver]
    yield "tumour_volume", _known(anatomy.tumour_ml)
    yield "tumour_share", _known(100.0 * anatomy.tumour_ml / anatomy.liver_ml)
    yield "lesion_count", _known(float(len(lesions)))
    if lesions:
        yield "largest_lesion", _known(max(lesion.diameter_mm for lesion in lesions))
    yield from _segment_facts(anatomy, lesions)
    yield from _contact_facts(lesions)


def _segment_facts(anatomy: Anatomy, lesions: list[Lesion]) -> Iterator[tuple[str, Fact]]:
    """Yield which segments and sides hold lesions."""
    if isinstance(anatomy.segments, Unknown):
        yield "is_bilobar", anatomy.segments
        yield "segments_involved", anatomy.segments
        return
    involved = {segment for lesion in lesions for segment in lesion.segments}
    yield "segments_involved", _known(float(len(involved)))
    has_right = bool(involved & {"S5", "S6", "S7", "S8"})
    has_left = bool(involved & {"S2", "S3", "S4"})
    yield "is_bilobar", _known(has_right and has_left)


def _contact_facts(lesions: list[Lesion]) -> Iterator[tuple[str, Fact]]:
    """Yield how many main hepatic veins and portal branches a lesion touches."""
    veins = ("right_hepatic_vein", "middle_hepatic_vein", "left_hepatic_vein")
    yield "hepatic_veins_in_contact", _contacts(lesions, veins)
    branches = ("right_portal_vein", "left_portal_vein")
    yield "portal_branches_in_contact", _contacts(lesions, branches)


def _contacts(lesions: list[Lesion], names: tuple[str, ...]) -> Fact:
    """Return how many of the named vessels a lesion touches, Unknown where one was not found."""
    gaps = [[lesion.distance_mm.get(name) for lesion in lesions] for name in names]
    touched = 0
    for row in gaps:
        known = [gap.value for gap in row if isinstance(gap, Estimate)]
        if len(known) < len(row):
            return Unknown(Reason.NO_MASK, f"not found: one of {', '.join(names)}")
        touched += any(gap <= 0.0 for gap in known)
    return _known(float(touched))


def _lesion_facts(lesion: Lesion) -> Iterator[tuple[str, Fact]]:
    """Yield what was measured of one lesion."""
    yield "lesion_volume", _known(lesion.volume_ml)
    yield "lesion_diameter", _known(lesion.diameter_mm)
    yield "lesion_in_liver", _known(lesion.is_in_liver)
    for name, fact in DISTANCE_FACTS.items():
        yield fact, _distance(lesion.distance_mm.get(name))
    bowel = [lesion.distance_mm.get(name) for name in BOWEL]
    known = [gap for gap in bowel if isinstance(gap, Estimate)]
    if len(known) == len(BOWEL):
        yield "lesion_to_bowel", _distance(min(known, key=lambda gap: gap.value))
    else:
        yield "lesion_to_bowel", Unknown(Reason.NO_MASK, "stomach, duodenum, small bowel, colon")


def _distance(gap: Quantity | None) -> Fact:
    """Return a measured distance as a fact with its interval."""
    if gap is None:
        return Unknown(Reason.NO_MASK)
    if isinstance(gap, Unknown):
        return gap
    return Known(gap.value, ORIGIN, low=gap.low, high=gap.high)
