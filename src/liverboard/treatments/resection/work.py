"""One resection worked out on voxels: what goes, what is left, and how far the cut stays off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from liverboard.anatomy import SEGMENTS, Anatomy, Remnant, remnant_after
from liverboard.numerics.distance import dilate_mm
from liverboard.numerics.grid import Array, bounding_box, read_only
from liverboard.numerics.margin import CutSurface, MarginProfile, cut_surface, margin_profile
from liverboard.treatments.resection.operation import UNITS, unit_labels
from liverboard.treatments.resection.options import ResectionOptions
from liverboard.treatments.resection.target import (
    Target,
    dissected_vessels,
    spared_vessels,
    target_of,
)
from liverboard.treatments.resection.wedge import Wedge, wedges
from liverboard.values import Unknown

__all__ = ["Removal", "Result", "assess", "remove_units", "remove_wedges"]

VESSEL_SKIN_MM = 2.0
"""Cut surface within this distance of a spared vessel runs along it (a voxel and a third)."""


@dataclass(frozen=True, slots=True, eq=False)
class Removal:
    """What a plan removes: `removed` (z, y, x) bool of liver and tumour, and how it was found.

    `targets` are what had to go with each lesion; `wedges` the separate pieces; `units` the
    anatomical units; `pedicles` the portal branches divided on purpose.
    """

    removed: Array
    spared: Array
    targets: tuple[Target, ...]
    wedges: tuple[Wedge, ...] = ()
    units: frozenset[str] = frozenset()
    pedicles: tuple[int, ...] = ()


def remove_wedges(
    anatomy: Anatomy, lesions: Sequence[str], margin_mm: float, options: ResectionOptions
) -> Removal:
    """Return the removal of `lesions` by wedges at `margin_mm`."""
    spared = _spared(anatomy, options)
    targets = _targets(anatomy, tuple(lesions), margin_mm, options)
    nothing = np.zeros(anatomy.grid.shape, dtype=bool)
    pieces = wedges(anatomy, targets, spared, removed=nothing, options=options)
    return Removal(_union(pieces, nothing), spared, targets, pieces)


@lru_cache(maxsize=6)
def _targets(
    anatomy: Anatomy, lesions: tuple[str, ...], margin_mm: float, options: ResectionOptions
) -> tuple[Target, ...]:
    """Return what must go with each lesion at a margin, once for all operations."""
    spared = _spared(anatomy, options)
    return tuple(target_of(anatomy, lesion, margin_mm, spared) for lesion in lesions)


@lru_cache(maxsize=2)
def _spared(anatomy: Anatomy, options: ResectionOptions) -> Array:
    """Return the vessels that no wedge may take, once for all plans of a patient."""
    return read_only(spared_vessels(anatomy, options))


def _union(pieces: Sequence[Wedge], start: Array) -> Array:
    """Return the union of pieces and `start`."""
    removed = start.copy()
    for piece in pieces:
        removed |= piece.removed
    return removed


def remove_units(
    anatomy: Anatomy,
    units: frozenset[str],
    lesions: Sequence[str],
    *,
    within: Sequence[str],
    options: ResectionOptions,
) -> Removal | Unknown:
    """Return the removal of anatomical `units`, widened round the lesions `within`, wedges beyond.

    `lesions` are all that the plan deals with; those not `within` the units get wedges.
    """
    labels = unit_labels(anatomy)
    if isinstance(labels, Unknown):
        return labels
    spared = _spared(anatomy, options)
    targets = _targets(anatomy, tuple(lesions), options.anatomical_margin_mm, options)
    removed = np.isin(labels, [UNITS.index(unit) + 1 for unit in sorted(units)])
    for target in targets:
        if target.lesion in within:
            removed |= target.required
    dissected = dissected_vessels(anatomy, removed, options)
    removed &= ~dissected
    spared = spared | dissected
    rest = tuple(target for target in targets if target.lesion not in within)
    pieces = _pieces_beyond(anatomy, rest, (spared, removed), options)
    return Removal(_union(pieces, removed), spared, targets, pieces, units)


def _pieces_beyond(
    anatomy: Anatomy,
    rest: tuple[Target, ...],
    spared_and_removed: tuple[Array, Array],
    options: ResectionOptions,
) -> tuple[Wedge, ...]:
    """Return wedges of lesions beyond removed units.

    A wedge that stays clear of what is removed is the one that would be cut without it: those are
    worked out once for all operations.
    """
    spared, removed = spared_and_removed
    names = tuple(lesion.id for lesion in anatomy.known_lesions() if lesion.is_in_liver)
    alone = _wedges_alone(anatomy, names, options)
    near = dilate_mm(removed, CLEAR_MM, anatomy.grid.spacing_mm)
    clear = [
        alone[target.lesion] for target in rest if not (alone[target.lesion].removed & near).any()
    ]
    kept = {piece.lesion for piece in clear}
    gone = _union(clear, removed)
    others = [target for target in rest if target.lesion not in kept]
    return (*clear, *wedges(anatomy, others, spared, removed=gone, options=options))


CLEAR_MM = 3.0
"""A wedge at least this far from removed units is clear of them: two voxels."""


@lru_cache(maxsize=2)
def _wedges_alone(
    anatomy: Anatomy, lesions: tuple[str, ...], options: ResectionOptions
) -> Mapping[str, Wedge]:
    """Return the wedge of each lesion at the anatomical margin, nothing else being removed."""
    found = remove_wedges(anatomy, lesions, options.anatomical_margin_mm, options)
    return {piece.lesion: piece for piece in found.wedges}


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What a removal amounts to.

    `profiles` are by lesion removed: the margin to the cut surface; free is that part of it which
    does not run along a spared vessel. `covered` tells whether no
    voxel of a lesion in the liver stays. `kept_share` is the functional share of each segment.
    """

    removal: Removal
    remnant: Remnant
    surface: CutSurface
    profiles: Mapping[str, MarginProfile | None]
    covered: Mapping[str, bool]
    kept_share: Mapping[str, float] | Unknown
    adjacent_kept: int | Unknown


