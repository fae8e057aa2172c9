"""What the scan shows: liver, lesions, vessel trees, territories, segments, distances."""

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
