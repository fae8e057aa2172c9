"""One plan as dose: fields, fluence, and the dose of both on every voxel of the body.

Not modelled: head scatter, leaf transmission, tongue and groove; electrons that leave the field in
lung (see the second engine). Source: method:radiotherapy-dose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from liverboard.numerics.dvh import dvh
from liverboard.numerics.grid import Array, Image, bounding_box, read_only
from liverboard.treatments.radiotherapy.angle import candidates, choose
from liverboard.treatments.radiotherapy.beam import Beam
from liverboard.treatments.radiotherapy.beam_data import BeamData
from liverboard.treatments.radiotherapy.body import Body
from liverboard.treatments.radiotherapy.field import (
    Fields,
    cells_for,
    enters_through_edge,
    isocentre_of,
    open_cells,
    reach_of,
    traced,
)
from liverboard.treatments.radiotherapy.fluence import Blur, CellGrid, blur_of
from liverboard.treatments.radiotherapy.goal import levels
from liverboard.treatments.radiotherapy.limit import Limit
from liverboard.treatments.radiotherapy.operator import DoseOperator, TracedBeam, with_cutoff
from liverboard.treatments.radiotherapy.optimise import Effort, lexicographic
from liverboard.treatments.radiotherapy.options import Prescription, RadiotherapyOptions
from liverboard.treatments.radiotherapy.sample import Sampled, sampled
from liverboard.treatments.radiotherapy.structures import Structures
from liverboard.values import Reason, Unknown

__all__ = [
    "Problem",
    "Solution",
    "dose_everywhere",
    "fields_of",
    "problem_of",
    "scaled_to",
    "solve",
]

CUTOFF_MM = 50.0
"""Reach of the kernels while fluence is searched."""

FINAL_CUTOFF_MM = 120.0
"""Reach of the kernels in the dose that is reported."""

SLAB_MM = 90.0
"""Dose is worked out this far beyond the target towards head and feet."""

MARGIN_CELLS = 1


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Everything a plan is made from, save the dose prescribed."""

    body: Body
    structures: Structures
    beam_data: BeamData
    fields: Fields
    blur: Blur
    sampled: Sampled
    operator: DoseOperator
    options: RadiotherapyOptions


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Fluence of every cell and its dose.

    cells: (beams, rows, columns) float32, in units of the kernel table per Gy of `dose`; dose:
    float32 Gy in all fractions together, on the body grid.
    """

    prescription: Prescription
    cells: Array
    dose: Image
    evaluations: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "cells", read_only(self.cells))

    def times(self, factor: float, prescription: Prescription) -> Solution:
        """Return the same plan with all dose multiplied."""
        dose = Image(np.asarray(self.dose.array * np.float32(factor)), self.dose.grid)
        return Solution(prescription, self.cells * np.float32(factor), dose, self.evaluations)


def fields_of(
    body: Body,
    structures: Structures,
    beam_data: BeamData,
    technique: str,
    options: RadiotherapyOptions,
) -> Fields | Unknown:
    """Return the fields of a technique; Unknown where too many directions are refused."""
    isocentre = isocentre_of(structures.ptv, body)
    reach = reach_of(structures.ptv, body, isocentre)
    cells = cells_for(reach, options.cell_mm, MARGIN_CELLS)
    points = body.grid.points(np.argwhere(structures.ptv))
    if technique == "arc":
        offered = _arc(isocentre, options.arc_step_deg)
    elif technique == "whole-liver":
        offered = tuple(Beam(angle, 0.0, isocentre) for angle in (0.0, 180.0))
    else:
        offered = candidates(isocentre, allows_noncoplanar=options.allows_noncoplanar)
    rough = tuple(traced(body, offered, beam_data, cells, options.position))
    is_open = np.array([open_cells(beam, points, cells, MARGIN_CELLS) for beam in rough])
    refused = [n for n, beam in enumerate(rough) if enters_through_edge(beam, is_open[n], cells)]
    kept = [n for n in range(len(rough)) if n not in refused]
    needed = {"arc": len(offered) // 2, "whole-liver": 2}.get(technique, 3)
    if len(kept) < needed:
        return Unknown(
            Reason.OUT_OF_RANGE,
            f"the image ends where {len(refused)} of {len(rough)} beams would enter: "
            "give a CT that shows the whole trunk round the target",
        )
    if technique in ("sbrt", "imrt"):
        kept = _chosen(body, structures, beam_data, (rough, is_open, kept), cells, options)
    return Fields(
        tuple(rough[n] for n in kept),
        cells,
        is_open[kept],
        tuple(rough[n].beam.gantry_deg for n in refused),
    )


def _arc(isocentre: tuple[float, float, float], step_deg: float) -> tuple[Beam, ...]:
    """Return the control points of a full arc as beams."""
    return tuple(Beam(float(a), 0.0, isocentre) for a in np.arange(0.0, 360.0, step_deg))


def _chosen(
    body: Body,
    structures: Structures,
    beam_data: BeamData,
    offered: tuple[Sequence[TracedBeam], Array, list[int]],
    cells: CellGrid,
    options: RadiotherapyOptions,
) -> list[int]:
    """Return the numbers of the directions that burden organs and liver least."""
    rough, is_open, kept = offered
    some = sampled(body, structures, 1.0, options.seed, few=True)
    blur = _blur([rough[n] for n in kept], beam_data, cells, options, CUTOFF_MM)
    operator = DoseOperator.of(
        [rough[n] for n in kept], beam_data, is_open[kept], some.points_mm, blur
    )
    open_fluence = np.ones(operator.size, np.float32)
    burden = np.array([operator.beam_dose(n, open_fluence) for n in range(len(kept))])
    burden /= burden[:, some.scene.ptv].mean(axis=1, keepdims=True)
    weight = np.zeros(burden.shape[1])
    for name, points in some.scene.organs.items():
        factor = 1.0 if name == "liver" else ORGAN_WEIGHT
        weight[points] += factor / len(points) ** 0.5
    weight[some.scene.shell] += 1.0 / len(some.scene.shell) ** 0.5
    picked = choose([rough[n].beam for n in kept], burden * weight, options.beams)
    return [kept[n] for n in picked]


ORGAN_WEIGHT = 2.0
"""A serial organ counts this much against the liver and the tissue round the target."""


def _blur(
    beams: Sequence[TracedBeam],
    beam_data: BeamData,
    cells: CellGrid,
    options: RadiotherapyOptions,
    cutoff_mm: float,
) -> Blur:
    """Return the kernels for beams."""
    ssd = np.array([beam.ssd_mm for beam in beams])
    return blur_of(beam_data, ssd, cells, cutoff_mm=cutoff_mm, penumbra_mm=options.penumbra_mm)


def problem_of(
    body: Body,
    structures: Structures,
    beam_data: BeamData,
    fields: Fields,
    options: RadiotherapyOptions,
    *,
    hot_spot: float,
) -> Problem:
    """Return the optimiser's problem for fields."""
    some = sampled(body, structures, hot_spot, options.seed)
    blur = _blur(fields.beams, beam_data, fields.cells, options, CUTOFF_MM)
    operator = DoseOperator.of(fields.beams, beam_data, fields.is_open, some.points_mm, blur)
    return Problem(body, structures, beam_data, fields, blur, some, operator, options)


