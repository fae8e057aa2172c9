"""What the anatomy room recovers of digital patients, against the truth they were made from.

The patient is written as a case folder, read and examined like any other; nothing of the truth is
shown to the anatomy room. Numbers to reach: lesion volumes within 3 %, territories of the first
three orders Dice >= 0.9, segment volumes within 10 %, functional remnant within 3 % of the value
from the true graph. Run: python -m benchmarks recovery
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from liverboard.anatomy import SEGMENTS, Anatomy, Territories, VesselTree, examine, remnant_after
from liverboard.anatomy import Branch as Stretch
from liverboard.anatomy.territory import territories
from liverboard.case import read_case
from liverboard.numerics.distance import distance_mm
from liverboard.numerics.grid import Array, Grid, bounding_box
from liverboard.phantom import Branch, Phantom, PhantomOptions, make_phantom, write_phantom
from liverboard.phantom.nearest import nearest_pieces
from liverboard.phantom.truth import nearest_branch, segments_of
from liverboard.phantom.vessel import lines
from liverboard.treatments.resection.options import ResectionOptions
from liverboard.treatments.resection.target import dissected_vessels

SEEDS = (7, 1, 2)

ORDERS = {"portal": (1, 2, 3), "hepatic": (0, 1, 2)}
"""The first three orders: the main portal vein supplies all, so its count starts behind it."""

LEAST_ML = 15.0
"""Smaller territories are listed apart: less than one terminal branch supplies."""

OPERATIONS = {
    "right hepatectomy": (5, 6, 7, 8),
    "left hepatectomy": (2, 3, 4),
    "posterior sectionectomy": (6, 7),
}
"""Anatomical resections whose remnants are compared, and the segments each removes."""

WEDGE_MARGIN_MM = 10.0
"""Healthy tissue that the wedge takes round the largest lesion."""


@dataclass(frozen=True, slots=True)
class Vessel:
    """Of a true vessel: how well its territory was recovered, and its true size."""

    system: str
    name: str
    order: int
    true_ml: float
    dice: float


@dataclass(frozen=True, slots=True)
class Pair:
    """A figure in ml: what is true and what was recovered."""

    name: str
    true_ml: float
    found_ml: float

    @property
    def error_percent(self) -> float:
        """How far the recovered figure is off, in percent of the true one."""
        return 100.0 * (self.found_ml / self.true_ml - 1.0)


def examined(phantom: Phantom) -> Anatomy:
    """Return the anatomy of a digital patient, by way of its case folder."""
    with tempfile.TemporaryDirectory() as folder:
        write_phantom(phantom, Path(folder) / "case")
        anatomy = examine(read_case(Path(folder) / "case"))
    assert isinstance(anatomy, Anatomy)
    return anatomy


def lesion_volumes(phantom: Phantom, anatomy: Anatomy) -> list[Pair]:
    """Return the volume of every lesion on the working grid beside that of its ellipsoid."""
    counted = np.bincount(anatomy.lesion_labels.ravel()) * anatomy.grid.voxel_ml
    return [
        Pair(f"L{one.id}", one.shape.volume_ml, float(counted[one.id]))
        for one in phantom.truth.lesions
    ]


def segment_volumes(phantom: Phantom, anatomy: Anatomy) -> list[Pair]:
    """Return the volume of every segment as found beside the true one."""
    counted = np.bincount(phantom.truth.segments.ravel(), minlength=9) * phantom.grid.voxel_ml
    return [
        Pair(name, float(counted[n]), anatomy.segments.volumes_ml[name])
        for n, name in enumerate(SEGMENTS, start=1)
    ]


def branch_territories(phantom: Phantom, anatomy: Anatomy) -> list[Vessel]:
    """Return how well the territories of all true vessels of the first three orders were found."""
    vessels = phantom.truth.vessels
    portal = _recovered("portal", vessels.portal, anatomy)
    return [*portal, *_recovered("hepatic", vessels.hepatic, anatomy)]


def _recovered(system: str, branches: tuple[Branch, ...], anatomy: Anatomy) -> Iterator[Vessel]:
    tree, found = getattr(anatomy, system), getattr(anatomy, f"{system}_territories")
    inside, box = anatomy.liver, bounding_box(anatomy.liver)
    piece = nearest_branch(inside, branches, anatomy.grid, box)[inside] - 1
    node = found.node[inside]
    shared = np.bincount(piece * tree.size + node, minlength=len(branches) * tree.size)
    shared = shared.reshape(len(branches), tree.size)
    at_piece = nearest_pieces(tree.points_mm, *lines(branches))[0]
    for first in _stems(branches, ORDERS[system]):
        mine = _subtree(np.array([one.parent for one in branches]), first.id)
        theirs = _subtree(tree.parent, _matching_node(tree, first, mine[at_piece]))
        both, true, seen = (
            shared[mine][:, theirs].sum(),
            shared[mine].sum(),
            shared[:, theirs].sum(),
        )
        volume = float(true) * anatomy.grid.voxel_ml
        yield Vessel(system, first.name, first.order, volume, float(2 * both / (true + seen)))


def _stems(branches: tuple[Branch, ...], orders: tuple[int, ...]) -> list[Branch]:
    """Return the first piece of every vessel of some orders."""
    return [
        one
        for one in branches
        if one.order in orders and (one.parent < 0 or branches[one.parent].name != one.name)
    ]


def _subtree(parent: Array, top: int) -> Array:
    """Return which nodes (n,) are `top` or lie behind it; parents stand before children."""
    mine = np.zeros(len(parent), dtype=bool)
    mine[top] = True
    for node in range(top + 1, len(parent)):
        mine[node] |= parent[node] >= 0 and mine[parent[node]]
    return mine


def _matching_node(tree: VesselTree, first: Branch, is_mine: Array) -> int:
    """Return the node at which a true vessel begins in the recovered tree.

    From the node nearest to the middle of its first piece towards the root, as long as the nodes
    lie nearest to this vessel.
    """
    middle = 0.5 * (np.array(first.from_mm) + np.array(first.to_mm))
    node = int(np.argmin(np.linalg.norm(tree.points_mm - middle, axis=1)))
    while tree.parent[node] >= 0 and is_mine[tree.parent[node]]:
        node = int(tree.parent[node])
    return node


def true_tree(system: str, branches: tuple[Branch, ...], *, step_mm: float = 1.0) -> VesselTree:
    """Return the true graph as a vessel tree with nodes at most `step_mm` apart."""
    points, parent, radius, owner = [], [], [], []
    last: dict[int, int] = {}
    for one in branches:
        start, end = np.array(one.from_mm), np.array(one.to_mm)
        count = max(1, int(np.ceil(np.linalg.norm(end - start) / step_mm)))
        above = last.get(one.parent, -1)
        first = 0 if above < 0 else 1
        for n in range(first, count + 1):
            points.append(start + n / count * (end - start))
            parent.append(above)
            radius.append(one.radius_mm)
            owner.append(one.id)
            above = len(points) - 1
        last[one.id] = above
    stretches = tuple(Stretch(b.id, b.parent, b.order, 0.0, b.radius_mm, b.name) for b in branches)
    return VesselTree(
        system,
        np.array(points),
        np.array(parent, dtype=np.int32),
        np.array(radius, dtype=np.float32),
        np.array(owner, dtype=np.int32),
        np.zeros(len(points), dtype=bool),
        stretches,
        0.0,
    )


def with_true_graph(phantom: Phantom, anatomy: Anatomy) -> Anatomy:
    """Return the anatomy with the true graph and its territories in place of the recovered one."""
    vessels = phantom.truth.vessels
    portal, hepatic = true_tree("portal", vessels.portal), true_tree("hepatic", vessels.hepatic)
    return replace(
        anatomy,
        portal=portal,
        hepatic=hepatic,
        portal_territories=_territories(portal, anatomy),
        hepatic_territories=_territories(hepatic, anatomy),
    )


def _territories(tree: VesselTree, anatomy: Anatomy) -> Territories:
    return territories(tree, anatomy.liver, anatomy.grid)


def true_segments(phantom: Phantom, inside: Array, grid: Grid) -> Array:
    """Return the true segments (z, y, x) on another grid, 0 outside `inside`."""
    return segments_of(inside, phantom.truth.vessels.portal, grid, bounding_box(inside))


def remnants(phantom: Phantom, anatomy: Anatomy) -> tuple[list[Pair], list[Pair]]:
    """Return the functional remnants of some resections, by the true graph and as recovered.

    The first list removes the same tissue from both; in the second each has its own segments, so
    that what is true owes nothing to the anatomy room.
    """
    truth = with_true_graph(phantom, anatomy)
    labels = true_segments(phantom, anatomy.liver, anatomy.grid)
    same, own = [], []
    for name, segments in OPERATIONS.items():
        found_lost = operated(anatomy, np.isin(anatomy.segments.labels, segments))
        true_lost = operated(truth, np.isin(labels, segments))
        found = functional_ml(anatomy, found_lost)
        same.append(Pair(name, functional_ml(truth, found_lost), found))
        own.append(Pair(name, functional_ml(truth, true_lost), found))
    lost = wedge(anatomy)
    same.append(Pair("wedge", functional_ml(truth, lost), functional_ml(anatomy, lost)))
    return same, [*own, same[-1]]


def operated(anatomy: Anatomy, removed: Array) -> Array:
    """Return what an operation takes of `removed` (z, y, x): the resection room's own rule.

    Main vessels of what stays are dissected free and not taken.
    """
    return np.asarray(removed & ~dissected_vessels(anatomy, removed, ResectionOptions()))


def functional_ml(anatomy: Anatomy, lost: Array) -> float:
    """Return the functional remnant in ml once `lost` (z, y, x) is gone."""
    return float(remnant_after(anatomy, lost).functional.sum()) * anatomy.grid.voxel_ml


def wedge(anatomy: Anatomy) -> Array:
    """Return the liver within the margin round the largest lesion (z, y, x) bool."""
    largest = max(anatomy.known_lesions(), key=lambda lesion: lesion.volume_ml)
    gap = distance_mm(anatomy.mask_of(largest.id), anatomy.grid.spacing_mm)
    return np.asarray(anatomy.liver & (gap <= WEDGE_MARGIN_MM))


def _print_pairs(title: str, pairs: list[Pair], whole_ml: float | None = None) -> None:
    print(f"  {title}")
    for one in pairs:
        share = (
            ""
            if whole_ml is None
            else (f", {100 * (one.found_ml - one.true_ml) / whole_ml:+.1f} % of the liver")
        )
        row = f"{one.true_ml:8.1f} {one.found_ml:8.1f} ml  {one.error_percent:+6.1f} %{share}"
        print(f"    {one.name:24s}{row}")


def _print_territories(found: list[Vessel]) -> None:
    for system, orders in ORDERS.items():
        for order in orders:
            mine = [one for one in found if (one.system, one.order) == (system, order)]
            large = sorted(one.dice for one in mine if one.true_ml >= LEAST_ML)
            below = [f"{o.name} {o.true_ml:.0f} ml {o.dice:.2f}" for o in mine if o.dice < 0.9]
            if large:
                print(
                    f"  {system} order {order}: {len(large)} of {len(mine)} vessels >= "
                    f"{LEAST_ML:.0f} ml, Dice least {large[0]:.3f} "
                    f"median {np.median(large):.3f}; below 0.9: {', '.join(below) or 'none'}"
                )


def main() -> None:
    """Print what was recovered of each digital patient."""
    for seed in SEEDS:
        phantom = make_phantom(PhantomOptions(seed=seed))
        anatomy = examined(phantom)
        print(f"seed {seed} ({phantom.truth.portal_variant}): true, found")
        _print_pairs("lesions", lesion_volumes(phantom, anatomy))
        _print_territories(branch_territories(phantom, anatomy))
        _print_pairs("segments", segment_volumes(phantom, anatomy))
        same, own = remnants(phantom, anatomy)
        _print_pairs("functional remnant, same tissue removed", same, anatomy.healthy_ml)
        _print_pairs("functional remnant, each its own segments", own, anatomy.healthy_ml)
        print(f"  remarks: {'; '.join(anatomy.remarks) or 'none'}")


if __name__ == "__main__":
    main()
