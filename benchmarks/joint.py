"""The joint choice of plans for eight lesions: time, proof, and the remnant against the recount.

Numbers to reach: eight lesions with all candidates in <= 2 s, optimal or with a stated bound; the
remnant of the optimiser within 1 % of the recount on the voxels. The peer is trying every choice,
timed on four lesions in the same run.
"""

from __future__ import annotations

import sys
import time
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/joint"))

from test_decide import ROLE, toy_option

from builders import patient_with
from liverboard.board.joint.cells import problem_of
from liverboard.board.joint.decide import decide, front_of
from liverboard.board.joint.front import pareto_front
from liverboard.board.joint.options import JointOptions
from liverboard.board.joint.pieces import stock_of
from liverboard.board.joint.problem import figures_of, is_allowed

EIGHT = (
    ((-60, 10, 0), 7.0), ((-48, -18, 28), 6.0), ((48, -12, 0), 7.0), ((-30, 25, 28), 6.0),
    ((25, -20, -20), 5.0), ((-40, 20, -22), 6.0), ((-20, -28, 5), 6.0), ((30, 0, 25), 5.0),
)  # fmt: skip
WIDTHS_MM = (1.0, 3.0, 5.0, 8.0, 10.0)


def options_of(patient):
    """Return plans of three toy treatments at five widths, for all lesions each."""
    names = tuple(lesion.id for lesion in patient.anatomy.known_lesions())
    return [toy_option(patient, room, names, width) for room in ROLE for width in WIDTHS_MM]


def trying(problem):
    """Return the front by trying every choice of items."""
    points = set()
    for size in range(problem.lesions + 1):
        for chosen in combinations(range(len(problem.items)), size):
            if is_allowed(problem, chosen):
                points.add(figures_of(problem, chosen).as_tuple())
    return {p for p in points if not any(q != p and all(a <= b for a, b in zip(q, p, strict=True)) for q in points)}  # fmt: skip  # noqa: E501


def timed(work):
    """Return what `work` returns and the CPU seconds it took."""
    start = time.process_time()
    found = work()
    return found, time.process_time() - start


def main():
    """Print the measured figures."""
    choices = JointOptions()
    for count in (4, 8):
        patient = patient_with(EIGHT[:count])
        options = options_of(patient)
        near = patient.anatomy.near_liver()
        stock, seconds = timed(lambda near=near, options=options: stock_of(options, near, choices))
        problem = problem_of(stock, 30.0, choices)
        front, solving = timed(
            lambda problem=problem: pareto_front(
                problem, most=choices.most_plans, effort=choices.solver_effort
            )
        )
        shared = int((problem.members.sum(axis=1) > 1).sum())
        print(
            f"{count} lesions, {len(stock.pieces)} pieces, {len(problem.volume)} cells "
            f"({shared} shared): pieces {seconds:.2f} s, front {solving:.2f} s, "
            f"{len(front.solutions)} plans, {front.bound}"
        )
        _, whole = timed(lambda stock=stock: front_of(stock, 30.0, choices))
        print(f"  with recounts {whole:.2f} s")
        if count == 4:
            every, slow = timed(lambda problem=problem: trying(problem))
            full = pareto_front(problem, most=1000, effort=10.0)
            same = {one.figures.as_tuple() for one in full.solutions} == every
            print(f"  trying every choice {slow:.2f} s, {len(every)} plans, equal: {same}")
        joint = decide(patient, options)
        worst = max(abs(p.quality.remnant_percent - p.recount_percent) for p in joint.plans)
        print(f"  largest gap to the recount {worst:.3f} % of the liver")


if __name__ == "__main__":
    main()
