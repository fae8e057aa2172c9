"""What each option takes of the liver, read from the layers of its plan and split by lesion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from liverboard.anatomy import Anatomy, VesselTree
from liverboard.anatomy.remnant import flowing_nodes
from liverboard.anatomy.territory import voxels_of_nodes
from liverboard.board.option import Option
from liverboard.numerics.distance import distance_mm
from liverboard.numerics.grid import Array, bounding_box
from liverboard.numerics.resample import resample_linear, resample_nearest
from liverboard.treatments.protocol import Layer, LayerKind, LesionOutcome, Plan
from liverboard.values import Estimate, Unknown

__all__ = ["LOST_ROLES", "Flow", "Part", "has_targets", "is_local", "parts_of", "served"]

LOST_ROLES = ("resected", "destroyed", "overdosed")
"""Roles of the layers that say what a plan takes."""

TARGET_ROLE = "planning target"
"""Role of the layers of a dose plan that serves its lesions one by one."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Lesions and what serving them takes: masks (z, y, x) bool on the anatomy's grid, by role."""

    lesions: tuple[str, ...]
    masks: Mapping[str, Array]


def is_local(plan: Plan) -> bool:
    """Whether the layers of a plan say what it takes of the liver."""
    roles = {layer.role for layer in plan.layers}
    has_dose = "dose" in roles and isinstance(plan.liver.overdosed_ml, Estimate)
    return has_dose or not roles.isdisjoint(LOST_ROLES)


def served(plan: Plan, anatomy: Anatomy) -> tuple[LesionOutcome, ...]:
    """Return the outcomes of lesions in the liver that a plan covers or may cover."""
    inside = {lesion.id for lesion in anatomy.known_lesions() if lesion.is_in_liver}
    return tuple(
        one for one in plan.lesions if one.is_covered is not False and one.lesion in inside
    )


def parts_of(option: Option, anatomy: Anatomy) -> tuple[Part, ...]:
    """Return the parts of an option's plan, each with the lesions that it serves.

    What is removed or destroyed falls into connected parts, each with the lesions inside. Liver
    above a dose limit belongs to the nearest lesion where the plan draws a target for each, and to
    all of them together where it does not (a territory); taking a lesion out of a dose plan lowers
    the dose everywhere, which is not worked out again.
    """
    plan = option.plan
    lesions = [one.lesion for one in served(plan, anatomy)]
    if not lesions or not is_local(plan):
        return ()
    masks = _masks(plan, anatomy)
    is_joined = _is_waiting(plan) or ("overdosed" in masks and not has_targets(plan))
    if is_joined or len(lesions) == 1:
        return (Part(tuple(lesions), masks),)
    if "overdosed" in masks:
        return tuple(_nearest_parts(masks, lesions, anatomy))
    return tuple(_connected_parts(masks, lesions, anatomy))


def _is_waiting(plan: Plan) -> bool:
    """Whether a plan lets the liver grow first: then it is one whole."""
    wait = plan.burden.waiting_weeks
    return isinstance(wait, Estimate) and wait.high > 0


def has_targets(plan: Plan) -> bool:
    """Whether a dose plan draws a target for each lesion."""
    return any(layer.role == TARGET_ROLE for layer in plan.layers)


def _masks(plan: Plan, anatomy: Anatomy) -> dict[str, Array]:
    """Return what a plan takes, by role, on the grid of the anatomy."""
    found: dict[str, Array] = {}
    for layer in plan.layers:
        if layer.role in LOST_ROLES and layer.kind is LayerKind.MASK:
            mask = resample_nearest(layer.image, anatomy.grid) > 0
            found[layer.role] = mask | found[layer.role] if layer.role in found else mask
    doses = [layer for layer in plan.layers if layer.role == "dose"]
    if not found and doses:
        found["overdosed"] = _hottest(doses[0], plan.liver.overdosed_ml, anatomy)
    return found


def _hottest(dose: Layer, volume: object, anatomy: Anatomy) -> Array:
    """Return the healthy voxels of highest dose, as many as the room calls over-dosed."""
    shape = anatomy.grid.shape
    if not isinstance(volume, Estimate) or volume.value <= 0:
        return np.zeros(shape, dtype=bool)
    there = resample_linear(dose.image, anatomy.grid)[anatomy.healthy]
    count = min(round(volume.value / anatomy.grid.voxel_ml), there.size)
    chosen = np.zeros(there.size, dtype=bool)
    chosen[np.argsort(-there, kind="stable")[:count]] = True
    mask = np.zeros(shape, dtype=bool)
    mask[anatomy.healthy] = chosen
    return mask


