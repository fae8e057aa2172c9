"""From a worked-out resection to the common currency of the board."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from liverboard.anatomy import Anatomy
from liverboard.evidence.calculators.body import bsa_dubois, bsa_mosteller
from liverboard.evidence.calculators.liver_volume import (
    remnant_of_body_weight,
    remnant_of_estimated_volume,
    total_liver_volume_urata,
    total_liver_volume_vauthey,
)
from liverboard.evidence.fact import Fact, FactSheet, Known
from liverboard.numerics.grid import Array
from liverboard.table_file import read_table
from liverboard.treatments.protocol import Burden, LesionOutcome, LiverEffect
from liverboard.treatments.resection.growth import Technique
from liverboard.treatments.resection.options import ResectionOptions
from liverboard.treatments.resection.work import Result
from liverboard.values import Estimate, Mark, Quantity, Reason, Unknown, measured

__all__ = ["Remnants", "burden_of", "lesion_outcomes", "liver_effect", "plan_facts", "remnants"]

ORIGIN = "plan: resection"

CUT_ERROR_MM = 1.0
"""How far a cut may stray: what the interval of a remnant stands for. A millimetre, as in the
definition of a clear margin; a house value, not a measured accuracy of surgeons."""

MARGIN_ERROR_MM = 0.75
"""Accuracy of a margin: half a voxel of the working grid (docs/resection.md)."""

R0_MM = 1.0
"""Margin from which a resection is called R0 (liu-2015)."""


@dataclass(frozen=True, slots=True)
class Remnants:
    """The four remnants in ml, each an estimate or unknown."""

    geometric: Quantity
    perfused: Quantity
    drained: Quantity
    functional: Quantity


def remnants(anatomy: Anatomy, result: Result) -> Remnants:
    """Return the four remnants, their interval a millimetre of the whole cut surface."""
    spread = result.surface.total_mm2 * CUT_ERROR_MM / 1000.0
    kept = result.remnant

    def volume(mask: Array | Unknown) -> Quantity:
        if isinstance(mask, Unknown):
            return mask
        ml = float(np.count_nonzero(mask)) * anatomy.grid.voxel_ml
        return _bounded(measured(ml, "ml", "remnant", spread=spread), 0.0, anatomy.healthy_ml)

    return Remnants(
        volume(kept.geometric), volume(kept.perfused), volume(kept.drained), volume(kept.functional)
    )


def _bounded(given: Estimate, low: float, high: float) -> Estimate:
    """Return an estimate whose interval stays within what is possible."""
    return Estimate(
        given.value,
        min(given.value, max(low, given.low)),
        max(given.value, min(high, given.high)),
        given.unit,
        given.sources,
        given.mark,
    )


def percent_of(volume: Quantity, whole_ml: float) -> Quantity:
    """Return a volume in percent of `whole_ml`."""
    if isinstance(volume, Unknown):
        return volume
    factor = 100.0 / whole_ml
    return Estimate(
        volume.value * factor,
        volume.low * factor,
        volume.high * factor,
        "percent",
        volume.sources,
        volume.mark,
    )


def liver_effect(anatomy: Anatomy, result: Result, left: Remnants) -> LiverEffect:
    """Return what the resection leaves of the liver; nothing is destroyed or over-dosed."""
    gone = float(np.count_nonzero(result.removal.removed & anatomy.healthy)) * anatomy.grid.voxel_ml
    spread = result.surface.total_mm2 * CUT_ERROR_MM / 1000.0
    nothing = measured(0.0, "ml", "remnant")
    return LiverEffect(
        removed_ml=_bounded(
            measured(gone, "ml", "remnant", spread=spread), 0.0, anatomy.healthy_ml
        ),
        destroyed_ml=nothing,
        overdosed_ml=nothing,
        geometric_ml=left.geometric,
        perfused_ml=left.perfused,
        drained_ml=left.drained,
        functional_ml=left.functional,
        geometric_percent=percent_of(left.geometric, anatomy.healthy_ml),
        functional_percent=percent_of(left.functional, anatomy.healthy_ml),
    )


def lesion_outcomes(anatomy: Anatomy, result: Result) -> tuple[LesionOutcome, ...]:
    """Return what becomes of every lesion, smallest margin included."""
    return tuple(_outcome(lesion.id, result) for lesion in anatomy.known_lesions())


def _outcome(lesion: str, result: Result) -> LesionOutcome:
    """Return what becomes of one lesion."""
    profile = result.profiles.get(lesion)
    if not result.covered[lesion]:
        return LesionOutcome(lesion, False, remark="not removed")
    if profile is None:
        return LesionOutcome(lesion, True)
    margin = _bounded(
        measured(profile.smallest_mm, "mm", "margin", spread=MARGIN_ERROR_MM), 0.0, 1000.0
    )
    remark = "runs along a main vessel: R1vasc possible" if touches_vessel(lesion, result) else ""
    return LesionOutcome(lesion, True, margin, remark=remark)


def touches_vessel(lesion: str, result: Result) -> bool:
    """Whether a lesion's margin is under 1 mm only where the cut runs along a vessel that stays."""
    profile = result.profiles.get(lesion)
    if profile is None:
        return False
    return profile.smallest_mm < R0_MM <= profile.smallest_free_mm


