"""What people read: the record, the layers and the report of a board. Computes nothing."""

from liverboard.report.write import write_report

__all__ = ["write_report"]
