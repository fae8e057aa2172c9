"""All organs of one patient as distances on its lattice, in the order in which they are painted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from liverboard.phantom.field import Field, Lattice, layer_field
from liverboard.phantom.habitus import Habitus, generator
from liverboard.phantom.layer import Layer, read_layers, read_yaml, varied
from liverboard.phantom.lung import lung_vessel_layers
from liverboard.phantom.parallel import in_threads
from liverboard.phantom.region import draw_regions, read_domes
from liverboard.phantom.shape import Shape
from liverboard.phantom.skeleton import skeleton_layers

__all__ = ["Organs", "draw_organs"]

DOME_MM = 3.0
"""Standard deviation of the place of each dome of the diaphragm."""


@dataclass(frozen=True, slots=True, eq=False)
class Organs:
    """The layers of a patient, foremost first, and the field of each by name."""

    lattice: Lattice
    layers: tuple[Layer, ...]
    fields: Mapping[str, Field]

    def layer(self, name: str) -> Layer:
        """Return the layer called `name`."""
        return next(layer for layer in self.layers if layer.name == name)


def draw_organs(seed: int, lattice: Lattice, habitus: Habitus) -> Organs:
    """Return every organ of the patient of `seed`; the liver yields to what presses into it."""
    outline = read_yaml("regions")
    domes = _wobbled(read_domes(outline), generator(seed, "domes"), DOME_MM)
    regions = draw_regions(lattice, outline, fat_mm=habitus.fat_mm, domes=domes)
    layers = _layers(seed, outline)

    def draw(layer: Layer) -> Field:
        rng = generator(seed, f"bumps {layer.name}")
        return layer_field(layer, lattice, regions, rng=rng)

    drawn = in_threads(draw, layers)
    fields = {layer.name: field for layer, field in zip(layers, drawn, strict=True)}
    _yield(fields, read_yaml("liver")["yields_to"], lattice)
    return Organs(lattice, layers, fields)


def _layers(seed: int, outline: Mapping[str, Any]) -> tuple[Layer, ...]:
    bones = skeleton_layers(outline, read_yaml("skeleton")["vertebrae"])
    vessels = lung_vessel_layers(generator(seed, "lung vessels"))
    given = (*read_layers("viscera"), *bones, *vessels, *read_layers("trunk"))
    return _liver(seed), *(varied(layer, seed) for layer in given)


def _liver(seed: int) -> Layer:
    table = read_yaml("liver")
    layer = read_layers("liver")[0]
    rng = generator(seed, "liver")
    return replace(layer, shapes=_wobbled(layer.shapes, rng, table["wobble"]))


def _wobbled(shapes: Sequence[Shape], rng: np.random.Generator, mm: float) -> tuple[Shape, ...]:
    """Return shapes each shifted at random by about `mm` along every axis."""
    shifts = np.clip(rng.normal(size=(len(shapes), 3)), -1.8, 1.8) * mm
    return tuple(
        shape.moved((float(x), float(y), float(z)), scale=1.0, about=(0.0, 0.0, 0.0))
        for shape, (x, y, z) in zip(shapes, shifts, strict=True)
    )


def _yield(fields: dict[str, Field], gaps_mm: Mapping[str, float], lattice: Lattice) -> None:
    """Push the liver back from other organs, so that each keeps its gap."""
    liver = fields["liver"]
    for name, gap_mm in gaps_mm.items():
        other = fields[name]
        around = _overlap(liver, other)
        if around is None:
            continue
        mine, its = around
        pressed = np.float32(gap_mm * lattice.scale) - other.array[its]
        liver.array[mine] = np.maximum(liver.array[mine], pressed)


def _overlap(one: Field, two: Field) -> tuple[tuple[slice, ...], tuple[slice, ...]] | None:
    """Return the slices of both arrays where their boxes meet, or None."""
    pairs = []
    for a, b in zip(one.box, two.box, strict=True):
        low, high = max(a.start, b.start), min(a.stop, b.stop)
        if low >= high:
            return None
        pairs.append((slice(low - a.start, high - a.start), slice(low - b.start, high - b.start)))
    return tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
