"""One resection worked out on voxels: what goes, what is left, and how far the cut stays off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from liverboard.anatomy import SEGMENTS, Anatomy, Remnant, remnant_after
from liverboard.numerics.distance import dilate_mm
from liverboard.numerics.grid import Array, Image
from liverboard.numerics.margin import CutSurface, MarginProfile, cut_surface, margin_profile
from liverboard.numerics.resample import sample_linear
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
    spared = spared_vessels(anatomy, options)
    targets = tuple(target_of(anatomy, lesion, margin_mm, spared) for lesion in lesions)
    nothing = np.zeros(anatomy.grid.shape, dtype=bool)
    pieces = wedges(anatomy, targets, spared, removed=nothing, options=options)
    return Removal(_union(pieces, nothing), spared, targets, pieces)


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
    spared = spared_vessels(anatomy, options)
    margin = options.anatomical_margin_mm
    targets = tuple(target_of(anatomy, lesion, margin, spared) for lesion in lesions)
    removed = np.isin(labels, [UNITS.index(unit) + 1 for unit in sorted(units)])
    for target in targets:
        if target.lesion in within:
            removed |= target.required
    dissected = dissected_vessels(anatomy, removed, options)
    removed &= ~dissected
    spared = spared | dissected
    rest = [target for target in targets if target.lesion not in within]
    pieces = wedges(anatomy, rest, spared, removed=removed, options=options)
    return Removal(_union(pieces, removed), spared, targets, pieces, units)


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What a removal amounts to.

    `profiles` and `off_vessel_mm` are by lesion: the margin to the whole cut surface, and the
    smallest to that part of it that does not run along a spared vessel. `covered` tells whether no
    voxel of a lesion in the liver stays. `kept_share` is the functional share of each segment.
    """

    removal: Removal
    remnant: Remnant
    surface: CutSurface
    profiles: Mapping[str, MarginProfile | None]
    off_vessel_mm: Mapping[str, float | None]
    covered: Mapping[str, bool]
    kept_share: Mapping[str, float] | Unknown
    adjacent_kept: int | Unknown


def assess(anatomy: Anatomy, removal: Removal, options: ResectionOptions) -> Result:
    """Return what `removal` leaves and how far the cut stays from every lesion it removes."""
    remnant = remnant_after(anatomy, removal.removed)
    surface = cut_surface(removal.removed, remnant.geometric, anatomy.grid)
    free = _off_vessels(surface, removal.spared, anatomy)
    profiles, off_vessel, covered = {}, {}, {}
    for lesion in anatomy.known_lesions():
        own = anatomy.mask_of(lesion.id) & anatomy.liver
        covered[lesion.id] = bool(own.any()) and not bool((own & ~removal.removed).any())
        if not covered[lesion.id]:
            continue
        points = anatomy.lesion_surface_mm[lesion.id]
        profiles[lesion.id] = margin_profile(surface, points)
        away = margin_profile(free, points)
        off_vessel[lesion.id] = None if away is None else away.smallest_mm
    kept = _kept_share(anatomy, remnant)
    adjacent = kept if isinstance(kept, Unknown) else _adjacent(anatomy, kept, options)
    return Result(removal, remnant, surface, profiles, off_vessel, covered, kept, adjacent)


def _off_vessels(surface: CutSurface, spared: Array, anatomy: Anatomy) -> CutSurface:
    """Return the part of a cut surface that does not run along a spared vessel."""
    if not spared.any() or len(surface.points_mm) == 0:
        return surface
    skin = dilate_mm(spared, VESSEL_SKIN_MM, anatomy.grid.spacing_mm).astype(np.float32)
    free = sample_linear(Image(skin, anatomy.grid), surface.points_mm) < 0.5
    return CutSurface(surface.points_mm[free], surface.area_mm2[free], surface.rms_curvature_per_mm)


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
    joined = neighbours(anatomy.segments.labels)
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


def neighbours(labels: Array) -> frozenset[frozenset[str]]:
    """Return the pairs of segments that share a face of at least a square centimetre or so."""
    counts = np.zeros((9, 9), dtype=np.int64)
    for axis in range(3):
        first = np.moveaxis(labels, axis, 0)[:-1].reshape(-1)
        second = np.moveaxis(labels, axis, 0)[1:].reshape(-1)
        pairs = first.astype(np.int64) * 9 + second
        counts += np.bincount(pairs, minlength=81).reshape(9, 9)
    counts += counts.T
    return frozenset(
        frozenset((SEGMENTS[a - 1], SEGMENTS[b - 1]))
        for a in range(1, 9)
        for b in range(a + 1, 9)
        if counts[a, b] >= NEIGHBOUR_FACES
    )


NEIGHBOUR_FACES = 45
"""Voxel faces two segments must share to adjoin: 1 cm2 at 1.5 mm."""
