"""What the scan shows, as frozen values on one working grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from liverboard.numerics.grid import Array, Box, Grid, Image, bounding_box, read_only
from liverboard.values import Quantity, Unknown

__all__ = [
    "MAIN_VEINS",
    "SEGMENTS",
    "Anatomy",
    "Branch",
    "Lesion",
    "SegmentMap",
    "Territories",
    "VesselTree",
]

SEGMENTS = ("S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8")
"""Couinaud segments; label n of a segment map is SEGMENTS[n - 1]."""


MAIN_VEINS = ("right hepatic vein", "middle hepatic vein", "left hepatic vein")
"""Names of the main hepatic veins, from right to left."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A stretch of vessel between two branchings.

    `first` and `last` are its node numbers (inclusive, not contiguous); `order` counts branchings
    from the root, a trunk that only gives off twigs keeping its order. `segment` is the Couinaud
    segment it supplies alone, empty where it supplies several. `territory_ml` is what lies nearest
    to the branch itself, `subtree_ml` that of the branch and all below it.
    """

    id: int
    parent: int
    order: int
    length_mm: float
    radius_mm: float
    name: str = ""
    segment: str = ""
    territory_ml: float = 0.0
    subtree_ml: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class VesselTree:
    """One vessel system as a forest of centreline nodes, parents before children.

    points_mm: (n, 3) LPS; parent: (n,) int32, -1 at a root; radius_mm: (n,) float32; branch: (n,)
    int32 number in `branches`; bridged: (n,) bool where the step to the parent crosses a gap.
    `smallest_radius_mm` is the smallest radius that this image can be trusted to show: what is
    thinner is missing, and territories below that level are not resolved.
    """

    system: str
    points_mm: Array
    parent: Array
    radius_mm: Array
    branch: Array
    bridged: Array
    branches: tuple[Branch, ...]
    smallest_radius_mm: float
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("points_mm", "parent", "radius_mm", "branch", "bridged"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def size(self) -> int:
        """Number of nodes."""
        return len(self.parent)

    def named(self, name: str) -> tuple[Branch, ...]:
        """Return the branches called `name`."""
        return tuple(branch for branch in self.branches if branch.name == name)


@dataclass(frozen=True, slots=True, eq=False)
class Territories:
    """For each voxel of the liver the node that supplies or drains it.

    node: (z, y, x) int32 on the working grid, -1 outside the liver.
    """

    node: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "node", read_only(self.node))


@dataclass(frozen=True, slots=True, eq=False)
class SegmentMap:
    """Couinaud segments of the liver and how they were found.

    labels: (z, y, x) uint8, 0 outside, n for SEGMENTS[n - 1]. is_upper: (z, y, x) bool, above the
    plane of the portal branches: what divides segment 4 into 4a and 4b. `method` is one of "given
    masks", "portal territories", "landmark planes", "heuristic planes". `agreement` is the Dice
    overlap per segment between the map and the landmark planes, where both exist. `adjacent` are
    the pairs of segments that share a face.
    """

    labels: Array
    is_upper: Array
    volumes_ml: Mapping[str, float]
    method: str
    agreement: Mapping[str, float] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    adjacent: frozenset[frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        for name in ("labels", "is_upper"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        object.__setattr__(self, "adjacent", _adjacent(self.labels))
        for name in ("volumes_ml", "agreement"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def crop(self, box: Box) -> SegmentMap:
        """Return the part of the map inside `box`, which must hold the whole liver."""
        return replace(self, labels=self.labels[box], is_upper=self.is_upper[box])


def _cropped(found: Territories | Unknown, box: Box) -> Territories | Unknown:
    """Return the part of territories inside `box`."""
    return found if isinstance(found, Unknown) else Territories(found.node[box])


NEIGHBOUR_FACES = 45
"""Voxel faces two segments must share to adjoin: 1 cm2 at 1.5 mm."""


def _adjacent(labels: Array) -> frozenset[frozenset[str]]:
    """Return the pairs of segments that share faces of at least about a square centimetre."""
    counts = np.zeros(81, dtype=np.int64)
    for axis in range(3):
        first = np.moveaxis(labels, axis, 0)[:-1]
        second = np.moveaxis(labels, axis, 0)[1:]
        at_border = (first != second) & (first > 0) & (second > 0)
        pairs = first[at_border].astype(np.int64) * 9 + second[at_border]
        counts += np.bincount(pairs, minlength=81)
    both = counts.reshape(9, 9) + counts.reshape(9, 9).T
    return frozenset(
        frozenset((SEGMENTS[a - 1], SEGMENTS[b - 1]))
        for a in range(1, 9)
        for b in range(a + 1, 9)
        if both[a, b] >= NEIGHBOUR_FACES
    )


@dataclass(frozen=True, slots=True)
class Lesion:
    """One lesion as measured.

    `label` is its value in the lesion mask. `volume_ml` counts voxels of the mask as given.
    `diameter_mm` is the longest axial (RECIST) diameter, `max_diameter_mm` the longest in space,
    `centroid_mm` LPS. `distance_mm` maps structures to the smallest surface distance (0: touching).
    `segments` are those that hold at least a tenth of it, largest share first.
    """

    id: str
    label: int
    volume_ml: float
    diameter_mm: float
    max_diameter_mm: float
    centroid_mm: tuple[float, float, float]
    segments: tuple[str, ...]
    segment_shares: Mapping[str, float]
    distance_mm: Mapping[str, Quantity]
    is_in_liver: bool
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Anatomy:
    """Liver, lesions, vessels, territories and segments on the working grid.

    `liver` (z, y, x) bool includes lesions and vessels inside it; `lesion_labels` uint16 0..n, also
    where a lesion reaches beyond the liver mask; `lesion_surface_mm` maps a lesion's id to points
    (n, 3) LPS of its surface. `ct` float32 HU or Unknown. `structures` are other masks by canonical
    name. Volumes are counted on the masks as given; `volume_gap_ml` is how far the working grid is
    off.
    """

    grid: Grid
    ct: Image | Unknown
    liver: Array
    liver_ml: float
    tumour_ml: float
    volume_gap_ml: float
    lesion_labels: Array
    lesion_surface_mm: Mapping[str, Array]
    lesions: tuple[Lesion, ...] | Unknown
    structures: Mapping[str, Array]
    portal: VesselTree | Unknown
    hepatic: VesselTree | Unknown
    portal_territories: Territories | Unknown
    hepatic_territories: Territories | Unknown
    segments: SegmentMap | Unknown
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("liver", "lesion_labels"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        for name in ("structures", "lesion_surface_mm"):
            views = {key: read_only(array) for key, array in getattr(self, name).items()}
            object.__setattr__(self, name, MappingProxyType(views))

    @property
    def healthy_ml(self) -> float:
        """Liver volume without tumour, in ml: what percentages of a remnant refer to."""
        return self.liver_ml - self.tumour_ml

    @property
    def healthy(self) -> Array:
        """The liver voxels that are no tumour: (z, y, x) bool."""
        return np.asarray(self.liver & (self.lesion_labels == 0))

    def near_liver(self, margin_voxels: int = 4) -> Anatomy:
        """Return the same anatomy on the box round liver and lesions: less to work through."""
        box = bounding_box(self.liver | (self.lesion_labels > 0), margin=margin_voxels)
        segments = self.segments
        return replace(
            self,
            grid=self.grid.crop(box),
            ct=self.ct if isinstance(self.ct, Unknown) else self.ct.crop(box),
            liver=self.liver[box],
            lesion_labels=self.lesion_labels[box],
            structures={name: mask[box] for name, mask in self.structures.items()},
            portal_territories=_cropped(self.portal_territories, box),
            hepatic_territories=_cropped(self.hepatic_territories, box),
            segments=segments if isinstance(segments, Unknown) else segments.crop(box),
        )

    def known_lesions(self) -> tuple[Lesion, ...]:
        """Return the lesions, none where the list is unknown."""
        return () if isinstance(self.lesions, Unknown) else self.lesions

    def lesion(self, name: str) -> Lesion:
        """Return the lesion called `name`; KeyError where there is none."""
        for lesion in self.known_lesions():
            if lesion.id == name:
                return lesion
        raise KeyError(name)

    def mask_of(self, lesion: str) -> Array:
        """Return the voxels of one lesion: (z, y, x) bool."""
        return np.asarray(self.lesion_labels == self.lesion(lesion).label)
