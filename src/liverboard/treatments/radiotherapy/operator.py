"""From fluence to dose and back, without a matrix.

dose(v) = sum over beams and components of D_i(depth(v)) (SAD / w)^2 (fluence * K_i)(x(v), y(v)).
Storage: 20 bytes per point and beam. `adjoint` is exact: <forward(x), g> = <x, adjoint(g)>.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liverboard.numerics.grid import Array, read_only
from liverboard.treatments.radiotherapy.beam import Beam, BeamFrame, frame_of
from liverboard.treatments.radiotherapy.beam_data import BeamData
from liverboard.treatments.radiotherapy.body import Body
from liverboard.treatments.radiotherapy.fluence import PIXEL_MM, Blur, blur_of
from liverboard.treatments.radiotherapy.kernels import fan_depths, gather, pencil_terms, scatter

__all__ = ["DoseOperator", "TracedBeam", "trace", "with_cutoff"]

RAY_MM, STEP_MM = 3.0, 2.0
"""Spacing of rays at the isocentre, and of nodes along them (docs/radiotherapy.md#validation)."""

SURFACE_MM = 0.5
"""Water depth from which a ray counts as inside the body when the surface distance is taken."""


@dataclass(frozen=True, slots=True, eq=False)
class TracedBeam:
    """A beam with the water depths of its fan of rays.

    depths: (rows, columns, planes) float32 mm; fan: (6,) as `kernels.fan_depths` wants; entry:
    (rows, columns) density where a ray enters the image; ssd_mm: source to skin on the axis.
    """

    beam: Beam
    frame: BeamFrame
    depths: Array
    fan: Array
    entry: Array
    ssd_mm: float

    def __post_init__(self) -> None:
        for name in ("depths", "fan", "entry"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    def terms(self, points_mm: Array, beam_data: BeamData, shape: tuple[int, int]) -> Array:
        """Return the pencil terms (5, n) float32 of LPS points on maps of `shape` pixels."""
        out = np.empty((5, len(points_mm)), np.float32)
        pencil = np.concatenate([[beam_data.attenuation_per_mm], beam_data.betas_per_mm])
        pencil_terms(
            points_mm,
            (self.frame.source_mm, self.frame.axes, self.frame.sad_mm),
            self.depths,
            self.fan,
            pencil,
            (*shape, PIXEL_MM),
            out,
        )
        return out


def trace(
    body: Body, beam: Beam, beam_data: BeamData, *, reach_mm: float, position: str = "HFS"
) -> TracedBeam:
    """Return `beam` traced through `body`, its rays `reach_mm` to every side of the axis."""
    frame = frame_of(beam, beam_data.sad_mm, position)
    corners = frame.project(body.grid.corners_mm())
    near = max(1.0, float(corners[:, 2].min()) - STEP_MM)
    planes = int(np.ceil((float(corners[:, 2].max()) - near) / STEP_MM)) + 2
    half = int(np.ceil(reach_mm / RAY_MM))
    fan = np.array([-half * RAY_MM, -half * RAY_MM, RAY_MM, near, STEP_MM, 0.0])
    depths = np.empty((2 * half + 1, 2 * half + 1, planes), np.float32)
    place = np.array([*body.grid.origin_mm, body.grid.spacing_mm[0]])
    entry = fan_depths(
        body.density, place, (frame.source_mm, frame.axes, frame.sad_mm), fan, depths
    )
    axis = depths[half, half]
    inside = np.flatnonzero(axis > SURFACE_MM)
    ssd = near + STEP_MM * float(inside[0] if inside.size else planes)
    return TracedBeam(beam, frame, depths, fan, entry, ssd)


@dataclass(frozen=True, slots=True, eq=False)
class DoseOperator:
    """Dose at `points` (n, 3) LPS from the cells of several beams that are `is_open`.

    is_open: (beams, rows, columns) bool; a fluence vector has one entry per open cell, in their
    order. terms: (beams, 5, n) float32. Doses are in units of the kernel table per unit fluence.
    """

    beams: tuple[TracedBeam, ...]
    beam_data: BeamData
    blur: Blur
    is_open: Array
    terms: Array

    def __post_init__(self) -> None:
        for name in ("is_open", "terms"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @staticmethod
    def of(
        beams: Sequence[TracedBeam],
        beam_data: BeamData,
        is_open: Array,
        points_mm: Array,
        blur: Blur,
    ) -> DoseOperator:
        """Return the operator of traced beams at points."""
        points = np.ascontiguousarray(points_mm, dtype=np.float64)
        terms = np.empty((len(beams), 5, len(points)), np.float32)
        for n, beam in enumerate(beams):
            terms[n] = beam.terms(points, beam_data, blur.shape)
        return DoseOperator(tuple(beams), beam_data, blur, is_open, terms)

    @property
    def size(self) -> int:
        """Number of open cells."""
        return int(np.count_nonzero(self.is_open))

    @property
    def point_count(self) -> int:
        """Number of points."""
        return int(self.terms.shape[2])

    def cells_of(self, fluence: Array) -> Array:
        """Return a fluence vector as cells (beams, rows, columns), closed ones 0."""
        cells = np.zeros(self.is_open.shape, np.float32)
        cells[self.is_open] = fluence
        return cells

    def forward(self, fluence: Array) -> Array:
        """Return the dose (n,) float32 of a fluence vector (open cells,)."""
        return self.forward_pixels(self.blur.cells.spread(self.cells_of(fluence)))

    def adjoint(self, weights: Array) -> Array:
        """Return the adjoint (open cells,) float32 of point weights (n,)."""
        pixels = self.adjoint_pixels(weights)
        return np.asarray(self.blur.cells.gathered(pixels)[self.is_open])

    def forward_pixels(self, pixels: Array) -> Array:
        """Return the dose (n,) of field pixels (beams, rows, columns)."""
        out = np.zeros(self.point_count, np.float32)
        gather(self.terms, self.blur.forward(pixels), out)
        return out

    def adjoint_pixels(self, weights: Array) -> Array:
        """Return the adjoint on field pixels (beams, rows, columns) of point weights (n,)."""
        maps = np.zeros((len(self.beams), 3, *self.blur.shape), np.float32)
        scatter(self.terms, np.ascontiguousarray(weights, dtype=np.float32), maps)
        return self.blur.adjoint(maps)

    def beam_dose(self, number: int, fluence: Array) -> Array:
        """Return the dose (n,) of one beam of a fluence vector."""
        pixels = self.blur.cells.spread(self.cells_of(fluence))[number : number + 1]
        out = np.zeros(self.point_count, np.float32)
        gather(self.terms[number : number + 1], self.blur.only(number).forward(pixels), out)
        return out

    def dose_at(self, pixels: Array, points_mm: Array, blur: Blur) -> Array:
        """Return the dose (n,) of field pixels at other points, beam by beam, with another blur.

        Stores the terms of one beam at a time: 20 bytes a point.
        """
        points = np.ascontiguousarray(points_mm, dtype=np.float64)
        out = np.zeros(len(points), np.float32)
        for n, beam in enumerate(self.beams):
            if not pixels[n].any():
                continue
            terms = beam.terms(points, self.beam_data, blur.shape)[None]
            gather(terms, blur.only(n).forward(pixels[n : n + 1]), out)
        return out


def with_cutoff(operator: DoseOperator, cutoff_mm: float, penumbra_mm: float) -> Blur:
    """Return the blur of an operator's beams with its kernels cut off farther out or nearer."""
    ssd = np.array([beam.ssd_mm for beam in operator.beams])
    return blur_of(
        operator.beam_data,
        ssd,
        operator.blur.cells,
        cutoff_mm=cutoff_mm,
        penumbra_mm=penumbra_mm,
    )
