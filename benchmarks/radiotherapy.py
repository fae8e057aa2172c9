"""Speed of radiotherapy planning against its own bound: the doses that the optimiser asks for.

A water trunk, one target of about 65 ml, 9 beams, 3 mm. Numbers to reach: 3 s and 1 GB complete.
Run: python -m benchmarks radiotherapy
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import numpy as np

from liverboard.treatments.radiotherapy.deliver import delivered
from liverboard.treatments.radiotherapy.limit import limits_for
from liverboard.treatments.radiotherapy.options import RadiotherapyOptions, parse_prescription
from liverboard.treatments.radiotherapy.robust import robustness_of
from liverboard.treatments.radiotherapy.work import Choice, Worked, work_out

__all__ = ["main"]

TESTS = Path(__file__).parents[1] / "tests"


def main() -> None:
    """Print seconds and ratios."""
    sys.path.insert(0, str(TESTS))
    from radiotherapy_builders import trunk_patient

    patient = trunk_patient((((-40.0, -5.0, 5.0), 20.0),))
    options = RadiotherapyOptions(grid_mm=3.0, beams=9)
    choice = Choice("sbrt", parse_prescription("3x15"), ("L1",), options)
    for name in ("first, with compiling", "again"):
        start, clock = time.perf_counter(), time.process_time()
        found = work_out(patient.case, patient.anatomy, choice, lambda _: None)
        wall, cpu = time.perf_counter() - start, time.process_time() - clock
        assert isinstance(found, Worked)
        print(f"plan, {name}: {wall:.1f} s, {cpu:.1f} CPU-s")
    volume = float(np.count_nonzero(found.structures.ptv)) * found.problem.body.grid.voxel_ml
    operator, evaluations = found.problem.operator, found.solution.evaluations
    fluence, weights = np.ones(operator.size), np.ones(operator.point_count, np.float32)
    start = time.process_time()
    for _ in range(20):
        operator.forward(fluence)
        operator.adjoint(weights)
    bound = (time.process_time() - start) / 20.0 * evaluations
    print(f"target {volume:.0f} ml; {evaluations} doses and adjoints are {bound:.1f} CPU-s of it")
    print(f"ratio to that bound {cpu / bound:.2f}")
    start = time.perf_counter()
    robustness_of(found.problem, found.solution)
    print(f"nine scenarios: {time.perf_counter() - start:.1f} s")
    start = time.perf_counter()
    leaves = delivered(found.problem, found.solution, limits_for(3))
    spent = time.perf_counter() - start
    print(f"leaf openings: {spent:.1f} s, {len(leaves.apertures)} apertures")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    print(f"largest memory {memory:.0f} MB")
