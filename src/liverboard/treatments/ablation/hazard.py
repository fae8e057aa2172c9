"""What lies so near a target that heat or cold may harm it or be carried away, and what helps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from liverboard.anatomy import Anatomy
from liverboard.numerics.grid import Array
from liverboard.treatments.ablation.device import Device
from liverboard.treatments.ablation.scene import Scene
from liverboard.treatments.ablation.tables import table
from liverboard.values import Estimate, Quantity, Reason, Unknown

__all__ = ["Hazard", "duct_distance", "hazards_of", "vessel_distance"]


@dataclass(frozen=True, slots=True)
class Hazard:
    """One neighbour of a target: how far, and the measure that would lift the hazard."""

    what: str
    distance_mm: float
    measure: str


def hazards_of(lesion: str, anatomy: Anatomy, scene: Scene, device: Device) -> tuple[Hazard, ...]:
    """Return the hazards of one lesion with a device, the nearest first."""
    found = [*_organs(anatomy.lesion_surface_mm[lesion], scene), *_duct(lesion, anatomy, device)]
    found += _sink(lesion, anatomy, device)
    return tuple(sorted(found, key=lambda hazard: (hazard.distance_mm, hazard.what)))


def _organs(surface: Array, scene: Scene) -> Iterator[Hazard]:
    """Yield the structures nearer than heat may reach."""
    if not len(surface):
        return
    tree = cKDTree(surface)
    for organ in scene.organs:
        if organ.heat_mm > 0.0 and len(organ.points_mm):
            gap = float(tree.query(organ.points_mm)[0].min())
            if gap < organ.heat_mm:
                yield Hazard(
                    organ.title, gap, _measure("heart" if organ.name == "heart" else organ.kind)
                )


def _measure(kind: str) -> str:
    """Return the measure that protects a kind of structure."""
    return str(table("planning")["protection"][kind]["measure"])


def _duct(lesion: str, anatomy: Anatomy, device: Device) -> Iterator[Hazard]:
    """Yield the central bile ducts where heat would harm them."""
    gap = duct_distance(lesion, anatomy)
    limit = float(table("planning")["central_duct"]["distance_mm"])
    if device.modality != "cryo" and isinstance(gap, Estimate) and gap.value < limit:
        yield Hazard("main bile ducts (hilum)", gap.value, _measure("duct"))


def duct_distance(lesion: str, anatomy: Anatomy) -> Quantity:
    """Return how far a lesion lies from the main bile ducts in mm.

    From the mask of the common duct, and from the main portal veins that the ducts run beside.
    """
    known = anatomy.lesion(lesion).distance_mm
    gaps = [known.get(name) for name in ("common_bile_duct", "main_portal_vein")]
    found = [gap for gap in gaps if isinstance(gap, Estimate)]
    if not found:
        return Unknown(Reason.NO_MASK, "no mask of bile duct or portal vein")
    return min(found, key=lambda gap: gap.value)


def _sink(lesion: str, anatomy: Anatomy, device: Device) -> Iterator[Hazard]:
    """Yield a vessel that carries heat or cold away."""
    if device.modality == "microwave":
        return  # suffers less; the fact is still measured
    gap = vessel_distance(lesion, anatomy)
    limit = float(table("planning")["heat_sink"]["distance_mm"])
    if isinstance(gap, Estimate) and gap.value < limit:
        yield Hazard("vessel of 3 mm or more (heat sink)", gap.value, _measure("sink"))


def vessel_distance(lesion: str, anatomy: Anatomy) -> Quantity:
    """Return how far a lesion lies from the wall of the nearest vessel of 3 mm and more, in mm."""
    surface = anatomy.lesion_surface_mm[lesion]
    trees = [tree for tree in (anatomy.portal, anatomy.hepatic) if not isinstance(tree, Unknown)]
    if not trees or not len(surface):
        return Unknown(Reason.NO_MASK, "no vessels or no lesion")
    least = float(table("planning")["heat_sink"]["diameter_mm"]) / 2.0
    near = np.inf
    for tree in trees:
        wide = tree.radius_mm >= least
        if wide.any():
            gap, _ = cKDTree(surface).query(tree.points_mm[wide])
            near = min(near, float((gap - tree.radius_mm[wide]).min()))
    if not np.isfinite(near):
        return Unknown(Reason.NO_MASK, "no vessel of 3 mm or more seen")
    value = max(0.0, near)
    accuracy = float(np.mean(anatomy.grid.spacing_mm)) / 2.0
    return Estimate(
        value, max(0.0, near - accuracy), max(0.0, near + accuracy), "mm", ("method:distances",)
    )
