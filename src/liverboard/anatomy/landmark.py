"""Landmark planes of the liver: hepatic veins, vena cava, hilum, umbilical portion, gallbladder.

They divide the liver as Couinaud drew it, name the portal branches, and stand in for them where the
portal tree is missing. Landmark segments differ from portal territories by +24 to -13 % in volume;
only the borders right/left and 2+3/4 agree well (Fischer 2002).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from liverboard.anatomy.model import MAIN_VEINS, VesselTree
from liverboard.anatomy.vessel import children_of, main_path
from liverboard.numerics.grid import Array, Grid
from liverboard.values import Unknown

__all__ = ["Landmarks", "Plane", "find_landmarks", "name_hepatic_veins"]

Vector = Array

RIGHT, MIDDLE, LEFT = MAIN_VEINS

VEIN_SHARE = 0.05
"""Smallest share of the liver that a main hepatic vein drains."""

COMMON_TRUNK_MM = 45.0
"""How far from the cava a trunk may still divide into two main veins."""


ARM_SHARE = 0.12
"""Smallest share of the liver that each arm of the portal bifurcation supplies."""

STEM_SHARE = 0.5
"""A hepatic vein runs along its plane while it is at least this share of its widest."""

WIDE_SHARE = 0.65
"""The umbilical portion is where the left portal vein is at least this share of its widest."""

TRUNK_CALIBRES = 2.0
"""So many radii of the trunk away from the bifurcation a branch has left the trunk behind."""

SHORTEST_UMBILICAL_MM = 8.0
"""Shortest forward run of the left portal vein that still gives the fissure a direction."""


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """A plane through `point_mm` (LPS); `side` is positive towards `normal`."""

    point_mm: Vector
    normal: Vector

    def side(self, points_mm: Array) -> Vector:
        """Return the signed distance in mm of LPS points (n, 3) to the plane."""
        return np.asarray((points_mm - self.point_mm) @ self.normal, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """What could be found, None for the rest.

    Normals: main and umbilical planes to the left, right plane to the front, transverse plane to
    the head, `lateral` from segment 3 to 2. `sources` says how the main plane was found.
    """

    cava_mm: Vector | None
    hilum_mm: Vector | None
    main: Plane | None
    right: Plane | None
    umbilical: Plane | None
    transverse: Plane | None
    lateral: Plane | None
    sources: Mapping[str, str]


def name_hepatic_veins(tree: VesselTree, liver_ml: float, centre_mm: Vector) -> dict[str, int]:
    """Return the branch of the right, middle and left hepatic vein, as far as they are found.

    The branches that drain most, common trunks divided, in the order of their direction round the
    cava from right to front to left. `centre_mm` is the point of the cava where they enter.
    """
    below = np.array([branch.subtree_ml for branch in tree.branches])
    veins = _main_veins(tree, below, liver_ml)
    if len(veins) < 3:
        return {}
    chosen = sorted(veins, key=lambda branch: -below[branch])[:3]
    order = sorted(chosen, key=lambda branch: _azimuth(tree, branch, below, centre_mm))
    return dict(zip((RIGHT, MIDDLE, LEFT), order, strict=True))


def _main_veins(tree: VesselTree, below: Vector, liver_ml: float) -> list[int]:
    """Return branches that each drain a main share, common trunks divided until there are three."""
    children = children_of(tree)
    share = VEIN_SHARE * liver_ml
    veins = [root for root in children[-1] if below[root] >= share]
    while len(veins) < 3:
        parts = {vein: _divided(tree, vein, children, below >= share) for vein in veins}
        dividing = [vein for vein in veins if parts[vein]]
        if not dividing:
            break
        trunk = max(dividing, key=lambda vein: below[vein])
        veins = [vein for vein in veins if vein != trunk] + parts[trunk]
    return veins


def _divided(
    tree: VesselTree, vein: int, children: Mapping[int, list[int]], is_heavy: Vector
) -> list[int]:
    """Return the main branches into which a vein divides near the cava, none if it runs on."""
    walked = 0.0
    while walked <= COMMON_TRUNK_MM:
        walked += tree.branches[vein].length_mm
        heavy = [child for child in children[vein] if is_heavy[child]]
        if len(heavy) != 1:
            return heavy if walked <= COMMON_TRUNK_MM else []
        vein = heavy[0]
    return []


def _azimuth(tree: VesselTree, branch: int, below: Vector, centre_mm: Vector) -> float:
    """Return the direction of a vein round the cava: 0 right, pi / 2 front, pi left."""
    path = tree.points_mm[main_path(tree, branch, below)]
    away = path[len(path) // 3 :].mean(axis=0) - centre_mm
    angle = float(np.arctan2(-away[1], -away[0]))
    return angle if angle > -np.pi / 2 else angle + 2 * np.pi


def find_landmarks(
    portal: VesselTree | Unknown,
    hepatic: VesselTree | Unknown,
    structures: Mapping[str, Array],
    grid: Grid,
    *,
    liver: Array,
) -> Landmarks:
    """Return the landmarks of a liver as far as vessels, cava and gallbladder show them."""
    cava = _cava(structures, grid, hepatic, liver)
    veins = _vein_paths(hepatic, cava, float(liver.sum()) * grid.voxel_ml)
    hilum = _hilum(portal)
    main, how = _main_plane(veins, cava, _centroid(structures, "gallbladder", grid))
    right = _plane_along(veins.get(RIGHT), cava, towards=np.array([0.0, -1.0, 0.0]))
    umbilical = _umbilical(hilum.left)
    sources = {"main": how, "right": "right hepatic vein", "umbilical": "left portal vein"}
    return Landmarks(
        cava,
        hilum.point_mm,
        main,
        right,
        umbilical,
        _transverse(hilum),
        _lateral(veins.get(LEFT)),
        sources,
    )


def _centroid(structures: Mapping[str, Array], name: str, grid: Grid) -> Vector | None:
    """Return the centroid of a structure in LPS mm, None where it is missing."""
    mask = structures.get(name)
    if mask is None or not mask.any():
        return None
    return np.asarray(grid.points(np.argwhere(mask)).mean(axis=0))


def _cava(
    structures: Mapping[str, Array], grid: Grid, hepatic: VesselTree | Unknown, liver: Array
) -> Vector | None:
    """Return the point of the cava where the hepatic veins enter; its middle without them."""
    mask = structures.get("inferior_vena_cava")
    if mask is not None and mask.any():
        points = grid.points(np.argwhere(mask))
        level = _entry_level(hepatic)
        if level is None:
            level = float(grid.points(np.argwhere(liver))[:, 2].mean())
        near = np.abs(points[:, 2] - level) <= 10.0
        return np.asarray(points[near if near.any() else slice(None)].mean(axis=0))
    if isinstance(hepatic, Unknown) or hepatic.size == 0:
        return None
    return np.asarray(hepatic.points_mm[hepatic.parent < 0].mean(axis=0))


def _entry_level(hepatic: VesselTree | Unknown) -> float | None:
    """Return the height at which most hepatic-vein blood enters the cava, None without veins."""
    if isinstance(hepatic, Unknown) or hepatic.size == 0:
        return None
    roots = [b for b in hepatic.branches if b.parent < 0]
    heaviest = max(roots, key=lambda b: b.subtree_ml)
    return float(hepatic.points_mm[np.flatnonzero(hepatic.branch == heaviest.id)[0], 2])


def _vein_paths(
    hepatic: VesselTree | Unknown, cava: Vector | None, liver_ml: float
) -> dict[str, Vector]:
    """Return the main path (n, 3) of each hepatic vein that could be named."""
    if isinstance(hepatic, Unknown) or cava is None:
        return {}
    below = np.array([branch.subtree_ml for branch in hepatic.branches])
    veins = name_hepatic_veins(hepatic, liver_ml, cava)
    return {
        name: _stem(hepatic, branch, below, 0.0 if name == LEFT else STEM_SHARE)
        for name, branch in veins.items()
    }


def _stem(tree: VesselTree, branch: int, below: Vector, share: float) -> Vector:
    """Return the path (n, 3) of a vein as far as it is wide: its twigs lead out of its plane."""
    path = main_path(tree, branch, below)
    radius = tree.radius_mm[path]
    wide = np.flatnonzero(radius >= share * radius.max())
    return np.asarray(tree.points_mm[path[: int(wide[-1]) + 1]])


def _plane_along(path: Vector | None, cava: Vector | None, *, towards: Vector) -> Plane | None:
    """Return the upright plane along a vein and through the cava, None where either is missing.

    Upright as Couinaud's scissures are: the tilt of a plane fitted freely would be decided by the
    few points in which a vein rises or falls.
    """
    if path is None or cava is None or len(path) < 5:
        return None
    axis = np.repeat(cava[None, :], max(5, len(path) // 2), axis=0)
    points = np.concatenate([path, axis])
    centre = points.mean(axis=0)
    across = np.linalg.svd(points[:, :2] - centre[:2], full_matrices=False)[2][1]
    normal = np.array([across[0], across[1], 0.0])
    return Plane(centre, normal if normal @ towards >= 0 else -normal)


def _main_plane(
    veins: Mapping[str, Vector],
    cava: Vector | None,
    gallbladder: Vector | None,
) -> tuple[Plane | None, str]:
    """Return the plane between right and left liver and how it was found."""
    left = np.array([1.0, 0.0, 0.0])
    if cava is None:
        return None, "not found: no vena cava"
    if MIDDLE in veins:
        anchors = [point for point in (gallbladder,) if point is not None]
        extra = np.repeat(np.array(anchors).reshape(-1, 3), max(3, len(veins[MIDDLE]) // 4), axis=0)
        path = np.concatenate([veins[MIDDLE], extra])
        return _plane_along(path, cava, towards=left), "middle hepatic vein"
    if gallbladder is None:
        return None, "not found: neither middle hepatic vein nor gallbladder"
    line = gallbladder - cava
    normal = np.array([-line[1], line[0], 0.0])
    normal = normal / max(float(np.linalg.norm(normal)), 1e-9)
    return Plane(cava, normal if normal[0] >= 0 else -normal), "gallbladder and vena cava (Cantlie)"


@dataclass(frozen=True, slots=True, eq=False)
class _Hilum:
    """The portal bifurcation, the main path of its right arm, and the run of the left."""

    point_mm: Vector | None = None
    right: Vector | None = None
    left: Vector | None = None


def _hilum(portal: VesselTree | Unknown) -> _Hilum:
    """Return the portal bifurcation and its arms.

    The bifurcation is the first branching whose two heaviest children each supply a fair share;
    the right arm is the one whose tissue lies further right.
    """
    if isinstance(portal, Unknown) or portal.size == 0:
        return _Hilum()
    below = np.array([branch.subtree_ml for branch in portal.branches])
    children = children_of(portal)
    branch = max(children[-1], key=lambda root: below[root])
    while children[branch]:
        heavy = sorted(children[branch], key=lambda child: -below[child])[:2]
        if len(heavy) == 2 and below[heavy[1]] >= ARM_SHARE * below.max():
            return _arms(portal, branch, heavy, below)
        branch = heavy[0]
    return _Hilum(portal.points_mm[np.flatnonzero(portal.branch == branch)[-1]])


def _arms(portal: VesselTree, trunk: int, heavy: list[int], below: Vector) -> _Hilum:
    """Describe a bifurcation of `trunk` into two heavy branches."""
    right, left = sorted(heavy, key=lambda child: _mean_x(portal, child))
    end = int(np.flatnonzero(portal.branch == trunk)[-1])
    paths = portal.points_mm[main_path(portal, right, below)], _left_run(portal, left, end)
    return _Hilum(portal.points_mm[end], *paths)


def _mean_x(tree: VesselTree, branch: int) -> float:
    """Return the mean LPS x of all nodes below a branch."""
    return float(tree.points_mm[np.isin(tree.branch, _subtree(tree, branch)), 0].mean())


def _subtree(tree: VesselTree, branch: int) -> list[int]:
    """Return `branch` and all branches below it."""
    children = children_of(tree)
    found = [branch]
    for current in found:
        found.extend(children[current])
    return found


def _left_run(tree: VesselTree, branch: int, trunk_end: int) -> Vector:
    """Return the path (n, 3) of the left portal vein to the front end of its umbilical portion.

    That is the foremost of the nodes below `branch` that are nearly as wide as its widest part.
    What lies within the calibre of the trunk at `trunk_end` does not count: near a branching a
    centreline runs inside the wider vessel.
    """
    nodes = np.flatnonzero(np.isin(tree.branch, _subtree(tree, branch)))
    away = np.linalg.norm(tree.points_mm[nodes] - tree.points_mm[trunk_end], axis=1)
    beyond = nodes[away > TRUNK_CALIBRES * tree.radius_mm[trunk_end]]
    if not len(beyond):
        return tree.points_mm[nodes[:1]]
    radius = tree.radius_mm[beyond]
    wide = beyond[radius >= WIDE_SHARE * radius.max()]
    node = int(wide[np.argmin(tree.points_mm[wide, 1])])
    path = [node]
    while path[-1] != trunk_end and tree.parent[path[-1]] >= 0:
        path.append(int(tree.parent[path[-1]]))
    return np.asarray(tree.points_mm[path[::-1]])


def _umbilical(run: Vector | None) -> Plane | None:
    """Return the upright plane of the umbilical fissure, along the forward run of the left branch.

    run: (n, 3) path from the portal bifurcation to the front end of the umbilical portion.
    """
    if run is None:
        return None
    front = run[-1]
    along = front - run[_elbow(run)]
    if np.hypot(along[0], along[1]) < SHORTEST_UMBILICAL_MM:
        along = np.array([0.0, -1.0, 0.0])
    normal = np.array([-along[1], along[0], 0.0]) / np.hypot(along[0], along[1])
    return Plane(front, normal if normal[0] >= 0 else -normal)


def _elbow(path: Vector) -> int:
    """Return the index of the node farthest from the straight line between the ends of a path."""
    chord = path[-1] - path[0]
    chord = chord / max(float(np.linalg.norm(chord)), 1e-9)
    away = path - path[0]
    off = np.linalg.norm(away - np.outer(away @ chord, chord), axis=1)
    return int(np.argmax(off))


def _transverse(hilum: _Hilum) -> Plane | None:
    """Return the oblique plane through the right portal branch, between upper and lower."""
    if hilum.point_mm is None:
        return None
    up = np.array([0.0, 0.0, 1.0])
    if hilum.right is None:
        return Plane(hilum.point_mm, up)
    near = hilum.right[: max(2, len(hilum.right) // 3)]
    along = near[-1] - hilum.point_mm
    along = along / max(float(np.linalg.norm(along)), 1e-9)
    normal = up - (up @ along) * along
    return Plane(near.mean(axis=0), normal / max(float(np.linalg.norm(normal)), 1e-9))


def _lateral(path: Vector | None) -> Plane | None:
    """Return the plane along the left hepatic vein, between segment 3 (front) and 2 (back, up)."""
    if path is None or len(path) < 5:
        return None
    along = path[-1] - path[0]
    along = along / max(float(np.linalg.norm(along)), 1e-9)
    back_up = np.array([0.0, 1.0, 1.0]) / np.sqrt(2.0)
    normal = back_up - (back_up @ along) * along
    return Plane(path.mean(axis=0), normal / max(float(np.linalg.norm(normal)), 1e-9))
