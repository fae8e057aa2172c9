"""Vectors H1, H2, H5, the level of H3, conservation and limits of the kinetics."""

import numpy as np
import pytest

from liverboard.treatments.arterial_infusion.kernels.kinetics import (
    Body,
    course,
    extraction_tube,
    extraction_well_stirred,
    linear_steady,
)
from liverboard.treatments.arterial_infusion.kernels.pump import (
    dosing_weight_kg,
    fill_mg,
    ideal_weight_kg,
    rounded_mg,
    running_days,
)

H1 = [
    ((0.12, 80, 180, True, 30, 1.3), 221.54, 220),
    ((0.12, 110, 165, False, 30, 1.2), 250.36, 250),
    ((0.08, 70, 180, True, 20, 1.1), 101.82, 100),
    ((0.12, 70, 180, True, 30, 1.0), 252.0, 250),
]


@pytest.mark.parametrize(("given", "exact", "rounded"), H1)
def test_h1_what_goes_into_the_pump(given, exact, rounded):
    dose, weight, height, is_male, reservoir, flow = given
    ideal = ideal_weight_kg(height, is_male=is_male)
    kg = dosing_weight_kg(weight, ideal, factor=1.35)
    amount = fill_mg(dose, kg, reservoir_ml=reservoir, flow_ml_per_day=flow)
    assert amount == pytest.approx(exact, abs=0.01)
    assert rounded_mg(amount, 5.0) == rounded


def test_h1_obesity():
    ideal = ideal_weight_kg(165, is_male=False)
    assert ideal == pytest.approx(56.91, abs=0.01)
    assert dosing_weight_kg(110, ideal, factor=1.35) == pytest.approx(83.45, abs=0.01)


def test_h2_running_time():
    assert round(running_days(30.0, 1.3), 1) == 23.1


H5 = {
    1: (0.827, 0.823),
    10: (0.797, 0.763),
    20: (0.755, 0.690),
    50: (0.584, 0.499),
    100: (0.362, 0.320),
    150: (0.254, 0.232),
    200: (0.195, 0.182),
    300: (0.132, 0.126),
}


@pytest.mark.parametrize(("inflow", "shares"), H5.items())
def test_h5_saturation(inflow, shares):
    assert extraction_well_stirred(inflow, most=41.0, half=8.4) == pytest.approx(
        shares[0], rel=0.03
    )
    tube = extraction_tube(inflow, most=41.0, half=23.2)
    assert tube == pytest.approx(shares[1], rel=0.03)


def test_h3_the_level_of_floxuridine_implies_an_extraction_of_88_percent():
    rate = 400.0 / 60.0  # ug/min
    _, inflow, body = linear_steady(rate, 0.88, 1.5, 0.4 / 1.5, 0.0)
    artery, _, _ = linear_steady(rate, 0.88, 1.5, 0.4 / 1.5, 0.0)
    assert body == pytest.approx(0.607, rel=0.02)
    assert artery - body == pytest.approx(16.7, rel=0.01)
    assert inflow == pytest.approx(body + rate / 1.5)


def someone(**changes):
    given = {
        "arterial": [0.2, 0.1], "portal": [0.8, 0.3], "tumour_flow": [0.02, 0.01],
        "liver_l": [0.9, 0.5], "tumour_l": [0.05, 0.02], "most": [44.0, 18.0], "half": 23.2,
        "central_l": 5.0, "peripheral_l": 8.0, "exchange": 1.0, "gut_l": 0.5, "clearance": 0.3,
    }  # fmt: skip
    return Body(**{**given, **changes})


@pytest.mark.parametrize(
    "route", [{"vein": 20.0}, {"portal": 20.0}, {"artery": (14.0, 6.0)}], ids=str
)
def test_no_drug_is_lost_or_made(route):
    found = course(someone(), **route, minutes=180.0)
    assert found.held + found.removed == pytest.approx(found.infused, rel=1e-6)
    assert found.central.min() >= 0.0


def test_arterial_infusion_favours_tumour_and_spares_the_body():
    found = {
        name: course(someone(), **route, minutes=600.0)
        for name, route in {
            "vein": {"vein": 20.0}, "portal": {"portal": 20.0}, "artery": {"artery": (14.0, 6.0)},
        }.items()
    }  # fmt: skip
    assert found["vein"].central[-1] > found["portal"].central[-1]
    assert found["vein"].central[-1] > found["artery"].central[-1]
    # at rest a tumour has what its artery brings: body plus rate over arterial flow
    expected = found["artery"].central[-1] + np.array([14.0, 6.0]) / np.array([0.22, 0.11])
    assert found["artery"].tumour[-1] == pytest.approx(expected, rel=1e-3)
    assert found["vein"].tumour[-1] == pytest.approx(found["vein"].central[-1], rel=1e-3)


def test_without_saturation_the_course_ends_at_the_analytic_steady_state():
    # a single territory, little drug: extraction of 8 segments in series is known in closed form
    one = someone(arterial=[0.3], portal=[1.2], tumour_flow=[1e-6], liver_l=[1.5],
                  tumour_l=[0.01], most=[62.0], clearance=0.0)  # fmt: skip
    found = course(one, artery=(1e-4,), minutes=3000.0)
    kept = (1.0 / (1.0 + 62.0 / 23.2 / 1.5 / 8)) ** 8
    _, _, body = linear_steady(1e-4, 1.0 - kept, 1.5, 0.2, 0.0)
    assert found.central[-1] == pytest.approx(body, rel=1e-3)
