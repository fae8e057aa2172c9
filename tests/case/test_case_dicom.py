"""DICOM: series, SEG and RTSTRUCT, placed by geometry; what is refused, and where it says so."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest
from case_files import (
    GRID,
    UID,
    box,
    ct_slice,
    lesions,
    make_case,
    rtstruct_file,
    seg_file,
    write_series,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian

from liverboard.case import read_case, read_ct
from liverboard.case.dicom_file import open_dicom
from liverboard.case.dicom_seg import read_seg
from liverboard.case.model import Source
from liverboard.case.polygon import filled
from liverboard.case.rtstruct import read_rtstruct
from liverboard.errors import ImageError
from liverboard.numerics.grid import Grid

PLACES = [(-5.0, -6.0, -30.0 + 3 * n) for n in range(5)]


def everything(_label):
    return True


def test_a_series_is_placed_by_position_whatever_its_file_names(tmp_path):
    image = read_ct(write_series(tmp_path / "ct"))
    assert image.grid == Grid((5, 8, 10), (3.0, 2.0, 1.5), (-5.0, -6.0, -30.0))
    assert image.array[:, 0, 0].tolist() == [-1024, -924, -824, -724, -624]
    assert image.array[0, 1, 3] == 13 - 1024


def test_a_series_from_head_to_feet_and_a_sagittal_one_are_placed(tmp_path):
    down = read_ct(write_series(tmp_path / "a", PLACES[::-1]))
    assert down.array[0, 0, 0] == 400 - 1024
    side = [(3.0 * n, 0.0, 0.0) for n in range(4)]
    image = read_ct(write_series(tmp_path / "b", side, ImageOrientationPatient=[0, 1, 0, 0, 0, -1]))
    index = image.grid.indices(np.array([[3.0, 1.5, -2.0]]))[0]
    assert image.array[tuple(np.rint(index).astype(int))] == pytest.approx(-1024 + 11, abs=301)
    assert image.grid.points(np.array([0, 0, 0])) == pytest.approx([9, 0, 0])


def refused(folder, what):
    with pytest.raises(ImageError) as caught:
        read_ct(folder)
    line = str(caught.value)
    assert what in line
    assert str(folder) in line
    assert caught.value.remedy
    assert "\n" not in line
    return line


def test_a_missing_slice_is_refused_naming_where(tmp_path):
    folder = write_series(tmp_path / "ct", [*PLACES[:2], *PLACES[3:]])
    refused(folder, "1 slice(s) missing between -27.0 and -21.0 mm (slices are 3 mm apart)")


def test_uneven_slices_are_refused(tmp_path):
    folder = write_series(tmp_path / "ct", [*PLACES[:4], (-5.0, -6.0, -20.0)])
    refused(folder, "slices unevenly spaced between -21.0 and -20.0 mm")


def test_gantry_tilt_is_refused(tmp_path):
    tilted = [(x, y + 0.6 * n, z) for n, (x, y, z) in enumerate(PLACES)]
    refused(write_series(tmp_path / "ct", tilted), "tilted by 11.3 degrees (gantry tilt)")


def test_two_series_are_refused_naming_both(tmp_path):
    folder = write_series(tmp_path / "ct", series="1")
    ct_slice((-5.0, -6.0, 0.0), series="2").save_as(folder / "z.dcm")
    line = refused(folder, "2 series in one folder: series 1 (")
    assert "5 files" in line
    assert "series 2 (" in line
    assert "keep the portal-venous one" in line


def test_two_slices_at_one_place_are_refused(tmp_path):
    refused(write_series(tmp_path / "ct", [*PLACES, PLACES[2]]), "two slices at -24.0 mm")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"FrameOfReferenceUID": UID + "8"}, "differ in frame of reference"),
        ({"PixelSpacing": [1.0, 1.0]}, "differ in pixel spacing"),
        ({"ImageOrientationPatient": [0, 1, 0, 1, 0, 0]}, "differ in orientation"),
        ({"ImagePositionPatient": None}, "cannot be read as a DICOM slice with position"),
        ({"NumberOfFrames": 4}, "a multi-frame file"),
    ],
)
def test_a_slice_that_does_not_belong_is_refused(tmp_path, change, what):
    folder = write_series(tmp_path / "ct")
    ct_slice((-5.0, -6.0, -15.0), **change).save_as(folder / "z.dcm")
    refused(folder, what)


def test_another_modality_and_a_single_slice_are_refused(tmp_path):
    refused(write_series(tmp_path / "mr", Modality="MR"), "modality MR where CT is expected")
    refused(write_series(tmp_path / "one", PLACES[:1]), "1 DICOM slice(s)")
    (tmp_path / "none").mkdir()
    refused(tmp_path / "none", "0 DICOM slice(s)")


def test_a_deflated_file_is_refused_unopened(tmp_path):
    folder = write_series(tmp_path / "ct")
    item = ct_slice((-5.0, -6.0, -15.0))
    item.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    item.save_as(folder / "z.dcm")
    refused(folder, "deflated or referenced transfer syntax 1.2.840.10008.1.2.1.99")


def test_nested_sequences_without_end_are_refused_in_one_line(tmp_path):
    inner = Dataset()
    for _ in range(400):
        outer = Dataset()
        outer.add(DataElement(0x0040A730, "SQ", [inner], is_undefined_length=True))
        inner = outer
    item = ct_slice((-5.0, -6.0, -15.0))
    nested = io.BytesIO()
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        item.add(DataElement(0x0040A730, "SQ", [inner], is_undefined_length=True))
        item.save_as(nested)
    finally:
        sys.setrecursionlimit(limit)
    with pytest.raises(ImageError, match=r"cannot be read as DICOM \(RecursionError\)"):
        open_dicom(nested.getvalue(), Source(tmp_path, "x.dcm"))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage_to_a_slice_is_read_or_refused_in_one_line(tmp_path_factory, data):
    buffer = io.BytesIO()
    ct_slice((-5.0, -6.0, -15.0)).save_as(buffer)
    content = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(128, len(content) - 1))] = data.draw(st.integers(0, 255))
    folder = write_series(tmp_path_factory.mktemp("ct"), PLACES[:2])
    (folder / "z.dcm").write_bytes(bytes(content))
    try:
        read_ct(folder)
    except ImageError as error:
        assert "\n" not in str(error)  # noqa: PT017


def test_other_files_in_the_folder_are_noted_and_no_name_of_the_patient_is_kept(tmp_path):
    folder = make_case(tmp_path / "c", ct=None, liver=None, lesions=None)
    write_series(folder / "imaging" / "ct")
    (folder / "imaging" / "ct" / "DICOMDIR").write_bytes(b"x")
    (folder / "imaging" / "ct" / "notes.txt").write_text("x")
    case = read_case(folder)
    assert "imaging/ct/notes.txt" in case.unknown_files
    assert sum(name.startswith("imaging/ct/") for name in case.input_hashes) == 5
    assert "Doe" not in repr(case)


def test_sex_and_age_of_another_person_are_remarked(tmp_path):
    record = "id: x\npatient: {sex: male, age: {value: 48, unit: year}}\n"
    folder = make_case(tmp_path / "c", record, ct=None, liver=None, lesions=None)
    write_series(folder / "imaging" / "ct", StudyDate="20250101")
    texts = [str(remark) for remark in read_case(folder).remarks]
    assert any("sex male in the record, female in the images" in text for text in texts)
    assert any("age 48 in the record, 61 in the images" in text for text in texts)


def test_an_old_scan_is_remarked_unless_dates_were_shifted(tmp_path):
    record = "id: x\nreference_date: 2026-01-15\n"
    for name, more, is_said in (("a", {}, True), ("b", {"PatientIdentityRemoved": "YES"}, False)):
        folder = make_case(tmp_path / name, record, ct=None, liver=None, lesions=None)
        write_series(folder / "imaging" / "ct", StudyDate="20250101", **more)
        texts = [remark.text for remark in read_case(folder).remarks]
        assert any("taken 379 days before" in text for text in texts) is is_said


# --- SEG ---


def source(tmp_path):
    return Source(tmp_path / "seg.dcm", "segmentations/seg.dcm")


def test_frames_of_a_seg_are_placed_by_position_though_empty_ones_are_dropped(tmp_path):
    hollow = box(z=(2, 10))
    hollow[4:6] = 0
    masks = {"liver": hollow, "lesion_1": box(z=(5, 7)), "empty": np.zeros_like(hollow)}
    found = read_seg(seg_file(masks, GRID), source(tmp_path), is_wanted=everything)
    assert [part.label for part in found.parts] == ["liver", "lesion_1"]
    for part in found.parts:
        index = np.argwhere(part.image.array)
        there = np.rint(GRID.indices(part.image.grid.points(index))).astype(int)
        again = np.zeros_like(hollow)
        again[tuple(there.T)] = 1
        assert np.array_equal(again, masks[part.label])


def test_a_seg_on_every_other_slice_keeps_its_spacing(tmp_path):
    mask = np.zeros(GRID.shape, np.uint8)
    mask[[2, 4, 8], 5:9, 5:9] = 1
    (part,) = read_seg(
        seg_file({"liver": mask}, GRID), source(tmp_path), is_wanted=everything
    ).parts
    assert part.image.grid.spacing_mm == GRID.spacing_mm
    assert part.image.array.any(axis=(1, 2)).tolist() == [
        True,
        False,
        True,
        False,
        False,
        False,
        True,
    ]


def test_a_label_map_seg_is_read(tmp_path):
    item = seg_file({"liver": box(), "lesions": box(z=(4, 6))}, GRID, kind="LABELMAP")
    labels = box()
    labels[4:6] *= 2
    kept = [z for z in range(12) if labels[z].any()]
    item.NumberOfFrames, item.BitsAllocated, item.BitsStored, item.HighBit = len(kept), 8, 8, 7
    item.PixelData = labels[kept].tobytes()
    groups = [Dataset() for _ in kept]
    for group, z in zip(groups, kept, strict=True):
        place = Dataset()
        place.ImagePositionPatient = GRID.points(np.array([z, 0, 0])).tolist()
        group.PlanePositionSequence = [place]
    item.PerFrameFunctionalGroupsSequence = groups
    parts = read_seg(item, source(tmp_path), is_wanted=everything).parts
    assert [int(part.image.array.sum()) for part in parts] == [4 * 110, 2 * 110]


@pytest.mark.parametrize(
    ("kind", "frame", "what"),
    [("FRACTIONAL", "9", "segmentation type FRACTIONAL"), ("BINARY", "3", "is not that of the CT")],
)
def test_a_seg_that_cannot_be_meant_is_refused(tmp_path, kind, frame, what):
    item = seg_file({"liver": box()}, GRID, kind=kind, frame=frame)
    with pytest.raises(ImageError, match=what) as caught:
        read_seg(item, source(tmp_path), ct_frame=UID + "9", is_wanted=everything)
    assert caught.value.remedy


def test_a_seg_off_the_lattice_or_damaged_is_refused(tmp_path):
    item = seg_file({"liver": box()}, GRID)
    item.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence[0].ImagePositionPatient = [
        0,
        0,
        0,
    ]
    with pytest.raises(ImageError, match="one stack of slices"):
        read_seg(item, source(tmp_path), is_wanted=everything)
    item = seg_file({"liver": box()}, GRID)
    del item.SharedFunctionalGroupsSequence
    with pytest.raises(ImageError, match="cannot be read as DICOM SEG"):
        read_seg(item, source(tmp_path), is_wanted=everything)
    item = seg_file({"liver": box()}, GRID)
    item.Rows = item.Columns = 60_000
    with pytest.raises(ImageError, match="the header claims"):
        read_seg(item, source(tmp_path), is_wanted=everything)


def test_a_case_is_read_from_seg_and_rtstruct(tmp_path):
    folder = make_case(tmp_path / "c", liver=None, lesions=None)
    parts = {f"lesion_{n}": (lesions().array == n).astype(np.uint8) for n in (1, 2)}
    seg_file({"Liver": box(), **parts, "GREEN": box()}, GRID).save_as(
        folder / "segmentations" / "seg.dcm"
    )
    corners = [[-6.0, -4.0], [6.0, -4.0], [6.0, 6.0], [-6.0, 6.0]]
    contours = [np.array([[*corner, -40.0 + 3 * z] for corner in corners]) for z in (3, 4)]
    rtstruct_file({"Stomach": contours}).save_as(folder / "segmentations" / "rt.dcm")
    case = read_case(folder)
    assert np.array_equal(case.structures["liver"].array, box())
    assert np.array_equal(case.lesions.array, lesions().array)
    assert int(case.structures["stomach"].array.sum()) == 2 * 7 * 6
    assert case.sources["liver"] == ("segmentations/seg.dcm#Liver",)
    assert any("'GREEN'" in remark.text for remark in case.remarks)


# --- RTSTRUCT ---


def ring(radius, z, *, centre=(2.0, 0.0), count=400):
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.column_stack(
        [
            centre[0] + radius * np.cos(angles),
            centre[1] + radius * np.sin(angles),
            np.full(count, z),
        ]
    )


def test_contours_are_filled_and_holes_stay_open(tmp_path):
    grid = Grid((3, 200, 200), (3.0, 0.25, 0.25), (-23.0, -25.0, -3.0))
    item = rtstruct_file({"liver": [ring(20, 0.0), ring(8, 0.0)]})
    (part,) = read_rtstruct(item, source(tmp_path), grid=grid, is_wanted=everything).parts
    assert part.image.array.any(axis=(1, 2)).tolist() == [False, True, False]
    area = part.image.array[1].sum() * 0.25**2
    assert area == pytest.approx(np.pi * (20**2 - 8**2), rel=0.002)
    assert part.image.array[1, 100, 100] == 0


def test_open_contours_points_and_those_off_the_ct_are_left_out_with_a_remark(tmp_path):
    item = rtstruct_file({"liver": [ring(5, 0.0)]}, kind="OPEN_PLANAR")
    found = read_rtstruct(item, source(tmp_path), grid=GRID, is_wanted=everything)
    assert found.parts[0].image.array.sum() == 0
    assert "1 contour(s) left out" in found.remarks[0].text
    item = rtstruct_file({"liver": [ring(5, 500.0)]})
    assert read_rtstruct(item, source(tmp_path), grid=GRID, is_wanted=everything).remarks


def test_contours_on_every_other_slice_are_said(tmp_path):
    item = rtstruct_file({"liver": [ring(5, -40.0 + 6 * n) for n in range(4)]})
    found = read_rtstruct(item, source(tmp_path), grid=GRID, is_wanted=everything)
    assert "every 2th slice only" in found.remarks[0].text


def test_contours_across_slices_without_ct_or_in_another_frame_are_refused(tmp_path):
    across = rtstruct_file({"liver": [ring(5, 0.0)[:, [0, 2, 1]]]})
    with pytest.raises(ImageError, match="does not lie in a slice"):
        read_rtstruct(across, source(tmp_path), grid=GRID, is_wanted=everything)
    item = rtstruct_file({"liver": [ring(5, 0.0)]}, frame="4")
    with pytest.raises(ImageError, match="frame of reference"):
        read_rtstruct(item, source(tmp_path), grid=GRID, ct_frame=UID + "9", is_wanted=everything)
    folder = make_case(tmp_path / "c", ct=None, lesions=None, liver=None)
    item.save_as(folder / "segmentations" / "rt.dcm")
    with pytest.raises(ImageError, match="contours without the CT"):
        read_case(folder)


def test_a_dicom_file_that_is_no_segmentation_is_refused(tmp_path):
    folder = make_case(tmp_path / "c")
    ct_slice((0.0, 0.0, 0.0)).save_as(folder / "segmentations" / "ct.dcm")
    with pytest.raises(ImageError, match="neither DICOM SEG nor RTSTRUCT"):
        read_case(folder)
    (folder / "segmentations" / "ct.dcm").write_bytes(b"nonsense")
    with pytest.raises(ImageError, match="cannot be read as DICOM"):
        read_case(folder)


def inside_by_winding(polygons, shape):
    """Even-odd rule, pixel by pixel (reference)."""
    result = np.zeros(shape, bool)
    for y, x in np.ndindex(*shape):
        crossings = 0
        for polygon in polygons:
            for (y0, x0), (y1, x1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
                if (y0 <= y) != (y1 <= y):
                    crossings += x < x0 + (y - y0) / (y1 - y0) * (x1 - x0)
        result[y, x] = crossings % 2
    return result


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_filling_equals_the_even_odd_rule(data):
    coordinate = st.floats(-3.3, 14.7).filter(lambda value: abs(value - round(value)) > 0.06)
    count = data.draw(st.integers(1, 3))
    polygons = [
        np.array(data.draw(st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=7)))
        for _ in range(count)
    ]
    expected = inside_by_winding(polygons, (12, 13))
    found = filled(polygons, (12, 13))
    wrong = np.argwhere(found != expected)
    # Only pixels whose centre lies on an outline may differ, and they count as inside.
    assert all(found[tuple(place)] for place in wrong)


def test_a_traced_mask_comes_back_whole():
    polygon = np.array([[2.0, 2.0], [2.0, 9.0], [7.0, 9.0], [7.0, 2.0]])
    assert int(filled([polygon], (12, 12)).sum()) == 6 * 8


def test_an_outline_off_the_picture_fills_nothing():
    assert not filled([np.array([[50.0, 50], [50, 60], [60, 60]])], (12, 12)).any()


def test_without_a_ct_all_segments_of_a_file_share_one_grid(tmp_path):
    folder = make_case(tmp_path / "c", ct=None, liver=None, lesions=None)
    parts = {f"lesion_{n}": (lesions().array == n).astype(np.uint8) for n in (1, 2)}
    seg_file({"liver": box(), **parts}, GRID).save_as(folder / "segmentations" / "seg.dcm")
    case = read_case(folder)
    assert case.lesions.grid.matches(case.structures["liver"].grid)
    assert [int((case.lesions.array == n).sum()) for n in (1, 2)] == [8, 18]
