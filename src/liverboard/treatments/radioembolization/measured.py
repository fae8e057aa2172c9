"""A measured map of activity (Tc-99m MAA SPECT or Y-90 PET) brought onto the liver's grid.

Counts are shared over the treated territories as they are: scale and time do not matter, the
activity is given apart. Registration is taken as the files state it. Not modelled: scatter,
attenuation, partial volume.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liverboard.anatomy import Anatomy
from liverboard.errors import RequestError
from liverboard.numerics.grid import Array, Image, read_only
from liverboard.numerics.resample import resample_linear

__all__ = ["MeasuredMap", "measured_map"]

LEAST_COVERED = 0.98
"""Share of the liver that a map must cover; less means another frame, or a cut image."""

MOST_OUTSIDE = 0.20
"""Share of counts outside liver and lungs beyond which free technetium is likely (taranis)."""

NEAR_LIVER = 0.05
"""Share of counts in the liver below which the map lies somewhere else."""


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredMap:
    """activity: (z, y, x) float32, none negative, on the grid of the anatomy; what was found."""

    activity: Array
    remarks: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "activity", read_only(self.activity))


def measured_map(image: Image, anatomy: Anatomy, name: str) -> MeasuredMap:
    """Return a map on the grid of `anatomy`; RequestError where it cannot be of this liver."""
    total = float(np.clip(image.array, 0.0, None).sum(dtype=np.float64))
    if total <= 0.0:
        raise RequestError(
            "the map has no counts", where=name, remedy="give the reconstructed image, not a mask"
        )
    inside = np.argwhere(anatomy.liver)
    covered = float(image.grid.contains(anatomy.grid.points(inside)).mean())
    if covered < LEAST_COVERED:
        raise RequestError(
            f"the map covers only {100 * covered:.0f} % of the liver",
            where=name,
            remedy="register it to the CT first: both must lie in the same frame",
        )
    found = resample_linear(image, anatomy.grid)
    activity = np.clip(found, 0.0, None)
    ratio = anatomy.grid.voxel_ml / image.grid.voxel_ml
    share = float(activity[anatomy.liver].sum(dtype=np.float64)) * ratio / total
    if share < NEAR_LIVER:
        raise RequestError(
            f"only {100 * share:.1f} % of the counts lie in the liver",
            where=name,
            remedy="check that the map belongs to this CT and is registered to it",
        )
    return MeasuredMap(activity, tuple(_remarks(image, share)))


def _remarks(image: Image, share: float) -> list[str]:
    """Return what a reader of the map should know."""
    found = [f"{100 * min(share, 1.0):.0f} % of the counts of the map lie in the liver"]
    if 1.0 - share > MOST_OUTSIDE:
        found.append("more than 20 % of the counts lie outside the liver: lungs, gut, free Tc-99m?")
    negative = int(np.count_nonzero(image.array < 0))
    if negative:
        found.append(f"{negative} negative voxels of the map were set to zero")
    return found
