"""The kernel against published radial data, other people's voxel tables, and conservation."""

import numpy as np
import pytest
from scipy.signal import fftconvolve

from liverboard.numerics.dvh import dvh
from liverboard.numerics.grid import Grid, Image, bounding_box
from liverboard.treatments.radioembolization.histogram import LARGE_VOXELS, histogram
from liverboard.treatments.radioembolization.kernels.convolve import _box_of, convolved, spread
from liverboard.treatments.radioembolization.kernels.electron import csda_range
from liverboard.treatments.radioembolization.kernels.radial import (
    build_radial,
    radial_kernel,
    read_radial,
    write_radial,
)
from liverboard.treatments.radioembolization.kernels.voxel import voxel_kernel
from liverboard.treatments.radioembolization.tables import beta_branches

WITHIN = {1: 0.221, 2: 0.430, 2.5: 0.524, 3: 0.610, 4: 0.756, 5: 0.863, 6: 0.933, 8: 0.989,
          10: 0.9962}  # fmt: skip
"""Cumulative energy of the published radial kernel of Y-90 (graves-2019)."""

SHELLS = {0.1: 0.01981, 1: 0.02053, 2: 0.01845, 3: 0.01543, 4: 0.01202, 5: 0.00837, 6: 0.00509,
          7: 0.00255}  # fmt: skip
"""MeV per shell of 0.1 mm ending at that radius in mm (graves-2019)."""

SELF = {2.0: 0.197, 2.21: 0.216, 2.5: 0.243, 3.0: 0.287, 4.0: 0.369, 4.42: 0.400, 6.0: 0.501}
"""Share of energy that stays in a cubic voxel of water of that side in mm."""


@pytest.mark.parametrize(("radius", "share"), WITHIN.items())
def test_cumulative_energy_is_within_two_percent_of_the_published(radius, share):
    assert radial_kernel("y90").within(radius) == pytest.approx(share, rel=0.02)


@pytest.mark.parametrize(("radius", "energy"), SHELLS.items())
def test_shell_energy_is_within_five_percent_of_the_published(radius, energy):
    shell = radial_kernel("y90").shell_mev[round(radius * 10) - 1]
    assert shell == pytest.approx(energy, rel=0.05)


def test_the_mean_energy_is_the_published():
    assert radial_kernel("y90").emitted_mev == pytest.approx(0.9336, rel=0.002)


