"""The real patient crlm-ct-1006: as NIfTI, as DICOM series with SEG, and with RTSTRUCT."""

from __future__ import annotations

import runpy
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from liverboard.case import Severity, check_case, init_case, read_case, read_ct
from liverboard.numerics.grid import Image
from liverboard.values import Reason, Unknown

EXAMPLE = Path(__file__).parents[2] / "examples" / "crlm-ct-1006"

pytestmark = pytest.mark.real

# Volumes of the README beside the data, in ml.
LESIONS_ML = [11.3, 2.7, 1.0, 3.0, 1.1, 2.0, 0.9, 1.5]
STRUCTURES_ML = {"liver": 1528.7, "hepatic_veins": 40.4, "portal_vein": 23.5, "gallbladder": 32.0,
                 "inferior_vena_cava": 59.1, "aorta": 53.2, "kidney_right": 107.2, "lungs": 2165.6,
                 "spinal_canal": 32.0, "body": 17758.4}  # fmt: skip
CENTRES_MM = [(-95.6, 34.5, -301.2), (-64.2, 53.1, -196.7), (-73.4, 31.4, -184.7),
              (-82.6, 78.3, -276.6), (-2.2, -27.3, -293.3), (-46.2, -2.7, -184.0),
              (42.6, -35.1, -236.4), (-90.6, 39.7, -273.9)]  # fmt: skip


def ml(image: Image, label: int | None = None) -> float:
    filled = image.array != 0 if label is None else image.array == label
    return float(np.count_nonzero(filled) * image.grid.voxel_ml)


@pytest.fixture(scope="module")
def make_case():
    return runpy.run_path(str(EXAMPLE / "make_case.py"))["make_case"]


@pytest.fixture(scope="module")
def nifti(real_data, make_case, tmp_path_factory) -> Path:
    return make_case(real_data / "crlm-ct-1006", tmp_path_factory.mktemp("real") / "case")


@pytest.fixture(scope="module")
def case(nifti):
    return read_case(nifti)


def test_the_example_has_eight_lesions_and_a_liver_of_1529_ml(case):
    assert [round(ml(case.lesions, label), 1) for label in range(1, 9)] == LESIONS_ML
    assert case.lesions.array.max() == 8
    assert {name: round(ml(one), 1) for name, one in case.structures.items()} == STRUCTURES_ML


def test_the_lesions_lie_where_they_were_drawn(case):
    for label, centre in enumerate(CENTRES_MM, 1):
        points = case.lesions.grid.points(np.argwhere(case.lesions.array == label))
        assert points.mean(axis=0) == pytest.approx(centre, abs=0.06)


def test_the_record_of_the_example_is_invented_and_whole(case):
    assert case.is_invented
    assert case.facts.number("systemic_cycles") == 6
    assert case.facts.number("cea") == 11
    assert case.facts.category("primary_side") == "left"
    assert case.facts.get("ras").reason is Reason.PENDING
    assert case.facts.number("days_since_bevacizumab") == 38


def test_nothing_looks_wrong_with_the_example(case, nifti):
    assert [one for one in case.remarks if one.severity is Severity.WARNING] == []
    report = check_case(nifti)
    assert report.is_usable
    assert report.unknown_files == ("README.md",)


def test_images_only_record_only_and_no_vessels_are_cases_too(nifti, tmp_path):
    bare = shutil.copytree(nifti, tmp_path / "images only")
    (bare / "case.yaml").write_text("id: bare\n")
    assert round(ml(read_case(bare).structures["liver"]), 1) == 1528.7
    for name in ("hepatic_veins", "portal_vein", "ivc"):
        (bare / "segmentations" / f"{name}.nii.gz").unlink()
    assert "portal_vein" not in read_case(bare).structures
    shutil.rmtree(bare / "imaging")
    shutil.rmtree(bare / "segmentations")
    alone = read_case(bare)
    assert isinstance(alone.ct, Unknown)
    assert not alone.has_images


def test_reading_is_quick(nifti):
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        read_case(nifti)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 3.0  # 0.8 s on two quiet cores


def test_the_dicom_series_is_the_nifti_image_at_random_points(real_data, case):
    series = read_ct(real_data / "dicom" / "crlm-ct-1006" / "ct")
    generator = np.random.default_rng(0)
    index = np.column_stack([generator.integers(0, size, 5000) for size in series.grid.shape])
    there = np.rint(case.ct.grid.indices(series.grid.points(index))).astype(int)
    gap = case.ct.grid.points(there) - series.grid.points(index)
    assert np.abs(gap).max() < 0.01
    assert np.array_equal(series.array[tuple(index.T)], case.ct.array[tuple(there.T)])


