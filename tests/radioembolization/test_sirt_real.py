"""Microspheres and pump on the real patient crlm-ct-1006."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from liverboard.anatomy import examine
from liverboard.case import read_case
from liverboard.patient import patient_of
from liverboard.treatments.arterial_infusion import TREATMENT as INFUSION
from liverboard.treatments.exhibit import Curves
from liverboard.treatments.protocol import Plan, silent
from liverboard.treatments.radioembolization import TREATMENT
from liverboard.treatments.radioembolization.lungs import lungs_of
from liverboard.values import Unknown

EXAMPLE = Path(__file__).parents[2] / "examples" / "crlm-ct-1006"

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def patient(real_data, tmp_path_factory):
    make_case = runpy.run_path(str(EXAMPLE / "make_case.py"))["make_case"]
    folder = tmp_path_factory.mktemp("real") / "case"
    make_case(real_data / "crlm-ct-1006", folder)
    case = read_case(folder)
    return patient_of(case, examine(case))


@pytest.fixture(scope="module")
def plans(patient):
    return {one.id: TREATMENT.plan(one, patient, silent) for one in TREATMENT.propose(patient)}


def test_every_device_is_planned_on_both_lobes(plans):
    assert {"resin-whole", "glass-whole", "holmium-whole"} <= set(plans)
    assert all(isinstance(plan, Plan) for plan in plans.values())


@pytest.mark.parametrize("name", ["resin-whole", "glass-whole"])
def test_energy_is_kept_on_the_real_liver(plans, name):
    plan = plans[name]
    activity = plan.metrics["activity_gbq"].value
    stays = 49.67 * activity * (1.0 - plan.details["lung_shunt_percent"] / 100.0)
    for layer in plan.layers:
        if layer.name.startswith("dose-"):
            kg = layer.image.grid.voxel_ml * 1.05 / 1000.0
            energy = float(layer.image.array.sum(dtype=np.float64)) * kg
            assert energy == pytest.approx(stays, rel=2e-5)


def test_limits_hold_and_all_eight_lesions_have_doses(plans):
    plan = plans["resin-whole"]
    assert plan.metrics["perfused_liver_dose_gy"].value <= 40.0 + 1e-6
    assert plan.metrics["lung_dose_gy"].value <= 30.0
    assert len(plan.lesions) == 8
    assert all(not isinstance(one.dose_gy, Unknown) for one in plan.lesions)


def test_lungs_that_the_ct_cuts_are_not_weighed(patient):
    found = lungs_of(patient.case, "simulated")
    assert not found.is_whole
    assert isinstance(found.mass_kg, Unknown)


def test_the_pump_has_a_prescription_and_curves(patient):
    for proposal in INFUSION.propose(patient):
        plan = INFUSION.plan(proposal, patient, silent)
        assert isinstance(plan, Plan)
        # 68 kg, 165 cm: below 1.35 times the ideal 56.9 kg, so dosed by 68 kg
        assert plan.details["dosing_kg"] == 68.0
        assert any(isinstance(one, Curves) for one in plan.exhibits)
