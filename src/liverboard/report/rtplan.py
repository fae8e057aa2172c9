"""A plan of leaf openings as DICOM RT Plan and its structures as RT Structure Set, for research.

Marked NOT FOR CLINICAL USE and UNAPPROVED. The same plan gives the same bytes. Meterset weights are
relative: the generic beam has no calibration, so no monitor units are written. Source: DICOM PS3.3,
C.8.8.5 to C.8.8.16, checked with dciodvfy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from liverboard.case.writer import write_bytes
from liverboard.errors import CaseError, RequestError
from liverboard.report.rtdose import EXPLICIT_LITTLE, WARNING, DoseLabel, decimal, rtdose_bytes, uid

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import Dataset

    from liverboard.case import Case
    from liverboard.numerics.grid import Array, Image
    from liverboard.treatments.protocol import Plan

__all__ = ["read_apertures", "rtplan_bytes", "rtstruct_bytes", "write_rt"]

RT_PLAN = "1.2.840.10008.5.1.4.1.1.481.5"
RT_STRUCT = "1.2.840.10008.5.1.4.1.1.481.3"

DELIVERED = "dose-leaves"
"""The layer whose dose is that of the leaf openings."""

Details = Mapping[str, Any]


def write_rt(plan: Plan, case: Case, title: str, folder: Path) -> tuple[Path, ...]:
    """Write RT Plan, RT Structure Set and RT Dose of a plan with leaf openings into `folder`."""
    if not plan.details.get("apertures"):
        raise RequestError(
            "there are no leaf openings to write", where="--dicom", remedy="plan static beams"
        )
    label = DoseLabel(case.id, f"{title}, {DELIVERED}", case.reference_date)
    layers = {one.name: one.image for one in plan.layers}
    masks = {name: image for name, image in layers.items() if name.startswith("ptv-")}
    masks |= {
        name: image for name, image in case.structures.items() if np.asarray(image.array).any()
    }
    files = {
        "rtplan.dcm": rtplan_bytes(plan.details, label),
        "rtstruct.dcm": rtstruct_bytes(masks, label),
        "rtdose.dcm": rtdose_bytes(layers[DELIVERED], label),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_bytes(content, folder / name)
    return tuple(folder / name for name in files)


def _started(sop: str, number: str, label: DoseLabel, modality: str) -> Dataset:
    """Return a dataset that says whose it is and that it is not for clinical use."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import UID

    found = Dataset()
    found.SOPClassUID, found.SOPInstanceUID, found.Modality = sop, number, modality
    found.Manufacturer, found.ManufacturerModelName = "liverboard", f"liverboard, {WARNING}"
    found.PatientName = found.PatientID = label.patient[:64]
    found.PatientBirthDate = found.PatientSex = found.ReferringPhysicianName = ""
    found.StudyInstanceUID = uid("study", label.patient)
    found.SeriesInstanceUID = uid("series", modality, label.patient, label.plan)
    found.StudyID = found.AccessionNumber = found.StudyTime = found.OperatorsName = ""
    found.StudyDate = "" if label.date is None else label.date.strftime("%Y%m%d")
    found.SeriesNumber = found.InstanceNumber = 1
    found.SeriesDescription = f"{WARNING}: {label.plan}"[:64]
    found.FrameOfReferenceUID = label.frame or uid("frame", label.patient)
    found.PositionReferenceIndicator = ""
    found.ApprovalStatus = "UNAPPROVED"
    found.file_meta = FileMetaDataset()
    found.file_meta.TransferSyntaxUID = UID(EXPLICIT_LITTLE)
    found.file_meta.MediaStorageSOPClassUID = UID(sop)
    found.file_meta.MediaStorageSOPInstanceUID = UID(number)
    return found


def _bytes(found: Dataset) -> bytes:
    from pydicom import dcmwrite

    stream = BytesIO()
    dcmwrite(stream, found, enforce_file_format=True)
    return stream.getvalue()


def _item(**values: object) -> Dataset:
    """Return a dataset of some attributes."""
    from pydicom.dataset import Dataset

    found = Dataset()
    for name, value in values.items():
        setattr(found, name, value)
    return found


