"""What the scan shows: liver, lesions, vessel trees, territories, segments, distances.

Everything is loaded on first use: what it shows is cheap to speak of, measuring it is not.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from liverboard.anatomy.examine import ExamineOptions, examine
    from liverboard.anatomy.model import (
        MAIN_VEINS,
        SEGMENTS,
        Anatomy,
        Branch,
        Lesion,
        SegmentMap,
        Territories,
        VesselTree,
    )
    from liverboard.anatomy.remnant import CutVessel, Remnant, remnant_after

__all__ = [
    "MAIN_VEINS",
    "SEGMENTS",
    "Anatomy",
    "Branch",
    "CutVessel",
    "ExamineOptions",
    "Lesion",
    "Remnant",
    "SegmentMap",
    "Territories",
    "VesselTree",
    "examine",
    "remnant_after",
]

_MODEL = (
    "MAIN_VEINS",
    "SEGMENTS",
    "Anatomy",
    "Branch",
    "Lesion",
    "SegmentMap",
    "Territories",
    "VesselTree",
)
_HOME = MappingProxyType(
    dict.fromkeys(("ExamineOptions",), "examine")
    | dict.fromkeys(_MODEL, "model")
    | dict.fromkeys(("CutVessel", "Remnant", "remnant_after"), "remnant")
)


def examine_(*_: Any) -> None: ...
