"""Dose of microspheres in the liver: what each part of the activity gives to each voxel.

The activity of a territory is a sum of parts: its normal liver and each lesion in it (simulated
maps), or one measured map. Dose is linear in them, so each is spread once by the kernel, and every
what-if afterwards is a scaled sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from liverboard.anatomy import Anatomy
from liverboard.numerics.grid import Array, Box, bounding_box, read_only
from liverboard.treatments.radioembolization.kernels.convolve import KernelKey, spread

__all__ = ["Basis", "Part", "measured_basis", "simulated_basis"]

NORMAL = ""
"""Stands for the normal liver where a lesion's id could stand."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One part of the activity, at concentration one.

    territory: number of its territory. lesion: id, or NORMAL, or `map` for a measured map.
    local: (z, y, x) float32 concentration in `local_box`; spread: the same after the kernel, in
    `spread_box`. weight_kg: mass times concentration.
    """

    territory: int
    lesion: str
    local_box: Box
    local: Array
    spread_box: Box
    spread: Array
    weight_kg: float


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """All parts of the activity and what a unit of each gives to each region.

    regions: names of lesions, then `normal 0`, `normal 1` ... by territory, then `elsewhere` (the
    liver outside the territories). region_ml: (regions,); shares: (regions, territories) how much
    of a region lies in each territory. local_means, spread_means: (regions, parts) mean of a
    part's field over a region.
    """

    territories: tuple[str, ...]
    parts: tuple[Part, ...]
    regions: tuple[str, ...]
    region_ml: Array
    shares: Array
    local_means: Array
    spread_means: Array
    shape: tuple[int, int, int]
    density: float

    def __post_init__(self) -> None:
        for name in ("region_ml", "shares", "local_means", "spread_means"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def lesions(self) -> tuple[str, ...]:
        """The lesions that have at least a voxel in a territory, measured or simulated."""
        return tuple(name for name in self.regions if not _is_liver(name))

    def row(self, region: str) -> int:
        """Return the number of a region."""
        return self.regions.index(region)

    def uptakes(self, uptake: Mapping[str, float]) -> Array:
        """Return the uptake (parts,) of every part: one for normal liver and measured maps."""
        return np.array([uptake.get(part.lesion, 1.0) for part in self.parts])

    def weighted_kg(self, uptakes: Array) -> Array:
        """Return the weighted mass (..., territories) of every territory."""
        weights = uptakes * np.array([part.weight_kg for part in self.parts])
        owner = np.array([part.territory for part in self.parts])
        columns = [weights[..., owner == t].sum(axis=-1) for t in range(len(self.territories))]
        return np.stack(columns, axis=-1)

    def concentrations(self, energy_gy_kg: Array, uptakes: Array) -> Array:
        """Return the dose (..., parts) that a unit of each part stands for.

        energy_gy_kg: (..., territories) energy left in each territory. uptakes: (..., parts).
        """
        owner = np.array([part.territory for part in self.parts])
        per_weight = energy_gy_kg / self.weighted_kg(uptakes)
        return np.asarray(per_weight[..., owner] * uptakes)

    def field(self, doses: Array, *, is_spread: bool) -> Array:
        """Return the dose (z, y, x) float32 Gy of all parts; doses: (parts,) per unit."""
        out = np.zeros(self.shape, dtype=np.float32)
        for part, dose in zip(self.parts, doses.tolist(), strict=True):
            if is_spread:
                out[part.spread_box] += np.float32(dose) * part.spread
            else:
                out[part.local_box] += np.float32(dose) * part.local
        return out


def _is_liver(region: str) -> bool:
    """Whether a region is liver, not a lesion."""
    return region == "elsewhere" or region.startswith("normal ")


def simulated_basis(
    anatomy: Anatomy, territories: Mapping[str, Array], key: KernelKey, density: float
) -> Basis:
    """Return the parts of a simulated map: normal liver and lesions of each territory.

    territories: name to liver mask (z, y, x) bool, not overlapping. Nothing but the uptake decides
    how activity is shared; within a part it is even.
    """
    parts = tuple(
        _part(number, lesion, mask.astype(np.float32), anatomy.grid.voxel_ml, (key, density))
        for number, territory in enumerate(territories.values())
        for lesion, mask in _masks(anatomy, territory)
    )
    return _basis(anatomy, territories, parts, density)


def measured_basis(
    anatomy: Anatomy,
    territories: Mapping[str, Array],
    activity: Array,
    key: KernelKey,
    density: float,
) -> Basis:
    """Return the parts of a measured map: one for each territory, its mean concentration one.

    activity: (z, y, x), any unit, no negative voxel. ValueError where a territory has none.
    """
    parts = []
    for number, (name, mask) in enumerate(territories.items()):
        inside = np.where(mask, activity, 0.0).astype(np.float32)
        mean = float(inside[mask].mean(dtype=np.float64))
        if mean <= 0.0:
            raise ValueError(f"no counts in territory {name}")
        scaled = inside / np.float32(mean)
        parts.append(_part(number, "map", scaled, anatomy.grid.voxel_ml, (key, density)))
    return _basis(anatomy, territories, tuple(parts), density)


def _masks(anatomy: Anatomy, territory: Array) -> Iterator[tuple[str, Array]]:
    """Yield normal liver and each lesion with voxels in a territory."""
    healthy = territory & anatomy.healthy
    if healthy.any():
        yield NORMAL, healthy
    labels = anatomy.lesion_labels
    present = set(np.unique(labels[territory]).tolist())
    for lesion in anatomy.known_lesions():
        if lesion.label in present:
            yield lesion.id, territory & (labels == lesion.label)


def _part(
    number: int,
    lesion: str,
    concentration: Array,
    voxel_ml: float,
    physics: tuple[KernelKey, float],
) -> Part:
    """Return one part: its concentration, and that spread by the kernel."""
    key, density = physics
    box = bounding_box(concentration)
    reached, field = spread(concentration, key)
    local = concentration[box].copy()
    weight = float(local.sum(dtype=np.float64)) * voxel_ml * density / 1000.0
    return Part(number, lesion, box, read_only(local), reached, read_only(field), weight)


def _basis(
    anatomy: Anatomy, territories: Mapping[str, Array], parts: Sequence[Part], density: float
) -> Basis:
    """Measure every region under every part."""
    names, labels = _regions(anatomy, territories)
    counts = np.bincount(labels.ravel(), minlength=len(names) + 1)[1:].astype(np.float64)
    return Basis(
        tuple(territories),
        tuple(parts),
        names,
        counts * anatomy.grid.voxel_ml,
        _shares(labels, counts, list(territories.values())),
        _means(labels, counts, [(part.local_box, part.local) for part in parts]),
        _means(labels, counts, [(part.spread_box, part.spread) for part in parts]),
        anatomy.grid.shape,
        density,
    )


def _regions(anatomy: Anatomy, territories: Mapping[str, Array]) -> tuple[tuple[str, ...], Array]:
    """Return the regions' names and a map (z, y, x) int32 of them, from 1; 0 is no liver."""
    reached = np.zeros(anatomy.grid.shape, dtype=bool)
    labels = np.zeros(anatomy.grid.shape, dtype=np.int32)
    names: list[str] = []
    for mask in territories.values():
        reached |= mask
    present = set(np.unique(anatomy.lesion_labels[reached]).tolist())
    for lesion in anatomy.known_lesions():
        if lesion.label in present:
            names.append(lesion.id)
            labels[anatomy.lesion_labels == lesion.label] = len(names)
    for number, mask in enumerate(territories.values()):
        names.append(f"normal {number}")
        labels[mask & anatomy.healthy] = len(names)
    names.append("elsewhere")
    labels[anatomy.healthy & ~reached] = len(names)
    return tuple(names), labels


def _shares(labels: Array, counts: Array, territories: Sequence[Array]) -> Array:
    """Return how much (regions, territories) of every region lies in every territory."""
    inside = [np.bincount(labels[mask], minlength=counts.size + 1)[1:] for mask in territories]
    return np.stack(inside, axis=1) / np.maximum(counts, 1.0)[:, None]


def _means(labels: Array, counts: Array, fields: Sequence[tuple[Box, Array]]) -> Array:
    """Return the mean (regions, parts) of every field over every region."""
    found = np.zeros((counts.size, len(fields)))
    for column, (box, field) in enumerate(fields):
        sums = np.bincount(labels[box].ravel(), field.ravel(), minlength=counts.size + 1)[1:]
        found[:, column] = sums / np.maximum(counts, 1.0)
    return found
