"""What is inside the liver: its plan, its lesions, and the vessels that grow round them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from liverboard.numerics.grid import bounding_box
from liverboard.phantom.field import Lattice
from liverboard.phantom.habitus import generator
from liverboard.phantom.layer import Layer, read_yaml
from liverboard.phantom.lesion import Ellipsoid
from liverboard.phantom.metastasis import place_lesions
from liverboard.phantom.options import SEED_CHOOSES, VARIANTS, PhantomOptions
from liverboard.phantom.organs import Organs
from liverboard.phantom.partition import Axis, Partition, divide
from liverboard.phantom.scaffold import Ground, hepatic_scaffold, portal_scaffold
from liverboard.phantom.space import Space, room
from liverboard.phantom.supply import DRAIN_SHARE, TIP_RADIUS_MM, grow_trees, tip_quota
from liverboard.phantom.vessel import Vessels, read_tributaries

__all__ = ["Liver", "furnish"]

VARIANT_SHARE = (0.8, 0.12, 0.08)
"""How often the seed draws each variant of the portal vein: plausible, ours."""


@dataclass(frozen=True, slots=True)
class Liver:
    """The vessels and lesions of a liver, and the variant of its portal vein."""

    vessels: Vessels
    lesions: tuple[Ellipsoid, ...]
    portal_variant: str


def furnish(organs: Organs, options: PhantomOptions) -> Liver:
    """Return vessels and lesions of the liver: scaffold, lesions, then growth round them."""
    lattice, seed = organs.lattice, options.seed
    space = _space(organs)
    plan = _plan(space, organs, seed)
    portal_ground, hepatic_ground = _grounds(space, plan, lattice)
    places, variant = read_yaml("vessels"), _variant(options)
    portal = portal_scaffold(portal_ground, places["portal"], variant=variant)
    has_accessory = options.has_accessory_right_hepatic_vein
    hepatic = hepatic_scaffold(hepatic_ground, places["hepatic"], has_accessory=has_accessory)
    lesions = place_lesions(
        options, plan, space=space, scaffolds=(portal, hepatic), rng=generator(seed, "lesions")
    )
    portal, hepatic = grow_trees(
        portal, hepatic, plan, space=space.without(lesions), rng=generator(seed, "growth")
    )
    tributaries = read_tributaries(places["portal"], lattice.scale)
    vessels = Vessels(portal.finished(), hepatic.finished(), tributaries)
    return Liver(vessels, lesions, variant)


def _space(organs: Organs) -> Space:
    liver = organs.fields["liver"]
    inside = liver.array < 0
    box = bounding_box(inside, margin=2)
    return room(inside[box], organs.lattice.thinned().crop(liver.box).crop(box))


def _plan(space: Space, organs: Organs, seed: int) -> Partition:
    table, rng = read_yaml("partition"), generator(seed, "partition")
    wide = np.clip(rng.normal(size=8), -1.6, 1.6) * table["spread"]
    share = {int(k): v * (1 + wide[int(k) - 1]) for k, v in table["share"].items()}
    share = {segment: float(part / sum(share.values())) for segment, part in share.items()}
    scale = organs.lattice.scale
    axis = _axis(organs.layer("inferior_vena_cava"), scale)
    return divide(space.samples(), axis, table, share=share, scale=scale)


def _axis(vena_cava: Layer, scale: float) -> Axis:
    pieces = vena_cava.shapes
    return Axis(np.array([piece.points[0] for piece in pieces] + [pieces[-1].points[1]]) * scale)


def _grounds(space: Space, plan: Partition, lattice: Lattice) -> tuple[Ground, Ground]:
    """Return what the portal and the hepatic scaffold are set in; they differ in their tips."""
    share = {segment: float((plan.labels == segment).mean()) for segment in range(1, 9)}
    volume_ml = float((space.depth > 0).sum()) * space.grid.voxel_ml
    quota = tip_quota(volume_ml, share)
    drains: Mapping[int, int] = {0: round(DRAIN_SHARE * quota[0])}
    one, two = (Ground(space, plan, lattice.scale, TIP_RADIUS_MM, tips) for tips in (quota, drains))
    return one, two


def _variant(options: PhantomOptions) -> str:
    if options.portal_variant != SEED_CHOOSES:
        return options.portal_variant
    rng: Any = generator(options.seed, "portal variant")
    return str(rng.choice(VARIANTS, p=VARIANT_SHARE))
