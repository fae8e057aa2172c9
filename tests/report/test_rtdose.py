"""A dose as RT Dose: geometry and dose come back, whatever the grid; the same bytes every time."""

import datetime as dt
from io import BytesIO

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from liverboard.numerics.grid import Grid, Image
from liverboard.report.rtdose import WARNING, DoseLabel, rtdose_bytes

LABEL = DoseLabel("case-17", "resin, whole liver, dose-kernel", dt.date(2026, 1, 15))
TURNED = ((0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
FLIPPED = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0))
OBLIQUE = ((0.8, -0.6, 0.0), (0.6, 0.8, 0.0), (0.0, 0.0, 1.0))


def image(direction=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))):
    rng = np.random.default_rng(2)
    grid = Grid((4, 5, 6), (2.5, 1.5, 1.25), (-102.375, 33.1, -488.2), direction)
    return Image((rng.random(grid.shape) * 140).astype(np.float32), grid)


def read(content):
    return pydicom.dcmread(BytesIO(content))


def dose_at(found, point):
    """The dose of the voxel nearest to an LPS point, read by the rules of the standard alone."""
    rows, columns = (np.array(found.ImageOrientationPatient[n : n + 3], float) for n in (0, 3))
    away = np.array(point) - np.array(found.ImagePositionPatient, float)
    i = round(float(away @ rows) / float(found.PixelSpacing[1]))
    j = round(float(away @ columns) / float(found.PixelSpacing[0]))
    along = float(away @ np.cross(rows, columns))
    k = int(np.argmin(np.abs(np.array(found.GridFrameOffsetVector, float) - along)))
    return float(found.pixel_array[k, j, i]) * float(found.DoseGridScaling)


@pytest.mark.parametrize("direction", [None, TURNED, FLIPPED, OBLIQUE], ids=str)
def test_every_voxel_comes_back_where_it_was(direction):
    dose = image() if direction is None else image(direction)
    found = read(rtdose_bytes(dose, LABEL))
    for index in np.ndindex(dose.grid.shape):
        point = dose.grid.points(np.array([index]))[0]
        assert dose_at(found, point) == pytest.approx(float(dose.array[index]), rel=1e-5, abs=1e-6)


def test_another_reader_sees_the_same_geometry(tmp_path):
    dose = image()
    path = tmp_path / "dose.dcm"
    path.write_bytes(rtdose_bytes(dose, LABEL))
    seen = sitk.ReadImage(str(path))
    assert seen.GetSize() == dose.grid.shape[::-1]
    assert seen.GetSpacing() == pytest.approx(dose.grid.spacing_mm[::-1])
    assert seen.GetOrigin() == pytest.approx(dose.grid.origin_mm)
    assert np.allclose(np.array(seen.GetDirection()).reshape(3, 3), np.eye(3))


@settings(max_examples=20)
@given(
    st.tuples(*[st.floats(0.3, 6.0)] * 3),
    st.tuples(*[st.floats(-900.0, 900.0)] * 3),
    st.floats(1e-3, 1e3),
)
def test_geometry_and_dose_survive_any_numbers(spacing, origin, most):
    grid = Grid((2, 3, 2), spacing, origin)
    array = np.linspace(0.0, most, 12, dtype=np.float32).reshape(grid.shape)
    found = read(rtdose_bytes(Image(array, grid), LABEL))
    assert [float(n) for n in found.ImagePositionPatient] == pytest.approx(origin, abs=1e-6)
    assert [float(n) for n in found.PixelSpacing] == pytest.approx(spacing[1:], rel=1e-8)
    dose = found.pixel_array * float(found.DoseGridScaling)
    assert dose == pytest.approx(array, rel=1e-6, abs=1e-6 * most)


def test_the_file_says_that_it_is_not_for_clinical_use():
    found = read(rtdose_bytes(image(), LABEL))
    assert found.SeriesDescription.startswith(WARNING)
    assert found.DoseComment.startswith(WARNING)
    assert found.ContentQualification == "RESEARCH"
    assert (found.Modality, found.DoseUnits, found.DoseType) == ("RTDOSE", "GY", "PHYSICAL")
    assert found.StudyDate == "20260115"


def test_the_same_dose_gives_the_same_bytes():
    assert rtdose_bytes(image(), LABEL) == rtdose_bytes(image(), LABEL)


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf, 0.0])
def test_what_is_no_dose_is_refused(value):
    array = np.full((2, 2, 2), value, np.float32)
    with pytest.raises(ValueError, match="finite"):
        rtdose_bytes(Image(array, Grid((2, 2, 2), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))), LABEL)
