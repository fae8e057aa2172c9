"""Distances against scipy's exact transform and against geometry."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from liverboard.numerics.distance import (
    dilate_mm,
    distance_mm,
    erode_mm,
    nearest_seed,
    signed_distance_mm,
)

spacings = st.tuples(*[st.floats(0.5, 6.0)] * 3)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), spacings, st.tuples(*[st.integers(1, 17)] * 3))
def test_distance_and_seed_agree_with_the_reference(seed, spacing, shape):
    seeds = np.random.default_rng(seed).random(shape) > 0.93
    gap, nearest = nearest_seed(seeds, spacing)
    if not seeds.any():
        assert np.isinf(gap).all()
        assert (nearest == -1).all()
        return
    assert np.allclose(gap, ndimage.distance_transform_edt(~seeds, sampling=spacing), rtol=1e-5)
    found = np.array(np.unravel_index(nearest, shape))
    own = np.indices(shape)
    away = (found - own) * np.array(spacing).reshape(3, 1, 1, 1)
    assert np.allclose(np.sqrt((away**2).sum(axis=0)), gap, rtol=1e-5, atol=1e-5)
    assert seeds.reshape(-1)[nearest].all()


def ball(radius_mm, spacing, size):
    index = np.indices(size) - (np.array(size).reshape(3, 1, 1, 1) - 1) / 2
    return (((index * np.array(spacing).reshape(3, 1, 1, 1)) ** 2).sum(axis=0)) <= radius_mm**2


def test_signed_distance_is_the_distance_to_the_surface_of_a_ball():
    spacing = (1.0, 1.0, 1.0)
    size = (61, 61, 61)
    field = signed_distance_mm(ball(20.0, spacing, size), spacing)
    index = np.indices(size) - 30.0
    true = np.sqrt((index**2).sum(axis=0)) - 20.0
    assert np.abs(field - true).max() < 1.0  # one voxel at most
    assert np.abs((field - true).mean()) < 0.25


def test_dilation_and_erosion_of_a_ball_have_the_volume_of_larger_and_smaller_balls():
    spacing = (1.0, 1.0, 1.0)
    mask = ball(15.0, spacing, (61, 61, 61))
    grown = dilate_mm(mask, 5.0, spacing)
    shrunk = erode_mm(mask, 5.0, spacing)
    assert grown.sum() == pytest.approx(4 / 3 * np.pi * 20**3, rel=0.03)
    assert shrunk.sum() == pytest.approx(4 / 3 * np.pi * 10**3, rel=0.10)
    assert (shrunk <= mask).all()
    assert (mask <= grown).all()


def test_an_empty_mask_grows_to_nothing_and_is_infinitely_far():
    nothing = np.zeros((4, 4, 4), dtype=bool)
    assert not dilate_mm(nothing, 5.0, (1.0, 1.0, 1.0)).any()
    assert not erode_mm(nothing, 5.0, (1.0, 1.0, 1.0)).any()
    assert np.isinf(distance_mm(nothing, (1.0, 1.0, 1.0))).all()


def test_inputs_are_not_changed():
    mask = ball(3.0, (1.0, 1.0, 1.0), (9, 9, 9))
    before = mask.copy()
    signed_distance_mm(mask, (1.0, 1.0, 1.0))
    assert (mask == before).all()
