"""A dose as a DICOM RT Dose file, for research: marked NOT FOR CLINICAL USE wherever it can be.

The same dose gives the same bytes: no clock, identifiers derived from the content. No RT Plan lies
behind it, so the plan it must refer to is an identifier without a file. Source: DICOM PS3.3,
C.8.8.3 (RT Dose module), from memory.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from liverboard.case.writer import write_bytes
from liverboard.errors import OutputError
from liverboard.numerics.grid import Array, Grid, Image

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import Dataset

    from liverboard.case import Case
    from liverboard.treatments.protocol import Plan

__all__ = ["WARNING", "DoseLabel", "decimal", "rtdose_bytes", "uid", "write_doses"]

WARNING = "NOT FOR CLINICAL USE"

RT_DOSE = "1.2.840.10008.5.1.4.1.1.481.2"
RT_PLAN = "1.2.840.10008.5.1.4.1.1.481.5"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"

STEPS = 2**31 - 1
"""Values of a dose voxel: 31 bits, so that readers that take them as signed agree."""

SHORT, LONG = 16, 64
"""Characters in the short and long strings of DICOM."""


@dataclass(frozen=True, slots=True)
class DoseLabel:
    """What a file says of its dose: whose, of which plan, when; `frame` is the CT's, if known.

    `date` is the case's reference date; `frame` a frame-of-reference UID, empty where the images
    had none: then the dose fits the CT by coordinates alone.
    """

    patient: str
    plan: str
    date: dt.date | None = None
    frame: str = ""


def rtdose_bytes(dose: Image, label: DoseLabel) -> bytes:
    """Return the RT Dose file of `dose` (z, y, x) in Gy, none negative, on any grid without shear.

    Planes are stored along the normal of rows and columns, so a grid counted against it is turned.
    """
    from pydicom import dcmwrite
    from pydicom.dataset import Dataset

    planes, grid = _along_the_normal(dose)
    most = float(planes.max())
    if not np.isfinite(planes).all() or float(planes.min()) < 0.0 or most <= 0.0:
        raise ValueError("a dose must be finite, not negative, and somewhere above zero")
    scaling = most / STEPS
    voxels = np.rint(planes.astype(np.float64) / scaling).astype("<u4")
    found = Dataset()
    _identify(found, label, hashlib.sha256(voxels.tobytes() + repr(grid).encode()).hexdigest())
    _place(found, grid)
    _fill(found, voxels, scaling)
    stream = BytesIO()
    dcmwrite(stream, found, enforce_file_format=True)
    return stream.getvalue()


def write_doses(plan: Plan, case: Case, title: str, folder: Path) -> tuple[Path, ...]:
    """Write every dose of a plan into `folder` as `<layer>.dcm` and return the files."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"cannot be made: {error.strerror}"
        raise OutputError(what, where=str(folder), remedy="choose another folder") from error
    written = []
    for layer in plan.layers:
        if layer.unit == "Gy" and layer.image.array.max() > 0:
            label = DoseLabel(case.id, f"{title}, {layer.name}", case.reference_date)
            target = folder / f"{layer.name}.dcm"
            write_bytes(rtdose_bytes(layer.image, label), target)
            written.append(target)
    return tuple(written)


def _along_the_normal(dose: Image) -> tuple[Array, Grid]:
    """Return the planes in the order of the normal of rows and columns, and their grid."""
    axes = np.array(dose.grid.direction)
    if float(np.dot(np.cross(axes[:, 0], axes[:, 1]), axes[:, 2])) > 0.0:
        return dose.array, dose.grid
    last = dose.grid.points(np.array([[dose.grid.shape[0] - 1, 0, 0]]))[0]
    rows = [(float(x), float(y), float(-z)) for x, y, z in axes]
    turned = Grid(
        dose.grid.shape,
        dose.grid.spacing_mm,
        (float(last[0]), float(last[1]), float(last[2])),
        (rows[0], rows[1], rows[2]),
    )
    return dose.array[::-1], turned


