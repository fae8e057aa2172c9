"""Vessel trees from vessel masks: where they enter, how they branch, how far to trust them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from liverboard.anatomy.model import Branch, VesselTree
from liverboard.numerics.centreline import Centreline, CentrelineOptions, trace_centreline
from liverboard.numerics.distance import distance_mm
from liverboard.numerics.grid import Array, Grid, Image
from liverboard.numerics.resample import resample_mask
from liverboard.values import Reason, Unknown

__all__ = [
    "VesselOptions",
    "children_of",
    "hepatic_tree",
    "main_path",
    "portal_tree",
    "subtree_sums",
]


@dataclass(frozen=True, slots=True)
class VesselOptions:
    """Choices of vessel tracing.

    `spacing_mm` is the grid on which centrelines run. A gap wider than `doubtful_gap_mm` is bridged
    but reported. A side branch that carries less than `twig_share` of the tissue below the
    branching is a twig: the trunk keeps its order. Source: house choices, see docs/anatomy.md.
    """

    spacing_mm: float = 1.0
    doubtful_gap_mm: float = 10.0
    twig_share: float = 0.1
    tracing: CentrelineOptions = field(default_factory=CentrelineOptions)


def portal_tree(
    mask: Image, liver: Image, *, options: VesselOptions | None = None
) -> VesselTree | Unknown:
    """Return the portal tree, rooted at its widest place outside the liver (else inside).

    `mask` may hold the splenic vein too. Unknown where the mask is empty near the liver.
    """
    chosen = options or VesselOptions()
    vessel, tissue, grid = _on_fine_grid(mask, liver, chosen)
    if not vessel.any():
        return Unknown(Reason.NO_MASK, "the portal vein mask is empty near the liver")
    radius = distance_mm(~vessel, grid.spacing_mm)
    outside = np.where(tissue, 0.0, radius)
    widest = outside if outside.any() else radius
    root = np.zeros(grid.shape, dtype=bool)
    root[np.unravel_index(int(np.argmax(widest)), grid.shape)] = True
    return _tree("portal", vessel, root, grid, resolution=mask.grid, options=chosen)


def hepatic_tree(
    mask: Image, liver: Image, cava: Image | None, *, options: VesselOptions | None = None
) -> VesselTree | Unknown:
    """Return the hepatic-vein tree, rooted where veins meet the inferior vena cava.

    Without a mask of the cava each separate vein is rooted at its widest place, and a remark says
    so: what joins what outside the mask is then not known.
    """
    chosen = options or VesselOptions()
    vessel, _, grid = _on_fine_grid(mask, liver, chosen)
    if not vessel.any():
        return Unknown(Reason.NO_MASK, "the hepatic vein mask is empty near the liver")
    if cava is None:
        radius = distance_mm(~vessel, grid.spacing_mm)
        roots = radius >= 0.98 * radius.max()
        tree = _tree("hepatic", vessel, roots, grid, resolution=mask.grid, options=chosen)
        remark = "no mask of the inferior vena cava: veins are rooted at their widest place"
        return replace(tree, remarks=(*tree.remarks, remark))
    roots = resample_mask(cava, grid, keeps_volume=False)
    return _tree("hepatic", vessel & ~roots, roots, grid, resolution=mask.grid, options=chosen)


def _on_fine_grid(mask: Image, liver: Image, options: VesselOptions) -> tuple[Array, Array, Grid]:
    """Return vessel and liver on the tracing grid, which covers the liver's working grid."""
    grid = Grid.around(liver.grid.corners_mm(), options.spacing_mm)
    vessel = resample_mask(mask, grid)
    return vessel, resample_mask(liver, grid, keeps_volume=False), grid


def _tree(
    system: str,
    vessel: Array,
    seeds: Array,
    grid: Grid,
    *,
    resolution: Grid,
    options: VesselOptions,
) -> VesselTree:
    """Trace `vessel` from `seeds` and cut the centreline into branches."""
    line = trace_centreline(vessel, seeds, grid.spacing_mm, options=options.tracing)
    points = grid.points(line.index.astype(np.float64))
    branch, branches = _branches(line, points)
    return VesselTree(
        system=system,
        points_mm=points,
        parent=line.parent,
        radius_mm=line.radius_mm,
        branch=branch,
        bridged=line.bridged,
        branches=branches,
        smallest_radius_mm=max(resolution.spacing_mm) / 2.0,
        remarks=tuple(_remarks(line, points, grid, options)),
    )


