"""What we were given: the case folder, its record, images and masks. Nothing is computed.

case = read_case("case-017")
case.facts.number("bilirubin")        # umol/L, or why it is unknown
case.structures["liver"].grid.voxel_ml

Everything is loaded on first use: the record alone is read without what opens images.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from liverboard.case.findings import CheckReport, check_case, report_lines
    from liverboard.case.imaging import read_ct
    from liverboard.case.model import BranchOverride, Case, Remark, Severity
    from liverboard.case.problem import RecordError
    from liverboard.case.reader import case_from_record, read_case
    from liverboard.case.record import CaseRecord
    from liverboard.case.record_alone import read_record_alone
    from liverboard.case.template import init_case, template_text
    from liverboard.case.writer import write_bytes, write_image

__all__ = [
    "BranchOverride",
    "Case",
    "CaseRecord",
    "CheckReport",
    "RecordError",
    "Remark",
    "Severity",
    "case_from_record",
    "check_case",
    "init_case",
    "read_case",
    "read_ct",
    "read_record_alone",
    "report_lines",
    "template_text",
    "write_bytes",
    "write_image",
]

_ROOMS = {
    "findings": ("CheckReport", "check_case", "report_lines"),
    "imaging": ("read_ct",),
    "model": ("BranchOverride", "Case", "Remark", "Severity"),
    "problem": ("RecordError",),
    "reader": ("case_from_record", "read_case"),
    "record": ("CaseRecord",),
    "record_alone": ("read_record_alone",),
    "template": ("init_case", "template_text"),
    "writer": ("write_bytes", "write_image"),
}
_HOME = MappingProxyType({name: room for room, names in _ROOMS.items() for name in names})


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'liverboard.case' has no public name {name!r}")
    return getattr(import_module(f"liverboard.case.{_HOME[name]}"), name)