def plan_facts(
    anatomy: Anatomy,
    result: Result,
    effect: LiverEffect,
    sheet: FactSheet,
    options: ResectionOptions,
) -> dict[str, Fact]:
    """Return what the plan measured, for the criteria."""
    inside = [lesion.id for lesion in anatomy.known_lesions() if lesion.is_in_liver]
    facts: dict[str, Fact] = {
        "targets_all_lesions": Known(all(result.covered[name] for name in inside), ORIGIN),
        "flr_percent": _fact(effect.functional_percent),
        "flr_geometric_percent": _fact(effect.geometric_percent),
        "sflr_percent": _fact(standardised_vauthey(effect.functional_ml, sheet)),
        "flr_body_weight": _fact(per_weight(effect.functional_ml, sheet)),
        "margin": _smallest_margin(result),
        "vessel_contact": Known(any(touches_vessel(n, result) for n in result.profiles), ORIGIN),
    }
    facts.update(_segment_facts(result, options))
    return facts


def _fact(quantity: Quantity) -> Fact:
    """Return a quantity as a fact with its interval."""
    if isinstance(quantity, Unknown):
        return quantity
    return Known(quantity.value, ORIGIN, low=quantity.low, high=quantity.high)


def _smallest_margin(result: Result) -> Fact:
    """Return the smallest margin of all lesions removed, away from vessels that stay.

    Contact with such a vessel is a fact of its own: there a tumour is dissected off.
    """
    gap = smallest_off_vessel_mm(result)
    if gap is None:
        return Unknown(Reason.NOT_COMPUTED, "nothing is removed")
    return Known(gap, ORIGIN, low=max(0.0, gap - MARGIN_ERROR_MM), high=gap + MARGIN_ERROR_MM)


def smallest_off_vessel_mm(result: Result) -> float | None:
    """Return the smallest margin to a cut that does not run along a vessel that stays."""
    gaps = [one.smallest_free_mm for one in result.profiles.values() if one is not None]
    finite = [gap for gap in gaps if np.isfinite(gap)]
    return min(finite) if finite else None


def _segment_facts(result: Result, options: ResectionOptions) -> Iterator[tuple[str, Fact]]:
    """Yield how many whole segments are kept and removed."""
    if isinstance(result.kept_share, Unknown):
        for name in ("remnant_segments", "remnant_adjacent_segments", "resected_segments"):
            yield name, result.kept_share
        return
    shares = result.kept_share.values()
    kept = sum(share >= options.kept_segment_share for share in shares)
    gone = sum(share < 1.0 - options.kept_segment_share for share in shares)
    yield "remnant_segments", Known(float(kept), ORIGIN)
    yield "resected_segments", Known(float(gone), ORIGIN)
    if not isinstance(result.adjacent_kept, Unknown):
        yield "remnant_adjacent_segments", Known(float(result.adjacent_kept), ORIGIN)