def rtplan_bytes(details: Details, label: DoseLabel) -> bytes:
    """Return the RT Plan of a plan's `details`: its beams and apertures (see docs)."""
    found = _started(RT_PLAN, uid("plan", label.patient, label.plan), label, "RTPLAN")
    found.RTPlanLabel, found.RTPlanName = "RESEARCH ONLY", label.plan[:64]
    found.RTPlanDescription = f"{WARNING}. {label.plan}"[:1024]
    found.RTPlanDate, found.RTPlanTime = found.StudyDate, ""
    found.PlanIntent, found.RTPlanGeometry = "RESEARCH", "PATIENT"
    found.ReferencedStructureSetSequence = [
        _item(
            ReferencedSOPClassUID=RT_STRUCT,
            ReferencedSOPInstanceUID=uid("struct", label.patient, label.plan),
        )
    ]
    by_beam: dict[int, list[Details]] = {}
    for one in details["apertures"]:
        by_beam.setdefault(int(one["beam"]), []).append(one)
    fractions = int(str(details["prescription"]).split("x", maxsplit=1)[0])
    found.FractionGroupSequence = [
        _item(
            FractionGroupNumber=1,
            NumberOfFractionsPlanned=fractions,
            NumberOfBeams=len(by_beam),
            NumberOfBrachyApplicationSetups=0,
            ReferencedBeamSequence=[
                _item(ReferencedBeamNumber=k) for k in range(1, len(by_beam) + 1)
            ],
        )
    ]
    position = str(details["position"])
    found.PatientSetupSequence = [_item(PatientSetupNumber=1, PatientPosition=position)]
    found.BeamSequence = [
        _beam(number, details["beams"][beam], openings, details)
        for number, (beam, openings) in enumerate(sorted(by_beam.items()), start=1)
    ]
    return _bytes(found)


def _beam(number: int, beam: Details, openings: Sequence[Details], details: Details) -> Dataset:
    """Return one beam: two control points an opening, between which its weight is given."""
    leaf, step = float(details["leaf_mm"]), float(details["cell_mm"])
    rows, columns = len(openings[0]["left"]), int(details["columns"])
    edges = [(row - rows / 2.0) * leaf for row in range(rows + 1)]
    places = [_leaves(one, columns, step) for one in openings]
    reach = columns / 2.0 * step
    jaws = ([-reach, reach], [edges[0], edges[-1]])
    total = 0.0
    points: list[Dataset] = []
    for one, (left, right) in zip(openings, places, strict=True):
        for after in (0.0, float(one["weight"])):
            total += after
            points.append(_control_point(len(points), total, (left, right), jaws))
    first = points[0]
    first.NominalBeamEnergy = 6
    first.GantryAngle, first.GantryRotationDirection = decimal(beam["gantry_deg"] % 360.0), "NONE"
    first.BeamLimitingDeviceAngle = decimal(beam["collimator_deg"] % 360.0)
    first.BeamLimitingDeviceRotationDirection = "NONE"
    first.PatientSupportAngle = decimal(beam["couch_deg"] % 360.0)
    first.PatientSupportRotationDirection = "NONE"
    first.TableTopEccentricAngle, first.TableTopEccentricRotationDirection = 0, "NONE"
    first.TableTopVerticalPosition = first.TableTopLongitudinalPosition = None
    first.TableTopLateralPosition = None
    first.IsocenterPosition = [decimal(v) for v in beam["isocentre_mm"]]
    first.SourceToSurfaceDistance = decimal(beam["ssd_mm"])
    devices = [
        _item(RTBeamLimitingDeviceType="ASYMX", NumberOfLeafJawPairs=1),
        _item(RTBeamLimitingDeviceType="ASYMY", NumberOfLeafJawPairs=1),
        _item(
            RTBeamLimitingDeviceType="MLCX",
            NumberOfLeafJawPairs=rows,
            LeafPositionBoundaries=[decimal(v) for v in edges],
        ),
    ]
    return _item(
        BeamNumber=number,
        BeamName=f"{number}",
        BeamDescription=WARNING,
        Manufacturer="",
        BeamType="DYNAMIC",
        RadiationType="PHOTON",
        TreatmentMachineName="GENERIC",
        PrimaryDosimeterUnit="MU",
        SourceAxisDistance=1000,
        BeamLimitingDeviceSequence=devices,
        TreatmentDeliveryType="TREATMENT",
        NumberOfWedges=0,
        NumberOfCompensators=0,
        NumberOfBoli=0,
        NumberOfBlocks=0,
        FinalCumulativeMetersetWeight=decimal(total),
        NumberOfControlPoints=len(points),
        ReferencedPatientSetupNumber=1,
        ControlPointSequence=points,
    )


