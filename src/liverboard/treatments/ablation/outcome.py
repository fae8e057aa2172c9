"""What published series say of lesions ablated like this: progression by margin and RAS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from liverboard.evidence.fact import FactSheet
from liverboard.treatments.ablation.device import Device
from liverboard.treatments.ablation.placement import Chances
from liverboard.treatments.ablation.tables import table
from liverboard.values import Estimate, Mark, Quantity, Reason, Unknown

__all__ = ["local_control", "progression_percent"]

SOURCES = ("ras-margin-2024", "wang-2013", "method:ablation-chances")


@dataclass(frozen=True, slots=True)
class _Shares:
    """How likely each class of margin is: none, under five, five or more."""

    none: float
    thin: float
    enough: float


def progression_percent(chances: Chances, device: Device, sheet: FactSheet) -> Quantity:
    """Return the expected local progression at two years in percent.

    Each class of margin counts with its chance. The interval spans RAS where it is unknown; the
    series itself gives no interval (docs/ablation.md). Unknown for cryo and other primaries.
    """
    primary = sheet.category("primary_site")
    if isinstance(primary, Unknown) or primary != "colorectal":
        return Unknown(Reason.NO_EVIDENCE, "published for colorectal metastases only")
    if device.modality == "cryo":
        return Unknown(Reason.NO_EVIDENCE, "no series by margin and RAS after cryoablation")
    values = [_expected(_shares(chances), kind) for kind in _kinds(sheet)]
    middle = sum(values) / len(values)
    # the series is of radiofrequency; microwaves are read from it
    mark = Mark.VERIFIED if device.modality == "radiofrequency" else Mark.SECONDARY
    return Estimate(middle, min(values), max(values), "percent", SOURCES, mark)


def _kinds(sheet: FactSheet) -> Sequence[str]:
    """Return the kinds of RAS that the patient may have."""
    ras = sheet.category("ras")
    if isinstance(ras, Unknown) or ras not in ("wild_type", "mutated"):
        return ("wild_type", "mutated")
    return (ras,)


def _shares(chances: Chances) -> _Shares:
    """Return the share of samples in each class of margin."""
    count = float(chances.samples)
    return _Shares(
        1.0 - chances.covered / count,
        (chances.covered - chances.complete) / count,
        chances.complete / count,
    )


def _expected(shares: _Shares, kind: str) -> float:
    """Return the expected progression in percent for one kind of RAS."""
    given: Mapping[str, Mapping[str, float]] = table("outcome")["local_progression_2y_percent"]
    return (
        shares.none * float(given["none"]["any"])
        + shares.thin * float(given["under_five"][kind])
        + shares.enough * float(given["five_or_more"][kind])
    )


def local_control(progression: Quantity) -> Quantity:
    """Return the percentage without local progression."""
    if isinstance(progression, Unknown):
        return progression
    return Estimate(
        100.0 - progression.value,
        100.0 - progression.high,
        100.0 - progression.low,
        "percent",
        progression.sources,
        progression.mark,
    )
