"""Choices of radioembolization planning, each default naming its source."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULTS", "SirtOptions"]


@dataclass(frozen=True, slots=True)
class SirtOptions:
    """Choices of radioembolization planning.

    `devices`: those offered. `draws`: Monte Carlo draws behind an interval; `seed` of their random
    numbers; `interval_percent`: what lies within it. `small_segments`: most segments of a
    territory that is treated like a segmentectomy. `least_lobe_ml`: least tumour in a lobe for
    which it is treated. `small_lesion_ml`: lesions below it carry a warning of partial volume
    (issue 6: 2 ml). House defaults, see docs/radioembolization.md.
    """

    devices: tuple[str, ...] = ("resin", "glass", "holmium")
    draws: int = 2000
    seed: int = 20261124
    interval_percent: float = 90.0
    small_segments: int = 2
    least_lobe_ml: float = 0.1
    small_lesion_ml: float = 2.0

    def __post_init__(self) -> None:
        if self.draws < 100:
            raise ValueError(f"an interval needs at least 100 draws, got {self.draws}")


DEFAULTS = SirtOptions()
