"""Published and hand-worked vectors of activity and dose (S1 to S9), and the books of energy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liverboard.evidence.calculators.body import bsa_dubois
from liverboard.treatments.radioembolization.kernels.activity import (
    Compartments,
    activity_for_dose,
    activity_for_lung,
    bsa_activity,
    decayed,
    delivered_share,
    doses,
    empiric_activity,
    shunt_factor,
    single_activity,
    single_dose,
    sphere_count,
)
from liverboard.treatments.radioembolization.kernels.shunt import (
    lung_mass_kg,
    lung_shunt,
    planar_shunt,
)
from liverboard.treatments.radioembolization.tables import device, figure, rules

K = 49.67


def test_the_constant_is_the_one_in_use():
    assert device("resin").nuclide.energy.value == K
    assert device("glass").nuclide.energy.value == K
    assert device("holmium").nuclide.energy.value == 15.87


def test_s1_one_compartment():
    activity = single_activity(100.0, 1.03, 0.10, energy=K)
    assert round(activity, 2) == 2.30
    assert round(K * activity * 0.10 / 1.0, 1) == 11.4
    assert round(1000 * activity / 37.0, 1) == 62.3


def test_s1b_with_residual():
    assert round(single_activity(100.0, 1.03, 0.10, energy=K, residual=0.10), 2) == 2.56


def partition(ratio):
    return Compartments(np.array([0.2 * 1.03]), np.array([ratio]), 0.8 * 1.03, 1.0)


def test_s2_partition():
    parts = partition(3.0)
    activity = activity_for_dose(300.0, 3.0, 0.10, parts, energy=K)
    found = doses(activity, 0.10, parts, energy=K)
    assert round(activity, 2) == 3.23
    assert found.tumour_gy[0] == pytest.approx(300.0)
    assert found.normal_gy == pytest.approx(100.0)
    assert found.perfused_gy == pytest.approx(140.0)
    assert round(found.lung_gy, 1) == 16.0


def test_s2_without_preference():
    parts = partition(1.0)
    activity = activity_for_dose(300.0, 1.0, 0.10, parts, energy=K)
    assert round(activity, 2) == 6.91
    assert doses(activity, 0.10, parts, energy=K).normal_gy == pytest.approx(300.0)


def test_s2_is_not_the_answer_of_a_calculator_that_multiplied_by_what_stays():
    parts = partition(3.0)
    activity = activity_for_dose(300.0, 3.0, 0.10, parts, energy=K)
    assert abs(activity - 5.97) > 2.0
    assert abs(single_activity(100.0, 1.03, 0.10, energy=K) - 1.87) > 0.4


def test_s3_the_limit_of_the_lungs():
    below, above = (single_activity(dose, 1.03, 0.20, energy=K) for dose in (116.5, 116.51))
    limit = activity_for_lung(30.0, 0.20, 1.0, energy=K)
    assert below <= limit < above


def test_s3b():
    assert round(single_activity(800.0, 2.06, 0.50, energy=K), 2) == 66.36


@pytest.mark.parametrize(("activity", "shunt", "dose"), [(2.0, 0.10, 9.934), (8.0, 0.08, 31.8)])
def test_s4_lung_dose(activity, shunt, dose):
    parts = Compartments(np.array([0.1]), np.array([3.0]), 1.0, 1.0)
    assert doses(activity, shunt, parts, energy=K).lung_gy == pytest.approx(dose, abs=0.02)


def test_s5_shunt_from_counts():
    counts = np.zeros((4, 4, 4))
    lungs, liver = np.zeros((4, 4, 4), bool), np.zeros((4, 4, 4), bool)
    lungs[0, :2, :2] = True
    liver[2:] = True
    counts[lungs], counts[liver] = 10.0, 22.5
    assert 100 * lung_shunt(counts, lungs, liver) == pytest.approx(5.263, abs=5e-4)
    lungs[2, 0, 0] = True  # claimed by both: the liver has it
    assert 100 * lung_shunt(counts, lungs, liver) == pytest.approx(5.263, abs=5e-4)
    assert planar_shunt((4.0, 9.0), (90.0, 160.0)) == pytest.approx(6.0 / 126.0)


def test_s5_zero_counts_are_refused():
    nothing, everywhere = np.zeros((2, 2, 2)), np.ones((2, 2, 2), bool)
    with pytest.raises(ValueError, match="no counts"):
        lung_shunt(nothing, everywhere, everywhere)


def test_s5_lung_mass():
    assert lung_mass_kg(np.full(1000, -700.0), 1.0) == pytest.approx(0.300)
    assert lung_mass_kg(np.array([-1100.0, 500.0]), 1.0) == pytest.approx(0.0011)


def test_s8_units():
    assert round(single_activity(60.0, 1.0, 0.0, energy=15.87), 2) == 3.78
    assert round(100 * delivered_share(11.0, 64.1)) == 94
    assert round(K * 0.61, 1) == 30.3
    assert round(decayed(2500.0, 5 * 24, 64.1)) == 683
    assert sphere_count(3.0, 50.0) == pytest.approx(60e6)


def test_s9_body_surface():
    surface = bsa_dubois(175.0, 70.0)
    assert round(surface, 3) == 1.848
    assert bsa_activity(surface, 0.25, offset_m2=0.2) == pytest.approx(1.648 + 0.25, abs=5e-4)


def test_steps_of_shunt_and_burden():
    steps = [(s["below"], s["factor"]) for s in rules("shunt_reduction", "steps")]
    assert [shunt_factor(p, steps) for p in (9.9, 10, 14.9, 15, 19.9, 20, 40)] == [
        1.0, 0.8, 0.8, 0.6, 0.6, 0.0, 0.0,
    ]  # fmt: skip
    burden = [(s["tumour_share_up_to"], s["gbq"]) for s in rules("empiric", "steps")]
    assert [empiric_activity(p, burden) for p in (0, 25, 26, 50, 51)] == [2.0, 2.0, 2.5, 2.5, 3.0]


def test_limits_of_the_lungs_are_published():
    assert figure(rules("lungs", "single")).value == 30
    assert figure(rules("lungs", "cumulative")).value == 50


masses = st.floats(0.001, 3.0)
ratios = st.floats(0.2, 20.0)


@given(
    st.lists(st.tuples(masses, ratios), min_size=1, max_size=6),
    masses,
    st.floats(0.0, 0.5),
    st.floats(0.1, 10.0),
)
def test_the_energy_of_all_compartments_is_that_of_the_activity(tumours, normal, shunt, activity):
    kg, uptake = (np.array(column) for column in zip(*tumours, strict=True))
    parts = Compartments(kg, uptake, normal, 1.0)
    found = doses(activity, shunt, parts, energy=K)
    total = found.tumour_gy @ kg + found.normal_gy * normal + found.lung_gy * 1.0
    assert total == pytest.approx(K * activity, rel=1e-12)
    assert found.perfused_gy * parts.perfused_kg + found.lung_gy == pytest.approx(K * activity)


@given(masses, st.floats(0.0, 0.5), st.floats(1.0, 500.0), st.floats(0.0, 0.3))
def test_forward_undoes_inverse(mass, shunt, dose, residual):
    activity = single_activity(dose, mass, shunt, energy=K, residual=residual)
    assert single_dose(activity, mass, shunt, energy=K, residual=residual) == pytest.approx(dose)
