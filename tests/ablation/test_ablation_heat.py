"""The heat kernel against solutions of its equation on paper."""

import numpy as np
import pytest
from scipy.integrate import quad

from liverboard.treatments.ablation.kernels.heat import (
    conduct,
    face_conductance,
    largest_step_s,
    outward_rise,
)

DENSITY, CAPACITY, CONDUCTIVITY = 1079.0, 3540.0, 0.52
SINK = 0.0064 * 1050.0 * 3617.0
POWER_W, SIGMA_M = 20.0, 0.004
HEAT = DENSITY * CAPACITY


def analytic_rise(r_m, seconds):
    """Return the rise of a Gaussian source in perfused tissue by its Green function."""
    spread, decay = CONDUCTIVITY / HEAT, SINK / HEAT

    def grown(u):
        width = SIGMA_M**2 + 2.0 * spread * u
        return np.exp(-(r_m**2) / (2.0 * width) - decay * u) / (2.0 * np.pi * width) ** 1.5

    return POWER_W / HEAT * quad(grown, 0.0, seconds, epsabs=0, epsrel=1e-9, limit=200)[0]


def gaussian_run(step_mm, seconds):
    """Return rises, the coordinates of voxel centres in m, heat stored, lost and given."""
    n = round(56 / step_mm)
    shape, dx = (n + 2,) * 3, step_mm / 1000.0
    axis = (np.arange(n + 2) - (n + 1) / 2.0) * dx
    square = axis[:, None, None] ** 2 + axis[None, :, None] ** 2 + axis[None, None, :] ** 2
    source = POWER_W / (2 * np.pi * SIGMA_M**2) ** 1.5 * np.exp(-square / (2 * SIGMA_M**2))
    bounds = (1, n + 1) * 3
    faces = tuple(np.zeros(shape, np.float32) for _ in range(3))
    face_conductance(np.full(shape, CONDUCTIVITY, np.float32), (dx,) * 3, bounds, faces)
    sink = np.full(shape, SINK, np.float32)
    limit = largest_step_s(faces, sink, 1.0 / HEAT, bounds)
    steps = int(np.ceil(seconds / (0.8 * limit)))
    state = (np.zeros(shape, np.float32), np.zeros(shape, np.float32))
    curve = (0.0, 1.0, 0.0, 1.0 / HEAT, 1.0 / HEAT, 1.0 / HEAT)
    clock = (steps, seconds / steps, 0.0)
    given = source.astype(np.float32)
    lost = conduct(state, faces, (sink, given), bounds, curve, clock)
    inner = (slice(1, -1),) * 3
    stored = float(state[0][inner].astype(float).sum()) * dx**3
    energy = (stored, lost * dx**3, float(given[inner].astype(float).sum()) * seconds * dx**3)
    return state[1], axis, energy, bounds


def test_a_gaussian_source_heats_as_on_paper():
    rise, axis, _, bounds = gaussian_run(1.0, 600.0)
    middle = len(axis) // 2
    r = np.sqrt(3.0) * abs(axis[middle])
    # 234.451 K at r = 0.866 mm by the integral
    assert analytic_rise(r, 600.0) == pytest.approx(234.451, abs=0.01)
    assert rise[middle, middle, middle] == pytest.approx(analytic_rise(r, 600.0), rel=0.005)
    place = middle + 10
    r = np.sqrt(2 * axis[middle] ** 2 + axis[place] ** 2)
    assert rise[middle, middle, place] == pytest.approx(analytic_rise(r, 600.0), rel=0.005)
    assert (outward_rise(rise, bounds, 0.0) < 2.0).all()


def test_the_error_falls_with_the_square_of_the_voxel():
    # away from the middle no voxel centre is shared, so errors are relative to each own point
    errors = []
    for step in (2.0, 1.0):
        rise, axis, _, _ = gaussian_run(step, 60.0)
        middle = len(axis) // 2
        r = np.sqrt(3.0) * abs(axis[middle])
        errors.append(abs(float(rise[middle, middle, middle]) / analytic_rise(r, 60.0) - 1.0))
    assert 3.0 < errors[0] / errors[1] < 5.5


def test_no_energy_is_lost_or_made():
    _, _, (stored, lost, given), _ = gaussian_run(1.0, 120.0)
    # until the heat reaches the border everything is stored or carried away by blood
    assert stored + lost == pytest.approx(given, rel=1e-3)


def test_a_freezing_front_advances_as_neumann_found():
    k_ice, c_ice, k_wet, c_wet, latent = 2.0, 1860.0, 0.52, 3540.0, 250e3
    start_c, melt_c, wall_c = 37.0, -1.0, -100.0
    n, dx = 90, 0.001
    shape = (n + 2, 3, 3)
    bounds = (1, n + 1, 1, 2, 1, 2)
    # a window of a tenth of a degree in which all latent heat is given off
    half = 0.05
    curve = (
        0.0,
        DENSITY * latent,
        melt_c - half,
        1.0 / (DENSITY * c_ice),
        2.0 * half / (DENSITY * latent),
        1.0 / (DENSITY * c_wet),
    )
    heat = np.full(
        shape, DENSITY * latent + (start_c - melt_c - half) * DENSITY * c_wet, np.float32
    )
    warm = np.full(shape, start_c, np.float32)
    warm[0] = wall_c
    none = np.zeros(shape, np.float32)
    faces = tuple(np.zeros(shape, np.float32) for _ in range(3))
    conductivity = np.empty(shape, np.float32)
    seconds, block = 0.2, 5
    for _ in range(int(600 / (seconds * block))):
        solid = np.clip(heat / (DENSITY * latent), 0.0, 1.0)
        # a voxel that freezes conducts as ice: its heat leaves through the ice behind it. With a
        # mean of ice and water the front lags by 0.6 mm at this voxel size
        conductivity[:] = np.where(solid < 0.999, k_ice, k_wet)
        conductivity[0] = k_ice
        face_conductance(conductivity, (dx, dx, dx), bounds, faces)
        for across in (faces[1], faces[2]):
            across[:] = 0.0
        conduct((heat, warm), faces, (none, none), bounds, curve, (block, seconds, start_c))
    # ice counted by the latent heat given off; the wall lies half a voxel before the first one
    frozen = 1.0 - np.clip(heat[1:-1, 1, 1].astype(float) / (DENSITY * latent), 0.0, 1.0)
    # similarity solution: lambda 0.43991, front at 21.514 mm after 600 s
    assert (frozen.sum() + 0.5) * dx * 1000.0 == pytest.approx(21.514, abs=0.3)
