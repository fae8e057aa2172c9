"""The published result that is nearest to a whole strategy, and how this patient differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from liverboard.board.joint.model import Piece
from liverboard.board.joint.published import table
from liverboard.evidence.fact import FactSheet
from liverboard.evidence.loader import Evidence
from liverboard.evidence.trial import populations

__all__ = ["anchors_of", "differences"]


def differences(sheet: FactSheet, evidence: Evidence) -> Mapping[str, str]:
    """Return for each trial in one sentence where this patient stands to its population."""
    return {one.trial.id: one.sentence for one in populations(sheet, evidence)}


def anchors_of(
    pieces: tuple[Piece, ...], left: tuple[str, ...], stands: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the anchors of a strategy: result, source and mark, and how this patient differs."""
    found = tuple(_anchors(pieces, left, stands))
    return found or ("no trial or series of this combination is in the evidence",)


def _anchors(
    pieces: tuple[Piece, ...], left: tuple[str, ...], stands: Mapping[str, str]
) -> Iterator[str]:
    """Yield the anchors whose strategy is this one."""
    roles = {role for piece in pieces for role in piece.masks}
    has_targets = any(not piece.is_territory for piece in pieces if "overdosed" in piece.masks)
    for row in table("anchors")["anchors"]:
        if set(row["roles"]) != roles or (row["left"] == "none" and left):
            continue
        if row.get("targets", has_targets) == has_targets:
            yield _told(row, stands)


def _told(row: Mapping[str, Any], stands: Mapping[str, str]) -> str:
    """Return one anchor in words."""
    differs = stands.get(row["trial"], "") or row.get("differs", "")
    return f"{row['result']} ({row['source']}, {row['mark']}); {differs}"
