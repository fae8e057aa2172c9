"""A proposal worked out: from patient and choices to a dose that limits allow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

from liverboard.anatomy import Anatomy
from liverboard.case import Case
from liverboard.errors import RequestError
from liverboard.numerics.dvh import dvh
from liverboard.numerics.grid import Array
from liverboard.treatments.protocol import Json, Progress, Proposal
from liverboard.treatments.radiotherapy.beam_data import BeamData, generic_beam, read_beam_data
from liverboard.treatments.radiotherapy.body import Body, body_of
from liverboard.treatments.radiotherapy.deliver import Delivered, delivered
from liverboard.treatments.radiotherapy.limit import limits_for
from liverboard.treatments.radiotherapy.options import (
    TECHNIQUES,
    Prescription,
    RadiotherapyOptions,
    parse_prescription,
)
from liverboard.treatments.radiotherapy.prescribe import (
    Prescribed,
    checks_of,
    histograms,
    prescribed,
)
from liverboard.treatments.radiotherapy.robust import Robustness, robustness_of
from liverboard.treatments.radiotherapy.solve import (
    Problem,
    Solution,
    dose_everywhere,
    fields_of,
    problem_of,
)
from liverboard.treatments.radiotherapy.structures import Structures, structures_of
from liverboard.values import Reason, Unknown

__all__ = ["Choice", "Worked", "choice_of", "work_out"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What of a proposal decides the plan."""

    technique: str
    prescription: Prescription
    targets: tuple[str, ...]
    options: RadiotherapyOptions


@dataclass(frozen=True, slots=True, eq=False)
class Worked:
    """A plan as physics: the problem it solves, and its dose with checks."""

    choice: Choice
    problem: Problem
    result: Prescribed
    robustness: Robustness | None = None
    delivered: Delivered | None = None

    @property
    def solution(self) -> Solution:
        """The dose and fluence of the plan."""
        return self.result.solution

    @property
    def structures(self) -> Structures:
        """Targets and organs."""
        return self.problem.structures


def choice_of(proposal: Proposal, options: RadiotherapyOptions) -> Choice:
    """Return a proposal's choices; RequestError where one cannot be."""
    given = dict(proposal.parameters)
    technique = str(given.pop("technique"))
    if technique not in TECHNIQUES:
        raise RequestError(
            f"{technique!r} is no technique",
            where="--technique",
            remedy=f"choose from {', '.join(TECHNIQUES)}",
        )
    prescription = parse_prescription(str(given.pop("prescription")))
    unknown = sorted(set(given) - set(options.__dataclass_fields__))
    if unknown:
        raise RequestError(f"radiotherapy has no option {', '.join(unknown)}", where=proposal.id)
    chosen = replace(options, **{name: _tuple(value) for name, value in given.items()})  # type: ignore[arg-type]
    return Choice(technique, prescription, proposal.targets, chosen)


def _tuple(value: Json) -> Json | tuple[Json, ...]:
    """Return a list as the tuple that options hold."""
    return tuple(value) if isinstance(value, list | tuple) else value


@lru_cache(maxsize=1)
def _body(case: Case, spacing_mm: float, metal_density: float | None) -> Body | Unknown:
    """Return the body of a case, once for all plans of a patient."""
    return body_of(case, spacing_mm=spacing_mm, metal_density=metal_density)


@lru_cache(maxsize=2)
def _beam_data(path: str) -> BeamData:
    """Return the beam of a file, the generic one without."""
    return read_beam_data(Path(path)) if path else generic_beam()


def work_out(case: Case, anatomy: Anatomy, choice: Choice, progress: Progress) -> Worked | Unknown:
    """Return a plan worked out on the patient; Unknown where the images do not allow one."""
    options = choice.options
    body = _body(case, options.grid_mm, options.metal_density)
    if isinstance(body, Unknown):
        return body
    beam_data = _beam_data(options.beam_file)
    structures = _structures(case, anatomy, body, choice)
    problem_with = _outside(structures, body)
    if problem_with:
        return Unknown(Reason.OUT_OF_RANGE, problem_with)
    progress("fields")
    fields = fields_of(body, structures, beam_data, choice.technique, options)
    if isinstance(fields, Unknown):
        return fields
    hot_spot = options.hot_spot[0 if choice.prescription.is_ablative else 1]
    problem = problem_of(body, structures, beam_data, fields, options, hot_spot=hot_spot)
    progress("dose")
    limits = limits_for(choice.prescription.fractions)
    if choice.technique == "whole-liver":
        return Worked(choice, problem, _open_fields(problem, choice))
    reduces = options.reduces_dose
    result = prescribed(problem, choice.prescription, limits, reduces=reduces)
    if isinstance(result, Unknown):
        return result
    if choice.technique == "arc":
        return Worked(choice, problem, result)
    spread = robustness_of(problem, result.solution) if options.tests_robustness else None
    leaves = None
    if options.delivers:
        progress("leaves")
        leaves = delivered(problem, result.solution, limits)
    return Worked(choice, problem, result, spread, leaves)


def _structures(case: Case, anatomy: Anatomy, body: Body, choice: Choice) -> Structures:
    """Return targets and organs; for the whole liver the target is the liver itself."""
    margins = (choice.options.itv_margin_mm, choice.options.ptv_margin_mm)
    return structures_of(
        case, anatomy, body, choice.targets, margins, is_whole=choice.technique == "whole-liver"
    )


def _outside(structures: Structures, body: Body) -> str:
    """Return why targets cannot be irradiated, empty where they can."""
    lost = [target.lesion for target in structures.targets if not target.ptv.any()]
    if lost:
        return f"{', '.join(lost)} lies outside the body mask or in the skin: check the masks"
    index = np.argwhere(structures.ptv)
    at_end = (index[:, 0].min() == 0) or (index[:, 0].max() == body.grid.shape[0] - 1)
    return (
        "the target reaches the last slice of the CT: dose beyond it is unknown" if at_end else ""
    )


def _open_fields(problem: Problem, choice: Choice) -> Prescribed:
    """Return evenly open fields whose median dose in the target is the prescription."""
    cells = problem.fields.is_open.astype(np.float32)
    weight = _even_weights(problem, cells)
    cells = cells * weight[:, None, None]
    dose = dose_everywhere(problem, cells)
    reached = dvh(dose, problem.structures.ptv, problem.body.grid).dose_at_percent(50.0)
    plain = Solution(choice.prescription, cells, dose, 0)
    solution = plain.times(choice.prescription.total_gy / max(reached, 1e-9), choice.prescription)
    found = histograms(solution.dose, problem.structures)
    limits = limits_for(choice.prescription.fractions)
    checks = checks_of(limits, found, problem.structures)
    return Prescribed(solution, choice.prescription, checks, None, found)


def _even_weights(problem: Problem, cells: Array) -> Array:
    """Return the weights of open beams that make the target's dose most even: (beams,)."""
    points = problem.sampled.scene.ptv
    doses = np.array(
        [
            problem.operator.beam_dose(n, cells[problem.fields.is_open])[points]
            for n in range(len(cells))
        ]
    ).astype(np.float64)
    found, _ = nnls(doses.T, np.ones(len(points)))
    return np.asarray(found, np.float32)
