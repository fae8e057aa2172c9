"""Who it is about: the case, its anatomy and all facts together."""

from __future__ import annotations

from dataclasses import dataclass

from liverboard.evidence.fact import FactSheet

__all__ = ["Patient"]


@dataclass(frozen=True, slots=True)
class Patient:
    """Case, anatomy and facts of one person."""

    facts: FactSheet
