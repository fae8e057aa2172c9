"""A plan of leaf openings as DICOM RT objects, read back and checked by another's validator."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from liverboard.errors import CaseError, RequestError
from liverboard.report.rtdose import DoseLabel
from liverboard.report.rtplan import read_apertures, rtplan_bytes, write_rt
from liverboard.treatments.protocol import Plan, Proposal
from liverboard.treatments.registry import chosen_treatments
from radiotherapy_builders import trunk_patient


@pytest.fixture(scope="module", params=["HFS", "FFS"])
def written(request, tmp_path_factory) -> tuple[Plan, Path]:
    patient = trunk_patient()
    parameters = {
        "technique": "sbrt", "prescription": "3x15", "beams": 5, "grid_mm": 4.0, "effort": 0.3,
        "delivers": True, "position": request.param,
    }  # fmt: skip
    proposal = Proposal("irradiate", "one lesion", ("L1",), parameters=parameters)
    plan = chosen_treatments(("radiotherapy",))[0].plan(proposal, patient, lambda _: None)
    assert isinstance(plan, Plan)
    folder = tmp_path_factory.mktemp("rt")
    assert len(write_rt(plan, patient.case, "L1 3x15", folder)) == 3
    return plan, folder


def test_openings_come_back(written: tuple[Plan, Path]) -> None:
    plan, folder = written
    found = read_apertures(folder / "rtplan.dcm")
    given = plan.details["apertures"]
    assert sum(one["weight"] for one in found) == pytest.approx(
        sum(one["weight"] for one in given), rel=1e-5
    )
    assert len(found) == len(given)
    step, columns = plan.details["cell_mm"], plan.details["columns"]
    order = sorted(range(len(given)), key=lambda n: given[n]["beam"])
    for n, one in zip(order, found, strict=True):
        for side in ("left", "right"):
            place = np.array(one[f"{side}_mm"]) / step + columns / 2.0
            is_open = np.array(given[n]["left"]) < np.array(given[n]["right"])
            assert np.allclose(place[is_open], np.array(given[n][side])[is_open], atol=1e-6)
        assert (np.array(one["left_mm"]) <= np.array(one["right_mm"])).all()


def test_the_three_refer_to_one_another(written: tuple[Plan, Path]) -> None:
    _, folder = written
    plan, struct, dose = (dcmread(folder / f"rt{kind}.dcm") for kind in ("plan", "struct", "dose"))
    assert dose.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID == plan.SOPInstanceUID
    reference = plan.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID
    assert reference == struct.SOPInstanceUID
    assert plan.FrameOfReferenceUID == struct.FrameOfReferenceUID == dose.FrameOfReferenceUID
    assert plan.ApprovalStatus == struct.ApprovalStatus == "UNAPPROVED"
    assert "NOT FOR CLINICAL USE" in plan.RTPlanDescription


def test_contours_enclose_the_structure(written: tuple[Plan, Path]) -> None:
    plan, folder = written
    struct = dcmread(folder / "rtstruct.dcm")
    names = {one.ROINumber: one.ROIName for one in struct.StructureSetROISequence}
    mask = next(one.image for one in plan.layers if one.name == "ptv-L1")
    volume = 0.0
    for roi in struct.ROIContourSequence:
        if names[roi.ReferencedROINumber] != "ptv-L1":
            continue
        for item in roi.ContourSequence:
            x, y, _ = np.array(item.ContourData, float).reshape(-1, 3).T
            area = abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2.0
            volume += area * mask.grid.spacing_mm[0] / 1000.0
    expected = float(np.count_nonzero(mask.array)) * mask.grid.voxel_ml
    assert volume == pytest.approx(expected, rel=0.06)  # corners between voxels are cut


def test_the_same_plan_gives_the_same_bytes(written: tuple[Plan, Path]) -> None:
    plan, _ = written
    label = DoseLabel("x", "y")
    assert rtplan_bytes(plan.details, label) == rtplan_bytes(plan.details, label)


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dicom3tools is not installed")
@pytest.mark.parametrize("name", ["rtplan.dcm", "rtstruct.dcm", "rtdose.dcm"])
def test_another_validator_finds_no_error(written: tuple[Plan, Path], name: str) -> None:
    _, folder = written
    done = subprocess.run(
        ["dciodvfy", str(folder / name)], capture_output=True, text=True, check=False
    )
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error")]
    assert errors == []


def test_bad_files_are_named(tmp_path: Path, written: tuple[Plan, Path]) -> None:
    (tmp_path / "x.dcm").write_bytes(b"nothing")
    with pytest.raises(CaseError, match="no DICOM"):
        read_apertures(tmp_path / "x.dcm")
    with pytest.raises(CaseError, match="no RT Plan"):
        read_apertures(written[1] / "rtdose.dcm")


def test_fluence_alone_is_not_written(tmp_path: Path, written: tuple[Plan, Path]) -> None:
    plan, _ = written
    from dataclasses import replace

    bare = replace(plan, details={**plan.details, "apertures": []})
    with pytest.raises(RequestError, match="no leaf openings"):
        write_rt(bare, trunk_patient().case, "x", tmp_path / "none")
    assert not (tmp_path / "none").exists()
