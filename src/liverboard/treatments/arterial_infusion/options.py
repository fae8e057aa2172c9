"""Choices of arterial infusion planning."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULTS", "InfusionOptions"]


@dataclass(frozen=True, slots=True)
class InfusionOptions:
    """Choices of arterial infusion planning.

    `flow_ml_per_day`: flow of the pump until its own is measured (hai-pharmacy-tool offers 1.1 to
    1.4; 1.3 is a house default). `draws`, `seed`, `interval_percent`: intervals of exposure.
    """

    flow_ml_per_day: float = 1.3
    draws: int = 4000
    seed: int = 20261124
    interval_percent: float = 90.0


DEFAULTS = InfusionOptions()
