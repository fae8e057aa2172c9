"""Lesions as measured: volumes, diameters, place, and distances to what lies around."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree
from skimage.measure import marching_cubes

from liverboard.anatomy.model import MAIN_VEINS, SEGMENTS, Lesion, SegmentMap, VesselTree
from liverboard.anatomy.territory import voxels_of_nodes
from liverboard.anatomy.vessel import main_path
from liverboard.numerics.distance import dilate_mm
from liverboard.numerics.grid import Array, Grid, Image, bounding_box
from liverboard.numerics.resample import ShapeField, shape_field
from liverboard.numerics.shape import longest_diameter_mm, longest_slice_diameter_mm
from liverboard.values import Estimate, Quantity, Reason, Unknown

__all__ = ["DISTANCE_STRUCTURES", "LesionMask", "lesion_masks", "measure_lesions", "on_grid"]

SEGMENT_SHARE = 0.1
"""A lesion lies in every segment that holds at least this share of it."""

INSIDE_SHARE = 0.5
"""A lesion is in the liver when at least this share of it lies in the liver mask."""

DISTANCE_STRUCTURES: Mapping[str, tuple[str, ...]] = {
    "portal_vein": ("portal_vein",),
    "hepatic_veins": ("hepatic_veins",),
    "inferior_vena_cava": ("inferior_vena_cava",),
    "gallbladder": ("gallbladder",),
    "stomach": ("stomach",),
    "duodenum": ("duodenum",),
    "colon": ("colon",),
    "small_bowel": ("small_bowel",),
    "kidney_right": ("kidney_right",),
    "heart": ("heart",),
    "lungs": ("lungs", "lung_right", "lung_left"),
    "common_bile_duct": ("common_bile_duct",),
}
"""Distances that every lesion reports, each with the masks that serve for it."""


NAMED_VESSELS: Mapping[str, tuple[str, ...]] = {
    "hepatic": MAIN_VEINS,
    "portal": ("right portal vein", "left portal vein"),
}
"""Vessels whose own distance every lesion reports, by the tree they belong to."""


@dataclass(frozen=True, slots=True, eq=False)
class LesionMask:
    """One lesion on the grid it was drawn on, cropped: `array` (z, y, x) bool."""

    label: int
    image: Image

    @property
    def volume_ml(self) -> float:
        """Volume by voxel count in ml."""
        return float(np.count_nonzero(self.image.array)) * self.image.grid.voxel_ml


def lesion_masks(labels: Image) -> tuple[LesionMask, ...]:
    """Return the lesions of a label image, by rising label, each cropped to itself."""
    boxes = ndimage.find_objects(np.asarray(labels.array))
    return tuple(
        LesionMask(n, Image(labels.array[box] == n, labels.grid.crop(box)))
        for n, box in enumerate(boxes, start=1)
        if box is not None
    )


def on_grid(masks: tuple[LesionMask, ...], grid: Grid) -> tuple[Array, dict[int, Array]]:
    """Return all lesions on the working grid, and their surfaces.

    The labels are (z, y, x) uint16, volumes kept; where two lesions meet in a voxel, the one with
    the higher label keeps it. A surface is (n, 3) LPS mm, exact to a fraction of a voxel.
    """
    labels = np.zeros(grid.shape, dtype=np.uint16)
    surfaces: dict[int, Array] = {}
    for mask in masks:
        near = _box_on(mask.image.grid, grid)
        part = grid.crop(near)
        shape = shape_field(mask.image, part)
        labels[near][shape.inside] = mask.label
        surfaces[mask.label] = _surface(shape, part)
    return labels, surfaces


def _surface(shape: ShapeField, grid: Grid) -> Array:
    """Return the points (n, 3) LPS mm of a shape's surface, none where it fills no voxel."""
    if not shape.inside.any():
        return np.zeros((0, 3))
    limit = max(grid.spacing_mm) * 4.0
    padded = np.pad(np.clip(shape.field, -limit, limit), 1, constant_values=limit)
    vertices, _, _, _ = marching_cubes(padded, shape.level_mm + 1e-6)
    return grid.points(vertices - 1.0)


