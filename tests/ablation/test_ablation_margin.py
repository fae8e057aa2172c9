"""Margins against spheres whose distances are known, on isotropic and on thick slices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liverboard.numerics.coverage import margin_map
from liverboard.numerics.grid import Grid, Image
from liverboard.numerics.iso_surface import iso_surface
from liverboard.treatments.ablation.device import Setting, Zone
from liverboard.treatments.ablation.placement import Placement, zone_field


def ball(grid, centre, radius):
    """Return the signed distance to a sphere on a grid."""
    points = grid.points(np.indices(grid.shape).reshape(3, -1).T)
    field = np.linalg.norm(points - np.array(centre), axis=1) - radius
    return Image(field.reshape(grid.shape).astype(np.float32), grid)


def box(spacing):
    """Return a grid of about 60 mm round the origin."""
    shape = tuple(int(60 / step) + 1 for step in spacing)
    corner = tuple(-(n - 1) * step / 2 for n, step in zip(shape, spacing, strict=True))
    return Grid(shape, spacing, corner[::-1])


SHIFT = st.tuples(*[st.floats(-2.0, 2.0)] * 3)


@settings(max_examples=12)
@given(SHIFT, st.floats(6.0, 9.0), st.floats(4.0, 8.0))
def test_sphere_in_sphere_is_exact_to_a_tenth_of_a_voxel(shift, radius, more):
    grid, gap = box((1.0, 1.0, 1.0)), float(np.linalg.norm(shift))
    found = margin_map(iso_surface(ball(grid, (0, 0, 0), radius)), ball(grid, shift, radius + more))
    assert found.smallest_mm == pytest.approx(more - gap, abs=0.1)
    assert found.margin_mm.max() == pytest.approx(more + gap, abs=0.1)
    assert found.total_mm2 == pytest.approx(4 * np.pi * radius**2, rel=0.02)


@pytest.mark.parametrize("shift", [(0, 0, 0), (2, 0, 0), (0, 0, 2), (1, 1, 1)])
def test_slices_of_five_millimetres_are_honoured(shift):
    grid, gap = box((5.0, 1.0, 1.0)), float(np.linalg.norm(shift))
    found = margin_map(iso_surface(ball(grid, (0, 0, 0), 9.0)), ball(grid, shift, 15.0))
    # a tenth of a voxel: of the long edge across slices
    assert found.smallest_mm == pytest.approx(6.0 - gap, abs=0.5)
    # half of the surface lies nearer than its equator, as seen along the shift
    assert found.percentile_mm(50) == pytest.approx(15.0 - np.hypot(9.0, gap), abs=0.3)


def test_a_surface_outside_the_zone_has_a_negative_margin():
    grid = box((1.0, 1.0, 1.0))
    found = margin_map(iso_surface(ball(grid, (0, 0, 0), 8.0)), ball(grid, (6, 0, 0), 8.0))
    assert found.smallest_mm == pytest.approx(-6.0, abs=0.1)
    assert found.worst_point_mm[0] == pytest.approx(-8.0, abs=0.6)
    areas = found.area_by_class_mm2()
    # a sphere of equal size shifted by d covers the surface beyond the plane at d / 2: 5 of 16 mm
    # counted by corners of a mesh of a millimetre: half a millimetre of 16 either way
    assert areas[0] / sum(areas) == pytest.approx(11.0 / 16.0, abs=0.5 / 16.0)


def test_at_the_capsule_only_liver_counts():
    grid = box((1.0, 1.0, 1.0))
    tumour, zone = ball(grid, (0, 0, 0), 8.0), ball(grid, (-4, 0, 0), 13.0)
    plain = margin_map(iso_surface(tumour), zone)
    points = grid.points(np.indices(grid.shape).reshape(3, -1).T)
    # the liver ends at x = 8: where the margin is thinnest there is no liver
    liver = Image((points[:, 0] - 8.0).reshape(grid.shape).astype(np.float32), grid)
    inside = margin_map(iso_surface(tumour), zone, organ=liver)
    assert plain.smallest_mm == pytest.approx(1.0, abs=0.1)
    assert inside.smallest_mm > plain.smallest_mm
    # what is left of the liver nearest to the tumour is the ring where zone and plane meet
    ring = np.sqrt(13.0**2 - 12.0**2)
    expected = np.hypot(8.0, ring) - 8.0
    assert inside.smallest_mm == pytest.approx(expected, abs=0.15)


def test_the_field_of_a_zone_is_an_ellipsoid_of_the_right_volume():
    zone = Zone(36.0, 28.0, 10.0, 40.0, 31.0)
    way = np.array([0.6, 0.0, 0.8])
    place = Placement((1.0, 2.0, -3.0), tuple(way), zone, Setting(100.0, 5.0), ())
    grid = box((1.0, 1.0, 1.0))
    field = zone_field((place,), grid)
    volume = float((field.array <= 0).sum()) / 1000.0
    assert volume == pytest.approx(zone.volume_ml, rel=0.01)
    surface = iso_surface(field).points_mm - np.array(place.centre_mm)
    along = surface @ way
    assert along.max() == pytest.approx(18.0, abs=0.1)
    across = np.linalg.norm(surface - along[:, None] * way, axis=1)
    assert across.max() == pytest.approx(14.0, abs=0.1)
