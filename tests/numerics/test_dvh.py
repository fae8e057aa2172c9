"""Dose-volume histograms against analytic solutions and plain supersampling."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liverboard.numerics.dvh import dvh
from liverboard.numerics.grid import IDENTITY, Grid, Image


def grid_of(shape, spacing, origin=(0.0, 0.0, 0.0), direction=IDENTITY):
    return Grid(tuple(shape), tuple(float(s) for s in spacing), origin, direction)


def linear_dose(grid, slope_gy_per_mm, at_origin=0.0):
    """Return a dose that is linear in LPS space."""
    points = grid.points(np.indices(grid.shape).reshape(3, -1).T)
    return Image((points @ np.array(slope_gy_per_mm) + at_origin).reshape(grid.shape), grid)


def supersampled(dose, mask, grid, parts):
    """Return the doses at parts^3 points of each voxel of a mask, trilinear, slowly."""
    from scipy.ndimage import map_coordinates

    steps = (np.arange(parts) + 0.5) / parts - 0.5
    shift = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    index = (np.argwhere(mask)[:, None] + shift[None]).reshape(-1, 3)
    there = dose.grid.indices(grid.points(index))
    off = ((there < -0.5) | (there > np.array(dose.grid.shape) - 0.5)).any(axis=1)
    inner = np.clip(there, 0, np.array(dose.grid.shape) - 1)
    found = map_coordinates(dose.array.astype(float), inner.T, order=1)
    found[off] = 0.0
    return found


def test_a_cuboid_in_a_linear_dose_has_a_linear_histogram():
    # cuboid of 20 mm along z, dose 1 Gy/mm from its lower face: D at volume share s is 20 (1 - s)
    grid = grid_of((10, 6, 6), (2.0, 2.0, 2.0))
    field = linear_dose(grid_of((40, 30, 30), (1.0, 1.0, 1.0), (-5.0, -5.0, -5.0)), (0, 0, 1.0), 1)
    found = dvh(field, np.ones(grid.shape, bool), grid, bin_gy=0.01)
    assert found.total_ml == pytest.approx(20 * 12 * 12 / 1000)
    for percent in (2, 10, 50, 90, 98):
        assert found.dose_at_percent(percent) == pytest.approx(20 * (1 - percent / 100), abs=0.011)
    assert found.least_gy == pytest.approx(0.0, abs=1e-5)
    assert found.most_gy == pytest.approx(20.0, abs=1e-5)
    assert found.mean_gy == pytest.approx(10.0, abs=1e-5)


def test_end_slices_are_capped_half_a_slice_out():
    # three slices 5 mm apart span 15 mm, not 10: the extremes lie on the outer faces
    grid = grid_of((3, 4, 4), (5.0, 2.0, 2.0))
    field = linear_dose(grid_of((30, 20, 20), (1.0, 1.0, 1.0), (-5.0, -5.0, -5.0)), (0, 0, 2.0), 10)
    found = dvh(field, np.ones(grid.shape, bool), grid)
    assert found.least_gy == pytest.approx(10 - 2 * 2.5, abs=1e-4)
    assert found.most_gy == pytest.approx(10 + 2 * 12.5, abs=1e-4)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (2.0, 1.0, 1.0)])
def test_a_sphere_in_a_linear_dose_has_the_analytic_histogram(spacing):
    # radius 12 mm, dose 1 Gy/mm: the cap above c + t has the share (2 r^3 - 3 r^2 t + t^3) / 4 r^3
    radius = 12.0
    size = [round(30 / s) + 1 for s in spacing]
    grid = grid_of(size, spacing, (-15.0, -15.0, -15.0))
    points = grid.points(np.indices(grid.shape).reshape(3, -1).T)
    mask = ((points**2).sum(axis=1) <= radius**2).reshape(grid.shape)
    field = linear_dose(
        grid_of((21, 21, 21), (2.5, 2.5, 2.5), (-25.0, -25.0, -25.0)), (0, 0, 1), 30
    )
    found = dvh(field, mask, grid)
    for shift in (-9.0, -4.0, 0.0, 4.0, 9.0):
        share = (2 * radius**3 - 3 * radius**2 * shift + shift**3) / (4 * radius**3)
        assert found.share_at(30.0 + shift) == pytest.approx(100 * share, abs=0.6)
    assert found.mean_gy == pytest.approx(30.0, abs=0.02)


@pytest.mark.parametrize("volume_ml", [0.03, 0.1, 0.5])
def test_the_hottest_small_volume_of_a_cuboid_is_exact(volume_ml):
    grid = grid_of((8, 8, 8), (3.0, 3.0, 3.0))
    field = linear_dose(grid_of((40, 40, 40), (1.0, 1.0, 1.0), (-8.0, -8.0, -8.0)), (0, 0.5, 0), 10)
    found = dvh(field, np.ones(grid.shape, bool), grid, bin_gy=0.005)
    thickness = volume_ml * 1000 / (24 * 24)
    top = 10 + 0.5 * 22.5
    assert found.dose_at(volume_ml) == pytest.approx(top - 0.5 * thickness, abs=0.006)
    assert found.dose_at(0.0) == pytest.approx(top, abs=1e-4)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from([0.8, 1.5, 2.5]), st.sampled_from([1.0, 2.0, 3.0]))
def test_pieces_agree_with_plain_supersampling(seed, near_mm, dose_mm):
    random = np.random.default_rng(seed)
    grid = grid_of((5, 6, 7), (near_mm, near_mm, 1.1), tuple(random.uniform(0, 4, 3)))
    mask = random.random(grid.shape) < 0.5
    mask[2, 3, 3] = True
    lattice = grid_of((24, 24, 24), (dose_mm,) * 3, (-3.0, -3.0, -3.0))
    field = Image(10 + 5 * random.random(lattice.shape), lattice)
    found = dvh(field, mask, grid, bin_gy=0.01)
    samples = supersampled(field, mask, grid, 12)
    assert found.total_ml == pytest.approx(mask.sum() * grid.voxel_ml)
    assert found.mean_gy == pytest.approx(samples.mean(), abs=0.06)
    for percent in (10, 50, 90):
        assert found.dose_at_percent(percent) == pytest.approx(
            np.percentile(samples, 100 - percent), abs=0.35
        )
    assert found.least_gy <= samples.min() + 1e-4
    assert found.most_gy >= samples.max() - 1e-4


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_volume_falls_with_dose_and_the_two_readings_agree(seed):
    random = np.random.default_rng(seed)
    grid = grid_of((4, 5, 6), (2.0, 2.0, 2.0))
    field = Image(random.random(grid.shape) * 50, grid)
    share = random.random(grid.shape)
    found = dvh(field, share, grid)
    assert (np.diff(found.volume_ml) <= 1e-12).all()
    assert found.total_ml == pytest.approx(share.astype(np.float32).sum() * grid.voxel_ml, rel=1e-5)
    for volume in (0.2, 0.5, 0.8):
        dose = found.dose_at(volume * found.total_ml)
        assert found.volume_at(dose) == pytest.approx(volume * found.total_ml, rel=2e-3)
    assert found.volume_below(25.0) + found.volume_at(25.0) == pytest.approx(found.total_ml)


def test_a_flipped_structure_grid_gives_the_same_histogram():
    random = np.random.default_rng(3)
    grid = grid_of((6, 7, 8), (2.0, 1.5, 1.0), (1.0, 2.0, 3.0))
    mask = random.random(grid.shape) < 0.4
    field = Image(random.random((12, 12, 12)) * 40, grid_of((12, 12, 12), (1.5, 1.5, 1.5)))
    rows = ((-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0))
    corner = grid.points(np.array([[5, 0, 7]]))[0]
    turned = grid_of(grid.shape, grid.spacing_mm, tuple(float(v) for v in corner), rows)
    first, second = dvh(field, mask, grid), dvh(field, mask[::-1, :, ::-1].copy(), turned)
    assert first.volume_ml == pytest.approx(second.volume_ml, abs=1e-9)


def test_what_lies_beyond_the_dose_grid_counts_as_nothing_and_is_said():
    grid = grid_of((2, 2, 10), (2.0, 2.0, 2.0))
    field = Image(np.full((2, 2, 5), 7.0), grid_of((2, 2, 5), (2.0, 2.0, 2.0)))
    found = dvh(field, np.ones(grid.shape, bool), grid)
    assert found.missing_ml == pytest.approx(found.total_ml / 2)
    assert found.least_gy == 0.0
    assert found.mean_gy == pytest.approx(3.5)
    assert found.share_at(6.9) == pytest.approx(50.0)


def test_generalised_mean_runs_from_the_mean_to_the_largest_dose():
    grid = grid_of((6, 6, 6), (2.0, 2.0, 2.0))
    field = linear_dose(grid, (0, 0, 2.0), 5.0)
    found = dvh(field, np.ones(grid.shape, bool), grid)
    assert found.generalised_mean_gy(1.0) == pytest.approx(found.mean_gy, rel=1e-3)
    assert found.generalised_mean_gy(80.0) == pytest.approx(found.most_gy, rel=0.06)


def test_an_empty_structure_has_an_empty_histogram():
    grid = grid_of((3, 3, 3), (1.0, 1.0, 1.0))
    found = dvh(Image(np.ones(grid.shape), grid), np.zeros(grid.shape, bool), grid)
    assert found.total_ml == 0.0
    assert found.dose_at(0.1) == 0.0
    assert found.share_at(0.5) == 0.0


def test_grids_that_are_not_parallel_are_refused():
    tilt = ((0.8, -0.6, 0.0), (0.6, 0.8, 0.0), (0.0, 0.0, 1.0))
    grid = grid_of((3, 3, 3), (1.0, 1.0, 1.0))
    with pytest.raises(ValueError, match="different axes"):
        dvh(
            Image(np.ones(grid.shape), grid),
            np.ones(grid.shape, bool),
            grid_of((3,) * 3, (1.0,) * 3, direction=tilt),
        )


@given(st.floats(0.05, 20.0))
def test_more_dose_moves_every_figure_alike(factor):
    grid = grid_of((6, 5, 7), (2.0, 2.0, 2.0))
    mask = np.ones(grid.shape, bool)
    field = linear_dose(grid, (0.3, 0.7, 1.0), 5.0)
    scaled = dvh(field, mask, grid).times(factor)
    again = dvh(Image(field.array * factor, grid), mask, grid)
    for percent in (2.0, 50.0, 95.0):
        assert scaled.dose_at_percent(percent) == pytest.approx(
            again.dose_at_percent(percent), rel=1e-4
        )
    assert scaled.mean_gy == pytest.approx(again.mean_gy, rel=1e-5)
    assert scaled.total_ml == again.total_ml
