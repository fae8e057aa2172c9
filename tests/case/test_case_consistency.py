"""Whether images, masks and record can belong together: what is said, and what is not."""

from __future__ import annotations

import numpy as np
import pytest
from case_files import GRID, box, ct, liver

from liverboard.case.consistency import centre_mm, image_remarks, overlap_remarks, side_remarks
from liverboard.evidence.fact import FactSheet
from liverboard.numerics.grid import Grid, Image
from liverboard.values import Reason, Unknown

NO_CT = NO_LESIONS = Unknown(Reason.NO_MASK)


def mask(**where) -> Image:
    return Image(box(**where), GRID)


# x grows to the left, y to the back, z to the head in the grid of these tests.
RIGHT, LEFT = {"x": (2, 6)}, {"x": (18, 22)}
FRONT, BACK = {"y": (2, 6)}, {"y": (15, 18)}
LOW, HIGH = {"z": (0, 3)}, {"z": (9, 12)}


def test_the_centre_of_a_mask_is_a_point_in_the_patient():
    assert centre_mm(liver()) == pytest.approx(GRID.points(np.array([5.5, 9.5, 8.0])))


@pytest.mark.parametrize("name", ["spleen", "stomach", "kidney_left", "aorta", "spinal_cord"])
def test_a_liver_on_the_left_is_said_loudly(name):
    right, left = mask(**RIGHT, **FRONT), mask(**LEFT, **BACK)
    assert list(side_remarks({"liver": right, name: left})) == []
    (remark,) = side_remarks({"liver": mask(**LEFT, **FRONT), name: mask(**RIGHT, **BACK)})
    assert remark.severity == "warning"
    assert "left and right may be swapped" in remark.text


def test_a_mirrored_copy_of_a_right_case_is_caught():
    masks = {"liver": mask(**RIGHT), "spleen": mask(**LEFT), "aorta": mask(x=(11, 13))}
    assert list(side_remarks(masks)) == []
    mirrored = {name: Image(image.array[:, :, ::-1], GRID) for name, image in masks.items()}
    assert len(list(side_remarks(mirrored))) == 2


def test_a_case_on_its_head_or_face_is_caught():
    found = side_remarks({"liver": mask(**HIGH), "lungs": mask(**LOW)})
    assert "head and feet" in next(iter(found)).text
    found = side_remarks({"liver": mask(**BACK), "vertebrae": mask(**FRONT, **LEFT)})
    assert "front and back" in next(iter(found)).text


def test_the_side_is_judged_in_the_patient_whatever_the_axes():
    flipped = Grid(GRID.shape, GRID.spacing_mm, (26.0, -18.0, -40.0),
                   ((-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)))  # fmt: skip
    masks = {"liver": mask(**RIGHT), "spleen": mask(**LEFT)}
    moved = {name: Image(image.array[:, :, ::-1], flipped) for name, image in masks.items()}
    assert list(side_remarks(moved)) == []


def test_a_liver_of_air_is_said():
    air = Image(np.full(GRID.shape, -900, np.int16), GRID)
    remarks = image_remarks(air, {"liver": liver()}, NO_LESIONS, facts=FactSheet())
    assert any("mean -900 HU under the mask" in remark.text for remark in remarks)
    remarks = image_remarks(ct(), {"liver": liver()}, NO_LESIONS, facts=FactSheet())
    assert remarks == ()


@pytest.mark.parametrize(("value", "text"), [(40, "no contrast"), (300, "arterial phase")])
def test_the_phase_is_doubted_by_the_aorta(value, text):
    aorta = mask(x=(18, 20), y=(12, 14))
    array = ct().array.copy()
    array[aorta.array > 0] = value
    masks = {"liver": liver(), "aorta": aorta}
    remarks = image_remarks(Image(array, GRID), masks, NO_LESIONS, facts=FactSheet())
    assert any(text in remark.text for remark in remarks)


def test_a_liver_at_the_edge_of_the_image_may_be_cut_off():
    cut = {"liver": mask(z=(6, 12))}
    remarks = image_remarks(NO_CT, cut, NO_LESIONS, facts=FactSheet())
    assert any("may be cut off" in remark.text for remark in remarks)
    assert image_remarks(NO_CT, {"liver": liver()}, NO_LESIONS, facts=FactSheet()) == ()


def test_structures_that_cannot_overlap_are_said_and_borders_are_not():
    stomach = mask(x=(8, 20))
    (remark,) = overlap_remarks({"liver": liver(), "stomach": stomach})
    assert remark.where == "liver, stomach"
    assert "overlap by 55% of the liver" in remark.text
    assert list(overlap_remarks({"liver": liver(), "stomach": mask(x=(14, 20))})) == []
    touching = mask(x=(13, 23), z=(3, 5))
    assert list(overlap_remarks({"liver": liver(), "stomach": touching})) == []
    assert list(overlap_remarks({"liver": liver(), "portal_vein": stomach})) == []


def test_masks_on_other_grids_are_not_compared_by_index():
    other = Grid(GRID.shape, GRID.spacing_mm, (500.0, 0.0, 0.0))
    assert list(overlap_remarks({"liver": liver(), "stomach": Image(box(), other)})) == []
