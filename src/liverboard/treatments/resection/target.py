"""What must go for a lesion to be removed with a margin, and what must stay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from liverboard.anatomy import MAIN_VEINS, Anatomy, Territories, VesselTree
from liverboard.anatomy.territory import voxels_of_nodes
from liverboard.numerics.distance import dilate_mm
from liverboard.numerics.grid import Array, Box, bounding_box
from liverboard.treatments.resection.options import ResectionOptions
from liverboard.values import Unknown

__all__ = [
    "Target",
    "dissected_vessels",
    "known_systems",
    "lumen",
    "spared_vessels",
    "target_of",
]


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """One lesion with its margin: (z, y, x) bool masks on the working grid.

    `required` is the lesion and the liver within the margin, spared vessels left out; `skirted` are
    the spared vessels within the margin, off which the tumour is dissected.
    """

    lesion: str
    required: Array
    skirted: Array


def target_of(anatomy: Anatomy, lesion: str, margin_mm: float, spared: Array) -> Target:
    """Return what must be removed with `lesion` at `margin_mm`.

    The margin is measured from the lesion's surface to voxel centres and three quarters of a voxel
    are added: half because the cut runs between voxel centres, a quarter because a smooth cut
    rounds off corners. `spared` vessels stay even inside the
    margin: a tumour is dissected off them, unless it has grown over them.
    """
    own = anatomy.mask_of(lesion)
    step = anatomy.grid.spacing_mm[0]
    reach = margin_mm + 0.75 * step
    box = bounding_box(own, margin=int(np.ceil(reach / step)) + 1)
    near = _within(anatomy, lesion, box, reach) & anatomy.liver[box]
    required, skirted = np.zeros(own.shape, dtype=bool), np.zeros(own.shape, dtype=bool)
    required[box] = (near & ~spared[box]) | (own[box] & anatomy.liver[box])
    skirted[box] = near & spared[box] & ~required[box]
    return Target(lesion, required, skirted)


def _within(anatomy: Anatomy, lesion: str, box: Box, reach_mm: float) -> Array:
    """Return the voxels of `box` within `reach_mm` of a lesion's surface, or inside it."""
    inside = anatomy.mask_of(lesion)[box]
    surface = anatomy.lesion_surface_mm[lesion]
    grid = anatomy.grid.crop(box)
    index = np.argwhere(~inside)
    gap, _ = cKDTree(surface).query(grid.points(index), distance_upper_bound=reach_mm)
    found = inside.copy()
    found[tuple(index[np.isfinite(gap)].T)] = True
    return found


def spared_vessels(anatomy: Anatomy, options: ResectionOptions) -> Array:
    """Return the lumen of the vessels that no wedge may take: (z, y, x) bool.

    Portal branches up to the trunk order, the named hepatic veins as far as they are wide, and the
    vena cava.
    """
    spared = np.zeros(anatomy.grid.shape, dtype=bool)
    if not isinstance(anatomy.portal, Unknown):
        order = np.array([branch.order for branch in anatomy.portal.branches])
        is_trunk = order[anatomy.portal.branch] <= options.trunk_order
        spared |= lumen(anatomy, anatomy.portal, is_trunk)
    if not isinstance(anatomy.hepatic, Unknown):
        wide = anatomy.hepatic.radius_mm >= options.trunk_radius_mm
        spared |= lumen(anatomy, anatomy.hepatic, _below_main(anatomy.hepatic) & wide)
    cava = anatomy.structures.get("inferior_vena_cava")
    return spared if cava is None else spared | cava


def _below_main(tree: VesselTree) -> Array:
    """Tell which nodes belong to a main hepatic vein or a branch of one: (nodes,) bool."""
    is_main = np.zeros(len(tree.branches), dtype=bool)
    for branch in tree.branches:
        above = branch.parent >= 0 and is_main[branch.parent]
        is_main[branch.id] = branch.name in MAIN_VEINS or above
    return is_main[tree.branch]


def lumen(anatomy: Anatomy, tree: VesselTree, chosen: Array) -> Array:
    """Return the inside of a vessel round the chosen nodes (nodes,) bool: (z, y, x) bool.

    Each node counts with its own radius, rounded up to a millimetre.
    """
    inside = np.zeros(anatomy.grid.shape, dtype=bool)
    voxels = voxels_of_nodes(tree, anatomy.grid)[chosen]
    radius = np.ceil(tree.radius_mm[chosen])
    for size in np.unique(radius):
        line = np.zeros(inside.shape, dtype=bool)
        line[tuple(voxels[radius == size].T)] = True
        inside |= dilate_mm(line, float(size), anatomy.grid.spacing_mm)
    return inside


def dissected_vessels(anatomy: Anatomy, removed: Array, options: ResectionOptions) -> Array:
    """Return the vessels that are dissected free inside `removed`: (z, y, x) bool, tumour left out.

    Those wide enough of which a fair share of the tissue they serve stays: pedicles in hilum and
    umbilical fissure, hepatic veins along a cut. A vessel that a tumour has grown over is not.
    """
    free = np.zeros(removed.shape, dtype=bool)
    stays = anatomy.healthy & ~removed
    for tree, found in known_systems(anatomy):
        nodes = found.node[anatomy.healthy]
        served = _and_above(tree, np.bincount(nodes, minlength=tree.size))
        kept = _and_above(tree, np.bincount(found.node[stays], minlength=tree.size))
        # a gap or a narrow spot in the mask does not make a main vessel a twig
        is_wide = tree.radius_mm >= options.dissect_radius_mm
        is_main = served >= options.main_share * max(len(nodes), 1)
        is_free = (is_wide | is_main) & (kept >= options.dissect_share * np.maximum(served, 1))
        free |= lumen(anatomy, tree, is_free)
    return free & (anatomy.lesion_labels == 0)


def _and_above(tree: VesselTree, own: Array) -> Array:
    """Return for each node the sum of `own` (nodes,) over itself and all nodes below it."""
    total = own.astype(np.int64).tolist()
    for node in range(tree.size - 1, 0, -1):
        above = int(tree.parent[node])
        if above >= 0:
            total[above] += total[node]
    return np.array(total)


def known_systems(anatomy: Anatomy) -> Iterator[tuple[VesselTree, Territories]]:
    """Yield the vessel systems that are known, with their territories."""
    pairs = (
        (anatomy.portal, anatomy.portal_territories),
        (anatomy.hepatic, anatomy.hepatic_territories),
    )
    for tree, found in pairs:
        if not isinstance(tree, Unknown) and not isinstance(found, Unknown):
            yield tree, found
