"""Which part of the liver a catheter position supplies, by name: whole, right, left, S6+S7.

Arteries are too small for a portal-venous CT, so Couinaud segments stand for their territories:
artery and portal branch run together. Variants and parasitic supply are not modelled; angiography
or cone-beam CT must confirm the territory.
"""

from __future__ import annotations

import numpy as np

from liverboard.anatomy import Anatomy
from liverboard.anatomy.model import SEGMENTS
from liverboard.errors import RequestError
from liverboard.numerics.grid import Array
from liverboard.values import Unknown

__all__ = ["LOBES", "segments_of", "territory_mask"]

LOBES = {"right": ("S5", "S6", "S7", "S8"), "left": ("S1", "S2", "S3", "S4")}
"""Lobes by segment. The caudate is fed from both sides; here it goes with the left."""


def segments_of(name: str) -> tuple[str, ...]:
    """Return the segments of a territory, all of them for `whole`; RequestError if unreadable."""
    if name == "whole":
        return SEGMENTS
    if name in LOBES:
        return LOBES[name]
    parts = tuple(part.strip().upper() for part in name.split("+"))
    unknown = [part for part in parts if part not in SEGMENTS]
    if unknown or len(set(parts)) < len(parts):
        raise RequestError(
            f"{name!r} is no territory",
            where="--territory",
            remedy="write whole, right, left, or segments such as S6+S7, each once",
        )
    return tuple(sorted(parts))


def territory_mask(anatomy: Anatomy, name: str) -> Array | Unknown:
    """Return the liver voxels of a territory: (z, y, x) bool; Unknown without segments.

    RequestError for a name that cannot be read, or a territory without voxels.
    """
    wanted = segments_of(name)
    if name == "whole":
        return anatomy.liver
    if isinstance(anatomy.segments, Unknown):
        return anatomy.segments
    numbers = [SEGMENTS.index(segment) + 1 for segment in wanted]
    mask = np.isin(anatomy.segments.labels, numbers) & anatomy.liver
    if not mask.any():
        raise RequestError(
            f"territory {name} has no voxels in this liver",
            where="--territory",
            remedy="choose segments that are there (liverboard check shows them)",
        )
    return np.asarray(mask)
