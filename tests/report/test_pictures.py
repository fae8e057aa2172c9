"""Pictures show the body as radiologists look at it."""

import re

import numpy as np
import pytest

from liverboard.numerics.grid import Grid, Image
from liverboard.report.picture.plane import Cut, plane_through
from liverboard.report.picture.scene import scene_of
from liverboard.report.picture.slices import Rings, backdrop, drawn
from liverboard.report.picture.solid import solid_of
from liverboard.report.picture.studio import fingerprint
from liverboard.report.picture.view import FROM_FEET, FROM_FRONT, View, view_of
from liverboard.treatments.protocol import Layer, LayerKind

STEP_MM = 2.0
GRID = Grid((40, 36, 50), (STEP_MM,) * 3, (-50.0, -36.0, -40.0))
LESION_AT = (-30.0, -16.0, 20.0)
"""LPS: the patient's right, to the front, to the head."""
LESION_RADIUS_MM = 7.0


def ball(centre, radius):
    points = GRID.points(np.indices(GRID.shape).reshape(3, -1).T)
    return (((points - np.array(centre)) ** 2).sum(axis=1) <= radius**2).reshape(GRID.shape)


@pytest.fixture(scope="module")
def scene():
    """A block of liver with one lesion on the right, in front and on top; CT bright there."""
    liver = np.zeros(GRID.shape, np.uint8)
    liver[4:-4, 4:-4, 4:-4] = 1
    lesion = ball(LESION_AT, LESION_RADIUS_MM).astype(np.uint8)
    hu = np.where(lesion, 200, 50).astype(np.float32)
    layers = (
        Layer("ct", LayerKind.SCALAR, Image(hu, GRID), "ct", "HU"),
        Layer("liver", LayerKind.MASK, Image(liver, GRID), "liver"),
        Layer("lesions", LayerKind.LABELS, Image(lesion, GRID), "lesion", names={1: "L1"}),
    )
    return scene_of(layers)


@pytest.mark.parametrize("cut", Cut)
def test_patients_right_is_on_the_left_of_a_slice(scene, cut):
    plane = plane_through(scene, "L1", cut)
    picture = plane.numbers(scene.ct)
    rows, columns = np.nonzero(picture > 150)
    assert plane.letters[0] == "R"
    assert columns.mean() < picture.shape[1] / 2  # right of the body: left of the picture
    assert rows.mean() < picture.shape[0] / 2  # front (axial) or head (coronal): upper half


@pytest.mark.parametrize("cut", Cut)
def test_a_point_lies_where_its_voxels_are_drawn(scene, cut):
    plane = plane_through(scene, "L1", cut)
    rows, columns = np.nonzero(plane.numbers(scene.ct) > 150)
    x, y = plane.at_mm(LESION_AT)
    assert abs((columns.mean() + 0.5) * plane.step_mm - x) <= STEP_MM
    assert abs((rows.mean() + 0.5) * plane.step_mm - y) <= STEP_MM


@pytest.mark.parametrize("cut", Cut)
def test_outline_of_the_lesion_runs_round_it(scene, cut):
    plane = plane_through(scene, "L1", cut)
    (lesion,) = [s for s in backdrop(scene, plane).shapes if s.look == "lesion"]
    start = re.match(r"M\s*(-?\d+)[ ,](-?\d+)", lesion.path)
    x, y = (float(n) / 10 for n in start.groups())  # tenths of a millimetre
    centre = plane.at_mm(LESION_AT)
    assert np.hypot(x - centre[0], y - centre[1]) == pytest.approx(LESION_RADIUS_MM, abs=STEP_MM)
    assert lesion.name == "L1"


def test_margin_is_drawn_as_a_ring_and_a_wide_one_is_not(scene):
    plane = plane_through(scene, "L1", Cut.AXIAL)
    rings = Rings.of(scene, ("L1",))
    ring = rings.ring(plane, 5.0)
    assert ring.name == "margin 5.0 mm"
    assert rings.ring(plane, 40.0) is None
    assert rings.ring(plane, 0.0) is None


def test_layers_of_a_plan_appear_only_where_they_lie(scene):
    mask = ball(LESION_AT, 12.0)
    layer = Layer.of_mask("gone", mask, GRID, role="resected")
    plane = plane_through(scene, "L1", Cut.AXIAL)
    assert [s.look for s in drawn((layer,), plane)] == ["gone"]
    far = Layer.of_mask("far", ball((30.0, 0.0, -30.0), 5.0), GRID, role="resected")
    assert drawn((far,), plane) == ()


@pytest.mark.parametrize("direction", [FROM_FRONT, FROM_FEET])
def test_views_of_the_solid_have_right_on_the_left(scene, direction):
    view: View = view_of(solid_of(scene), direction)
    x, y = view.at_mm(LESION_AT)
    width, height = view.size_mm
    assert direction.letters[0] == "R"
    assert x < width / 2
    assert y < height / 2  # head up from the front; front of the body up from the feet
    picture = view.anatomy().astype(float)
    orange = (picture[..., 0] - picture[..., 2]) > 60
    assert orange.any()
    row, column = (n.mean() for n in np.nonzero(orange))
    assert abs(column / picture.shape[1] * width - x) < 6
    assert abs(row / picture.shape[0] * height - y) < 6


def test_no_liver_no_scene(scene):
    assert scene_of(()) is None
    empty = Image(np.zeros(GRID.shape, np.uint8), GRID)
    assert scene_of((Layer("liver", LayerKind.MASK, empty, "liver"),)) is None


def test_equal_layers_share_a_picture_and_others_do_not():
    one = Layer.of_mask("gone", ball(LESION_AT, 9.0), GRID, role="resected")
    same = Layer.of_mask("gone", ball(LESION_AT, 9.0), GRID, role="resected")
    other = Layer.of_mask("gone", ball(LESION_AT, 12.0), GRID, role="resected")
    assert fingerprint((one,)) == fingerprint((same,))
    assert fingerprint((one,)) != fingerprint((other,))
