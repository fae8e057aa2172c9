"""What goes otherwise than planned: the same draws for every plan of a lesion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liverboard.numerics.grid import Array, read_only
from liverboard.treatments.ablation.device import Device
from liverboard.treatments.ablation.tables import estimate_of, table

__all__ = ["Draws", "draws_of"]

SIGMAS_OF_RANGE = 3.92
"""Standard deviations in a 95 % interval."""


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Samples S for up to N needles; none is the plan itself.

    shift (S, N, 3) mm along two axes across and one along the needle; tilt (S, N, 2) rad; motion
    (S, 3) mm of the lesion against all needles; scale (S,) of the zone's axes.
    """

    shift: Array
    tilt: Array
    motion: Array
    scale: Array

    def __post_init__(self) -> None:
        for name in ("shift", "tilt", "motion", "scale"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def draws_of(device: Device, *, samples: int, needles: int, seed: int) -> Draws:
    """Return `samples` draws; the same seed gives the same draws."""
    given = table("planning")["uncertainty"]
    rng = np.random.Generator(np.random.PCG64(seed))
    across, depth = (estimate_of(given[name], "mm").value for name in ("lateral_mm", "depth_mm"))
    tilt = np.radians(float(given["tilt_deg"]["value"]))
    motion = float(given["motion_mm"]["value"])
    known = device.scale
    table_sigma = (known.high - known.low) / known.value / SIGMAS_OF_RANGE
    sigma = float(np.hypot(float(given["zone_log_scale"]["value"]), table_sigma))
    shift = rng.normal(0.0, 1.0, (samples, needles, 3)) * np.array([across, across, depth])
    return Draws(
        shift,
        rng.normal(0.0, tilt, (samples, needles, 2)),
        rng.normal(0.0, motion, (samples, 3)),
        np.exp(rng.normal(0.0, sigma, samples)),
    )