def test_the_dicom_copy_with_seg_gives_the_same_case(real_data, case, tmp_path, make_case):
    folder = make_case(real_data / "dicom" / "crlm-ct-1006", tmp_path / "dicom")
    other = read_case(folder)
    assert round(ml(other.structures["liver"]), 1) == 1528.7
    assert [round(ml(other.lesions, label), 1) for label in range(1, 9)] == LESIONS_ML
    for name in ("liver", "hepatic_veins", "portal_vein"):
        index = np.argwhere(other.structures[name].array)
        points = other.structures[name].grid.points(index)
        there = np.rint(case.ct.grid.indices(points)).astype(int)
        assert case.structures[name].array[tuple(there.T)].all()
    assert [one for one in other.remarks if one.severity is Severity.WARNING] == []


def test_a_series_beside_its_seg_and_rtstruct_in_one_frame(real_data, tmp_path):
    source = real_data / "dicom" / "crlm-ct-1006"
    for file, tolerance in (("seg.dcm", 1e-4), ("rtstruct.dcm", 0.02)):
        folder = init_case(tmp_path / file, segmentations=source / file)
        shutil.copytree(source / "ct", folder / "imaging" / "ct")
        case = read_case(folder)
        assert ml(case.structures["liver"]) == pytest.approx(1528.66, rel=tolerance)
        for label, volume in enumerate(LESIONS_ML, 1):
            assert ml(case.lesions, label) == pytest.approx(volume, abs=0.06)
        assert sum(name.startswith("imaging/ct/") for name in case.input_hashes) == 51


def test_overlapping_segments_of_another_program_are_kept(real_data, tmp_path):
    source = real_data / "dicom" / "dcmqi-ct3slice"
    folder = init_case(tmp_path / "c", ct=source / "ct", segmentations=source / "seg-liver.dcm")
    liver = read_case(folder).structures["liver"]
    folder = init_case(tmp_path / "d", ct=source / "ct")
    shutil.copy(source / "liver_seg.nrrd", folder / "segmentations" / "liver.nrrd")
    again = read_case(folder).structures["liver"]
    assert int(liver.array.sum()) == 107_098
    assert np.array_equal(liver.array, again.array)
    names = "GREEN: spleen\nORANGE: stomach\nPURPLE: liver\nLIGHT_BLUE: ignore\nDARK_BLUE: ignore\n"
    (folder / "labels.yaml").write_text(names)
    (folder / "segmentations" / "liver.nrrd").unlink()
    shutil.copy(source / "seg-partial-overlaps.dcm", folder / "segmentations" / "seg.dcm")
    counts = {name: int(one.array.sum()) for name, one in read_case(folder).structures.items()}
    assert counts == {"spleen": 9602, "stomach": 11888, "liver": 10743}


def test_masks_of_totalsegmentator_are_read_and_the_truncated_liver_is_said(real_data, tmp_path):
    source = real_data / "totalseg-abdomen"
    folder = init_case(tmp_path / "c", ct=source / "ct.nii.gz", segmentations=source / "labels")
    (folder / "labels.yaml").write_text("all_classes: ignore\n")
    case = read_case(folder)
    assert {"liver", "spleen", "colon", "lungs", "vertebrae", "portal_vein"} <= set(case.structures)
    assert round(ml(case.structures["liver"]), 1) == 1125.7
    told = " ".join(one.text for one in case.remarks if one.severity is Severity.WARNING)
    assert "may be cut off" in told
    assert "no contrast" in told
    assert "swapped" not in told


def test_a_mirrored_patient_is_noticed(real_data, tmp_path):
    source = real_data / "totalseg-abdomen"
    from liverboard.case.consistency import side_remarks

    folder = init_case(tmp_path / "c", segmentations=source / "labels")
    (folder / "labels.yaml").write_text("all_classes: ignore\n")
    masks = read_case(folder).structures
    assert list(side_remarks(masks)) == []
    mirrored = {name: Image(one.array[:, :, ::-1], one.grid) for name, one in masks.items()}
    assert len(list(side_remarks(mirrored))) >= 3