def _box_on(source: Grid, target: Grid) -> tuple[slice, slice, slice]:
    """Return the box of `target` that holds all of `source`, with some voxels to spare."""
    index = target.indices(source.corners_mm())
    spare = np.ceil(2.0 * max(source.spacing_mm) / np.array(target.spacing_mm)) + 2
    low = np.floor(index.min(axis=0) - spare).astype(int)
    high = np.ceil(index.max(axis=0) + spare).astype(int) + 1
    size = np.array(target.shape)
    low, high = np.clip(low, 0, size - 1), np.clip(high, 1, size)
    return slice(low[0], high[0]), slice(low[1], high[1]), slice(low[2], high[2])


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """What lesions are measured against; `far_points` (n, 3) lie beyond the working grid."""

    grid: Grid
    liver: Array
    labels: Array
    structures: Mapping[str, Array]
    far_points: Mapping[str, Array]
    segments: SegmentMap | Unknown
    portal: VesselTree | Unknown
    hepatic: VesselTree | Unknown


def measure_lesions(masks: tuple[LesionMask, ...], around: Surroundings) -> tuple[Lesion, ...]:
    """Return every lesion with its measures, in the order of its labels."""
    trees = {name: cKDTree(points) for name, points in _targets(around).items() if len(points)}
    return tuple(_measure(mask, around, trees) for mask in masks)


def _targets(around: Surroundings) -> dict[str, Array]:
    """Return the surface points (n, 3) LPS mm of everything that distances are taken to."""
    inside = around.liver | (around.labels > 0)
    shell = ndimage.binary_dilation(inside) & ~inside
    found = {"capsule": around.grid.points(np.argwhere(shell))}
    trunks = _main_portal(around)
    if trunks is not None:
        found["main_portal_vein"] = surface_points_mm(Image(trunks, around.grid))
    for name, sources in DISTANCE_STRUCTURES.items():
        near = [
            surface_points_mm(Image(around.structures[source], around.grid))
            for source in sources
            if source in around.structures
        ]
        far = [around.far_points[source] for source in sources if source in around.far_points]
        found[name] = np.concatenate([np.zeros((0, 3)), *near, *far])
    return found


def surface_points_mm(image: Image) -> Array:
    """Return the LPS points (n, 3) of the voxels of a mask that touch its outside."""
    if not image.array.any():
        return np.zeros((0, 3))
    box = bounding_box(image.array)
    part = np.asarray(image.array[box], dtype=bool)
    edge = part & ~ndimage.binary_erosion(part)
    return image.grid.crop(box).points(np.argwhere(edge))


def _main_portal(around: Surroundings) -> Array | None:
    """Return the lumen of the main, right and left portal vein (orders 0 and 1) as a mask."""
    if isinstance(around.portal, Unknown) or not around.portal.size:
        return None
    tree = around.portal
    order = np.array([branch.order for branch in tree.branches])[tree.branch]
    line = np.zeros(around.grid.shape, dtype=bool)
    line[tuple(voxels_of_nodes(tree, around.grid)[order <= 1].T)] = True
    radius = float(tree.radius_mm[order <= 1].mean())
    return dilate_mm(line, radius, around.grid.spacing_mm)


def _measure(mask: LesionMask, around: Surroundings, trees: Mapping[str, cKDTree]) -> Lesion:
    """Return one lesion with its measures."""
    here = around.labels == mask.label
    inside = float((here & around.liver).sum()) / max(int(here.sum()), 1)
    shares = _segment_shares(here, around.segments)
    remarks = []
    if inside < 1.0 - 1e-6:
        remarks.append(f"{100 * (1 - inside):.0f} % of it lie outside the liver mask")
    points = mask.image.grid.points(np.argwhere(mask.image.array))
    x, y, z = (float(value) for value in points.mean(axis=0))
    spacing = mask.image.grid.spacing_mm
    return Lesion(
        id=f"L{mask.label}",
        label=mask.label,
        volume_ml=mask.volume_ml,
        diameter_mm=longest_slice_diameter_mm(_axial(mask.image), _axial_spacing(mask.image.grid)),
        max_diameter_mm=longest_diameter_mm(mask.image.array, spacing),
        centroid_mm=(x, y, z),
        segments=tuple(name for name, share in shares.items() if share >= SEGMENT_SHARE),
        segment_shares=shares,
        distance_mm=_distances(here, around, trees),
        is_in_liver=inside >= INSIDE_SHARE,
        remarks=tuple(remarks),
    )


