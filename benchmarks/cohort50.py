"""A digital cohort: boards on small invented livers, every mixed plan counted again from scratch.

Numbers to reach: 50 patients, 0 crashes, 0 plans that violate a constraint on recount.

    python -m benchmarks.cohort50 50

Livers are the hand-made one of the tests with one to eight lesions at random, so that a patient
takes under a minute; the vessels are the same in all.
"""

from __future__ import annotations

import sys
import time
from copy import deepcopy
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from builders import RECORD, SEMI_AXES_MM, patient_with
from liverboard.anatomy import remnant_after
from liverboard.board.convene import convene_patient
from liverboard.board.joint.options import JointOptions
from liverboard.board.joint.pieces import stock_of
from liverboard.board.option import UnplannedCause
from liverboard.values import Unknown

FEW = 3
"""Patients of a run without a number."""


def patient_of_seed(seed):
    """Return an invented patient: lesions apart from one another, fibrosis and therapy vary."""
    rng = np.random.default_rng(seed)
    lesions = []
    for _ in range(400):
        if len(lesions) >= 1 + seed % 8:
            break
        direction = rng.normal(size=3)
        centre = direction / np.linalg.norm(direction) * SEMI_AXES_MM * rng.uniform(0.25, 0.85)
        radius = float(rng.uniform(4.0, 12.0))
        if all(np.linalg.norm(centre - c) > radius + r + 4.0 for c, r in lesions):
            lesions.append((tuple(float(x) for x in centre), radius))
    record = deepcopy(RECORD)
    record["id"] = f"cohort-{seed}"
    record["liver"]["fibrosis"] = str(rng.choice(["F0", "F1", "F3"]))
    if rng.random() < 0.3:
        del record["liver"]["steatosis"]
    return patient_with(tuple(lesions), record=record)


def violations(board):
    """Yield what is wrong with a board's mixed plans, counted by `remnant_after` from scratch."""
    joint = board.joint
    if isinstance(joint, Unknown):
        yield f"no decision: {joint}"
        return
    near = board.patient.anatomy.near_liver()
    choices = JointOptions()
    pieces = {(p.option, p.lesions): p for p in stock_of(board.options, near, choices).pieces}
    healthy = int(np.count_nonzero(near.healthy))
    survives = {"resected": np.inf, "destroyed": choices.heat_sink_mm / 2, "overdosed": 0.0}
    for plan in joint.plans:
        chosen = [pieces[one.option, one.lesions] for one in plan.choices]
        served = [name for one in chosen for name in one.lesions]
        if len(set(served)) < len(served):
            yield f"{plan.id} serves a lesion twice"
        kept = near.healthy.copy()
        for role, radius in survives.items():
            masks = [one.masks[role] for one in chosen if role in one.masks]
            if masks:
                left = remnant_after(near, np.any(masks, axis=0), survives_mm=radius)
                kept &= left.geometric if isinstance(left.functional, Unknown) else left.functional
        percent = 100.0 * (np.count_nonzero(kept) + sum(one.regrown for one in chosen)) / healthy
        if percent < joint.needed_percent - 1e-9:
            yield f"{plan.id} keeps {percent:.2f} % of {joint.needed_percent:g} %"
        if abs(percent - plan.quality.remnant_percent) > choices.tolerance_percent:
            yield f"{plan.id}: {percent:.2f} % recounted, {plan.quality.remnant_percent:.2f} % told"


def main(count=FEW):
    """Run `count` patients and print what went wrong."""
    crashes = wrong = plans = 0
    start = time.process_time()
    for seed in range(count):
        board = convene_patient(patient_of_seed(seed))
        failed = [
            option.id
            for option in board.options
            if not option.has_plan and option.outcome.cause is UnplannedCause.FAILED
        ]
        found = list(violations(board))
        number = 0 if isinstance(board.joint, Unknown) else len(board.joint.plans)
        crashes, wrong, plans = crashes + len(failed), wrong + len(found), plans + number
        lesions = len(board.patient.anatomy.known_lesions())
        print(f"patient {seed}: {lesions} lesions, {len(board.options)} options, {number} plans")
        for line in (*failed, *found):
            print(f"  wrong: {line}")
    seconds = time.process_time() - start
    print(
        f"{count} patients, {plans} plans: {crashes} crashes, {wrong} violations, {seconds:.0f} s"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else FEW)