def _nearest_parts(
    masks: Mapping[str, Array], lesions: Sequence[str], anatomy: Anatomy
) -> Iterator[Part]:
    """Yield a part for each lesion: the voxels that lie nearest to it."""
    gaps = [distance_mm(anatomy.mask_of(name), anatomy.grid.spacing_mm) for name in lesions]
    nearest = np.argmin(np.stack(gaps), axis=0)
    for number, name in enumerate(lesions):
        yield Part((name,), {role: mask & (nearest == number) for role, mask in masks.items()})


def _connected_parts(
    masks: Mapping[str, Array], lesions: Sequence[str], anatomy: Anatomy
) -> Iterator[Part]:
    """Yield the connected parts of what is taken; crumbs go to the nearest lesion's part."""
    whole = np.zeros(anatomy.grid.shape, dtype=bool)
    for mask in masks.values():
        whole |= mask
    for name in lesions:
        whole |= anatomy.mask_of(name)
    box = bounding_box(whole)
    labels, count = ndimage.label(whole[box], np.ones((3, 3, 3)))
    homes = {name: _home(labels, anatomy.mask_of(name)[box]) for name in lesions}
    owner = _owners(labels, count, homes)
    for home in dict.fromkeys(homes.values()):
        own = np.zeros(anatomy.grid.shape, dtype=bool)
        own[box] = owner[labels] == home
        names = tuple(name for name in lesions if homes[name] == home)
        yield Part(names, {role: mask & own for role, mask in masks.items()})


def _home(labels: Array, lesion: Array) -> int:
    """Return the connected part that holds most of a lesion."""
    return int(np.argmax(np.bincount(labels[lesion])))


def _owners(labels: Array, count: int, homes: Mapping[str, int]) -> Array:
    """Return for each label the home it belongs to: its own, or the nearest home's."""
    owner = np.zeros(count + 1, dtype=np.int64)
    kept = sorted(set(homes.values()))
    centres = np.array(ndimage.center_of_mass(labels > 0, labels, range(1, count + 1)))
    for label in range(1, count + 1):
        gaps = [float(np.sum((centres[label - 1] - centres[home - 1]) ** 2)) for home in kept]
        owner[label] = label if label in kept else kept[int(np.argmin(gaps))]
    return owner


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """What is needed to say again and again what a loss takes out of function.

    `places`: flat numbers of the healthy voxels. `systems`: for each known vessel tree the tree,
    the voxel of each node, and the node of each healthy voxel.
    """

    anatomy: Anatomy
    places: Array
    systems: tuple[tuple[VesselTree, Array, Array], ...]
    heat_sink_mm: float

    @staticmethod
    def of(anatomy: Anatomy, heat_sink_mm: float) -> Flow:
        """Return the flow of an anatomy; a vessel tree that is unknown deprives nothing."""
        systems = []
        for tree, found in (
            (anatomy.portal, anatomy.portal_territories),
            (anatomy.hepatic, anatomy.hepatic_territories),
        ):
            if not isinstance(tree, Unknown) and not isinstance(found, Unknown):
                at = voxels_of_nodes(tree, anatomy.grid)
                systems.append((tree, at, found.node[anatomy.healthy]))
        places = np.flatnonzero(anatomy.healthy.ravel())
        return Flow(anatomy, places, tuple(systems), heat_sink_mm)

    def lost(self, masks: Mapping[str, Array]) -> Array:
        """Return the numbers of the healthy voxels that lose function: sorted int32.

        The rule is that of `anatomy.remnant_after`: a cut divides every vessel that lies in it
        deeper than its wall; beside an ablation vessels of `heat_sink_mm` or more stay open;
        radiation closes none.
        """
        survives = {"resected": float("inf"), "destroyed": self.heat_sink_mm / 2.0}
        gone = np.zeros(len(self.places), dtype=bool)
        for role, mask in masks.items():
            gone |= mask.ravel()[self.places]
            if role in survives and mask.any():
                gone |= self._deprived(mask, survives[role])
        return np.flatnonzero(gone).astype(np.int32)

    def _deprived(self, mask: Array, survives_mm: float) -> Array:
        """Return which healthy voxels lose inflow or outflow: (healthy,) bool."""
        box = bounding_box(mask, margin=1)
        anatomy = self.anatomy
        stays = anatomy.healthy[box] & ~mask[box]
        inside = mask[box] & anatomy.liver[box]
        depth = np.where(inside, distance_mm(stays, anatomy.grid.spacing_mm), 0.0)
        gone = np.zeros(len(self.places), dtype=bool)
        low = np.array([part.start for part in box])
        size = np.array(depth.shape)
        for tree, at, node in self.systems:
            there = at - low
            is_inside = ((there >= 0) & (there < size)).all(axis=1)
            at_node = np.zeros(tree.size, dtype=np.float32)
            at_node[is_inside] = depth[tuple(there[is_inside].T)]
            flows, _ = flowing_nodes(tree, at_node, survives_mm)
            gone |= ~flows[node]
        return gone
