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
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from liverboard.errors import CaseError, EvidenceError, LiverboardError
    from liverboard.values import Estimate, Unknown

__version__ = "0.1.0"

_HOME = {
    "CaseError": "liverboard.errors",
    "Estimate": "liverboard.values",
    "EvidenceError": "liverboard.errors",
    "LiverboardError": "liverboard.errors",
    "Unknown": "liverboard.values",
}

__all__ = ["CaseError", "Estimate", "EvidenceError", "LiverboardError", "Unknown"]


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'liverboard' has no public name {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return [*__all__, "__version__"]
