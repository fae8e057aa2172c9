"""Biologically effective dose: published pairs, inverses, and the linear continuation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liverboard.numerics.bed import (
    bed_decaying_gy,
    bed_gy,
    bed_lql_gy,
    dose_decaying_for_bed_gy,
    dose_for_bed_gy,
    eqd2_gy,
)

doses = st.floats(0.0, 300.0)
fractions = st.integers(1, 40)
ratios = st.floats(0.5, 30.0)

PRESCRIPTIONS = (
    (3, 15, 112.5),
    (3, 18, 151.2),
    (3, 20, 180.0),
    (5, 10, 100.0),
    (5, 12, 132.0),
    (5, 8, 72.0),
    (3, 25, 262.5),
    (1, 40, 200.0),
)
"""Fractions, Gy a fraction, BED10: worked by hand from n d (1 + d / 10)."""


@pytest.mark.parametrize(("count", "each", "expected"), PRESCRIPTIONS)
def test_bed_of_usual_prescriptions(count, each, expected):
    assert bed_gy(count * float(each), count, alpha_beta_gy=10.0) == pytest.approx(expected)


def test_eqd2_of_fractions_of_two_gray_is_the_dose_itself():
    assert eqd2_gy(bed_gy(50.0, 25, alpha_beta_gy=3.0), alpha_beta_gy=3.0) == pytest.approx(50.0)


@given(doses, fractions, ratios)
def test_dose_for_bed_undoes_bed(dose, count, ratio):
    found = dose_for_bed_gy(bed_gy(dose, count, alpha_beta_gy=ratio), count, alpha_beta_gy=ratio)
    assert found == pytest.approx(dose, abs=1e-6)


@given(doses, fractions, ratios, st.floats(1.0, 30.0))
def test_linear_continuation_never_exceeds_the_quadratic_and_equals_it_below(
    dose, count, ratio, transition
):
    straight = bed_lql_gy(dose, count, alpha_beta_gy=ratio, transition_gy=transition)
    curved = bed_gy(dose, count, alpha_beta_gy=ratio)
    assert straight <= curved * (1 + 1e-12)
    if dose / count <= transition:
        assert straight == pytest.approx(curved)


def test_linear_continuation_by_hand():
    # 20 Gy at once, alpha/beta 10, transition 10: 10 * 2 + (1 + 2) * 10 = 50
    assert bed_lql_gy(20.0, 1, alpha_beta_gy=10.0, transition_gy=10.0) == pytest.approx(50.0)


@given(doses, ratios, st.floats(0.1, 10.0), st.floats(1.0, 200.0))
def test_a_decaying_source_does_less_than_the_same_dose_at_once(dose, ratio, repair, source):
    times = {"repair_half_life_h": repair, "source_half_life_h": source}
    found = bed_decaying_gy(dose, alpha_beta_gy=ratio, **times)
    assert dose <= found * (1 + 1e-12)
    assert found <= bed_gy(dose, 1, alpha_beta_gy=ratio) * (1 + 1e-12)
    back = dose_decaying_for_bed_gy(found, alpha_beta_gy=ratio, **times)
    assert back == pytest.approx(dose, abs=1e-6)


def test_a_decaying_source_by_hand():
    # 100 Gy, alpha/beta 2.5, repair 2.5 h, source 64.2 h: G = 2.5 / 66.7
    expected = 100 * (1 + 100 * 2.5 / 66.7 / 2.5)
    found = bed_decaying_gy(
        100.0, alpha_beta_gy=2.5, repair_half_life_h=2.5, source_half_life_h=64.2
    )
    assert found == pytest.approx(expected)


def test_arrays_go_through_elementwise():
    dose = np.array([0.0, 10.0, 45.0])
    for count in (1, 3):
        by_one = [bed_gy(float(d), count, alpha_beta_gy=3.0) for d in dose]
        assert bed_gy(dose, count, alpha_beta_gy=3.0) == pytest.approx(by_one)
        lql = bed_lql_gy(dose, count, alpha_beta_gy=3.0, transition_gy=6.0)
        assert lql == pytest.approx(
            [bed_lql_gy(float(d), count, alpha_beta_gy=3.0, transition_gy=6.0) for d in dose]
        )


@pytest.mark.parametrize(("count", "ratio"), [(0, 10.0), (3, 0.0), (-1, 3.0)])
def test_nonsense_is_refused(count, ratio):
    with pytest.raises(ValueError, match="positive"):
        bed_gy(45.0, count, alpha_beta_gy=ratio)


def test_half_lives_must_be_positive():
    with pytest.raises(ValueError, match="half-lives"):
        bed_decaying_gy(1.0, alpha_beta_gy=3.0, repair_half_life_h=0.0, source_half_life_h=1.0)