def uid(*parts: str) -> str:
    """Return an identifier derived from words: the same words, the same identifier."""
    digest = hashlib.sha256("\n".join(("liverboard", *parts)).encode()).digest()
    return f"2.25.{uuid.UUID(bytes=digest[:16], version=5).int}"


def _identify(found: Dataset, label: DoseLabel, content: str) -> None:
    """Write whose dose it is, of what, and that it is not for clinical use."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.sequence import Sequence
    from pydicom.uid import UID

    found.SOPClassUID, found.SOPInstanceUID = RT_DOSE, uid("dose", content, label.plan)
    found.Modality = "RTDOSE"
    found.Manufacturer, found.ManufacturerModelName = "liverboard", f"liverboard, {WARNING}"
    found.PatientName = found.PatientID = label.patient[:LONG]
    found.PatientBirthDate = found.PatientSex = found.ReferringPhysicianName = ""
    found.StudyInstanceUID = uid("study", label.patient)
    found.SeriesInstanceUID = uid("series", label.patient, label.plan)
    found.StudyID, found.AccessionNumber = "", ""
    found.StudyDate = "" if label.date is None else label.date.strftime("%Y%m%d")
    found.StudyTime, found.SeriesNumber, found.InstanceNumber = "", 1, 1
    found.SeriesDescription = f"{WARNING}: {label.plan}"[:LONG]
    found.DoseComment = f"{WARNING}. {label.plan}"[:1024]
    found.ContentQualification = "RESEARCH"
    found.FrameOfReferenceUID = label.frame or uid("frame", label.patient)
    found.PositionReferenceIndicator = ""
    plan = Dataset()
    plan.ReferencedSOPClassUID = RT_PLAN
    plan.ReferencedSOPInstanceUID = uid("plan", label.patient, label.plan)
    found.ReferencedRTPlanSequence = Sequence([plan])
    found.file_meta = FileMetaDataset()
    found.file_meta.TransferSyntaxUID = UID(EXPLICIT_LITTLE)
    found.file_meta.MediaStorageSOPClassUID = UID(RT_DOSE)
    found.file_meta.MediaStorageSOPInstanceUID = found.SOPInstanceUID


def _place(found: Dataset, grid: Grid) -> None:
    """Write where the voxels lie: LPS mm, as in DICOM itself."""
    axes = np.array(grid.direction)
    dz, dy, dx = grid.spacing_mm
    found.ImagePositionPatient = [decimal(one) for one in grid.origin_mm]
    found.ImageOrientationPatient = [decimal(one) for one in (*axes[:, 0], *axes[:, 1])]
    found.PixelSpacing = [decimal(dy), decimal(dx)]
    found.SliceThickness = decimal(dz)
    found.NumberOfFrames, found.Rows, found.Columns = grid.shape
    found.FrameIncrementPointer = 0x3004000C
    found.GridFrameOffsetVector = [decimal(number * dz) for number in range(grid.shape[0])]


def _fill(found: Dataset, voxels: Array, scaling: float) -> None:
    """Write the voxels and what they mean."""
    found.SamplesPerPixel, found.PhotometricInterpretation = 1, "MONOCHROME2"
    found.BitsAllocated, found.BitsStored, found.HighBit, found.PixelRepresentation = 32, 32, 31, 0
    found.DoseUnits, found.DoseType, found.DoseSummationType = "GY", "PHYSICAL", "PLAN"
    found.DoseGridScaling = decimal(scaling)
    found.PixelData = voxels.tobytes()


def decimal(number: float) -> str:
    """Return a number as DICOM writes it: at most 16 characters."""
    for digits in range(12, 4, -1):
        text = f"{float(number):.{digits}g}"
        if len(text) <= SHORT:
            return text
    raise ValueError(f"{number} cannot be written in {SHORT} characters")
