"""Plans on the toy patient: aims, limits, energy, a measured map, and maps that do not fit."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from builders import toy_patient
from liverboard.numerics.grid import Image
from liverboard.treatments.protocol import NoPlan, Proposal, silent
from liverboard.treatments.radioembolization import TREATMENT

K = 49.67


def proposal(**changes):
    given = {
        "device": "resin", "territories": ["right", "left"], "scenario": "bilobar",
        "shunt_percent": [10.0], "uptake": {"": 3.0},
    }  # fmt: skip
    return Proposal("test", "test", parameters={**given, **changes})


@cache
def plain():
    return TREATMENT.plan(proposal(), toy_patient(), silent)


def dose_of(plan, name):
    return next(layer for layer in plan.layers if layer.name == name).image


def test_every_tumour_reaches_the_aim_and_the_liver_a_third_of_it():
    plan = plain()
    assert [one.dose_gy.value for one in plan.lesions] == pytest.approx([100.0] * 3)
    assert plan.metrics["normal_liver_dose_gy"].value == pytest.approx(100.0 / 3.0, rel=1e-6)


@pytest.mark.parametrize("name", ["dose-kernel", "dose-local"])
def test_all_energy_that_stays_in_the_liver_is_in_the_dose(name):
    plan = plain()
    image = dose_of(plan, name)
    kg = image.grid.voxel_ml * 1.05 / 1000.0
    energy = float(image.array.sum(dtype=np.float64)) * kg
    activity = plan.metrics["activity_gbq"].value
    assert energy == pytest.approx(K * activity * 0.9, rel=1e-5)
    lungs = plan.metrics["lung_dose_gy"].value * 1.0
    assert energy + lungs == pytest.approx(K * activity, rel=1e-5)


def test_the_kernel_gives_small_tumours_less_than_local_deposition():
    metrics = plain().metrics
    local, kernel = (
        metrics[f"smallest_tumour_{name}"].value for name in ("dose_gy", "kernel_dose_gy")
    )
    assert kernel < local


def test_dose_is_linear_in_activity():
    one, two = (
        TREATMENT.plan(proposal(activity_gbq=[gbq]), toy_patient(), silent) for gbq in (0.5, 1.0)
    )
    first, second = (dose_of(plan, "dose-kernel").array for plan in (one, two))
    assert second == pytest.approx(2 * first, rel=1e-5, abs=1e-5)


def test_the_liver_limit_binds_before_a_high_aim():
    plan = TREATMENT.plan(proposal(aim_gy={"tumour": 300.0}), toy_patient(), silent)
    assert plan.metrics["perfused_liver_dose_gy"].value == pytest.approx(40.0, rel=1e-6)
    assert set(plan.details["binding"].values()) == {"normal liver of the territory"}


def test_the_lungs_bind_at_a_high_shunt():
    asked = proposal(device="glass", shunt_percent=[70.0])
    plan = TREATMENT.plan(asked, toy_patient(), silent)
    assert plan.metrics["lung_dose_gy"].value == pytest.approx(30.0, rel=1e-6)
    assert set(plan.details["binding"].values()) == {"lungs, one session"}


def test_a_shunt_that_looks_like_a_fraction_is_named():
    plan = TREATMENT.plan(proposal(shunt_percent=[0.06]), toy_patient(), silent)
    assert isinstance(plan, NoPlan)
    assert "looks like a fraction" in plan.reason


def with_map(array, grid=None):
    patient = toy_patient()
    image = Image(np.asarray(array, np.float32), grid or patient.anatomy.grid)
    return replace(patient, case=replace(patient.case, others={"spect_maa": image}))


def counts():
    anatomy = toy_patient().anatomy
    return np.where(anatomy.lesion_labels > 0, 3.0, 1.0) * anatomy.liver


def test_a_measured_map_with_the_same_uptake_gives_the_simulated_doses():
    plan = TREATMENT.plan(proposal(map="spect_maa", uptake={}), with_map(17.0 * counts()), silent)
    for one, other in zip(plan.lesions, plain().lesions, strict=True):
        assert one.dose_gy.value == pytest.approx(other.dose_gy.value, rel=1e-3)


def test_negative_voxels_and_counts_outside_are_told():
    array = counts()
    array[0, 0, :5] = -1.0
    array[1] = 0.5
    plan = TREATMENT.plan(proposal(map="spect_maa", uptake={}), with_map(array), silent)
    assert any("negative voxels" in line for line in plan.cautions)


@pytest.mark.parametrize("kind", ["empty", "elsewhere", "off the liver"])
def test_a_map_that_cannot_be_of_this_liver_is_refused(kind):
    anatomy = toy_patient().anatomy
    grid = anatomy.grid
    array = np.zeros(grid.shape) if kind == "empty" else counts()
    if kind == "elsewhere":
        grid = replace(grid, origin_mm=(900.0, 0.0, 0.0))
    if kind == "off the liver":
        array = (~anatomy.liver).astype(float)
    plan = TREATMENT.plan(proposal(map="spect_maa"), with_map(array, grid), silent)
    says = {"empty": "no counts", "elsewhere": "covers only", "off the liver": "counts lie in"}
    assert isinstance(plan, NoPlan)
    assert says[kind] in plan.reason
