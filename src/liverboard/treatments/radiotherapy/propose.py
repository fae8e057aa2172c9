"""Which irradiations are worth working out for a patient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from liverboard.anatomy import Lesion
from liverboard.patient import Patient
from liverboard.treatments.protocol import Proposal
from liverboard.treatments.radiotherapy.options import RadiotherapyOptions, parse_prescription
from liverboard.values import Unknown

__all__ = ["STANDARD", "proposal_for", "propose", "tags_of"]

MOST_TARGETS = 5
"""Lesions irradiated in one stereotactic plan (ihnat-2018: five)."""

STANDARD: tuple[tuple[str, str, str], ...] = (
    ("sbrt-3", "sbrt", "3x15"),
    ("sbrt-5", "sbrt", "5x10"),
    ("sbrt-1", "sbrt", "1x35"),
    ("imrt-25", "imrt", "25x2"),
)
"""Identifier, technique and dose asked for. 3 x 15 and 5 x 10 reach BED10 100 Gy; 1 x 35 is the
lower dose of a phase I series (meyer-2016); 25 x 2 is usual where stereotactic limits cannot be met
(conventional-memory)."""

WHOLE_LIVER = "1x8"
"""Palliation of pain (he1-2024)."""

SMALL_MM = 50.0
"""Largest lesion that a single fraction is offered for (house value, after the sizes treated)."""


def propose(patient: Patient, options: RadiotherapyOptions) -> Sequence[Proposal]:
    """Return stereotactic, arc and conventional plans, and palliation of the whole liver."""
    del options
    anatomy = patient.anatomy
    if isinstance(anatomy, Unknown) or isinstance(anatomy.lesions, Unknown):
        return _undecided()
    lesions = [lesion for lesion in anatomy.lesions if lesion.is_in_liver]
    if not lesions:
        return ()
    chosen = sorted(lesions, key=lambda one: (-one.volume_ml, one.id))[:MOST_TARGETS]
    targets = tuple(lesion.id for lesion in lesions if lesion in chosen)
    return (*_focal(targets, chosen, len(lesions)), _whole_liver(lesions))


def _focal(targets: tuple[str, ...], chosen: Sequence[Lesion], count: int) -> Iterator[Proposal]:
    """Yield plans for lesions as targets."""
    is_small = max(lesion.max_diameter_mm for lesion in chosen) <= SMALL_MM
    for name, technique, dose in STANDARD:
        if name == "sbrt-1" and not (is_small and len(targets) == 1):
            continue
        yield proposal_for(targets, technique, dose, name=name, is_all=len(targets) == count)


def proposal_for(
    targets: tuple[str, ...], technique: str, dose: str, *, name: str = "", is_all: bool = True
) -> Proposal:
    """Return the proposal of a technique and dose for lesions."""
    prescription = parse_prescription(dose)
    extent = "" if is_all else f" of the {len(targets)} largest lesions ({', '.join(targets)})"
    return Proposal(
        name or f"{technique}-{prescription}",
        f"{TITLES[technique]} {prescription.fractions} x {prescription.fraction_gy:g} Gy{extent}",
        targets,
        tags_of(technique, dose),
        {"technique": technique, "prescription": str(prescription)},
    )


TITLES = {
    "sbrt": "Stereotactic radiotherapy",
    "imrt": "Intensity-modulated radiotherapy",
    "arc": "Stereotactic arc therapy",
    "whole-liver": "Palliative irradiation of the whole liver,",
}


def tags_of(technique: str, dose: str) -> frozenset[str]:
    """Return the tags by which criteria know a plan."""
    prescription = parse_prescription(dose)
    if technique == "whole-liver":
        return frozenset({"radiotherapy", "whole-liver", "palliative"})
    kind = "sbrt" if prescription.is_ablative else "imrt"
    few = f"fractions-{prescription.fractions}"
    aim = "ablative" if prescription.is_ablative else "conventional"
    return frozenset({"radiotherapy", kind, aim, few, *(("arc",) if technique == "arc" else ())})


def _whole_liver(lesions: Sequence[Lesion]) -> Proposal:
    """Return the palliative option."""
    return Proposal(
        "whole-liver",
        "Palliative irradiation of the whole liver, 1 x 8 Gy",
        tuple(lesion.id for lesion in lesions),
        tags_of("whole-liver", WHOLE_LIVER),
        {"technique": "whole-liver", "prescription": WHOLE_LIVER},
    )


def _undecided() -> tuple[Proposal, ...]:
    """Return what can be argued without images."""
    return (
        Proposal(
            "sbrt",
            "Stereotactic radiotherapy (targets undecided: no images)",
            tags=frozenset({"radiotherapy", "sbrt", "ablative"}),
        ),
        Proposal(
            "whole-liver",
            "Palliative irradiation of the whole liver (no images)",
            tags=frozenset({"radiotherapy", "whole-liver", "palliative"}),
        ),
    )
