"""The kernel against published radial data, other people's voxel tables, and conservation."""

import numpy as np
import pytest
from scipy.signal import fftconvolve

from liverboard.treatments.radioembolization.kernels.convolve import convolved, spread
from liverboard.treatments.radioembolization.kernels.radial import radial_kernel
from liverboard.treatments.radioembolization.kernels.voxel import voxel_kernel

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
