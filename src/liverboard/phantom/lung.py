"""The vessels of the lungs, as far as the picture needs them: thin tubes that fan out."""

from __future__ import annotations

import numpy as np

from liverboard.phantom.layer import Layer
from liverboard.phantom.shape import Shape, tube

__all__ = ["lung_vessel_layers"]

VESSELS = 34
"""Vessels in each lung."""

ROOT_MM = (34.0, -58.0, 168.0)
"""The hilum of the left lung in the template patient; the right one mirrors it."""

BOX_MM = ((34.0, 130.0), (-130.0, 30.0), (10.0, 120.0))
"""Where the vessels of the left lung end: x, y and z in the template patient."""


def lung_vessel_layers(rng: np.random.Generator) -> tuple[Layer, ...]:
    """Return the vessels of the right and the left lung; they end before pleura and diaphragm."""
    sides = (("right", -1.0), ("left", 1.0))
    within = (("cavity", -6.0), ("chest", -7.0))
    return tuple(
        Layer(
            f"lung_vessels_{side}",
            f"lung_{side}",
            "lung_vessel",
            tuple(_fan(rng, sign)),
            "lung_vessels",
            within=within,
        )
        for side, sign in sides
    )


def _fan(rng: np.random.Generator, sign: float) -> list[Shape]:
    shapes: list[Shape] = []
    flip = np.array([sign, 1.0, 1.0])
    for _ in range(VESSELS):
        end = np.array([rng.uniform(*limits) for limits in BOX_MM])
        bend = 0.5 * (end + np.array(ROOT_MM)) + rng.normal(0, 12, 3)
        points = np.array([ROOT_MM, bend, end]) * flip
        shapes += tube(np.column_stack([points, [3.2, 1.9, 0.8]]))
    return shapes