def _axial_order(grid: Grid) -> tuple[int, int, int]:
    """Return the array axes with the one nearest to head-foot first."""
    upward = np.abs(np.array(grid.direction)[2])[::-1]  # for array axes z, y, x
    axial = int(np.argmax(upward))
    rest = [axis for axis in range(3) if axis != axial]
    return axial, rest[0], rest[1]


def _axial(image: Image) -> Array:
    """Return the array with axial slices along its first axis."""
    return np.transpose(image.array, _axial_order(image.grid))


def _axial_spacing(grid: Grid) -> tuple[float, float, float]:
    """Return the spacing in the order of `_axial`."""
    first, second, third = (grid.spacing_mm[axis] for axis in _axial_order(grid))
    return first, second, third


def _segment_shares(here: Array, segments: SegmentMap | Unknown) -> dict[str, float]:
    """Return the share of a lesion in each segment it touches, largest first."""
    if isinstance(segments, Unknown) or not here.any():
        return {}
    counts = np.bincount(segments.labels[here], minlength=9)[1:9].astype(float)
    total = counts.sum()
    if total == 0:
        return {}
    shares = {name: float(count / total) for name, count in zip(SEGMENTS, counts, strict=True)}
    return dict(
        sorted(((k, v) for k, v in shares.items() if v > 0), key=lambda kv: (-kv[1], kv[0]))
    )


def _distances(
    here: Array, around: Surroundings, trees: Mapping[str, cKDTree]
) -> dict[str, Quantity]:
    """Return the smallest distance between surfaces in mm; 0 where they touch or overlap.

    Centre distances less one voxel; half a voxel on either side is the accuracy.
    """
    step = float(np.mean(around.grid.spacing_mm))
    points = around.grid.points(np.argwhere(here))
    found: dict[str, Quantity] = {}
    for tree, names in NAMED_VESSELS.items():
        for name in names:
            found[name.replace(" ", "_")] = _to_vessel(points, getattr(around, tree), name, step)
    for name in ("capsule", "main_portal_vein", *DISTANCE_STRUCTURES):
        if name not in trees:
            found[name] = Unknown(Reason.NO_MASK, f"no mask of {name}")
        elif not here.any():
            found[name] = Unknown(Reason.NOT_COMPUTED, "lesion outside the working grid")
        else:
            found[name] = _estimate(float(trees[name].query(points)[0].min()) - step, step)
    return dict(sorted(found.items()))


def _to_vessel(points: Array, tree: VesselTree | Unknown, name: str, step: float) -> Quantity:
    """Return the distance in mm from LPS points (n, 3) to the wall of a named vessel."""
    if isinstance(tree, Unknown):
        return tree
    branches = tree.named(name)
    if not branches or not len(points):
        return Unknown(Reason.NOT_COMPUTED, f"{name} not found")
    below = np.array([branch.subtree_ml for branch in tree.branches])
    nodes = main_path(tree, branches[0].id, below)
    gap, near = cKDTree(tree.points_mm[nodes]).query(points)
    wall = float((gap - tree.radius_mm[nodes][near]).min()) - step / 2
    return _estimate(wall, step)


def _estimate(gap: float, step: float) -> Quantity:
    """Return a distance with its accuracy, half a voxel either way; never below zero."""
    value = max(0.0, gap)
    low, high = max(0.0, gap - step / 2), max(0.0, gap + step / 2)
    return Estimate(value, low, high, "mm", ("method:distances",))