def _branches(line: Centreline, points: Array) -> tuple[Array, tuple[Branch, ...]]:
    """Return the branch number of each node and the branches, parents first."""
    count = np.bincount(line.parent[line.parent >= 0], minlength=len(line.parent))
    branch = np.zeros(len(line.parent), dtype=np.int32)
    parents: list[int] = []
    for node, above in enumerate(line.parent.tolist()):
        if above < 0 or count[above] > 1:
            branch[node] = len(parents)
            parents.append(-1 if above < 0 else int(branch[above]))
        else:
            branch[node] = branch[above]
    step = np.linalg.norm(points - points[np.maximum(line.parent, 0)], axis=1)
    length = np.bincount(branch, np.where(line.parent < 0, 0.0, step), minlength=len(parents))
    nodes = np.bincount(branch, minlength=len(parents))
    radius = np.bincount(branch, line.radius_mm, minlength=len(parents)) / np.maximum(nodes, 1)
    return branch, tuple(
        Branch(n, above, 0, float(length[n]), float(radius[n])) for n, above in enumerate(parents)
    )


def _remarks(line: Centreline, points: Array, grid: Grid, options: VesselOptions) -> Iterator[str]:
    """Say what a reader of the tree must know: long bridges and parts that were left out."""
    for node in np.flatnonzero(line.bridged).tolist():
        gap = float(np.linalg.norm(points[node] - points[line.parent[node]]))
        if gap > options.doubtful_gap_mm:
            x, y, z = points[node]
            yield (
                f"a gap of {gap:.0f} mm is bridged at LPS ({x:.0f}, {y:.0f}, {z:.0f}): "
                "which branch feeds the part beyond is a guess"
            )
    if line.unreached:
        yield (
            f"{line.unreached * grid.voxel_ml:.1f} ml of the mask lie more than "
            f"{options.tracing.max_gap_mm:.0f} mm from the rest and are left out"
        )


def children_of(tree: VesselTree) -> dict[int, list[int]]:
    """Return the numbers of the child branches of each branch; -1 lists the roots."""
    found: dict[int, list[int]] = {-1: []}
    for branch in tree.branches:
        found.setdefault(branch.id, [])
        found[branch.parent].append(branch.id)
    return found


def main_path(tree: VesselTree, branch: int, below: Array) -> Array:
    """Return the nodes of `branch` and its heaviest descendants, root side first.

    below: (branches,) volume under each branch.
    """
    children = children_of(tree)
    chain = [branch]
    while children[chain[-1]]:
        chain.append(max(children[chain[-1]], key=lambda child: (below[child], -child)))
    return np.flatnonzero(np.isin(tree.branch, chain))


def subtree_sums(tree: VesselTree, own: Array) -> Array:
    """Return for each branch the sum of `own` (branches, ...) over itself and all below it."""
    total = np.array(own, dtype=np.float64)
    for branch in reversed(tree.branches):
        if branch.parent >= 0:
            total[branch.parent] += total[branch.id]
    return total


def with_orders(tree: VesselTree, territory_ml: Array, twig_share: float) -> VesselTree:
    """Return the tree with the volumes of its branches and their orders.

    territory_ml: (branches,) liver volume nearest to each branch. At a branching the order grows by
    one for every child, but a child that carries all but `twig_share` of what lies below keeps its
    parent's order: the others are twigs.
    """
    below = subtree_sums(tree, territory_ml)
    children = children_of(tree)
    orders = np.zeros(len(tree.branches), dtype=int)
    for branch in tree.branches:
        under = sum(below[child] for child in children[branch.id])
        for child in children[branch.id]:
            goes_on = under > 0 and below[child] >= (1.0 - twig_share) * under
            orders[child] = orders[branch.id] + (0 if goes_on else 1)
    branches = tuple(
        replace(
            branch,
            order=int(orders[branch.id]),
            territory_ml=float(territory_ml[branch.id]),
            subtree_ml=float(below[branch.id]),
        )
        for branch in tree.branches
    )
    return replace(tree, branches=branches)