def solve(
    problem: Problem,
    prescription: Prescription,
    limits: Sequence[Limit],
    start: Array | None = None,
) -> Solution:
    """Return the optimised plan, scaled so that D95 of the target is the prescription."""
    goals = levels(problem.sampled.scene, limits, prescription.total_gy)
    first = _even_start(problem) if start is None else start
    effort = _effort(problem.options, has_start=start is not None)
    found = lexicographic(problem.operator, goals, first, effort)
    cells = problem.operator.cells_of(found.fluence)
    dose = dose_everywhere(problem, cells)
    return scaled_to(problem, prescription, cells, dose, found.evaluations)


def _effort(options: RadiotherapyOptions, *, has_start: bool) -> Effort:
    """Return how long to optimise, less from a start that is nearly there."""
    scale = options.effort * (0.6 if has_start else 1.0)
    return replace(
        Effort(), iterations=tuple(max(5, round(n * scale)) for n in Effort().iterations)
    )


def _even_start(problem: Problem) -> Array:
    """Return even fluence whose mean dose to the target is a little above 1."""
    fluence = np.ones(problem.operator.size)
    mean = problem.operator.forward(fluence)[problem.sampled.scene.ptv].mean()
    return np.asarray(fluence * (1.1 / float(mean)))


def dose_everywhere(problem: Problem, cells: Array) -> Image:
    """Return the dose of cells (beams, rows, columns) on the body grid, unscaled."""
    body = problem.body
    room = int(np.ceil(SLAB_MM / body.grid.spacing_mm[0]))
    z = bounding_box(problem.structures.ptv, margin=room)[0]
    voxels = np.argwhere(body.mask[z])
    voxels[:, 0] += z.start
    blur = with_cutoff(problem.operator, FINAL_CUTOFF_MM, problem.options.penumbra_mm)
    pixels = problem.fields.cells.spread(cells)
    found = problem.operator.dose_at(pixels, body.grid.points(voxels), blur)
    dose = np.zeros(body.grid.shape, np.float32)
    dose[tuple(voxels.T)] = found
    return Image(dose, body.grid)


def scaled_to(
    problem: Problem, prescription: Prescription, cells: Array, dose: Image, evaluations: int
) -> Solution:
    """Return a plan scaled so that 95 % of every target gets the prescription."""
    targets = problem.structures.targets
    reached = min(
        dvh(dose, target.ptv, problem.body.grid).dose_at_percent(95.0) for target in targets
    )
    plain = Solution(prescription, cells, dose, evaluations)
    return plain.times(prescription.total_gy / max(reached, 1e-9) * HAIR, prescription)


HAIR = 1.0 + 1e-5
"""Lifts the dose by a hair so that rounding does not leave 94.9999 % covered."""