def _leaves(one: Details, columns: int, step: float) -> tuple[list[float], list[float]]:
    """Return the places of both leaves of every pair in mm; closed pairs meet on the axis."""
    sides: tuple[list[float], list[float]] = ([], [])
    for left, right in zip(one["left"], one["right"], strict=True):
        is_closed = left == right
        for side, place in zip(sides, (left, right), strict=True):
            side.append(0.0 if is_closed else (place - columns / 2.0) * step)
    return sides


def _control_point(
    number: int,
    weight: float,
    leaves: tuple[list[float], list[float]],
    jaws: tuple[list[float], list[float]],
) -> Dataset:
    """Return one control point; jaws stand still and are given once."""
    places = [("MLCX", [*leaves[0], *leaves[1]])]
    if number == 0:
        places = [("ASYMX", jaws[0]), ("ASYMY", jaws[1]), *places]
    return _item(
        ControlPointIndex=number,
        CumulativeMetersetWeight=decimal(weight),
        BeamLimitingDevicePositionSequence=[
            _item(RTBeamLimitingDeviceType=kind, LeafJawPositions=[decimal(v) for v in values])
            for kind, values in places
        ],
    )


def read_apertures(path: Path) -> list[dict[str, Any]]:
    """Return the openings of an RT Plan: beam number, leaf places in mm and weight of each.

    CaseError where the file is no RT Plan with leaves.
    """
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    try:
        found = dcmread(path)
    except InvalidDicomError as error:
        raise CaseError("is no DICOM file", where=str(path), remedy="give an RT Plan") from error
    if found.get("Modality") != "RTPLAN":
        raise CaseError("is no RT Plan", where=str(path), remedy="give an RT Plan")
    return [one for beam in found.BeamSequence for one in _openings(beam)]


def _openings(beam: Dataset) -> Iterator[dict[str, Any]]:
    """Yield what is given between control points."""
    before = 0.0
    leaves: list[float] = []
    for point in beam.ControlPointSequence:
        weight = float(point.CumulativeMetersetWeight) - before
        if weight > 0.0:
            half = len(leaves) // 2
            yield {
                "beam": int(beam.BeamNumber),
                "left_mm": leaves[:half],
                "right_mm": leaves[half:],
                "weight": weight,
            }
        before += weight
        for device in point.get("BeamLimitingDevicePositionSequence", []):
            if device.RTBeamLimitingDeviceType == "MLCX":
                leaves = [float(v) for v in device.LeafJawPositions]


def rtstruct_bytes(masks: Mapping[str, Image], label: DoseLabel) -> bytes:
    """Return the RT Structure Set of masks by name, contoured plane by plane.

    A hole is a contour within a contour of the same plane.
    """
    found = _started(RT_STRUCT, uid("struct", label.patient, label.plan), label, "RTSTRUCT")
    found.StructureSetLabel, found.StructureSetName = "RESEARCH ONLY", label.plan[:64]
    found.StructureSetDate, found.StructureSetTime = found.StudyDate, ""
    found.StructureSetDescription = WARNING
    rois, contours, kinds = [], [], []
    for number, (name, image) in enumerate(sorted(masks.items()), start=1):
        rois.append(
            _item(
                ROINumber=number,
                ReferencedFrameOfReferenceUID=found.FrameOfReferenceUID,
                ROIName=name[:64],
                ROIGenerationAlgorithm="AUTOMATIC",
            )
        )
        items = [
            _item(
                ContourGeometricType="CLOSED_PLANAR",
                NumberOfContourPoints=len(points),
                ContourData=[decimal(round(float(v), 3)) for v in points.ravel()],
            )
            for points in _contours(image)
        ]
        contours.append(_item(ReferencedROINumber=number, ContourSequence=items))
        kind = "PTV" if name.startswith("ptv") else "EXTERNAL" if name == "body" else "ORGAN"
        kinds.append(
            _item(
                ObservationNumber=number,
                ReferencedROINumber=number,
                RTROIInterpretedType=kind,
                ROIInterpreter="",
            )
        )
    found.StructureSetROISequence, found.ROIContourSequence = rois, contours
    found.RTROIObservationsSequence = kinds
    return _bytes(found)


def _contours(image: Image) -> Iterator[Array]:
    """Yield closed lines (n, 3) LPS mm half way between voxels in and out, plane by plane."""
    from skimage.measure import find_contours

    for plane, mask in enumerate(np.asarray(image.array) > 0):
        if not mask.any():
            continue
        for line in find_contours(np.pad(mask, 1).astype(np.float32), 0.5):
            index = np.column_stack([np.full(len(line) - 1, float(plane)), line[:-1] - 1.0])
            if len(index) > 2:
                yield image.grid.points(index)
