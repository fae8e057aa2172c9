"""What people read: the record, the layers and the report of a board. Computes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from liverboard.report.write import write_report

__all__ = ["write_report"]


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562): text needs none of what pictures need."""
    if name not in __all__:
        raise AttributeError(f"module 'liverboard.report' has no public name {name!r}")
    from liverboard.report.write import write_report

    return write_report
