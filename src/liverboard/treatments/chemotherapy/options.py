"""Choices of a chemotherapy plan, each default naming its source."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULTS", "ChemotherapyOptions"]


@dataclass(frozen=True, slots=True)
class ChemotherapyOptions:
    """Choices of a chemotherapy plan, by the names of `systemic/data/timing.yaml`.

    `cytotoxic_gap`: days from the last dose to an operation (source: judgement:systemic-gap).
    `bevacizumab_gap`: the same for bevacizumab, label 28, ESMO 35 or usual 42 days; the longest is
    the default (source: bevacizumab-perioperative).
    """

    cytotoxic_gap: str = "cytotoxic-gap"
    bevacizumab_gap: str = "bevacizumab-gap-usual"


DEFAULTS = ChemotherapyOptions()
