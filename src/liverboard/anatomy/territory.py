"""Which tissue a vessel supplies or drains: every liver voxel goes to the nearest centreline node.

Straight-line distance: on real livers the way round fissures changes under 0.1 % of voxels, while
distances along voxel steps misplace 7.5 % (measured, see docs/anatomy.md).
"""

from __future__ import annotations

import numpy as np

from liverboard.anatomy.model import Territories, VesselTree
from liverboard.numerics.distance import nearest_seed
from liverboard.numerics.grid import Array, Grid, bounding_box

__all__ = ["branch_map", "branch_volumes_ml", "territories", "voxels_of_nodes"]


def voxels_of_nodes(tree: VesselTree, grid: Grid) -> Array:
    """Return the voxel [z, y, x] of `grid` (nodes, 3) in which each node lies, clipped to it."""
    index = np.rint(grid.indices(tree.points_mm)).astype(np.int64)
    return np.clip(index, 0, np.array(grid.shape) - 1)


def territories(tree: VesselTree, liver: Array, grid: Grid) -> Territories:
    """Return the nearest node of `tree` for every voxel of `liver` (z, y, x) bool.

    Cost: one nearest-seed transform of the box round liver and tree.
    """
    voxels = voxels_of_nodes(tree, grid)
    seeds = np.full(grid.shape, -1, dtype=np.int32)
    # the node nearest to the root wins a shared voxel: its blood arrives first
    seeds[tuple(voxels[::-1].T)] = np.arange(tree.size - 1, -1, -1, dtype=np.int32)
    box = bounding_box(liver | (seeds >= 0))
    _, nearest = nearest_seed(seeds[box] >= 0, grid.spacing_mm)
    node = np.full(grid.shape, -1, dtype=np.int32)
    node[box] = np.where(liver[box], seeds[box].reshape(-1)[nearest], -1)
    return Territories(node)


def branch_map(tree: VesselTree, found: Territories) -> Array:
    """Return the branch number for every voxel: (z, y, x) int32, -1 outside the liver."""
    return np.where(found.node >= 0, tree.branch[found.node], -1).astype(np.int32)


def branch_volumes_ml(tree: VesselTree, found: Territories, grid: Grid) -> Array:
    """Return the volume in ml that lies nearest to each branch: (branches,)."""
    nodes = found.node[found.node >= 0]
    counts = np.bincount(tree.branch[nodes], minlength=len(tree.branches))
    return counts * grid.voxel_ml
