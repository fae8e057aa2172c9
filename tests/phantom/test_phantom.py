"""The digital patient: what was asked for is there, anatomy keeps its rules, truth fits."""

import json
import math
from itertools import combinations

import numpy as np
import pytest
from digital import COARSE

from liverboard.case import check_case, read_case
from liverboard.errors import OutputError, RequestError
from liverboard.phantom import PhantomOptions, make_phantom, write_phantom
from liverboard.phantom.nearest import nearest_pieces
from liverboard.phantom.vessel import lines


@pytest.fixture(scope="module")
def folder(phantom, tmp_path_factory):
    """The coarse patient on disk."""
    return write_phantom(phantom, tmp_path_factory.mktemp("digital") / "case")


def content(root):
    """Return every file below a folder with its bytes."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_the_same_options_give_the_same_bytes(phantom, folder, tmp_path):
    again = write_phantom(make_phantom(COARSE), tmp_path / "again")
    assert content(again) == content(folder)


def test_another_seed_gives_another_patient(phantom):
    other = make_phantom(PhantomOptions(seed=12, lesions=0, spacing_mm=COARSE.spacing_mm))
    assert other.record["id"] != phantom.record["id"]
    assert other.hu.shape != phantom.hu.shape or not np.array_equal(other.hu, phantom.hu)
    assert not other.lesions.any()


def test_the_folder_is_a_case_that_can_be_used(folder, phantom):
    report = check_case(folder)
    assert report.is_usable
    case = read_case(folder)
    assert case.is_invented
    assert set(case.structures) >= {"liver", "portal_vein", "hepatic_veins", "stomach", "spleen"}
    np.testing.assert_array_equal(case.ct.array, phantom.hu)
    np.testing.assert_array_equal(case.lesions.array, phantom.lesions)
    corners = case.ct.grid.corners_mm()
    np.testing.assert_allclose(corners, phantom.grid.corners_mm(), atol=1e-3)


def test_organs_have_the_ct_numbers_of_the_portal_venous_phase(phantom):
    middle = {
        name: float(np.median(phantom.hu[phantom.mask(name) > 0]))
        for name in ("liver", "spleen", "aorta", "portal_vein", "gallbladder", "lung_right")
    }
    assert 70 <= middle["liver"] <= 130
    assert middle["liver"] < middle["portal_vein"] <= 220
    assert 100 <= middle["spleen"] <= 150
    assert 120 <= middle["aorta"] <= 200
    assert -10 <= middle["gallbladder"] <= 40
    assert middle["lung_right"] < -700
    assert phantom.hu.min() >= -1024


def test_organs_lie_on_their_sides(phantom):
    centre = {
        name: phantom.grid.points(np.argwhere(phantom.mask(name))).mean(axis=0)
        for name in ("liver", "spleen", "stomach", "spinal_cord", "heart", "kidney_right", "aorta")
    }
    assert centre["liver"][0] < centre["aorta"][0] < centre["spleen"][0]
    assert centre["stomach"][0] > centre["liver"][0]
    assert centre["heart"][2] > centre["liver"][2] > centre["kidney_right"][2]
    assert centre["spinal_cord"][1] > centre["aorta"][1] > centre["liver"][1]


def test_masks_do_not_overlap(phantom):
    names = ("liver", "spleen", "stomach", "heart", "aorta", "inferior_vena_cava", "kidney_left")
    for one, other in combinations(names, 2):
        assert not np.any(phantom.mask(one) & phantom.mask(other)), (one, other)


def test_lesions_have_the_asked_size_and_place(phantom):
    first, second, third = phantom.truth.lesions
    for lesion, diameter in ((first, 24.0), (second, 14.0)):
        expected_ml = math.pi / 6 * diameter**3 / 1000
        assert lesion.shape.volume_ml == pytest.approx(expected_ml, rel=1e-6)
        assert lesion.voxel_volume_ml == pytest.approx(expected_ml, rel=0.06)
    assert (first.segment, second.segment) == (6, 3)
    assert 0.5 < third.shape.volume_ml < 30


def test_every_lesion_lies_in_the_liver(phantom):
    inside = phantom.mask("liver") > 0
    assert np.all(inside[phantom.lesions > 0])


def test_radii_follow_murrays_law(phantom):
    for branches in (phantom.truth.vessels.portal, phantom.truth.vessels.hepatic):
        children = {}
        for one in branches:
            children.setdefault(one.parent, []).append(one.radius_mm**3)
        for parent, cubes in children.items():
            if parent >= 0:
                assert sum(cubes) == pytest.approx(branches[parent].radius_mm ** 3, rel=1e-6)


def test_the_two_trees_do_not_touch(phantom):
    portal, hepatic = phantom.truth.vessels.portal, phantom.truth.vessels.hepatic
    start, end = lines(hepatic)
    for one in portal:
        steps = np.linspace(0.0, 1.0, 9)[:, None]
        points = np.array(one.from_mm) + steps * (np.array(one.to_mm) - np.array(one.from_mm))
        piece, gap = nearest_pieces(points, start, end)
        room = one.radius_mm + np.array([hepatic[int(n)].radius_mm for n in piece])
        assert np.all(gap > room - 0.1), one.name


def test_the_truth_labels_every_voxel_of_the_liver_and_no_other(phantom):
    inside = phantom.mask("liver") > 0
    for labels in (phantom.truth.segments, phantom.truth.portal, phantom.truth.hepatic):
        np.testing.assert_array_equal(labels > 0, inside)
    assert set(np.unique(phantom.truth.segments)) == set(range(9))
    assert phantom.truth.portal.max() <= len(phantom.truth.vessels.portal)


def test_the_written_truth_fits_the_patient(phantom, folder):
    lesions = json.loads((folder / "truth/lesions.json").read_text())
    assert [one["id"] for one in lesions] == [1, 2, 3]
    vessels = json.loads((folder / "truth/vessels.json").read_text())
    assert len(vessels["portal"]) == len(phantom.truth.vessels.portal)
    summary = json.loads((folder / "truth/truth.json").read_text())
    total = sum(summary["segment_volumes_ml"].values())
    assert total == pytest.approx(summary["liver_volume_ml"], rel=1e-6)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"lesions": 41}, "0 to 40"),
        ({"lesions": 1, "lesion_diameters_mm": (3.0,)}, "4 to 130"),
        ({"lesions": 1, "lesion_diameters_mm": (9.0, 9.0)}, "at most one per lesion"),
        ({"lesion_places": ("S9",)}, "S1 to S8"),
        ({"lesion_places": ((1.0, 2.0, math.nan),)}, "LPS point"),
        ({"spacing_mm": (2.5, 0.8, 0.9)}, "same spacing"),
        ({"spacing_mm": (9.0, 0.8, 0.8)}, "0.5 to 5"),
        ({"portal_variant": "four"}, "trifurcation"),
        ({"noise_hu": -1}, "noise_hu"),
    ],
)
def test_a_wrong_option_is_refused_in_one_line(choice, expected):
    with pytest.raises(RequestError) as error:
        PhantomOptions(**choice)
    assert expected in str(error.value)
    assert "\n" not in str(error.value)


def test_a_lesion_that_finds_no_room_is_refused():
    options = PhantomOptions(
        lesions=1, lesion_places=((500.0, 0.0, 0.0),), spacing_mm=COARSE.spacing_mm
    )
    with pytest.raises(RequestError, match="lesion"):
        make_phantom(options)


def test_a_folder_in_use_is_left_alone(phantom, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="not empty"):
        write_phantom(phantom, tmp_path)
    (tmp_path / "case.yaml").write_text("a record of mine")
    with pytest.raises(OutputError, match=r"case\.yaml"):
        write_phantom(phantom, tmp_path, is_replacing=True)
    assert (tmp_path / "case.yaml").read_text() == "a record of mine"


def test_replacing_removes_the_earlier_patient_alone(phantom, tmp_path):
    write_phantom(phantom, tmp_path / "case")
    (tmp_path / "case" / "note.txt").write_text("mine")
    before = content(tmp_path / "case")
    write_phantom(phantom, tmp_path / "case", is_replacing=True)
    assert content(tmp_path / "case") == before
