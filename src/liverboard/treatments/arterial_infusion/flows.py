"""Blood flow through the liver and the share of its artery, as drawn for one patient.

Source: duplex ultrasound of ten healthy fasting volunteers (carlisle-1992).
"""

from __future__ import annotations

import numpy as np

from liverboard.numerics.grid import Array
from liverboard.treatments.arterial_infusion.tables import table

__all__ = ["draw_flows"]


def draw_flows(rng: np.random.Generator, weight_kg: float, count: int) -> tuple[Array, Array]:
    """Return liver flow in l/min and its arterial share: (count,) each, as volunteers differ."""
    given = table()["published"]["flows"]
    total = float(given["total_ml_per_min_kg"]) * weight_kg / 1000.0
    artery = float(given["artery_ml_per_min_kg"]) * weight_kg / 1000.0
    spread = float(given["total_sd_percent"]) / 100.0
    wide = np.sqrt(np.log(1.0 + (float(given["artery_sd_percent"]) / 100.0) ** 2))
    flow = total * np.clip(rng.normal(1.0, spread, count), 0.5, 1.5)
    drawn = artery * np.exp(rng.normal(0.0, wide, count) - wide**2 / 2.0)
    return flow, np.clip(drawn / flow, 0.05, 0.6)
