"""Which radioembolizations are worth working out for a patient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from liverboard.anatomy import Anatomy, Lesion
from liverboard.patient import Patient
from liverboard.treatments.protocol import Json, Proposal
from liverboard.treatments.radioembolization.options import SirtOptions
from liverboard.treatments.radioembolization.territory import LOBES, segments_of
from liverboard.values import Unknown

__all__ = ["propose", "scenario_of"]

SCENARIOS = {
    "resin": ("segmentectomy", "lobectomy", "unilobar", "bilobar"),
    "glass": ("segmentectomy", "lobectomy", "unilobar", "bilobar"),
    "holmium": ("unilobar", "bilobar"),
}
"""Scenarios for which doses are published, by device."""


def propose(patient: Patient, options: SirtOptions) -> Sequence[Proposal]:
    """Return the territories that hold lesions, by device, with what is aimed at."""
    anatomy = patient.anatomy
    if isinstance(anatomy, Unknown) or isinstance(anatomy.lesions, Unknown):
        return (_undecided(),)
    lesions = [lesion for lesion in anatomy.known_lesions() if lesion.is_in_liver]
    if not lesions:
        return ()
    chosen = "spect_maa" if "spect_maa" in patient.case.others else "simulated"
    places = list(_places(anatomy, lesions, options))
    return tuple(
        _proposal(device, names, scenario, lesions, chosen)
        for names, scenario in places
        for device in options.devices
        if scenario in SCENARIOS[device]
    )


def _undecided() -> Proposal:
    """Return the one proposal that can be argued without images."""
    title = "Radioembolization (device and activity undecided: no images)"
    return Proposal("radioembolization", title, tags=frozenset({"radioembolization"}))


def _places(
    anatomy: Anatomy, lesions: Sequence[Lesion], options: SirtOptions
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield territories with the scenario they are treated by."""
    if isinstance(anatomy.segments, Unknown):
        yield ("whole",), "bilobar"
        return
    lobes = _lobes_with_tumour(anatomy, options)
    if len(lobes) == 2:
        yield lobes, "bilobar"
        return
    if not lobes:
        yield ("whole",), "bilobar"
        return
    yield lobes, "unilobar"
    yield lobes, "lobectomy"
    held = sorted({segment for lesion in lesions for segment in lesion.segments})
    if held and len(held) <= options.small_segments:
        yield ("+".join(held),), "segmentectomy"


def _lobes_with_tumour(anatomy: Anatomy, options: SirtOptions) -> tuple[str, ...]:
    """Return the lobes that hold tumour."""
    assert not isinstance(anatomy.segments, Unknown)
    labels = anatomy.segments.labels[anatomy.lesion_labels > 0]
    volumes = np.bincount(labels, minlength=9) * anatomy.grid.voxel_ml
    return tuple(
        lobe
        for lobe, segments in LOBES.items()
        if sum(volumes[int(segment[1:])] for segment in segments) >= options.least_lobe_ml
    )


def scenario_of(territories: Sequence[str], options: SirtOptions) -> str:
    """Return the scenario that fits territories given by name."""
    segments = {segment for name in territories for segment in segments_of(name)}
    if len(segments) <= options.small_segments:
        return "segmentectomy"
    sides = {lobe for lobe, held in LOBES.items() if segments & set(held)}
    return "bilobar" if len(sides) == 2 else "unilobar"


DEVICE_WORDS = {"resin": "Resin", "glass": "Glass", "holmium": "Holmium"}


def _proposal(
    device: str, names: tuple[str, ...], scenario: str, lesions: Sequence[Lesion], source: str
) -> Proposal:
    """Return one proposal."""
    place = "whole" if len(names) == 2 else names[0]
    where = "whole liver, lobe by lobe" if len(names) == 2 else f"{names[0]}"
    suffix = "-lobectomy" if scenario == "lobectomy" else ""
    goal = " to make the other lobe grow" if scenario == "lobectomy" else ""
    parameters: dict[str, Json] = {
        "device": device,
        "territories": list(names),
        "scenario": scenario,
        "map": source,
    }
    return Proposal(
        f"{device}-{place.lower().replace('+', '-')}{suffix}",
        f"{DEVICE_WORDS[device]} microspheres, {where}{goal}",
        tuple(lesion.id for lesion in lesions),
        frozenset({"radioembolization", device, scenario}),
        parameters,
    )
