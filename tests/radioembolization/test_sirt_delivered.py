"""Delivered dose of a made-up PET against what was put into it, and what cannot be read."""

from dataclasses import replace

import numpy as np
import pytest

from builders import toy_patient
from liverboard.numerics.grid import Image
from liverboard.treatments.protocol import NoPlan, Proposal, silent
from liverboard.treatments.radioembolization import TREATMENT

K, DENSITY, HALF_LIFE_H = 49.67, 1.05, 64.1
HOURS = 20.0


def treated(gbq=1.2, ratio=4.0, scale=1.0):
    """The toy patient with a PET in Bq/ml, 20 h after 1.2 GBq, lesions 4 times hotter."""
    patient = toy_patient()
    anatomy = patient.anatomy
    shares = np.where(anatomy.lesion_labels > 0, ratio, 1.0) * anatomy.liver
    bq_per_ml = gbq * 1e9 * shares / shares.sum() / anatomy.grid.voxel_ml
    pet = bq_per_ml * 2.0 ** (-HOURS / HALF_LIFE_H) * scale
    image = Image(pet.astype(np.float32), anatomy.grid)
    return replace(patient, case=replace(patient.case, others={"pet_y90": image}))


def proposal(**changes):
    given = {
        "device": "resin", "territories": ["right", "left"], "scenario": "bilobar",
        "shunt_percent": [5.0], "uptake": {"": 4.0},
    }  # fmt: skip
    return Proposal("test", "test", parameters={**given, **changes})


def expected_gy(gbq, ratio):
    """Mean local dose of lesions and of normal liver, by hand."""
    anatomy = toy_patient().anatomy
    tumour = np.count_nonzero((anatomy.lesion_labels > 0) & anatomy.liver)
    normal = np.count_nonzero(anatomy.healthy)
    kg = anatomy.grid.voxel_ml * DENSITY / 1000
    unit = K * gbq / (kg * (normal + ratio * tumour))
    return ratio * unit, unit


def test_a_pet_in_bq_per_ml_gives_the_dose_of_what_was_given():
    plan = TREATMENT.plan(proposal(hours_after=[HOURS]), treated(), silent)
    lesion, normal = expected_gy(1.2, 4.0)
    found = plan.details["delivered"]
    assert found["activity_gbq"] == pytest.approx(1.2, rel=1e-4)
    for name in ("L1", "L2", "L3"):
        assert found["gy"][name]["local"] == pytest.approx(lesion, rel=1e-4)
        assert found["gy"][name]["kernel"] < found["gy"][name]["local"]
    assert found["gy"]["normal"]["local"] == pytest.approx(normal, rel=1e-4)


def test_a_given_activity_is_shared_out_as_the_counts_lie():
    # scale of the PET does not matter; 5 % went to the lungs
    asked = proposal(given_gbq=[2.0], activity_gbq=[2.0])
    found = TREATMENT.plan(asked, treated(scale=1e-4), silent).details["delivered"]
    lesion, _ = expected_gy(2.0 * 0.95, 4.0)
    assert found["gy"]["L1"]["local"] == pytest.approx(lesion, rel=1e-4)


def test_delivered_stands_beside_the_plan():
    asked = proposal(given_gbq=[1.2], activity_gbq=[1.2])
    plan = TREATMENT.plan(asked, treated(), silent)
    table = plan.exhibits[0]
    assert table.title == "Delivered, beside the plan"
    # one T/N in plan and PET: what was delivered is what was planned, lobe by lobe by mass
    shares = [int(row[3].split()[0]) for row in table.rows]
    assert all(97 <= share <= 103 for share in shares)
    assert {"delivered-kernel", "delivered-local"} <= {layer.name for layer in plan.layers}


@pytest.mark.parametrize(
    ("changes", "patient", "says"),
    [
        ({"hours_after": [HOURS]}, lambda: treated(scale=1e-6), "would hold"),
        ({"hours_after": [0.0]}, treated, "not possible"),
        ({"hours_after": [300.0]}, treated, "not possible"),
        ({"hours_after": [HOURS]}, toy_patient, "no pet_y90"),
        ({"given_gbq": [1.0]}, lambda: treated(scale=0.0), "no counts"),
    ],
)
def test_a_pet_that_cannot_be_read_is_refused_in_words(changes, patient, says):
    plan = TREATMENT.plan(proposal(**changes), patient(), silent)
    assert isinstance(plan, NoPlan)
    assert says in plan.reason


def test_a_pet_that_is_not_asked_for_is_pointed_out():
    plan = TREATMENT.plan(proposal(), treated(), silent)
    assert any("liverboard delivered" in line for line in plan.cautions)
    assert "delivered" not in plan.details
