"""Choices of a plan with antibodies, each default naming its source."""

from __future__ import annotations

from dataclasses import dataclass

from liverboard.errors import RequestError

__all__ = ["BEVACIZUMAB_GAPS", "DEFAULTS", "BiologicsOptions"]

BEVACIZUMAB_GAPS = {
    28: "bevacizumab-gap-label",
    35: "bevacizumab-gap-esmo",
    42: "bevacizumab-gap-usual",
}
"""The days without bevacizumab before an operation that a source names, and their entries."""


@dataclass(frozen=True, slots=True)
class BiologicsOptions:
    """Choices of a plan with antibodies.

    `bevacizumab_gap_days`: 28 (avastin-label), 35 (esmo-2016, not read) or 42, the default and the
    longest (bevacizumab-perioperative). `cytotoxic_gap`: entry of `systemic/data/timing.yaml` for
    the partner chemotherapy (judgement:systemic-gap).
    """

    bevacizumab_gap_days: int = 42
    cytotoxic_gap: str = "cytotoxic-gap"

    def __post_init__(self) -> None:
        if self.bevacizumab_gap_days not in BEVACIZUMAB_GAPS:
            raise RequestError(
                f"no source asks for {self.bevacizumab_gap_days} days without bevacizumab",
                where="bevacizumab_gap_days",
                remedy="choose 28, 35 or 42",
            )


DEFAULTS = BiologicsOptions()
