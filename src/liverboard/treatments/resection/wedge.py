"""Parenchyma-sparing wedges: the least functional liver that takes a lesion out with its margin.

Each wedge is an exact minimum cut. What counts is not the wedge itself but all liver that loses
inflow or outflow with it; the piece must come out along a straight way to the capsule; the cut
surface has a price, so that it is smooth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liverboard.anatomy import Anatomy, Territories, VesselTree
from liverboard.anatomy.territory import voxels_of_nodes
from liverboard.numerics.cut import (
    DIRECTIONS,
    Consequences,
    CutProblem,
    minimum_cut,
    sweep_sizes,
    swept,
)
from liverboard.numerics.distance import dilate_mm
from liverboard.numerics.grid import Array, Grid, bounding_box
from liverboard.treatments.resection.options import ResectionOptions
from liverboard.treatments.resection.target import Target, known_systems

__all__ = ["Wedge", "wedges"]

FORBIDDEN_PRICE_ML = 1000.0
"""What crossing a spared vessel on the way out counts as when ways are compared."""


@dataclass(frozen=True, slots=True, eq=False)
class Wedge:
    """One wedge: the lesions it was cut for, what is removed (z, y, x) bool, and its way out.

    `way_out_mm` is the LPS unit vector along which the piece comes out; `is_blocked` tells that
    every way out crosses a spared vessel.
    """

    lesion: str
    removed: Array
    way_out_mm: tuple[float, float, float]
    is_blocked: bool


def wedges(
    anatomy: Anatomy,
    targets: Sequence[Target],
    spared: Array,
    *,
    removed: Array,
    options: ResectionOptions,
) -> tuple[Wedge, ...]:
    """Return a wedge for each target, the largest first; later ones reuse what is gone already.

    removed: (z, y, x) bool, liver that an anatomical resection has taken before.
    """
    gone = removed.copy()
    flow = FlowIndex.of(anatomy, gone)
    found = []
    for target in sorted(targets, key=lambda one: (-int(one.required.sum()), one.lesion)):
        wedge = _wedge(anatomy, target, (spared, gone), flow, options)
        gone |= wedge.removed
        found.append(wedge)
    return tuple(found)


def _wedge(
    anatomy: Anatomy,
    target: Target,
    vessels_and_gone: tuple[Array, Array],
    flow: FlowIndex,
    options: ResectionOptions,
) -> Wedge:
    """Return the wedge of one target."""
    spared, gone = vessels_and_gone
    solid = anatomy.liver & ~gone
    step, is_blocked = _best_way_out(anatomy, target, solid, spared)
    stays = spared & ~target.required
    least = swept(target.required, solid, step) & ~stays
    band = dilate_mm(least, options.band_mm, anatomy.grid.spacing_mm)
    candidates = (band & solid & ~stays) | least
    problem = CutProblem(
        candidates=candidates,
        required=target.required & solid,
        solid=solid & ~stays,
        price=np.zeros(solid.shape, dtype=np.float32),
        step_mm=anatomy.grid.spacing_mm[0],
        area_weight_mm=options.area_weight_mm,
        way_out=step,
        consequences=flow.consequences(candidates, anatomy.grid),
    )
    direction = np.array(step[::-1], dtype=float)
    x, y, z = direction / np.linalg.norm(direction)
    return Wedge(target.lesion, minimum_cut(problem), (float(x), float(y), float(z)), is_blocked)


def _best_way_out(
    anatomy: Anatomy, target: Target, solid: Array, spared: Array
) -> tuple[tuple[int, int, int], bool]:
    """Return the step along which the target comes out at the least cost, and if it is blocked.

    Blocked: every way crosses a spared vessel other than those within the margin.
    """
    box = bounding_box(solid)
    wall = spared & ~target.required & ~target.skirted
    sizes = sweep_sizes(target.required[box], solid[box], wall[box])
    cost = sizes[:, 0] * anatomy.grid.voxel_ml + FORBIDDEN_PRICE_ML * (sizes[:, 1] > 0)
    best = int(np.argmin(cost))
    return DIRECTIONS[best], bool(sizes[best, 1])


@dataclass(frozen=True, slots=True, eq=False)
class FlowIndex:
    """Which tissue hangs on which vessel nodes, counted once for many cuts.

    systems: the known vessel systems. group: (z, y, x) int64, number of the tuple of nodes that
    serve a healthy liver voxel, -1 elsewhere. nodes: (groups, systems) that tuple. size: (groups,)
    voxels of each group.
    """

    systems: tuple[tuple[VesselTree, Territories], ...]
    group: Array
    nodes: Array
    size: Array

    @staticmethod
    def of(anatomy: Anatomy, gone: Array) -> FlowIndex:
        """Index the healthy liver that is not `gone` yet."""
        systems = tuple(known_systems(anatomy))
        healthy = anatomy.healthy & ~gone
        key = np.zeros(int(healthy.sum()), dtype=np.int64)
        for tree, found in systems:
            key = key * tree.size + found.node[healthy]
        distinct, of_voxel, size = np.unique(key, return_inverse=True, return_counts=True)
        group = np.full(healthy.shape, -1, dtype=np.int64)
        group[healthy] = of_voxel
        nodes = np.zeros((len(distinct), len(systems)), dtype=np.int64)
        for column in range(len(systems) - 1, -1, -1):
            distinct, nodes[:, column] = np.divmod(distinct, systems[column][0].size)
        return FlowIndex(systems, group, nodes, size)

    def consequences(self, candidates: Array, grid: Grid) -> Consequences:
        """Return what is lost with each candidate voxel: itself and tissue cut off from flow.

        A vessel counts as cut where the voxel of its centreline is removed. Things are numbered:
        first the function of each healthy candidate voxel, then the rest of each group, then the
        flow of each vessel node. Only vessels that a candidate may cut are linked.
        """
        inside = np.flatnonzero(candidates & (self.group >= 0))
        own = self.group.reshape(-1)[inside]
        rest = self.size - np.bincount(own, minlength=len(self.size))
        first = len(inside) + len(rest)
        cause = [np.column_stack([inside, np.arange(len(inside))])]
        cost, chain = [np.ones(len(inside)), rest.astype(float)], [NO_PAIRS]
        for column, (tree, _) in enumerate(self.systems):
            voxels = tuple(voxels_of_nodes(tree, grid).T)
            in_reach = candidates[voxels]
            at = np.ravel_multi_index(voxels, grid.shape)
            nodes = first + np.arange(tree.size)
            cause.append(np.column_stack([at, nodes])[in_reach])
            chain += _chains(tree, nodes, self.nodes[:, column], own, _and_below(tree, in_reach))
            cost.append(np.zeros(tree.size))
            first += tree.size
        return Consequences(np.concatenate(cost), np.concatenate(cause), np.concatenate(chain))


NO_PAIRS = np.zeros((0, 2), dtype=np.int64)


def _and_below(tree: VesselTree, chosen: Array) -> Array:
    """Return the chosen nodes and all nodes below them: (nodes,) bool."""
    found = chosen.copy()
    for node, above in enumerate(tree.parent.tolist()):
        if above >= 0 and found[above]:
            found[node] = True
    return found


def _chains(
    tree: VesselTree, nodes: Array, served_by: Array, own: Array, in_play: Array
) -> list[Array]:
    """Return the implications of lost flow: to nodes below, to single voxels, to groups."""
    below = np.flatnonzero((tree.parent >= 0) & in_play & in_play[tree.parent])
    voxels = np.flatnonzero(in_play[served_by[own]])
    groups = np.flatnonzero(in_play[served_by])
    return [
        np.column_stack([nodes[tree.parent[below]], nodes[below]]),
        np.column_stack([nodes[served_by[own[voxels]]], voxels]),
        np.column_stack([nodes[served_by[groups]], len(own) + groups]),
    ]