@pytest.mark.parametrize(("side", "share"), SELF.items())
def test_self_dose_is_within_one_and_a_half_percent(side, share):
    kernel = voxel_kernel("y90", 11.0, (side, side, side), 1.0)
    middle = tuple(size // 2 for size in kernel.shape)
    assert kernel[middle] == pytest.approx(share, rel=0.015)


def test_s6_density_and_oblong_voxels():
    dense = voxel_kernel("y90", 11.0, (4.42, 4.42, 4.42), 1.05)
    assert dense.max() == pytest.approx(0.416, abs=0.01)
    oblong = voxel_kernel("y90", 11.0, (3.0, 4.0, 4.0), 1.0)
    z, y, x = (size // 2 for size in oblong.shape)
    assert oblong[z, y, x] == pytest.approx(0.337, abs=0.006)
    assert oblong[z + 1, y, x] == pytest.approx(0.068, abs=0.003)
    assert oblong[z, y, x + 1] == pytest.approx(0.049, abs=0.003)


@pytest.mark.parametrize("nuclide", ["y90", "ho166"])
def test_a_kernel_keeps_all_energy(nuclide):
    for side in (1.5, 2.5, 5.0):
        kernel = voxel_kernel(nuclide, 11.0, (side, side, side), 1.05)
        assert kernel.sum(dtype=np.float64) == pytest.approx(1.0, abs=1e-5)


def ball(radius_mm, step_mm, margin_mm=14.0):
    half = int(np.ceil((radius_mm + margin_mm) / step_mm))
    axis = np.arange(-half, half + 1) * step_mm
    return (axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2) <= radius_mm**2


def test_s6_a_sphere_of_300_ml_loses_six_percent():
    mask = ball((300e3 * 3 / 4 / np.pi) ** (1 / 3), 4.42).astype(np.float32)
    key = ("y90", 11.0, (4.42, 4.42, 4.42), 1.0)
    box, field = spread(mask, key)
    outside = 1.0 - field[mask[box] > 0].sum() / mask.sum()
    assert 100 * outside == pytest.approx(5.9, abs=0.5)


def test_deep_inside_a_uniform_region_the_kernel_changes_nothing():
    mask = ball(40.0, 2.0, margin_mm=16.0).astype(np.float32)
    box, field = spread(mask, ("y90", 11.0, (2.0, 2.0, 2.0), 1.0))
    whole = np.zeros_like(mask)
    whole[box] = field
    middle = tuple(size // 2 for size in mask.shape)
    assert whole[middle] == pytest.approx(1.0, abs=1e-5)
    assert whole.sum(dtype=np.float64) == pytest.approx(mask.sum(), rel=1e-5)


def test_the_quick_convolution_is_the_slow_one():
    rng = np.random.default_rng(3)
    activity = rng.random((22, 19, 25)).astype(np.float32)
    key = ("y90", 11.0, (3.0, 2.5, 2.5), 1.05)
    slow = fftconvolve(activity.astype(np.float64), voxel_kernel(*key), mode="same")
    assert np.abs(convolved(activity, key) - slow).max() < 3e-6


S_VALUES = [
    ((3.0, 3.0, 3.0), 1.61, 0.02),
    ((6.0, 6.0, 6.0), 0.346, 0.01),
    ((3.0, 3.0, 3.0), 1.581, 0.015),
    ((3.0, 4.0, 4.0), 1.013, 0.045),
]
"""S7: spacing [z, y, x] in mm, self-dose in mGy/(MBq s) of water, tolerance: MIRD-17 (twice), DPM
(twice; the oblong one is given with 4 % by its own authors)."""


@pytest.mark.parametrize(("spacing", "published", "tolerance"), S_VALUES)
def test_s7_voxel_s_values_of_others(spacing, published, tolerance):
    kernel = voxel_kernel("y90", 11.0, spacing, 1.0)
    joule_per_mbq_s = radial_kernel("y90").emitted_mev * 1.602177e-13 * 1e6
    mass_kg = np.prod(spacing) * 1e-6
    ours = 1000.0 * float(kernel.max()) * joule_per_mbq_s / mass_kg
    assert ours == pytest.approx(published, rel=tolerance)


def test_the_box_of_the_activity_is_that_of_its_voxels():
    rng = np.random.default_rng(4)
    for _ in range(20):
        activity = np.zeros((9, 11, 13), np.float32)
        for _ in range(rng.integers(1, 4)):
            activity[tuple(rng.integers(0, n) for n in activity.shape)] = rng.random() + 0.1
        assert _box_of(activity) == bounding_box(activity)
    with pytest.raises(ValueError, match="no activity"):
        _box_of(np.zeros((3, 3, 3), np.float32))


def test_a_histogram_by_voxels_is_that_by_pieces():
    # a smooth dose over a large ball: shares differ by less than half a percent of the structure
    mask = ball(46.0, 2.0, margin_mm=4.0)
    assert mask.sum() >= LARGE_VOXELS
    z, y, x = np.indices(mask.shape) * 2.0
    dose = (60.0 + 0.3 * z + 8.0 * np.sin(y / 15.0) + 0.1 * x).astype(np.float32)
    grid = Grid(mask.shape, (2.0, 2.0, 2.0), (0.0, 0.0, 0.0))
    quick, slow = histogram(dose, mask, grid), dvh(Image(dose, grid), mask, grid)
    assert quick.total_ml == pytest.approx(slow.total_ml, rel=1e-6)
    assert quick.mean_gy == pytest.approx(slow.mean_gy, rel=1e-3)
    for level in np.linspace(55.0, 110.0, 12):
        assert quick.share_at(level) == pytest.approx(slow.share_at(level), abs=0.5)


@pytest.mark.parametrize("nuclide", ["y90", "ho166"])
def test_the_shipped_table_is_what_the_code_makes(nuclide):
    branches, local_mev = beta_branches(nuclide)
    ours = build_radial(nuclide, branches, local_mev=local_mev, histories=30_000, seed=5)
    shipped = radial_kernel(nuclide)
    assert ours.emitted_mev == pytest.approx(shipped.emitted_mev, rel=1e-3)
    for radius in (0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0):
        # 30 000 histories: about half a percent; another seed, so equality would be a wonder
        assert ours.within(radius) == pytest.approx(shipped.within(radius), rel=0.01)


def test_a_radial_table_is_read_as_it_was_written():
    shipped = radial_kernel("y90")
    again = read_radial("y90", write_radial(shipped))
    assert again.shell_mev == pytest.approx(shipped.shell_mev, rel=1e-6)
    assert again.far_mev == pytest.approx(shipped.far_mev, rel=1e-6)
    assert again.histories == shipped.histories


def test_ranges_of_electrons_in_water():
    # ESTAR, from memory: 0.4367 and 0.9785 g/cm2
    assert csda_range(1.0) == pytest.approx(0.4367, rel=0.005)
    assert csda_range(2.0) == pytest.approx(0.9785, rel=0.005)
