"""Resampling by geometry: exact where it must be, volume kept where it is promised."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates
from scipy.spatial.transform import Rotation

from liverboard.numerics.grid import Grid, Image
from liverboard.numerics.resample import (
    resample_linear,
    resample_mask,
    resample_nearest,
    sample_linear,
)


def oblique(shape, spacing, origin, angles, flips=(1, 1, 1)):
    cosines = Rotation.from_euler("xyz", angles).as_matrix() @ np.diag(flips)
    return Grid(shape, spacing, origin, tuple(tuple(map(float, row)) for row in cosines))


@settings(max_examples=25, deadline=None)
@given(st.tuples(*[st.floats(-0.5, 0.5)] * 3), st.tuples(*[st.sampled_from([-1, 1])] * 3))
def test_linear_resampling_is_exact_for_a_linear_image_on_any_grid(angles, flips):
    source = oblique((24, 26, 28), (2.0, 1.0, 1.5), (-20.0, -15.0, -10.0), angles, flips)
    slope = np.array([0.3, -0.7, 0.2])

    def image_of(grid):
        return (grid.points(np.argwhere(np.ones(grid.shape))) @ slope).reshape(grid.shape)

    middle = source.points((np.array(source.shape)[None] - 1) / 2)[0]
    target = Grid((6, 7, 8), (1.0, 1.0, 1.0), tuple(middle - 3.0))
    found = resample_linear(Image(image_of(source), source), target, fill=np.nan)
    assert np.allclose(found, image_of(target), atol=1e-3)


def test_linear_resampling_agrees_with_the_reference():
    rng = np.random.default_rng(0)
    source = oblique((20, 21, 22), (2.5, 0.8, 0.8), (-5.0, 3.0, 7.0), (0.1, -0.2, 0.3))
    image = Image(rng.random(source.shape), source)
    middle = source.points((np.array(source.shape)[None] - 1) / 2)[0]
    target = Grid((8, 9, 10), (1.3, 1.1, 0.9), tuple(middle - 4.0))
    index = source.indices(target.points(np.argwhere(np.ones(target.shape))))
    inside = ((index >= 0) & (index <= np.array(source.shape) - 1)).all(axis=1)
    expected = map_coordinates(image.array, index.T, order=1)
    found = resample_linear(image, target)
    assert inside.mean() > 0.9
    assert np.allclose(found.reshape(-1)[inside], expected[inside], atol=1e-5)
    points = target.points(np.argwhere(np.ones(target.shape)))[inside]
    assert np.allclose(sample_linear(image, points), expected[inside], atol=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.tuples(*[st.sampled_from([-1, 1])] * 3), st.permutations([0, 1, 2]))
def test_nearest_resampling_undoes_flips_and_swaps_of_axes(flips, order):
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 9, (5, 6, 7)).astype(np.uint8)
    plain = Grid((5, 6, 7), (2.0, 1.0, 1.5), (1.0, 2.0, 3.0))
    cosines = np.eye(3)[:, [2 - order[2], 2 - order[1], 2 - order[0]]] * np.array(flips)[None]
    turned = labels.transpose(order)
    for axis in range(3):
        if flips[2 - axis] < 0:
            turned = np.flip(turned, axis)
    corner = np.zeros(3)
    for axis in range(3):
        if flips[2 - axis] < 0:
            corner[order[axis]] = labels.shape[order[axis]] - 1
    grid = Grid(
        turned.shape,
        tuple(plain.spacing_mm[o] for o in order),
        tuple(map(float, plain.points(corner[None])[0])),
        tuple(tuple(map(float, row)) for row in cosines),
    )
    found = resample_nearest(Image(turned.copy(), grid), plain)
    assert (found == labels).all()


def test_nearest_resampling_on_an_oblique_grid_takes_the_closest_voxel():
    rng = np.random.default_rng(2)
    source = oblique((12, 13, 14), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (0.3, 0.2, -0.4))
    image = Image(rng.integers(1, 9, source.shape).astype(np.uint8), source)
    target = Grid((6, 6, 6), (1.0, 1.0, 1.0), tuple(source.points(np.array([[6, 6, 6]]))[0] - 2.5))
    found = resample_nearest(image, target)
    index = np.rint(source.indices(target.points(np.argwhere(np.ones(target.shape))))).astype(int)
    inside = ((index >= 0) & (index < np.array(source.shape))).all(axis=1)
    assert (found.reshape(-1)[inside] == image.array[tuple(index[inside].T)]).all()
    assert (found.reshape(-1)[~inside] == 0).all()


@pytest.mark.parametrize("radius", [4.0, 8.0, 20.0])
@pytest.mark.parametrize("spacing", [(5.0, 0.8, 0.8), (2.5, 0.8, 0.8), (1.0, 1.0, 1.0)])
def test_a_resampled_ball_keeps_its_volume_and_place(radius, spacing):
    shape = tuple(int(60 / step) for step in spacing)
    source = Grid(shape, spacing, (-30.0, -30.0, -30.0))
    inside = np.linalg.norm(source.points(np.argwhere(np.ones(shape))), axis=1) <= radius
    mask = Image(inside.reshape(shape), source)
    target = Grid.around(source.corners_mm(), 1.5)
    found = resample_mask(mask, target)
    assert found.sum() * target.voxel_ml == pytest.approx(
        mask.array.sum() * source.voxel_ml, rel=0.02
    )
    centre = target.points(np.argwhere(found)).mean(axis=0)
    true = source.points(np.argwhere(mask.array)).mean(axis=0)
    assert np.abs(centre - true).max() < 0.75


def test_an_empty_mask_stays_empty():
    grid = Grid((5, 5, 5), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    assert not resample_mask(Image(np.zeros(grid.shape, dtype=bool), grid), grid).any()
