"""Every treatment for liver metastases, side by side, on one patient's own anatomy.

    import liverboard

    case = liverboard.read_case("case-017")
    board = liverboard.convene(case)
    board.option("resection/right-hepatectomy").plan.liver.functional_ml

Research use: it argues and computes, people decide. The public list is `__all__`; everything is
loaded on first use, so importing costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from liverboard.version import __version__ as __version__

if TYPE_CHECKING:
    from liverboard.anatomy import Anatomy, ExamineOptions, Lesion, examine
    from liverboard.board.convene import BoardOptions, convene
    from liverboard.board.option import Board, Option
    from liverboard.case import Case, case_from_record, read_case
    from liverboard.errors import (
        CaseError,
        EvidenceError,
        ImageError,
        LiverboardError,
        OutputError,
        RequestError,
    )
    from liverboard.patient import Patient, patient_of
    from liverboard.report import write_report
    from liverboard.treatments.protocol import NoPlan, Plan, Proposal, Treatment
    from liverboard.values import Estimate, Unknown


__all__ = [
    "Anatomy",
    "Board",
    "BoardOptions",
    "Case",
    "CaseError",
    "Estimate",
    "EvidenceError",
    "ExamineOptions",
    "ImageError",
    "Lesion",
    "LiverboardError",
    "NoPlan",
    "Option",
    "OutputError",
    "Patient",
    "Plan",
    "Proposal",
    "RequestError",
    "Treatment",
    "Unknown",
    "case_from_record",
    "convene",
    "examine",
    "patient_of",
    "read_case",
    "write_report",
]

_ROOMS = {
    "liverboard.anatomy": ("Anatomy", "ExamineOptions", "Lesion", "examine"),
    "liverboard.board.convene": ("BoardOptions", "convene"),
    "liverboard.board.option": ("Board", "Option"),
    "liverboard.case": ("Case", "case_from_record", "read_case"),
    "liverboard.errors": (
        "CaseError",
        "EvidenceError",
        "ImageError",
        "LiverboardError",
        "OutputError",
        "RequestError",
    ),
    "liverboard.patient": ("Patient", "patient_of"),
    "liverboard.report": ("write_report",),
    "liverboard.treatments.protocol": ("NoPlan", "Plan", "Proposal", "Treatment"),
    "liverboard.values": ("Estimate", "Unknown"),
}
_HOME = MappingProxyType({name: room for room, names in _ROOMS.items() for name in names})


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'liverboard' has no public name {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return [*__all__, "__version__"]
