"""The case folder: what is read, what works with a remark, and what is refused in one line."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from case_files import GRID, RECORD, box, ct, lesions, liver, make_case, raw_nifti
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from liverboard.case import Severity, read_case, write_image
from liverboard.case.lesions import with_touching
from liverboard.case.resample import placed
from liverboard.errors import CaseError
from liverboard.numerics.grid import Grid, Image
from liverboard.values import Reason, Unknown


def texts(case, severity=None):
    return [str(one) for one in case.remarks if severity in (None, one.severity)]


def refused(folder: Path, what: str, where: str = "") -> CaseError:
    before = sorted(folder.rglob("*")) if folder.exists() else []
    with pytest.raises(CaseError) as caught:
        read_case(folder)
    line = str(caught.value)
    assert what in line
    assert where in line
    assert caught.value.remedy
    assert "\n" not in line
    assert (sorted(folder.rglob("*")) if folder.exists() else []) == before
    return caught.value


def test_a_whole_case_is_read(folder):
    case = read_case(folder)
    assert case.id == "small"
    assert list(case.structures) == ["liver"]
    assert case.structures["liver"].array.dtype == np.uint8
    assert case.lesions.array.dtype == np.uint16
    assert case.ct.array.dtype == np.int16
    assert case.structures["liver"].grid is case.ct.grid
    assert texts(case, Severity.WARNING) == []
    assert list(case.input_hashes) == [
        "case.yaml",
        "imaging/ct.nii.gz",
        "segmentations/lesions.nii.gz",
        "segmentations/liver.nii.gz",
    ]
    assert case.unknown_files == ()


def test_reading_twice_gives_the_same_and_writes_nothing(folder):
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    one, two = read_case(folder), read_case(folder)
    assert one.remarks == two.remarks
    assert one.input_hashes == two.input_hashes
    assert np.array_equal(one.lesions.array, two.lesions.array)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_arrays_of_a_case_cannot_be_written(folder):
    case = read_case(folder)
    for image in (case.ct, case.lesions, case.structures["liver"]):
        with pytest.raises(ValueError, match="read-only"):
            image.array[0, 0, 0] = 1


def test_no_folder_a_file_and_a_folder_without_record_are_refused(tmp_path):
    refused(tmp_path / "gone", "no such folder", "gone")
    (tmp_path / "file").write_text("x")
    refused(tmp_path / "file", "not a folder", "file")
    (tmp_path / "empty").mkdir()
    error = refused(tmp_path / "empty", "missing", "case.yaml")
    assert "liverboard init" in error.remedy


@pytest.mark.parametrize(
    "content", ["", "# only a comment\n", "{}\n", "[]\n", "5\n", "just text\n"]
)
def test_a_record_without_keys_is_refused(tmp_path, content):
    folder = make_case(tmp_path / "c")
    (folder / "case.yaml").write_text(content)
    refused(folder, "", "case.yaml")


def test_an_error_of_the_record_names_file_line_and_key(tmp_path):
    folder = make_case(tmp_path / "c", RECORD + "laboratory:\n  bilirubin: 11\n")
    line = str(refused(folder, "laboratory.bilirubin: value 11 without unit; give unit: umol/L"))
    assert line.startswith(f"{folder / 'case.yaml'}:5: ")


@pytest.mark.parametrize("name", ["with spaces", "Lebér-mät", "患者-17", "quote'd"])
def test_paths_with_spaces_and_other_letters_work(tmp_path, name):
    case = read_case(make_case(tmp_path / name / name))
    assert case.structures["liver"].array.any()


def test_the_record_alone_is_a_case(tmp_path):
    case = read_case(make_case(tmp_path / "c", ct=None, liver=None, lesions=None))
    assert case.ct == Unknown(Reason.NOT_RECORDED, case.ct.detail)
    assert case.lesions.reason is Reason.NO_MASK
    assert not case.has_images


def test_a_missing_liver_mask_leaves_the_rest_readable(tmp_path):
    case = read_case(make_case(tmp_path / "c", liver=None))
    assert "liver" not in case.structures
    assert case.has_images


def mask_file(folder: Path, array: np.ndarray, name: str = "liver", **fields) -> Path:
    raw_nifti(liver(), folder / "segmentations" / f"{name}.nii.gz", array=array, **fields)
    return folder


def test_an_empty_liver_mask_is_refused(folder):
    refused(mask_file(folder, box() * 0), "the liver mask is empty", "segmentations/liver.nii.gz")


def test_a_liver_mask_of_all_ones_is_refused(folder):
    refused(
        mask_file(folder, box() * 0 + 1), "every voxel is set: no mask of liver", "liver.nii.gz"
    )


def test_a_float_mask_of_zeros_and_ones_is_taken_with_a_remark(folder):
    case = read_case(mask_file(folder, box().astype(np.float32)))
    assert np.array_equal(case.structures["liver"].array, box())
    assert any("whole numbers stored as floats" in text for text in texts(case))


@pytest.mark.parametrize("value", [0.37, 2.0])
def test_other_float_masks_are_refused(folder, value):
    array = box().astype(np.float32)
    array[5, 7, 7] = value
    refused(mask_file(folder, array), f"a float mask that holds {value:g}", "liver.nii.gz")


def test_nan_in_a_mask_is_refused(folder):
    array = box().astype(np.float32)
    array[0, 0, 0] = np.nan
    refused(mask_file(folder, array), "1 voxels are NaN or infinite", "liver.nii.gz")


def test_negative_values_in_a_mask_are_refused(folder):
    refused(mask_file(folder, box().astype(np.int16) - 1), "negative values (down to -1)")


def test_a_mask_of_255_is_a_mask_and_several_values_are_said(folder):
    assert read_case(mask_file(folder, box(value=255))).structures["liver"].array.max() == 1
    several = box()
    several[5] *= 3
    case = read_case(mask_file(folder, several))
    assert np.array_equal(case.structures["liver"].array, box())
    assert any("values 1, 3 all taken as liver" in text for text in texts(case, Severity.WARNING))


def test_a_4d_mask_is_refused(folder):
    refused(mask_file(folder, box(), dim=[4, 24, 20, 6, 2, 1, 1, 1]), "a 4-D image")


def test_a_mask_with_flipped_and_swapped_axes_is_placed_by_geometry(tmp_path):
    swapped = np.ascontiguousarray(box().transpose(2, 0, 1)[::-1, :, ::-1])
    corner = GRID.points(np.array([0, 19, 23]))
    # index axes: x runs along -posterior, y along superior, z along -left
    direction = ((0.0, 0.0, -1.0), (-1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    grid = Grid(swapped.shape, (2.0, 3.0, 2.0), tuple(corner), direction)
    case = read_case(make_case(tmp_path / "c", liver=Image(swapped, grid)))
    assert np.array_equal(case.structures["liver"].array, box())
    assert case.structures["liver"].grid is case.ct.grid
    assert any("placed by geometry" in text for text in texts(case, Severity.NOTE))


def test_a_mask_on_a_finer_grid_keeps_its_place_and_volume(tmp_path):
    fine = Grid((36, 40, 48), (1.0, 1.0, 1.0), (-20.5, -18.5, -41.0))
    array = np.repeat(np.repeat(np.repeat(box(), 3, 0), 2, 1), 2, 2)
    case = read_case(make_case(tmp_path / "c", liver=Image(array, fine)))
    assert np.array_equal(case.structures["liver"].array, box())


def test_a_mask_that_reaches_out_of_the_ct_is_said_and_one_outside_is_refused(tmp_path):
    shifted = Grid(GRID.shape, GRID.spacing_mm, (-20.0, -18.0, -22.0))
    case = read_case(make_case(tmp_path / "a", liver=Image(box(), shifted), lesions=None))
    assert any("50% of its volume is left" in text for text in texts(case, Severity.WARNING))
    away = Grid(GRID.shape, GRID.spacing_mm, (-20.0, -18.0, 500.0))
    folder = make_case(tmp_path / "b", liver=Image(box(), away), lesions=None)
    refused(folder, "the mask of liver lies wholly outside the CT", "liver.nii.gz")


def test_without_a_ct_each_mask_keeps_its_own_grid(tmp_path):
    other = Grid(GRID.shape, GRID.spacing_mm, (-20.0, -18.0, -37.0))
    case = read_case(make_case(tmp_path / "c", ct=None, lesions=Image(lesions().array, other)))
    assert case.structures["liver"].grid.matches(GRID)
    assert case.lesions.grid.matches(other)


def test_lesions_outside_the_liver_are_reported_and_kept(tmp_path):
    array = lesions().array.copy()
    array[10:12, 16:19, 18:22] = 3
    array[2, 6:8, 9:11] = 2
    case = read_case(make_case(tmp_path / "c", lesions=Image(array, GRID)))
    assert np.array_equal(case.lesions.array, array)
    (text,) = [text for text in texts(case, Severity.WARNING) if "outside the liver mask" in text]
    assert "2 (18%), 3 (100%)" in text


def test_an_empty_lesion_mask_is_no_lesion_with_a_warning(tmp_path):
    case = read_case(make_case(tmp_path / "c", lesions=Image(box() * 0, GRID)))
    assert not case.lesions.array.any()
    assert any("no lesion was marked" in text for text in texts(case, Severity.WARNING))


def test_a_binary_lesion_mask_is_split_in_a_fixed_order(tmp_path):
    case = read_case(
        make_case(tmp_path / "c", lesions=Image((lesions().array > 0) * np.uint8(1), GRID))
    )
    assert np.array_equal(case.lesions.array, lesions().array)
    assert any("split into 2 separate part(s)" in text for text in texts(case, Severity.NOTE))


def test_parts_that_touch_by_a_corner_are_one_lesion_and_near_parts_are_said(tmp_path):
    array = np.zeros(GRID.shape, np.uint8)
    array[4, 6, 4] = array[5, 7, 5] = 1
    array[5, 7, 9] = array[6, 7, 9] = 1
    array[5, 7, 11] = 1
    grid = Grid(GRID.shape, (1.4, 1.4, 1.4), GRID.origin_mm)
    everywhere = Image(box(grid, z=(1, 11), y=(2, 18), x=(2, 22)), grid)
    folder = make_case(tmp_path / "c", ct=None, liver=everywhere, lesions=Image(array, grid))
    case = read_case(folder)
    assert case.lesions.array.max() == 3
    assert any("lesions 2 and 3 lie under 3 mm apart" in text for text in texts(case))
    assert not any("lesions 1 and 2" in text for text in texts(case))


def test_labels_are_kept_as_they_are_numbered(tmp_path):
    array = lesions().array * np.uint8(4)
    case = read_case(make_case(tmp_path / "c", lesions=Image(array, GRID)))
    assert np.unique(case.lesions.array).tolist() == [0, 4, 8]
    assert any("labels 4, 8 are kept" in text for text in texts(case))


def test_single_lesion_files_make_one_label_image(tmp_path):
    one, two = ((lesions().array == n).astype(np.uint8) for n in (1, 2))
    two[4, 6, 4] = 1
    folder = make_case(
        tmp_path / "c", lesions=None, lesion_01=Image(one, GRID), lesion_02=Image(two, GRID)
    )
    case = read_case(folder)
    assert np.array_equal(case.lesions.array, lesions().array)
    assert any("overlaps lesion 1" in text for text in texts(case))
    write_image(Image(box() * 0, GRID), folder / "segmentations" / "lesion_03.nii.gz")
    assert any("lesion 3: its mask is empty" in text for text in texts(read_case(folder)))
    write_image(lesions(), folder / "lesions.nii.gz")
    refused(folder, "lesions given twice: lesions.nii.gz and segmentations/lesion_01.nii.gz")


def test_noise_is_no_lesion_mask(tmp_path):
    array = np.zeros((40, 40, 40), np.uint8)
    array[::3, ::3, ::3] = 1
    grid = Grid(array.shape, (3.0, 3.0, 3.0), (0.0, 0.0, 0.0))
    folder = make_case(tmp_path / "c", ct=None, liver=None, lesions=Image(array, grid))
    refused(folder, "2,744 separate lesions, more than 500", "lesions.nii.gz")


def test_lesions_that_vanish_on_the_grid_of_the_ct_are_named(tmp_path):
    array = np.zeros((36, 40, 48), np.uint8)
    array[9:18, 12:20, 10:20] = 1
    array[20, 25, 25] = 2
    fine = Grid(array.shape, (1.0, 1.0, 1.0), (-20.5, -18.5, -41.0))
    case = read_case(make_case(tmp_path / "c", lesions=Image(array, fine)))
    assert any("lesions 2 vanish" in text for text in texts(case, Severity.WARNING))


def test_the_counts_of_record_and_mask_are_compared(tmp_path):
    folder = make_case(tmp_path / "c", RECORD + "extent: {lesion_count: 3}\n")
    warnings = texts(read_case(folder), Severity.WARNING)
    assert any("the record counts 3, the mask 2" in text for text in warnings)


def test_duplicate_labels_are_refused_naming_both(folder):
    write_image(liver(), folder / "segmentations" / "Liver.nii.gz")
    refused(
        folder, "two masks for liver: segmentations/Liver.nii.gz and segmentations/liver.nii.gz"
    )


def test_aliases_are_read_and_unknown_names_reported_never_guessed(folder):
    spleen = Image(box(y=(12, 16), x=(18, 21)), GRID)
    for name in ("Spleen", "postcava", "my_structure", "gluteus_maximus_left"):
        write_image(spleen, folder / "segmentations" / f"{name}.nii.gz")
    case = read_case(folder)
    assert list(case.structures) == ["inferior_vena_cava", "liver", "spleen"]
    assert case.sources["inferior_vena_cava"] == ("segmentations/postcava.nii.gz",)
    assert "segmentations/my_structure.nii.gz" in case.unknown_files
    told = [text for text in texts(case) if "no structure is called" in text]
    assert len(told) == 1
    assert "my_structure" in told[0]
    assert "segmentations/my_structure.nii.gz" not in case.input_hashes


def test_own_names_are_mapped_and_checked(folder):
    write_image(Image(box(y=(12, 16), x=(18, 21)), GRID), folder / "segmentations" / "milz.nii.gz")
    (folder / "labels.yaml").write_text("Milz: spleen\n")
    case = read_case(folder)
    assert "spleen" in case.structures
    assert "labels.yaml" in case.input_hashes
    (folder / "labels.yaml").write_text("a: liver\nmilz: splen\n")
    error = refused(folder, "'splen' is no name of a structure", "labels.yaml:2: milz")
    assert "did you mean spleen?" in error.remedy
    (folder / "labels.yaml").write_text("milz: ignore\n")
    assert "spleen" not in read_case(folder).structures


def many_labels() -> np.ndarray:
    labels = box()
    labels[lesions().array > 0] = 2
    labels[3:9, 12:16, 18:21] = 3
    labels[10, 16:18, 20:22] = 2
    labels[0, 0, 0] = 9
    return labels


def test_one_file_with_many_labels_is_read_by_its_names(tmp_path):
    folder = make_case(tmp_path / "c", liver=None, lesions=None)
    mask_file(folder, many_labels(), "labels")
    refused(folder, "labels 1, 2, 3, 9 have no names", "labels.nii.gz")
    (folder / "segmentations" / "labels.yaml").write_text("1: liver\n2: tumour\n3: spleen\n")
    case = read_case(folder)
    assert list(case.structures) == ["liver", "spleen"]
    assert np.array_equal(case.structures["liver"].array, box())
    assert np.unique(case.lesions.array).tolist() == [0, 1, 2, 3]
    assert case.sources["spleen"] == ("segmentations/labels.nii.gz#3",)
    assert any("labels 9 have no name" in text for text in texts(case, Severity.WARNING))
    assert any("lesions that touch the liver were added" in text for text in texts(case))
    assert any(
        "outside the liver mask, kept all the same: 3 (100%)" in text for text in texts(case)
    )


def test_the_labels_of_one_file_may_have_their_own_names(tmp_path):
    folder = make_case(tmp_path / "c", liver=None, lesions=None)
    mask_file(folder, many_labels(), "scan_one")
    (folder / "labels.yaml").write_text("scan_one: {1: liver, 2: ignore, 3: spleen, 9: ignore}\n")
    case = read_case(folder)
    assert list(case.structures) == ["liver", "spleen"]
    (folder / "labels.yaml").write_text("scan_one: {one: liver}\n")
    refused(folder, "label 'one'", "labels.yaml:1: one")
    (folder / "labels.yaml").write_text("- liver\n")
    refused(folder, "no list of names", "labels.yaml")


def test_segments_of_the_liver_may_lie_in_one_file(tmp_path):
    labels = box()
    labels[6:] *= 8
    folder = make_case(tmp_path / "c")
    mask_file(folder, labels, "liver_segments")
    names = list(read_case(folder).structures)
    assert names == ["liver", "liver_segment_1", "liver_segment_8"]


def test_a_lesion_that_does_not_touch_the_liver_is_not_added_to_it():
    inside, outside = box(z=(4, 5), y=(6, 7), x=(6, 7)), box(z=(10, 11), y=(17, 18), x=(20, 21))
    around = box() - inside
    assert np.array_equal(with_touching(around, inside | outside), box())
    assert np.array_equal(with_touching(around * 0, inside), around * 0)


def test_lobes_and_ribs_are_merged_unless_the_whole_is_given(folder):
    low, high = box(z=(9, 10)), box(z=(10, 11))
    for name, array in (("lung_lower_lobe_right", low), ("lung_upper_lobe_left", high)):
        write_image(Image(array, GRID), folder / "segmentations" / f"{name}.nii.gz")
    case = read_case(folder)
    assert np.array_equal(case.structures["lungs"].array, low | high)
    assert len(case.sources["lungs"]) == 2
    write_image(Image(low, GRID), folder / "segmentations" / "lungs.nii.gz")
    case = read_case(folder)
    assert np.array_equal(case.structures["lungs"].array, low)
    assert any("given whole" in text for text in texts(case))


def test_an_empty_mask_counts_as_absent(folder):
    write_image(Image(box() * 0, GRID), folder / "segmentations" / "gallbladder.nii.gz")
    case = read_case(folder)
    assert "gallbladder" not in case.structures
    assert any("empty: gallbladder counts as absent" in text for text in texts(case))


def test_masks_may_be_nrrd_or_lie_beside_the_record(folder):
    (folder / "segmentations" / "lesions.nii.gz").rename(folder / "lesions.nii.gz")
    assert read_case(folder).lesions.array.max() == 2


def test_other_images_are_read_and_two_cts_refused(folder):
    write_image(
        Image(np.ones(GRID.shape, np.float32), GRID), folder / "imaging" / "spect_maa.nii.gz"
    )
    case = read_case(folder)
    assert case.others["spect_maa"].array.dtype == np.float32
    write_image(ct(), folder / "imaging" / "ct_portal.nii.gz")
    error = refused(folder, "two images for ct: imaging/ct.nii.gz and imaging/ct_portal.nii.gz")
    assert error.remedy == "keep one"


def test_derived_truth_and_hidden_files_are_left_alone_and_others_listed(folder):
    for name in ("derived", "truth", "fhir"):
        (folder / name).mkdir()
        (folder / name / "x.nii.gz").write_bytes(b"x")
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "imaging" / "ct.json").write_text("{}")
    (folder / "letter.pdf").write_bytes(b"x")
    assert read_case(folder).unknown_files == ("fhir/", "imaging/ct.json", "letter.pdf")


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no symbolic links here")
def test_links_out_of_the_folder_are_refused_and_links_within_followed(tmp_path):
    folder = make_case(tmp_path / "c", lesions=None)
    write_image(lesions(), tmp_path / "elsewhere.nii.gz")
    link = folder / "segmentations" / "lesions.nii.gz"
    link.symlink_to(tmp_path / "elsewhere.nii.gz")
    refused(folder, "a symbolic link that leads out of the case folder", "lesions.nii.gz")
    link.unlink()
    write_image(lesions(), folder / "derived.nii.gz")
    (folder / "derived.nii.gz").rename(folder / "kept.bin")
    link.symlink_to(folder / "kept.bin")
    assert read_case(folder).lesions.array.max() == 2
    whole = tmp_path / "whole"
    whole.symlink_to(folder)
    assert read_case(whole).id == "small"
    (folder / "imaging" / "ct.nii.gz").unlink()
    (folder / "imaging").rmdir()
    (folder / "imaging").symlink_to(tmp_path)
    refused(folder, "a symbolic link", "imaging")


def test_an_unreadable_file_is_refused(folder):
    path = folder / "segmentations" / "liver.nii.gz"
    path.unlink()
    path.write_bytes(b"")
    refused(folder, "an empty file", "liver.nii.gz")
    path.write_bytes(b"not an image at all")
    refused(folder, "not a NIfTI file", "liver.nii.gz")


def nearest(image: Image, grid: Grid) -> np.ndarray:
    """Nearest voxel by geometry, point by point (reference)."""
    result = np.zeros(grid.shape, image.array.dtype)
    for index in np.ndindex(*grid.shape):
        place = np.rint(image.grid.indices(grid.points(np.array(index)))).astype(int)
        if ((place >= 0) & (place < np.array(image.array.shape))).all():
            result[index] = image.array[tuple(place)]
    return result


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_placing_equals_the_nearest_voxel_by_geometry(seed):
    generator = np.random.default_rng(seed)

    def any_grid():
        rotation = Rotation.random(random_state=generator.integers(10**6)).as_matrix()
        shape, spacing = generator.integers(3, 7, 3), generator.uniform(0.7, 3, 3)
        rows = tuple(map(tuple, rotation.tolist()))
        return Grid(
            tuple(shape.tolist()), tuple(spacing.tolist()), tuple(generator.uniform(-4, 0, 3)), rows
        )

    image = Image(generator.integers(0, 3, (g := any_grid()).shape).astype(np.uint16), g)
    target = any_grid()
    assert np.array_equal(placed(image, target).array, nearest(image, target))


def test_without_a_ct_masks_that_cannot_be_brought_together_are_refused(tmp_path):
    away = Grid(GRID.shape, GRID.spacing_mm, (-20.0, -18.0, -20.0))
    one = Image(box(), GRID)
    folder = make_case(
        tmp_path / "c", ct=None, lesions=None, lesion_1=one, lesion_2=Image(box(), away)
    )
    refused(folder, "lesion 2: lies on another grid that reaches further")


def test_absent_masks_are_said_where_there_is_a_ct(tmp_path):
    case = read_case(make_case(tmp_path / "c", liver=None, lesions=None))
    told = texts(case, Severity.WARNING)
    assert any("no mask of the liver" in text for text in told)
    assert any("no mask of lesions" in text for text in told)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_no_image(folder):
    path = folder / "segmentations" / "spleen.nii.gz"
    os.mkfifo(path)
    refused_line = "no such file"
    with pytest.raises(CaseError, match=refused_line):
        read_case(folder)
