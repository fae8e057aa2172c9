"""The digital patient as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from liverboard.numerics.grid import Array, Grid, read_only
from liverboard.phantom.canvas import OWNERS
from liverboard.phantom.lesion import Ellipsoid
from liverboard.phantom.options import PhantomOptions
from liverboard.phantom.vessel import Vessels

__all__ = ["STRUCTURES", "LesionTruth", "Phantom", "Truth"]

STRUCTURES = (
    "liver", "lesions", "portal_vein", "hepatic_veins", "inferior_vena_cava", "aorta",
    "gallbladder", "stomach", "duodenum", "small_bowel", "colon", "pancreas", "kidney_right",
    "kidney_left", "spleen", "heart", "lung_right", "lung_left", "ribs", "vertebrae",
    "spinal_cord", "esophagus", "body",
)  # fmt: skip
"""The masks of a digital patient, by the names of their files."""

PORTAL, HEPATIC = 1, 2


@dataclass(frozen=True, slots=True)
class LesionTruth:
    """What is true of a lesion: its ellipsoid, its volume in voxels, and where it lies.

    `segment` holds most of it, `encases_vessel` says whether a branch runs through it.
    """

    id: int
    shape: Ellipsoid
    voxel_volume_ml: float
    segment: int
    encases_vessel: bool


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is true of the liver: vessels, lesions, and labels (z, y, x) on the CT grid.

    `segments` uint8 1 to 8; `portal` and `hepatic` uint16, the id of the nearest branch plus 1; all
    0 outside the liver.
    """

    vessels: Vessels
    lesions: tuple[LesionTruth, ...]
    segments: Array
    portal: Array
    hepatic: Array
    portal_variant: str

    def __post_init__(self) -> None:
        for name in ("segments", "portal", "hepatic"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


@dataclass(frozen=True, slots=True, eq=False)
class Phantom:
    """A digital patient: CT, structures and truth on one grid, and its record.

    Arrays (z, y, x): `hu` int16; `owner` uint8, places in `OWNERS`; `vessels` uint8, 1 portal and 2
    hepatic; `lesions` uint8, labels from 1. `record` is what stands in case.yaml.
    """

    options: PhantomOptions
    grid: Grid
    hu: Array
    owner: Array
    vessels: Array
    lesions: Array
    truth: Truth
    record: Mapping[str, Any]

    def __post_init__(self) -> None:
        for name in ("hu", "owner", "vessels", "lesions"):
            array = getattr(self, name)
            if array.shape != self.grid.shape:
                raise ValueError(f"{name} {array.shape} does not fit grid {self.grid.shape}")
            object.__setattr__(self, name, read_only(array))

    def mask(self, structure: str) -> Array:
        """Return the mask (z, y, x) uint8 of one of `STRUCTURES`; lesions keep their labels."""
        if structure == "lesions":
            return self.lesions
        if structure == "body":
            return (self.owner > 0).astype(np.uint8)
        if structure == "portal_vein":
            return (self.vessels == PORTAL).astype(np.uint8)
        if structure == "hepatic_veins":
            drains = (self.vessels == HEPATIC) & (self.owner == OWNERS.index("liver"))
            return drains.astype(np.uint8)
        return (self.owner == OWNERS.index(structure)).astype(np.uint8)

    def volume_ml(self, structure: str) -> float:
        """Return the volume of a structure's mask in ml."""
        return float(np.count_nonzero(self.mask(structure))) * self.grid.voxel_ml
