"""Which ablations are worth working out for a patient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from liverboard.patient import Patient
from liverboard.treatments.ablation.device import Device, device
from liverboard.treatments.ablation.options import AblationOptions
from liverboard.treatments.protocol import Proposal
from liverboard.values import Unknown

__all__ = ["BEST", "TAGS", "propose"]

TAGS = {"microwave": "microwave", "radiofrequency": "rf", "cryo": "cryo"}
"""The tag of each modality, as the criteria know it."""

BEST = "best"
"""Stands for the device that serves each lesion best."""

SMALL_MM = 30.0
"""Where a lesion is larger, ablating only the smaller ones is offered too (collision-2025)."""


def propose(patient: Patient, options: AblationOptions) -> Sequence[Proposal]:
    """Return all lesions by each device and by the best for each; the small ones alone."""
    anatomy = patient.anatomy
    chosen = [device(name) for name in options.devices]
    if isinstance(anatomy, Unknown) or isinstance(anatomy.lesions, Unknown):
        return tuple(_undecided(one) for one in chosen)
    lesions = [
        lesion
        for lesion in anatomy.lesions
        if lesion.is_in_liver and lesion.max_diameter_mm <= options.largest_mm
    ]
    if not lesions:
        return ()
    return tuple(_proposals([lesion.id for lesion in lesions], _small(lesions), chosen))


def _small(lesions: Sequence[object]) -> list[str]:
    """Return the ids of lesions within the randomised comparison with surgery."""
    return [str(one.id) for one in lesions if one.diameter_mm <= SMALL_MM]  # type: ignore[attr-defined]


def _proposals(names: list[str], small: list[str], chosen: list[Device]) -> Iterator[Proposal]:
    """Yield the proposals."""
    for one in chosen:
        yield Proposal(
            f"{one.id}-all",
            f"{one.modality.capitalize()} ablation of {_all(names)}, {one.title}",
            tuple(names),
            frozenset({"ablation", TAGS[one.modality]}),
            {"device": one.id},
        )
    yield Proposal(
        "best-device-all",
        f"Ablation of {_all(names)}, for each the device that serves it best",
        tuple(names),
        frozenset({"ablation", *(TAGS[one.modality] for one in chosen)}),
        {"device": BEST},
    )
    if small and len(small) < len(names):
        one = chosen[0]
        yield Proposal(
            f"{one.id}-small",
            f"{one.modality.capitalize()} ablation of the lesions up to 3 cm, {one.title}",
            tuple(small),
            frozenset({"ablation", TAGS[one.modality]}),
            {"device": one.id},
        )


def _all(names: list[str]) -> str:
    """Return in words how many lesions there are."""
    return names[0] if len(names) == 1 else f"all {len(names)} lesions"


def _undecided(one: Device) -> Proposal:
    """Return a proposal that can be argued without images."""
    title = f"{one.modality.capitalize()} ablation (needles undecided: no images)"
    return Proposal(f"{one.id}", title, tags=frozenset({"ablation", TAGS[one.modality]}))