def _through(volume: Quantity, unit: str, compute: Callable[[float], float | Unknown]) -> Quantity:
    """Return an estimate sent through a rising function of ml, Unknown where that is."""
    if isinstance(volume, Unknown):
        return volume
    ends: list[float] = []
    for number in (volume.value, volume.low, volume.high):
        end = compute(number)
        if isinstance(end, Unknown):
            return end
        ends.append(end)
    return Estimate(ends[0], ends[1], ends[2], unit, volume.sources, volume.mark)


def standardised_vauthey(volume: Quantity, sheet: FactSheet) -> Quantity:
    """Return a remnant in percent of the estimated liver volume (Vauthey, BSA by Mosteller)."""
    return _standardised(volume, sheet, (bsa_mosteller, total_liver_volume_vauthey))


def standardised_dubois(volume: Quantity, sheet: FactSheet) -> Quantity:
    """Return a remnant in percent of the estimated liver volume (Vauthey, BSA by DuBois)."""
    return _standardised(volume, sheet, (bsa_dubois, total_liver_volume_vauthey))


def standardised_urata(volume: Quantity, sheet: FactSheet) -> Quantity:
    """Return a remnant in percent of the standard liver volume (Urata, BSA by DuBois)."""
    return _standardised(volume, sheet, (bsa_dubois, total_liver_volume_urata))


def _standardised(
    volume: Quantity, sheet: FactSheet, formulas: tuple[Any, Callable[[float], float | Unknown]]
) -> Quantity:
    """Return a remnant in percent of the liver volume that formulas estimate from the body."""
    height, weight = sheet.number("height"), sheet.number("weight")
    if isinstance(height, Unknown):
        return height
    if isinstance(weight, Unknown):
        return weight
    surface = formulas[0](height, weight)
    whole = surface if isinstance(surface, Unknown) else formulas[1](surface)
    if isinstance(whole, Unknown):
        return whole
    return _through(volume, "percent", lambda ml: remnant_of_estimated_volume(ml, whole))


def per_weight(volume: Quantity, sheet: FactSheet) -> Quantity:
    """Return a remnant in percent of body weight, a millilitre taken as a gram."""
    weight = sheet.number("weight")
    if isinstance(weight, Unknown):
        return weight
    return _through(volume, "percent", lambda ml: remnant_of_body_weight(ml, weight))


@cache
def _burden_data() -> Mapping[str, Any]:
    """Return the content of `data/burden.yaml`."""
    folder = resources.files("liverboard.treatments.resection")
    found: Mapping[str, Any] = read_table(folder.joinpath("data/burden.yaml").read_text("utf-8"))
    return found


def _published(entry: Mapping[str, Any], unit: str) -> Estimate:
    """Return a published range, its middle where no value is given."""
    low, high = float(entry["low"]), float(entry["high"])
    value = float(entry.get("value", (low + high) / 2))
    return Estimate(value, low, high, unit, (entry["source"],), Mark(entry["mark"]))


def burden_of(tags: frozenset[str], segments: int | None, by: Technique | None) -> Burden:
    """Return what the operation asks of the patient; `segments` are those removed, None unknown."""
    data = _burden_data()
    extent = "minor" if segments is None or segments < 3 else "hemihepatectomy"
    if segments is not None and segments > 4:
        extent = "extended"
    if by is not None and by.id == "alpps":
        extent = "alpps"
    sessions = 1 + (by.sessions - 1 if by else 0) + ("two-stage" in tags and by is not None)
    is_punctured = by is not None and by.id != "alpps"
    return Burden(
        sessions=measured(float(sessions), "1", "resection-steps"),
        nights=_published(data["nights"], "1"),
        punctures=measured(float(is_punctured), "1", "resection-steps"),
        waiting_weeks=by.wait_weeks if by else measured(0.0, "week", "resection-steps"),
        severe_harm_percent=_published(data["severe_harm_percent"], "percent"),
        mortality_90d_percent=_published(data["mortality_90d_percent"][extent], "percent"),
        anaesthesia="general",
    )


def cut_lines(result: Result) -> Sequence[tuple[str, str, float, float]]:
    """Return the vessels divided: system, name, diameter in mm, remnant deprived in ml."""
    return [
        (cut.system, cut.name or "side branch", 2.0 * cut.radius_mm, cut.lost_remnant_ml)
        for cut in result.remnant.cut_vessels
    ]
