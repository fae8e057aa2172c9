"""Margins and diameters of shapes with known answers."""

import numpy as np
import pytest

from liverboard.numerics.grid import Grid
from liverboard.numerics.margin import cut_surface, margin_profile
from liverboard.numerics.shape import (
    longest_diameter_mm,
    longest_slice_diameter_mm,
    mesh,
    surface_area_mm2,
)

HALF_VOXEL_MM = 0.75
"""Accuracy of a cut on the 1.5 mm grid: where between two voxel centres it runs is not known."""

GRID = Grid((81, 81, 81), (1.5, 1.5, 1.5), (-60.0, -60.0, -60.0))
RADIUS_MM = np.linalg.norm(GRID.points(np.indices(GRID.shape).reshape(3, -1).T), axis=1).reshape(
    GRID.shape
)


def ball_points(radius, centre=(0.0, 0.0, 0.0)):
    rng = np.random.default_rng(0)
    away = rng.normal(size=(4000, 3))
    return np.array(centre) + radius * away / np.linalg.norm(away, axis=1, keepdims=True)


@pytest.mark.parametrize("margin", [1.0, 5.0, 10.0, 17.3])
def test_a_ball_cut_round_a_ball_has_the_margin_everywhere(margin):
    tumour = 12.0
    removed = tumour + margin >= RADIUS_MM
    surface = cut_surface(removed, tumour + margin < RADIUS_MM, GRID)
    profile = margin_profile(surface, ball_points(tumour))
    assert profile.smallest_mm == pytest.approx(margin, abs=HALF_VOXEL_MM)
    area = 4 * np.pi * (tumour + margin) ** 2
    assert surface.total_mm2 == pytest.approx(area, rel=0.03)
    assert sum(profile.area_cm2) == pytest.approx(surface.total_mm2 / 100, rel=1e-4)
    centres = (np.array(profile.edges_mm[:-1]) + np.array(profile.edges_mm[1:])) / 2
    mean = np.average(centres, weights=profile.area_cm2)
    assert mean == pytest.approx(margin, abs=0.5)


def test_an_eccentric_tumour_has_its_smallest_margin_on_the_near_side():
    removed = RADIUS_MM <= 30.0
    surface = cut_surface(removed, RADIUS_MM > 30.0, GRID)
    profile = margin_profile(surface, ball_points(10.0, (15.0, 0.0, 0.0)))
    assert profile.smallest_mm == pytest.approx(5.0, abs=HALF_VOXEL_MM)
    assert profile.at_mm[0] == pytest.approx(30.0, abs=1.5)


def test_the_capsule_is_no_cut():
    liver = RADIUS_MM <= 45.0
    half = GRID.points(np.indices(GRID.shape).reshape(3, -1).T)[:, 0].reshape(GRID.shape) < 0
    surface = cut_surface(liver & half, liver & ~half, GRID)
    assert surface.total_mm2 == pytest.approx(np.pi * 45.0**2, rel=0.06)
    assert np.abs(surface.points_mm[:, 0]).max() < 3.0


def test_free_points_alone_give_the_free_margin():
    surface = cut_surface(RADIUS_MM <= 30.0, RADIUS_MM > 30.0, GRID)
    far = surface.points_mm[:, 0] < 0
    profile = margin_profile(surface, ball_points(10.0, (15.0, 0.0, 0.0)), is_free=far)
    assert profile.smallest_mm == pytest.approx(5.0, abs=HALF_VOXEL_MM)
    assert profile.smallest_free_mm > 15.0


def test_without_a_cut_or_a_tumour_there_is_no_margin():
    nothing = cut_surface(np.zeros(GRID.shape, dtype=bool), RADIUS_MM > 0, GRID)
    assert nothing.total_mm2 == 0.0
    assert margin_profile(nothing, ball_points(3.0)) is None
    some = cut_surface(RADIUS_MM <= 20.0, RADIUS_MM > 20.0, GRID)
    assert margin_profile(some, np.zeros((0, 3))) is None


def test_a_flat_cut_is_less_curved_than_a_small_ball():
    half = np.zeros(GRID.shape, dtype=bool)
    half[:, :, :40] = True
    flat = cut_surface(half, ~half, GRID)
    round_cut = cut_surface(RADIUS_MM <= 12.0, RADIUS_MM > 12.0, GRID)
    assert flat.rms_curvature_per_mm < 0.02
    assert round_cut.rms_curvature_per_mm == pytest.approx(1 / 12.0, rel=0.35)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (5.0, 0.8, 0.8)])
def test_diameters_of_an_ellipsoid(spacing):
    semi = np.array([12.0, 9.0, 20.0])  # z, y, x in mm
    shape = tuple(int(60 / step) for step in spacing)
    points = (np.indices(shape).reshape(3, -1).T - (np.array(shape) - 1) / 2) * np.array(spacing)
    mask = (((points / semi) ** 2).sum(axis=1) <= 1).reshape(shape)
    assert longest_slice_diameter_mm(mask, spacing) == pytest.approx(40.0, abs=1.5)
    assert longest_diameter_mm(mask, spacing) == pytest.approx(40.0, abs=2.0)


def test_the_longest_diameter_in_space_may_run_across_slices():
    mask = np.zeros((40, 10, 10), dtype=bool)
    mask[5:35, 3:6, 3:6] = True
    step = (1.0, 1.0, 1.0)
    assert longest_slice_diameter_mm(mask, step) < 5.0
    assert longest_diameter_mm(mask, step) == pytest.approx(np.sqrt(30**2 + 3**2 + 3**2), abs=1.0)


def test_the_mesh_of_a_ball_has_its_area():
    vertices, faces = mesh(RADIUS_MM <= 30.0, GRID.spacing_mm)
    area = surface_area_mm2(vertices, faces)
    assert area == pytest.approx(4 * np.pi * 30.0**2, rel=0.12)  # stairs add about a tenth


def test_one_voxel_has_a_diameter():
    mask = np.zeros((3, 3, 3), dtype=bool)
    mask[1, 1, 1] = True
    assert 0.5 < longest_slice_diameter_mm(mask, (1.0, 1.0, 1.0)) < 2.0
    assert 0.5 < longest_diameter_mm(mask, (1.0, 1.0, 1.0)) < 2.0
