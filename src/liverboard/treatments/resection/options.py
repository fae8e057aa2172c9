"""Choices of resection planning, each default naming its source."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULTS", "ResectionOptions"]


@dataclass(frozen=True, slots=True)
class ResectionOptions:
    """Choices of resection planning.

    `margins_mm`: margins at which wedges are planned: goal, default and floor (sources: 1 mm is the
    definition of R0, 10 mm the older goal; 5 mm is a house default). `anatomical_margin_mm`: margin
    to which an anatomical resection is widened. `area_weight_mm`: a mm2 of cut surface counts like
    this many mm3 of liver. `band_mm`: how far beyond the least necessary a cut may run.

    `trunk_order`: portal branches up to this order, and main hepatic veins of `trunk_radius_mm` or
    more, are never taken by a wedge. A vessel of `dissect_radius_mm` or more, or that serves
    `main_share` of the liver, is dissected free of what an anatomical resection removes if at least
    `dissect_share` of the tissue it serves stays.

    `covered_share`: share of a lesion in the units of an operation from which it belongs to it.
    `subset_limit`: how many unnamed sets of units are offered. `piece_penalty_ml`: what a separate
    piece counts as in a mix. `kept_segment_share`: functional share from which a segment is kept.
    House defaults where no source is named, see docs/resection.md.
    """

    margins_mm: tuple[float, ...] = (10.0, 5.0, 1.0)
    anatomical_margin_mm: float = 5.0
    area_weight_mm: float = 3.0
    band_mm: float = 9.0
    trunk_order: int = 1
    trunk_radius_mm: float = 3.0
    dissect_radius_mm: float = 2.0
    dissect_share: float = 0.2
    main_share: float = 0.1
    covered_share: float = 0.5
    subset_limit: int = 2
    piece_penalty_ml: float = 3.0
    kept_segment_share: float = 0.7

    def __post_init__(self) -> None:
        if not self.margins_mm or min(self.margins_mm) <= 0:
            raise ValueError(f"margins must be positive, got {self.margins_mm}")


DEFAULTS = ResectionOptions()
