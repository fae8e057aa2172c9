"""The real patient: eight metastases in a liver with skin, lungs and gallbladder."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from liverboard.anatomy import examine
from liverboard.case import read_case
from liverboard.patient import patient_of
from liverboard.treatments.ablation.options import AblationOptions
from liverboard.treatments.ablation.scene import scene_of
from liverboard.treatments.ablation.treatment import Ablation
from liverboard.treatments.protocol import Plan, Proposal, silent

EXAMPLE = Path(__file__).parents[2] / "examples" / "crlm-ct-1006"

OPTIONS = AblationOptions(samples=300, final_samples=2000, paths_kept=8, most_needles=2)


@pytest.fixture(scope="module")
def patient(real_data, tmp_path_factory):
    """Return the real patient, examined."""
    make = runpy.run_path(str(EXAMPLE / "make_case.py"))["make_case"]
    case = read_case(make(real_data / "crlm-ct-1006", tmp_path_factory.mktemp("ablate") / "case"))
    return patient_of(case, examine(case))


@pytest.mark.real
def test_needles_of_the_real_patient_pass_through_nothing(patient):
    room = Ablation(OPTIONS)
    proposal = Proposal("x", "x", ("L5", "L7", "L8"), parameters={"device": "wet-rf"})
    plan = room.plan(proposal, patient, silent)
    assert isinstance(plan, Plan)
    scene = scene_of(patient.case, patient.anatomy, OPTIONS)
    drawn = scene.hard.label > 0
    for lesion in plan.details["lesions"].values():
        assert lesion["free_paths"] > 100
        for needle in lesion["needles"]:
            share = np.linspace(0, 1, 4000)[:, None]
            line = np.array(needle["tip_mm"]) * (1 - share) + np.array(needle["entry_mm"]) * share
            index = np.rint(scene.grid.indices(line)).astype(int)
            assert not drawn[tuple(index.T)].any()
    assert plan.facts["needle_path_exists"].value is True
    assert any("colon" in caution for caution in plan.cautions)
    destroyed = plan.liver.destroyed_ml.value
    assert 20.0 < destroyed < 150.0
