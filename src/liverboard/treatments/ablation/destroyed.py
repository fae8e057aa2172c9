"""Which liver the zones destroy, as planned and within what their size may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liverboard.anatomy import Anatomy
from liverboard.numerics.grid import Array, Box, Grid, read_only
from liverboard.treatments.ablation.placement import Placement, zone_field
from liverboard.treatments.ablation.tables import table

__all__ = ["Destroyed", "destroyed_by"]

NORMAL_95 = 1.96
"""Standard deviations on either side that hold 95 %."""


@dataclass(frozen=True, slots=True, eq=False)
class Destroyed:
    """What is destroyed.

    zone: (z, y, x) bool on the working grid; lost: the healthy liver in it; volumes in ml with what
    they are when all zones turn out small or large.
    """

    zone: Array
    lost: Array
    ml: float
    low_ml: float
    high_ml: float

    def __post_init__(self) -> None:
        for name in ("zone", "lost"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def destroyed_by(placements: Sequence[Placement], anatomy: Anatomy) -> Destroyed:
    """Return what zones destroy of the liver."""
    sigma = float(table("planning")["uncertainty"]["zone_log_scale"]["value"])
    sizes = (1.0, float(np.exp(-NORMAL_95 * sigma)), float(np.exp(NORMAL_95 * sigma)))
    zones = [np.zeros(anatomy.grid.shape, dtype=bool) for _ in sizes]
    for placement in placements:
        box = _box(placement, anatomy.grid, sizes[2])
        field = zone_field((placement,), anatomy.grid.crop(box)).array
        half = placement.zone.short_mm / 2.0
        for zone, size in zip(zones, sizes, strict=True):
            # the field is (level - 1) times half the short axis
            zone[box] |= field <= (size - 1.0) * half
    healthy = anatomy.healthy
    lost = [zone & healthy for zone in zones]
    ml = [float(np.count_nonzero(part)) * anatomy.grid.voxel_ml for part in lost]
    return Destroyed(zones[0], lost[0], ml[0], ml[1], ml[2])


def _box(placement: Placement, grid: Grid, size: float) -> Box:
    """Return the part of the grid that a zone of `size` times its axes can reach."""
    reach = 0.5 * size * max(placement.zone.long_mm, placement.zone.short_mm)
    index = grid.indices(np.array(placement.centre_mm)[None])[0]
    span = reach / np.array(grid.spacing_mm) + 1.0
    low = np.clip(np.floor(index - span).astype(int), 0, np.array(grid.shape) - 1)
    high = np.clip(np.ceil(index + span).astype(int) + 1, low + 1, np.array(grid.shape))
    return slice(low[0], high[0]), slice(low[1], high[1]), slice(low[2], high[2])
