"""NIfTI and NRRD: geometry in every orientation, and each kind of bad file refused in one line."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
import SimpleITK as sitk
from case_files import GRID, box, liver, raw_nifti
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from liverboard.case import read_ct, write_image
from liverboard.case.image_file import volume_of
from liverboard.case.model import Source
from liverboard.case.nifti import HEADER_1, HEADER_2, read_nifti
from liverboard.case.writer import nifti_bytes
from liverboard.errors import ImageError, OutputError
from liverboard.numerics.grid import Grid, Image

KINDS = ("uint8", "int16", "uint16", "float32")


def read(path):
    return volume_of(path.read_bytes(), Source(path, path.name))


@st.composite
def grids(draw):
    """Draw any grid: anisotropic, oblique, flipped, axes permuted, left- or right-handed."""
    shape = tuple(draw(st.integers(2, 6)) for _ in range(3))
    spacing = tuple(draw(st.floats(0.2, 8)) for _ in range(3))
    origin = tuple(draw(st.floats(-500, 500)) for _ in range(3))
    matrix = np.eye(3)[draw(st.permutations(range(3)))] * draw(
        st.lists(st.sampled_from([-1.0, 1.0]), min_size=3, max_size=3)
    )
    if draw(st.booleans()):
        angles = draw(st.lists(st.floats(-180, 180), min_size=3, max_size=3))
        matrix = Rotation.from_euler("xyz", angles, degrees=True).as_matrix() @ matrix
    return Grid(shape, spacing, origin, tuple(map(tuple, matrix.tolist())))


@st.composite
def images(draw):
    grid = draw(grids())
    kind = draw(st.sampled_from(KINDS))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return Image(generator.integers(0, 200, grid.shape).astype(kind), grid)


@settings(max_examples=60, deadline=None)
@given(images())
def test_what_is_written_is_read_back_at_the_same_places(tmp_path_factory, image):
    path = tmp_path_factory.mktemp("round") / "image.nii.gz"
    write_image(image, path)
    volume = read(path)
    assert volume.remarks == ()
    assert volume.image.array.dtype == image.array.dtype
    assert np.array_equal(volume.image.array, image.array)
    assert volume.image.grid.matches(image.grid, tolerance_mm=1e-3)


@settings(max_examples=40, deadline=None)
@given(images())
def test_itk_sees_what_we_write_where_we_put_it(tmp_path_factory, image):
    path = tmp_path_factory.mktemp("itk") / "image.nii.gz"
    write_image(image, path)
    seen = sitk.ReadImage(str(path))
    assert np.array_equal(sitk.GetArrayFromImage(seen), image.array)
    for index in ([0, 0, 0], [1, 1, 1], [size - 1 for size in image.array.shape]):
        there = seen.TransformIndexToPhysicalPoint([int(part) for part in index[::-1]])
        assert there == pytest.approx(image.grid.points(np.array(index)), abs=2e-3)


@settings(max_examples=40, deadline=None)
@given(images(), st.sampled_from([".nii", ".nii.gz", ".nrrd"]), st.booleans())
def test_we_see_what_itk_writes_where_it_put_it(tmp_path_factory, image, ending, is_packed):
    path = tmp_path_factory.mktemp("itk") / f"image{ending}"
    made = sitk.GetImageFromArray(image.array)
    made.SetSpacing(image.grid.spacing_mm[::-1])
    made.SetOrigin(image.grid.origin_mm)
    made.SetDirection(np.array(image.grid.direction).ravel().tolist())
    sitk.WriteImage(made, str(path), is_packed)
    found = read(path).image
    assert np.array_equal(found.array, image.array)
    assert found.grid.matches(image.grid, tolerance_mm=2e-3)


def test_the_same_image_gives_the_same_bytes_whatever_its_name_and_time(tmp_path):
    for name in ("a.nii.gz", "b.nii.gz"):
        write_image(liver(), tmp_path / name)
    one, two = ((tmp_path / name).read_bytes() for name in ("a.nii.gz", "b.nii.gz"))
    assert one == two
    assert one[4:8] == b"\0\0\0\0"
    assert gzip.decompress(one) == nifti_bytes(liver())


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "a.nii.gz"
    write_image(liver(), path)
    before = path.read_bytes()

    def broken(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", broken)
    with pytest.raises(OutputError, match="No space left"):
        write_image(liver(), path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["a.nii.gz"]


def test_odd_types_names_and_folders_are_not_written(tmp_path):
    image = Image(np.zeros(GRID.shape, np.int64), GRID)
    with pytest.raises(OutputError, match="int64 is not written"):
        write_image(image, tmp_path / "a.nii.gz")
    with pytest.raises(OutputError, match=r"\.nii\.gz"):
        write_image(liver(), tmp_path / "a.nii")
    with pytest.raises(OutputError, match="cannot be written"):
        write_image(liver(), tmp_path / "missing" / "a.nii.gz")
    assert list(tmp_path.iterdir()) == []


def test_flags_are_written_as_bytes(tmp_path):
    write_image(Image(box() > 0, GRID), tmp_path / "a.nii.gz")
    assert read(tmp_path / "a.nii.gz").image.array.dtype == np.uint8


def shear(degrees: float) -> np.ndarray:
    rows = np.column_stack([np.diag([2.0, 2.0, 3.0]), [20.0, 18.0, -40.0]])
    rows[1, 2] = 3.0 * np.tan(np.radians(degrees))
    return rows


BAD = {
    "claims 205 GB": (
        {"dim": [3, 8000, 8000, 3200, 1, 1, 1, 1]},
        "the header claims 8000 x 8000 x 3200 voxels, 205 GB",
    ),
    "claims a little more": (
        {"dim": [3, 24, 20, 13, 1, 1, 1, 1]},
        "cut short: 5,760 of 6,240 voxels",
    ),
    "4-D": (
        {"dim": [4, 24, 20, 6, 2, 1, 1, 1]},
        "a 4-D image (24 x 20 x 6 x 2) where a volume is needed",
    ),
    "2-D": ({"dim": [2, 24, 20, 1, 1, 1, 1, 1]}, "a 2-D image"),
    "negative size": ({"dim": [3, 24, -20, 12, 1, 1, 1, 1]}, "size 24 x -20 x 12"),
    "nine axes": ({"dim": [9, 24, 20, 12, 1, 1, 1, 1]}, "9 axes"),
    "colour": ({"datatype": 128}, "data type 128"),
    "no orientation": ({"sform": 0, "qform": 0}, "left and right cannot be told"),
    "gantry tilt": ({"srow": shear(12)}, "the axes are sheared by 12.0 degrees"),
    "zero spacing": ({"srow": np.zeros((3, 4))}, "voxel spacing of 0 x 0 x 0 mm is not plausible"),
    "metres taken for mm": ({"srow": shear(0) / 1000}, "voxel spacing of 0.002 x"),
    "NaN in the affine": ({"srow": np.full((3, 4), np.nan)}, "not plausible"),
    "voxels inside the header": ({"vox_offset": 100}, "voxels at byte 100"),
    "ANALYZE": ({"magic": b"ni1"}, "without its voxels"),
    "not NIfTI": ({"size": 12}, "not a NIfTI file"),
}


@pytest.mark.parametrize(("fields", "what"), BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("ending", [".nii.gz", ".nii"])
def test_a_bad_header_is_refused_before_a_voxel_is_read(tmp_path, fields, what, ending):
    path = tmp_path / f"ct{ending}"
    raw_nifti(liver(), path, **fields)
    with pytest.raises(ImageError) as caught:
        read(path)
    if what.startswith("cut short") and ending == ".nii":
        what = "the header claims 24 x 20 x 13 voxels"
    assert str(caught.value).startswith(f"{path}: ")
    assert what in str(caught.value)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


def test_a_header_bomb_costs_nothing(tmp_path):
    path = tmp_path / "bomb.nii.gz"
    raw_nifti(liver(), path, dim=[3, 32767, 32767, 400, 1, 1, 1, 1])
    assert path.stat().st_size < 10_000
    with pytest.raises(ImageError, match="429 GB"):
        read(path)


def test_a_deflate_bomb_is_unfolded_no_further_than_its_header_says(tmp_path):
    path = tmp_path / "bomb.nii.gz"
    path.write_bytes(gzip.compress(nifti_bytes(liver()) + b"\0" * 50_000_000))
    assert read(path).image.array.sum() == liver().array.sum()


@pytest.mark.parametrize("keep", [0, 100, 400, 900])
def test_a_file_cut_short_is_refused(tmp_path, keep):
    path = tmp_path / "cut.nii.gz"
    write_image(Image(np.random.default_rng(1).integers(0, 9, GRID.shape).astype("u1"), GRID), path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ImageError) as caught:
        read_ct(path)
    assert "\n" not in str(caught.value)


def test_damaged_compression_is_refused(tmp_path):
    path = tmp_path / "bad.nii.gz"
    write_image(liver(), path)
    content = bytearray(path.read_bytes())
    content[-6] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(ImageError, match="damaged compression"):
        read(path)


def test_files_of_several_gzip_members_and_padding_are_read(tmp_path):
    path = tmp_path / "parts.nii.gz"
    body = nifti_bytes(liver())
    path.write_bytes(gzip.compress(body[:2000]) + gzip.compress(body[2000:]) + b"\0" * 100)
    assert np.array_equal(read(path).image.array, liver().array)


def test_a_single_frame_4d_image_is_squeezed_with_a_remark(tmp_path):
    path = tmp_path / "a.nii.gz"
    raw_nifti(liver(), path, dim=[4, 24, 20, 12, 1, 1, 1, 1])
    volume = read(path)
    assert volume.image.array.shape == GRID.shape
    assert "4-D with one frame" in volume.remarks[0].text


def test_nan_voxels_are_counted_and_refused(tmp_path):
    array = np.zeros(GRID.shape, np.float32)
    array[0, 0, :3] = np.nan
    array[1, 1, 1] = np.inf
    raw_nifti(liver(), tmp_path / "ct.nii.gz", array=array)
    with pytest.raises(ImageError, match="4 voxels are NaN or infinite; replace them"):
        read_ct(tmp_path / "ct.nii.gz")


def test_slope_and_intercept_are_applied(tmp_path):
    stored = np.full(GRID.shape, 1124, np.uint16)
    raw_nifti(liver(), tmp_path / "ct.nii.gz", array=stored, slope=1, inter=-1024)
    ct = read_ct(tmp_path / "ct.nii.gz")
    assert ct.array.dtype == np.int16
    assert (ct.array == 100).all()
    raw_nifti(liver(), tmp_path / "dose.nii.gz", array=stored, slope=0.5, inter=0)
    assert (read(tmp_path / "dose.nii.gz").image.array == 562).all()


def test_padding_below_air_is_raised_to_air(tmp_path):
    raw_nifti(liver(), tmp_path / "ct.nii.gz", array=np.full(GRID.shape, -3024, np.int16))
    assert (read_ct(tmp_path / "ct.nii.gz").array == -1024).all()


def test_big_endian_and_nifti_2_files_are_read(tmp_path):
    body = nifti_bytes(liver())
    swapped = np.frombuffer(body[:348], HEADER_1).astype(HEADER_1.newbyteorder(">")).tobytes()
    found = read_nifti(swapped + body[348:], Source(tmp_path / "b.nii", "b.nii"))
    assert found.image.grid.matches(GRID)
    old, new = np.frombuffer(body[:348], HEADER_1)[0], np.zeros((), HEADER_2)
    for name in HEADER_2.names:
        new[name] = old[name]
    new["size"], new["magic"], new["vox_offset"] = 540, b"n+2", 544
    second = new.tobytes() + b"\0" * 4 + body[352:]
    found = read_nifti(second, Source(tmp_path / "c.nii", "c.nii"))
    assert np.array_equal(found.image.array, liver().array)
    assert found.image.grid.matches(GRID)


def test_the_qform_is_used_where_there_is_no_sform(tmp_path):
    raw_nifti(liver(), tmp_path / "a.nii.gz", sform=0, srow=np.zeros((3, 4)))
    assert read(tmp_path / "a.nii.gz").image.grid.matches(GRID)


def test_disagreeing_sform_and_qform_are_said_loudly(tmp_path):
    flipped = shear(0) * np.array([[-1.0], [1.0], [1.0]])
    raw_nifti(liver(), tmp_path / "a.nii.gz", srow=flipped)
    (remark,) = read(tmp_path / "a.nii.gz").remarks
    assert remark.severity == "warning"
    assert "sform and qform disagree by" in remark.text


def test_micrometres_are_converted(tmp_path):
    ras = np.diag([-1.0, -1, 1]) @ GRID.index_to_mm * 1000
    raw_nifti(liver(), tmp_path / "a.nii.gz", srow=ras, qform=0, units=3)
    assert read(tmp_path / "a.nii.gz").image.grid.matches(GRID, tolerance_mm=0.01)


def test_rounded_direction_cosines_are_put_right_with_a_remark(tmp_path):
    cosines = Rotation.from_euler("xyz", [9, -4, 31], degrees=True).as_matrix().round(3)
    ras = np.column_stack([np.diag([-1.0, -1, 1]) @ cosines @ np.diag([2.0, 2, 3]), [1, 2, 3]])
    raw_nifti(liver(), tmp_path / "a.nii.gz", srow=ras, qform=0)
    volume = read(tmp_path / "a.nii.gz")
    assert "direction cosines rounded" in volume.remarks[0].text
    corner = volume.image.grid.points(np.array([11, 19, 23]))
    exact = np.diag([-1.0, -1, 1]) @ (ras @ [23, 19, 11, 1])
    assert corner == pytest.approx(exact, abs=0.2)


def nrrd(path, **fields):
    entries = {"type": "uint8", "dimension": "3", "space": "left-posterior-superior",
               "sizes": "24 20 12", "space directions": "(2,0,0) (0,2,0) (0,0,3)",
               "encoding": "raw", "space origin": "(-20,-18,-40)", **fields}  # fmt: skip
    lines = [f"{key}: {value}" for key, value in entries.items() if value is not None]
    path.write_bytes(
        "\n".join(["NRRD0004", "# c", *lines, "", ""]).encode() + liver().array.tobytes()
    )
    return path


def test_nrrd_is_read_in_lps_and_ras(tmp_path):
    assert read(nrrd(tmp_path / "a.nrrd")).image.grid.matches(GRID)
    ras = {"space": "RAS", "space directions": "(-2,0,0) (0,-2,0) (0,0,3)",
           "space origin": "(20,18,-40)"}  # fmt: skip
    assert read(nrrd(tmp_path / "b.nrrd", **ras)).image.grid.matches(GRID)


BAD_NRRD = {
    "points elsewhere": ({"data file": "/etc/passwd"}, "voxels apart from the header"),
    "skips": ({"byte skip": "-1"}, "voxels apart from the header"),
    "claims much": ({"sizes": "8000 8000 3200"}, "the header claims"),
    "cut short": ({"sizes": "24 20 13"}, "claims"),
    "4-D": (
        {"sizes": "2 24 20 6", "space directions": "none (2,0,0) (0,2,0) (0,0,3)"},
        "a 4-D image",
    ),
    "no space": ({"space": None}, "no `space`"),
    "scanner space": ({"space": "scanner-xyz"}, "space 'scanner-xyz'"),
    "no directions": ({"space directions": None}, "no `space directions`"),
    "no origin": ({"space origin": None}, "no `space origin`"),
    "odd encoding": ({"encoding": "bzip2"}, "encoding 'bzip2'"),
    "odd type": ({"type": "block"}, "type 'block'"),
    "no numbers": ({"space directions": "(e,0,0) (0,2,0) (0,0,3)"}, "not plausible"),
}


@pytest.mark.parametrize(("fields", "what"), BAD_NRRD.values(), ids=BAD_NRRD.keys())
def test_a_bad_nrrd_is_refused(tmp_path, fields, what):
    with pytest.raises(ImageError) as caught:
        read(nrrd(tmp_path / "a.nrrd", **fields))
    assert what in str(caught.value)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_damage_to_a_file_is_read_or_refused_in_one_line(data):
    kind = data.draw(st.sampled_from(["nii", "nrrd"]))
    head = b"NRRD0004\ntype: uint8\ndimension: 3\nspace: LPS\nsizes: 24 20 12\n" \
           b"space directions: (2,0,0) (0,2,0) (0,0,3)\nencoding: raw\n" \
           b"space origin: (0,0,0)\n\n"  # fmt: skip
    good = nifti_bytes(liver()) if kind == "nii" else head + liver().array.tobytes()
    content = bytearray(good)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, 360))] = data.draw(st.integers(0, 255))
    try:
        volume_of(bytes(content), Source(GRID, f"x.{kind}"))
    except ImageError as error:
        assert "\n" not in str(error)  # noqa: PT017


def test_segment_names_of_3d_slicer_and_of_the_nifti_extension_are_read(tmp_path):
    path = nrrd(tmp_path / "a.seg.nrrd")
    extra = b"NRRD0004\nSegment0_Name:=liver\nSegment0_LabelValue:=1\nSegment0_Layer:=0\n"
    path.write_bytes(path.read_bytes().replace(b"NRRD0004\n", extra))
    assert read(path).labels == {1: "liver"}
    body = nifti_bytes(liver())
    text = b'<CaretExtension><Label Key="5" Red="1"> liver </Label></CaretExtension>'
    text = text.ljust(88)
    header = np.frombuffer(body[:348], HEADER_1)[0].copy()
    header["vox_offset"] = 352 + 8 + len(text)
    extension = struct.pack("<ii", len(text) + 8, 0) + text
    content = header.tobytes() + b"\1\0\0\0" + extension + body[352:]
    volume = read_nifti(content, Source(path, "x.nii"))
    assert volume.labels == {5: "liver"}
    assert np.array_equal(volume.image.array, liver().array)
