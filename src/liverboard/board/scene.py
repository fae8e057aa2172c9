"""The anatomy as layers: what a viewer draws under every plan, and what is exported."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from liverboard.anatomy import SEGMENTS, Anatomy
from liverboard.anatomy.territory import branch_map
from liverboard.numerics.grid import Array, Grid, Image, bounding_box
from liverboard.treatments.protocol import Layer, LayerKind
from liverboard.values import Unknown

__all__ = ["anatomy_layers"]


def anatomy_layers(anatomy: Anatomy | Unknown) -> tuple[Layer, ...]:
    """Return CT, liver, lesions, segments, vessels, territories and neighbours as layers."""
    return () if isinstance(anatomy, Unknown) else tuple(_layers(anatomy))


def _layers(anatomy: Anatomy) -> Iterator[Layer]:
    """Yield the layers, the CT first."""
    grid = anatomy.grid
    if not isinstance(anatomy.ct, Unknown):
        yield Layer("ct", LayerKind.SCALAR, anatomy.ct, "ct", unit="HU")
    yield Layer.of_mask("liver", anatomy.liver, grid, role="liver")
    names = {lesion.label: lesion.id for lesion in anatomy.known_lesions()}
    if names:
        yield _labels("lesions", anatomy.lesion_labels, grid, names, "lesion")
    if not isinstance(anatomy.segments, Unknown):
        segments = dict(enumerate(SEGMENTS, start=1))
        yield _labels("segments", anatomy.segments.labels, grid, segments, "segment")
    yield from _territories(anatomy)
    for name, mask in sorted(anatomy.structures.items()):
        yield Layer.of_mask(name, mask, grid, role="structure")


def _labels(name: str, labels: Array, grid: Grid, names: dict[int, str], role: str) -> Layer:
    """Return a label layer cropped to what it holds."""
    box = bounding_box(labels) if labels.any() else (slice(0, 1),) * 3
    kept = labels[box].astype(np.uint16)
    return Layer(name, LayerKind.LABELS, Image(kept, grid.crop(box)), role, names=names)


def _territories(anatomy: Anatomy) -> Iterator[Layer]:
    """Yield the territories of portal and hepatic branches; label n is branch n - 1."""
    pairs = (
        ("portal-territories", anatomy.portal, anatomy.portal_territories),
        ("hepatic-territories", anatomy.hepatic, anatomy.hepatic_territories),
    )
    for name, tree, found in pairs:
        if isinstance(tree, Unknown) or isinstance(found, Unknown):
            continue
        names = {branch.id + 1: branch.name for branch in tree.branches if branch.name}
        yield _labels(name, branch_map(tree, found) + 1, anatomy.grid, names, "territory")
