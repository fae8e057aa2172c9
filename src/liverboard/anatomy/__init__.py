"""What the scan shows: liver, lesions, vessel trees, territories, segments, distances.

Everything is loaded on first use: what it shows is cheap to speak of, measuring it is not.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from liverboard.anatomy.examination import ExamineOptions, examine
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

_ROOMS = {
    "examination": ("ExamineOptions", "examine"),
    "model": (
        "MAIN_VEINS",
        "SEGMENTS",
        "Anatomy",
        "Branch",
        "Lesion",
        "SegmentMap",
        "Territories",
        "VesselTree",
    ),
    "remnant": ("CutVessel", "Remnant", "remnant_after"),
}
_HOME = MappingProxyType({name: room for room, names in _ROOMS.items() for name in names})


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'liverboard.anatomy' has no public name {name!r}")
    return getattr(import_module(f"liverboard.anatomy.{_HOME[name]}"), name)