def assess(anatomy: Anatomy, removal: Removal, options: ResectionOptions) -> Result:
    """Return what `removal` leaves and how far the cut stays from every lesion it removes."""
    remnant = remnant_after(anatomy, removal.removed)
    surface = cut_surface(removal.removed, remnant.geometric, anatomy.grid)
    is_free = _off_vessels(surface, removal.spared, anatomy)
    profiles, covered = {}, {}
    for lesion in anatomy.known_lesions():
        own = anatomy.mask_of(lesion.id) & anatomy.liver
        covered[lesion.id] = bool(own.any()) and not bool((own & ~removal.removed).any())
        if covered[lesion.id]:
            points = anatomy.lesion_surface_mm[lesion.id]
            profiles[lesion.id] = margin_profile(surface, points, is_free=is_free)
    kept = _kept_share(anatomy, remnant)
    adjacent = kept if isinstance(kept, Unknown) else _adjacent(anatomy, kept, options)
    return Result(removal, remnant, surface, profiles, covered, kept, adjacent)


def _off_vessels(surface: CutSurface, spared: Array, anatomy: Anatomy) -> Array:
    """Tell which points of a cut surface do not run along a spared vessel: (points,) bool."""
    if not spared.any() or len(surface.points_mm) == 0:
        return np.ones(len(surface.points_mm), dtype=bool)
    index = np.rint(anatomy.grid.indices(surface.points_mm)).astype(np.int64)
    index = np.clip(index, 0, np.array(spared.shape) - 1)
    box = bounding_box(spared, margin=2)
    skin = np.zeros(spared.shape, dtype=bool)
    skin[box] = dilate_mm(spared[box], VESSEL_SKIN_MM, anatomy.grid.spacing_mm)
    return ~skin[tuple(index.T)]


def _kept_share(anatomy: Anatomy, remnant: Remnant) -> Mapping[str, float] | Unknown:
    """Return the share of each segment's healthy liver that keeps inflow and outflow."""
    if isinstance(anatomy.segments, Unknown):
        return anatomy.segments
    if isinstance(remnant.functional, Unknown):
        return remnant.functional
    labels = anatomy.segments.labels
    before = np.bincount(labels[anatomy.healthy], minlength=9)
    after = np.bincount(labels[remnant.functional], minlength=9)
    return {
        name: float(after[n] / before[n]) for n, name in enumerate(SEGMENTS, start=1) if before[n]
    }


def _adjacent(
    anatomy: Anatomy, kept: Mapping[str, float], options: ResectionOptions
) -> int | Unknown:
    """Return the size of the largest group of adjoining segments that are kept."""
    if isinstance(anatomy.segments, Unknown):
        return anatomy.segments
    whole = {name for name, share in kept.items() if share >= options.kept_segment_share}
    joined = anatomy.segments.adjacent
    largest, waiting = 0, set(whole)
    while waiting:
        group, edge = set(), [min(waiting)]
        while edge:
            name = edge.pop()
            if name in waiting:
                waiting.discard(name)
                group.add(name)
                edge += [other for other in whole if frozenset((name, other)) in joined]
        largest = max(largest, len(group))
    return largest
