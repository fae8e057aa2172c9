"""Where needles may go in one patient: skin, liver, and everything that must not be crossed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import ndimage

from liverboard.anatomy import Anatomy
from liverboard.anatomy.model import VesselTree
from liverboard.case import Case
from liverboard.numerics.distance import dilate_mm, distance_mm, signed_distance_mm
from liverboard.numerics.grid import Array, Box, Grid, Image, bounding_box, read_only
from liverboard.numerics.ray import Obstacles, obstacles
from liverboard.numerics.resample import resample_linear, resample_nearest
from liverboard.treatments.ablation.options import AblationOptions
from liverboard.treatments.ablation.tables import table
from liverboard.values import Unknown

__all__ = ["OUTSIDE", "Organ", "Scene", "scene_of"]

OUTSIDE = "outside the image"
"""What blocks a path that leaves the image before it reaches the skin."""

VIRTUAL_MM = 120.0
"""How far paths are followed where no skin is known."""

SHAFT_MM = 1.2
"""Half the widest shaft: what is added to every clearance. The widest of data/devices.yaml."""

NAMES: Mapping[str, tuple[str, ...]] = {"lungs": ("lungs", "lung_left", "lung_right")}
"""Masks that stand for a structure, where they are not called as it is."""

TABLE_SIDE = 0.7
"""Skin whose outward normal points this much to the back lies on the table."""


@dataclass(frozen=True, slots=True, eq=False)
class Organ:
    """One structure at risk: its surface (n, 3) LPS mm and its rules."""

    name: str
    title: str
    kind: str
    clearance_mm: float
    heat_mm: float
    points_mm: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "points_mm", read_only(self.points_mm))


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """The planning grid with what stands on it.

    hard: structures as drawn; wide: widened by their clearance; vessels: those of 3 mm and more
    with theirs; air: what lies outside the body. `names` tells what their labels mean. gap: (z, y,
    x) mm to the nearest hard structure; liver: signed distance. skin_mm: (n, 3) candidate entries.
    """

    grid: Grid
    hard: Obstacles
    wide: Obstacles
    vessels: Obstacles
    air: Obstacles
    gap: Image
    liver: Image
    names: tuple[str, ...]
    organs: tuple[Organ, ...]
    skin_mm: Array
    has_skin: bool
    unchecked: tuple[str, ...]


@lru_cache(maxsize=2)
def scene_of(case: Case, anatomy: Anatomy, options: AblationOptions) -> Scene:
    """Return the scene of a patient; kept for the last two, as every lesion asks for it."""
    grid = _planning_grid(case, anatomy, options)
    body = _body(case, grid)
    found = dict(_masks(case, grid))
    liver = resample_nearest(Image(anatomy.liver.astype(np.uint8), anatomy.grid), grid) > 0
    lesions = resample_nearest(Image(anatomy.lesion_labels, anatomy.grid), grid) > 0
    liver |= lesions
    rules = table("planning")["organs"]
    organs = tuple(_organ(name, mask, grid, rules[name]) for name, mask in found.items())
    names = ("", *(organ.title for organ in organs), "dense tissue (bone)", "gas", "a large vessel")
    hard = np.zeros(grid.shape, dtype=np.uint8)
    for label, mask in reversed(list(enumerate(found.values(), start=1))):
        hard[mask & ~lesions] = label
    _add_from_ct(case, grid, hard, (liver, body), first=len(organs) + 1)
    wide = _widened(hard, grid, organs)
    air = np.zeros(grid.shape, np.uint8) if body is None else (~body).astype(np.uint8)
    missing = [rule["title"] for name, rule in rules.items() if name not in found]
    return Scene(
        grid,
        obstacles(hard, grid),
        obstacles(wide, grid),
        obstacles(_vessels(anatomy, grid, label=len(names) - 1), grid),
        obstacles(air, grid),
        Image(np.minimum(distance_mm(hard > 0, grid.spacing_mm), np.float32(1e3)), grid),
        Image(signed_distance_mm(liver, grid.spacing_mm), grid),
        names,
        organs,
        _virtual_skin(anatomy, options) if body is None else _skin(body, grid, options),
        body is not None,
        (*missing, *_unseen_vessels(anatomy)),
    )


def _planning_grid(case: Case, anatomy: Anatomy, options: AblationOptions) -> Grid:
    """Return the grid round everything that a needle may pass on its way to the liver."""
    reach = float(table("planning")["path"]["longest_mm"])
    box = bounding_box(anatomy.liver)
    near = anatomy.grid.crop(box).corners_mm()
    low, high = near.min(axis=0) - reach, near.max(axis=0) + reach
    seen = [anatomy.grid.corners_mm()]
    body = case.structures.get("body")
    if body is not None:
        seen.append(body.grid.crop(bounding_box(body.array)).corners_mm())
    elif not isinstance(case.ct, Unknown):
        seen.append(case.ct.grid.corners_mm())
    ends = np.concatenate(seen)
    corners = np.stack([np.maximum(low, ends.min(axis=0)), np.minimum(high, ends.max(axis=0))])
    return Grid.around(corners, options.grid_mm)


def _body(case: Case, grid: Grid) -> Array | None:
    """Return the body (z, y, x) bool: as given, else from the CT, else None.

    Beyond the image the body is taken to go on, so that no path ends where the image does.
    """
    given = case.structures.get("body")
    if given is not None:
        return np.asarray(resample_nearest(given, grid, fill=1) > 0)
    if isinstance(case.ct, Unknown):
        return None
    dense = resample_linear(case.ct, grid, fill=0.0) > float(table("planning")["ct"]["skin_hu"])
    labels, count = ndimage.label(ndimage.binary_opening(dense))
    if not count:
        return None
    largest = labels == 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    return np.stack([ndimage.binary_fill_holes(plane) for plane in largest])


def _masks(case: Case, grid: Grid) -> Iterator[tuple[str, Array]]:
    """Yield every structure at risk that there is a mask of, on the planning grid."""
    for name in table("planning")["organs"]:
        parts = [case.structures[key] for key in NAMES.get(name, (name,)) if key in case.structures]
        if parts:
            mask = np.zeros(grid.shape, dtype=bool)
            for part in parts:
                mask |= _occupied(part, grid)
            yield name, mask


def _occupied(mask: Image, grid: Grid) -> Array:
    """Return the voxels of `grid` that a mask enters at all: nothing thin is lost.

    Nearest voxels, and every voxel that holds the centre of a voxel of the mask's surface.
    """
    found = np.asarray(resample_nearest(mask, grid) > 0)
    array = np.asarray(mask.array) > 0
    if not array.any():
        return found
    box = bounding_box(array)
    part = array[box]
    edge = np.argwhere(part & ~ndimage.binary_erosion(part))
    index = np.rint(grid.indices(mask.grid.crop(box).points(edge))).astype(np.int64)
    inside = ((index >= 0) & (index < np.array(grid.shape))).all(axis=1)
    found[tuple(index[inside].T)] = True
    return found


def _organ(name: str, mask: Array, grid: Grid, rule: Mapping[str, object]) -> Organ:
    """Return a structure with its surface and rules."""
    edge = mask & ~ndimage.binary_erosion(mask, border_value=1)
    return Organ(
        name,
        str(rule["title"]),
        str(rule["kind"]),
        float(str(rule["clearance_mm"])),
        float(str(rule["heat_mm"])),
        grid.points(np.argwhere(edge)),
    )


def _add_from_ct(
    case: Case, grid: Grid, hard: Array, known: tuple[Array, Array | None], *, first: int
) -> None:
    """Add to `hard` what the CT shows and no mask names: bone and gas outside the liver."""
    liver, body = known
    if isinstance(case.ct, Unknown) or body is None:
        return
    rule = table("planning")["ct"]
    values = resample_linear(case.ct, grid, fill=-1024.0)
    # the layer under the skin mixes with air and would pass for gas
    deep = ndimage.binary_erosion(body, iterations=SKIN_VOXELS, border_value=1)
    free = body & ~liver & (hard == 0)
    hard[free & (values > float(rule["bone_hu"]))] = first
    hard[free & deep & (values < float(rule["gas_hu"]))] = first + 1


SKIN_VOXELS = 3
"""Voxels under the skin in which the CT is not searched for gas."""


def _widened(hard: Array, grid: Grid, organs: tuple[Organ, ...]) -> Array:
    """Return the structures widened by their clearance and half a shaft; the first one wins."""
    wide = np.zeros_like(hard)
    from_ct = float(table("planning")["ct"]["clearance_mm"])
    for label in np.unique(hard[hard > 0]).tolist()[::-1]:
        gap = organs[label - 1].clearance_mm if label <= len(organs) else from_ct
        wide[dilate_mm(hard == label, gap + SHAFT_MM, grid.spacing_mm)] = label
    return wide


def _vessels(anatomy: Anatomy, grid: Grid, *, label: int) -> Array:
    """Return the vessels inside the liver that are too wide to cross, with their clearance."""
    rule = table("planning")["vessel"]
    found = np.zeros(grid.shape, dtype=np.uint8)
    for tree in (anatomy.portal, anatomy.hepatic):
        if not isinstance(tree, Unknown):
            for seeds, radius in _by_radius(tree, grid, float(rule["diameter_mm"]) / 2.0):
                reach = radius + float(rule["clearance_mm"]) + SHAFT_MM
                found[dilate_mm(seeds, reach, grid.spacing_mm)] = label
    return found


def _by_radius(tree: VesselTree, grid: Grid, least_mm: float) -> Iterator[tuple[Array, float]]:
    """Yield the voxels of nodes whose radius is at least `least_mm`, by radius to half a mm up."""
    classes = np.ceil(tree.radius_mm * 2.0) / 2.0
    index = np.rint(grid.indices(tree.points_mm)).astype(np.int64)
    inside = ((index >= 0) & (index < np.array(grid.shape))).all(axis=1)
    wide = inside & (tree.radius_mm >= least_mm)
    for radius in np.unique(classes[wide]).tolist():
        seeds = np.zeros(grid.shape, dtype=bool)
        seeds[tuple(index[wide & (classes == radius)].T)] = True
        yield seeds, radius


def _unseen_vessels(anatomy: Anatomy) -> Iterator[str]:
    """Yield the vessel systems that are not known."""
    if isinstance(anatomy.portal, Unknown):
        yield "portal vein branches"
    if isinstance(anatomy.hepatic, Unknown):
        yield "hepatic veins"


def _skin(body: Array, grid: Grid, options: AblationOptions) -> Array:
    """Return the places on the skin (n, 3) LPS mm where a needle may enter."""
    edge = body & ~ndimage.binary_erosion(body, border_value=1)
    index = np.argwhere(edge)
    points = grid.points(index)
    if options.supine:
        smooth = ndimage.gaussian_filter(body.astype(np.float32), 2.0)
        outward = -np.stack([part[tuple(index.T)] for part in np.gradient(smooth)], axis=1)
        lengths = np.maximum(np.linalg.norm(outward, axis=1), 1e-6)
        to_back = (outward / lengths[:, None])[:, ::-1] @ np.array(grid.direction)[1]
        points = points[to_back < TABLE_SIDE]
    step = float(table("planning")["path"]["skin_step_mm"])
    _, first = np.unique(np.floor(points / step).astype(np.int64), axis=0, return_index=True)
    return points[np.sort(first)]


def _virtual_skin(anatomy: Anatomy, options: AblationOptions) -> Array:
    """Return points all round the liver, where no skin is known: directions to be checked."""
    count = 2000
    turn = np.arange(count) + 0.5
    height = 1.0 - 2.0 * turn / count
    angle = np.pi * (1.0 + np.sqrt(5.0)) * turn
    flat = np.sqrt(1.0 - height**2)
    sphere = np.stack([flat * np.cos(angle), flat * np.sin(angle), height], axis=1)
    if options.supine:
        sphere = sphere[sphere[:, 1] < TABLE_SIDE]
    box: Box = bounding_box(anatomy.liver)
    middle = anatomy.grid.crop(box).corners_mm().mean(axis=0)
    return np.asarray(middle + VIRTUAL_MM * 1.5 * sphere)
