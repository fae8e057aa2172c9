"""From a case to its anatomy, each stage a function of the one before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np

from liverboard.anatomy.landmark import Landmarks, find_landmarks, name_hepatic_veins
from liverboard.anatomy.lesion import (
    LesionMask,
    Surroundings,
    lesion_masks,
    measure_lesions,
    on_grid,
    surface_points_mm,
)
from liverboard.anatomy.model import SEGMENTS, Anatomy, SegmentMap, Territories, VesselTree
from liverboard.anatomy.naming import (
    forced_names,
    forced_segments,
    name_branches,
    name_portal,
    portal_variant,
)
from liverboard.anatomy.segment import (
    landmark_segments,
    segment_map,
    supplied_ml,
    upper_part,
    volumes_ml,
)
from liverboard.anatomy.territory import branch_volumes_ml, territories
from liverboard.anatomy.vessel import VesselOptions, hepatic_tree, portal_tree, with_orders
from liverboard.case import BranchOverride, Case
from liverboard.numerics.grid import Array, Grid, Image, bounding_box
from liverboard.numerics.resample import resample_linear, resample_mask
from liverboard.values import Reason, Unknown

__all__ = ["ExamineOptions", "examine"]

SMOOTH_STRUCTURES = ("inferior_vena_cava", "portal_vein", "hepatic_veins", "gallbladder")
"""Masks brought onto the working grid by shape; the others by half occupancy, which is quicker."""


GIVEN = "given masks"
"""Method of a segment map that came with the case."""


@dataclass(frozen=True, slots=True)
class ExamineOptions:
    """Choices of the examination: working grid `spacing_mm` and `margin_mm` round the liver."""

    spacing_mm: float = 1.5
    margin_mm: float = 30.0
    vessels: VesselOptions = field(default_factory=VesselOptions)


def examine(
    case: Case,
    *,
    options: ExamineOptions | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Anatomy | Unknown:
    """Return the anatomy of `case`; Unknown without a liver mask.

    Vessels, lesions and neighbours are optional: what they would tell is then unknown.
    """
    chosen = options or ExamineOptions()
    source = case.structures.get("liver")
    if source is None:
        return Unknown(Reason.NO_MASK, "no liver mask")
    progress("liver and neighbours")
    work = _Work.begin(case, source, chosen)
    progress("vessels and territories")
    portal, hepatic = _trees(case, work, chosen)
    progress("segments and lesions")
    return _anatomy(case, work, (portal, hepatic))


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """What every later stage uses, on the working grid."""

    grid: Grid
    liver: Array
    liver_ml: float
    structures: Mapping[str, Array]
    overrides: tuple[BranchOverride, ...]
    masks: tuple[LesionMask, ...] | Unknown
    labels: Array
    surfaces: Mapping[int, Array]

    @staticmethod
    def begin(case: Case, source: Image, options: ExamineOptions) -> _Work:
        """Bring liver, lesions and structures onto the working grid."""
        box = bounding_box(source.array)
        near = source.grid.crop(box)
        grid = Grid.around(near.corners_mm(), options.spacing_mm, margin_mm=options.margin_mm)
        names = sorted(set(case.structures) - {"liver", "body"})
        with ThreadPoolExecutor(2) as pool:
            found = pool.map(lambda name: _on_grid(name, case.structures[name], grid), names)
            structures = {name: mask for name, mask in zip(names, found, strict=True) if mask.any()}
        lesions = case.lesions
        masks = lesions if isinstance(lesions, Unknown) else lesion_masks(lesions)
        labels, surfaces = on_grid(() if isinstance(masks, Unknown) else masks, grid)
        return _Work(
            grid,
            resample_mask(Image(np.asarray(source.array, dtype=bool), source.grid), grid),
            float(np.count_nonzero(source.array)) * source.grid.voxel_ml,
            structures,
            case.branch_names,
            masks,
            labels,
            surfaces,
        )


def _on_grid(name: str, mask: Image, grid: Grid) -> Array:
    """Return a structure on the working grid: (z, y, x) bool."""
    if name in SMOOTH_STRUCTURES:
        return resample_mask(Image(np.asarray(mask.array, dtype=bool), mask.grid), grid)
    return resample_linear(Image(np.asarray(mask.array, dtype=bool), mask.grid), grid) >= 0.5


@dataclass(frozen=True, slots=True, eq=False)
class _System:
    """One vessel system with its territories, both Unknown where the mask is missing."""

    tree: VesselTree | Unknown
    territories: Territories | Unknown


def _trees(case: Case, work: _Work, options: ExamineOptions) -> tuple[_System, _System]:
    """Return portal and hepatic systems with territories and branch orders."""
    liver = Image(work.liver, work.grid)
    masks = {name: case.structures.get(name) for name in ("portal_vein", "hepatic_veins")}
    cava = case.structures.get("inferior_vena_cava")

    def portal() -> VesselTree | Unknown:
        mask = masks["portal_vein"]
        if mask is None:
            return Unknown(Reason.NO_MASK, "no mask of the portal vein")
        return portal_tree(mask, liver, options=options.vessels)

    def hepatic() -> VesselTree | Unknown:
        mask = masks["hepatic_veins"]
        if mask is None:
            return Unknown(Reason.NO_MASK, "no mask of the hepatic veins")
        return hepatic_tree(mask, liver, cava, options=options.vessels)

    share = options.vessels.twig_share
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(portal), pool.submit(hepatic)
        return _system(first.result(), work, share), _system(second.result(), work, share)


def _system(tree: VesselTree | Unknown, work: _Work, twig_share: float) -> _System:
    """Return a tree with its territories and orders."""
    if isinstance(tree, Unknown):
        return _System(tree, tree)
    found = territories(tree, work.liver, work.grid)
    volumes = branch_volumes_ml(tree, found, work.grid)
    return _System(with_orders(tree, volumes, twig_share), found)


def _anatomy(case: Case, work: _Work, systems: tuple[_System, _System]) -> Anatomy:
    """Find segments, name branches, measure lesions, and put everything together."""
    portal, hepatic = systems
    named = _named(work, portal, hepatic)
    around = Surroundings(
        work.grid,
        work.liver,
        work.labels,
        work.structures,
        _far_points(case, work.grid),
        named.segments,
        named.portal,
        named.hepatic,
    )
    masks = work.masks
    lesions = masks if isinstance(masks, Unknown) else measure_lesions(masks, around)
    inside = work.liver & (work.labels > 0)
    return Anatomy(
        grid=work.grid,
        ct=_ct(case, work.grid),
        liver=work.liver,
        liver_ml=work.liver_ml,
        tumour_ml=float(inside.sum()) * work.grid.voxel_ml,
        volume_gap_ml=float(work.liver.sum()) * work.grid.voxel_ml - work.liver_ml,
        lesion_labels=work.labels,
        lesion_surface_mm={f"L{label}": points for label, points in work.surfaces.items()},
        lesions=lesions,
        structures=work.structures,
        portal=named.portal,
        hepatic=named.hepatic,
        portal_territories=portal.territories,
        hepatic_territories=hepatic.territories,
        segments=named.segments,
        remarks=_remarks(named),
    )


def _ct(case: Case, grid: Grid) -> Image | Unknown:
    """Return the CT on the working grid: float32 HU."""
    if isinstance(case.ct, Unknown):
        return case.ct
    return Image(resample_linear(case.ct, grid, fill=-1024.0), grid)


def _far_points(case: Case, grid: Grid) -> dict[str, Array]:
    """Return the surface points of structures that lie beyond the working grid."""
    points = {
        name: surface_points_mm(Image(np.asarray(mask.array, dtype=bool), mask.grid))
        for name, mask in case.structures.items()
        if name not in ("liver", "body")
    }
    return {name: found[~grid.contains(found)] for name, found in points.items() if len(found)}


@dataclass(frozen=True, slots=True, eq=False)
class _Named:
    """Segments, and both vessel trees with names."""

    segments: SegmentMap | Unknown
    portal: VesselTree | Unknown
    hepatic: VesselTree | Unknown


def _named(work: _Work, portal: _System, hepatic: _System) -> _Named:
    """Return the segments by the best method there is, and both trees with named branches."""
    marks = find_landmarks(portal.tree, hepatic.tree, work.structures, work.grid, liver=work.liver)
    veins: dict[str, int] = {}
    if not isinstance(hepatic.tree, Unknown) and marks.cava_mm is not None:
        veins = name_hepatic_veins(hepatic.tree, work.liver_ml, marks.cava_mm)
    if not isinstance(hepatic.tree, Unknown):
        veins |= forced_names(hepatic.tree, work.overrides)
    drains = name_branches(hepatic.tree, veins)
    planes = landmark_segments(work.liver, marks, work.structures, work.grid)
    given = _given_segments(work, upper_part(work.liver, marks, work.grid))
    base = given or planes
    if base is None:
        reason = f"no segments: main plane {marks.sources['main']}"
        return _Named(Unknown(Reason.NO_MASK, reason), portal.tree, drains)
    if isinstance(portal.tree, Unknown) or isinstance(portal.territories, Unknown):
        return _Named(base, portal.tree, drains)
    return _by_territory(work, (portal.tree, portal.territories), base, drains, marks=marks)


def _by_territory(
    work: _Work,
    portal: tuple[VesselTree, Territories],
    base: SegmentMap,
    drains: VesselTree | Unknown,
    *,
    marks: Landmarks,
) -> _Named:
    """Return the segments by portal territory, the map `base` naming the branches.

    Given masks are kept as they are; the territories then only say how far they agree.
    """
    tree, found = portal
    forced = forced_segments(tree, work.overrides)
    segments, per_branch = segment_map(tree, found, base, work.grid, marks=marks, forced=forced)
    if base.method == GIVEN:
        segments = replace(base, agreement=segments.agreement)
    below = supplied_ml(tree, found, segments.labels, work.grid.voxel_ml)
    inflow = name_portal(tree, per_branch, below)
    variant = portal_variant(inflow)
    remarks = (*segments.remarks, *((variant,) if variant else ()))
    return _Named(replace(segments, remarks=remarks), inflow, drains)


def _given_segments(work: _Work, is_upper: Array) -> SegmentMap | None:
    """Return the segments given as masks liver_segment_1..8, None unless all are there."""
    masks = [work.structures.get(f"liver_segment_{n}") for n in range(1, len(SEGMENTS) + 1)]
    if any(mask is None for mask in masks):
        return None
    labels = np.zeros(work.grid.shape, dtype=np.uint8)
    for n, mask in enumerate(masks, start=1):
        labels[mask] = n
    labels[~work.liver] = 0
    return SegmentMap(labels, is_upper, volumes_ml(labels, work.grid), GIVEN)


def _remarks(named: _Named) -> tuple[str, ...]:
    """Gather what a reader must know about trees and segments."""
    found: list[str] = []
    for name, tree in (("portal vein", named.portal), ("hepatic veins", named.hepatic)):
        texts = (tree.detail,) if isinstance(tree, Unknown) else tree.remarks
        found += [f"{name}: {text}" for text in texts]
    segments = named.segments
    found += [segments.detail] if isinstance(segments, Unknown) else list(segments.remarks)
    return tuple(found)
