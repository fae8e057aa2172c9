"""What we were given: the case folder, its record, images and masks. Nothing is computed.

case = read_case("case-017")
case.facts.number("bilirubin")        # umol/L, or why it is unknown
case.structures["liver"].grid.voxel_ml
"""

from liverboard.case.findings import CheckReport, check_case, report_lines
from liverboard.case.imaging import read_ct
from liverboard.case.model import BranchOverride, Case, Remark, Severity
from liverboard.case.problem import RecordError
from liverboard.case.reader import case_from_record, read_case
from liverboard.case.record import CaseRecord
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
    "report_lines",
    "template_text",
    "write_bytes",
    "write_image",
]
