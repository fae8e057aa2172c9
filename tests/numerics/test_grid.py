"""Space: indices and points, crops, orientation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from liverboard.numerics.grid import Grid, Image, bounding_box

spacing = st.tuples(*[st.floats(0.3, 6.0)] * 3)
origin = st.tuples(*[st.floats(-500, 500)] * 3)
flips = st.tuples(*[st.sampled_from([-1.0, 1.0])] * 3)
turn = st.tuples(*[st.floats(-3.1, 3.1)] * 3)


@st.composite
def grids(draw):
    cosines = Rotation.from_euler("xyz", draw(turn)).as_matrix() @ np.diag(draw(flips))
    rows = tuple(tuple(float(v) for v in row) for row in cosines)
    return Grid(draw(st.tuples(*[st.integers(2, 40)] * 3)), draw(spacing), draw(origin), rows)


@given(grids(), st.lists(st.tuples(*[st.floats(-50, 50)] * 3), min_size=1, max_size=5))
def test_points_and_indices_are_inverse_on_flipped_and_oblique_grids(grid, index):
    index = np.array(index)
    assert np.allclose(grid.indices(grid.points(index)), index, atol=1e-6)


@given(grids())
def test_a_crop_keeps_every_voxel_at_its_place(grid):
    box = tuple(slice(1, size) for size in grid.shape)
    crop = grid.crop(box)
    assert crop.shape == tuple(size - 1 for size in grid.shape)
    here = np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 0.5]])
    assert np.allclose(crop.points(here), grid.points(here + 1), atol=1e-6)


def test_axes_of_an_identity_grid_are_left_back_and_up():
    grid = Grid((4, 5, 6), (2.0, 1.0, 0.5), (10.0, 20.0, 30.0))
    assert np.allclose(grid.points(np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]])), [
        [10.0, 20.0, 32.0], [10.0, 21.0, 30.0], [10.5, 20.0, 30.0],
    ])  # fmt: skip
    assert grid.voxel_ml == pytest.approx(0.001)


@given(grids(), st.floats(0.5, 4.0), st.floats(0, 30))
def test_a_grid_around_points_holds_them_with_the_margin(grid, step, margin):
    corners = grid.corners_mm()
    around = Grid.around(corners, step, margin_mm=margin)
    assert around.is_axis_aligned
    low, high = corners.min(axis=0) - margin, corners.max(axis=0) + margin
    assert around.contains(np.array([low, high])).all()


def test_a_grid_matches_only_a_grid_at_the_same_place():
    grid = Grid((4, 5, 6), (2.0, 1.0, 0.5), (10.0, 20.0, 30.0))
    assert grid.matches(Grid((4, 5, 6), (2.0, 1.0, 0.5), (10.01, 20.0, 30.0)))
    assert not grid.matches(Grid((4, 5, 6), (2.0, 1.0, 0.5), (10.2, 20.0, 30.0)))
    assert not grid.matches(Grid((4, 5, 7), (2.0, 1.0, 0.5), (10.0, 20.0, 30.0)))
    mirrored = ((-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    assert not grid.matches(Grid((4, 5, 6), (2.0, 1.0, 0.5), (10.0, 20.0, 30.0), mirrored))


@pytest.mark.parametrize(
    "broken",
    [
        {"shape": (0, 1, 1)},
        {"spacing_mm": (1.0, 0.0, 1.0)},
        {"direction": ((1.0, 0.2, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))},
    ],
)
def test_a_wrong_grid_cannot_exist(broken):
    good = {"shape": (2, 2, 2), "spacing_mm": (1.0, 1.0, 1.0), "origin_mm": (0.0, 0.0, 0.0)}
    with pytest.raises(ValueError, match=r"grid|orthonormal"):
        Grid(**{**good, **broken})


def test_an_image_is_read_only_and_fits_its_grid():
    grid = Grid((2, 3, 4), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    image = Image(np.zeros((2, 3, 4)), grid)
    with pytest.raises(ValueError, match="read-only"):
        image.array[0, 0, 0] = 1
    with pytest.raises(ValueError, match="does not fit"):
        Image(np.zeros((4, 3, 2)), grid)


def test_a_bounding_box_is_tight_and_widens_within_the_array():
    mask = np.zeros((5, 6, 7), dtype=bool)
    mask[2:4, 3, 1:6] = True
    assert bounding_box(mask) == (slice(2, 4), slice(3, 4), slice(1, 6))
    assert bounding_box(mask, margin=2) == (slice(0, 5), slice(1, 6), slice(0, 7))
    with pytest.raises(ValueError, match="empty"):
        bounding_box(np.zeros((2, 2, 2), dtype=bool))
