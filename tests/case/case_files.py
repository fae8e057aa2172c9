"""Small case folders, images and DICOM files for the tests."""

from __future__ import annotations

import gzip
import textwrap
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from liverboard.case import write_image
from liverboard.case.nifti import HEADER_1
from liverboard.case.writer import nifti_bytes
from liverboard.numerics.grid import Grid, Image

GRID = Grid((12, 20, 24), (3.0, 2.0, 2.0), (-20.0, -18.0, -40.0))
RECORD = "schema: liverboard/case/1\nid: small\nreference_date: 2026-01-15\n"
UID = "1.2.826.0.1.3680043.8.498."


def box(grid: Grid = GRID, *, z=(3, 9), y=(5, 15), x=(3, 14), value=1) -> np.ndarray:
    array = np.zeros(grid.shape, np.uint8)
    array[slice(*z), slice(*y), slice(*x)] = value
    return array


def liver(grid: Grid = GRID) -> Image:
    return Image(box(grid), grid)


def lesions(grid: Grid = GRID) -> Image:
    array = box(grid, z=(4, 6), y=(6, 8), x=(4, 6))
    array[6:8, 10:13, 9:12] = 2
    return Image(array, grid)


def ct(grid: Grid = GRID) -> Image:
    array = np.full(grid.shape, -1000, np.int16)
    array[:, 2:18, 1:23] = 40
    array[box(grid) > 0] = 110
    return Image(array, grid)


def make_case(folder: Path, record: str = RECORD, **images: Image | None) -> Path:
    """Write a case folder; `images` are masks by name, `ct` goes to imaging/; None leaves out."""
    chosen = {"ct": ct(), "liver": liver(), "lesions": lesions(), **images}
    for name in ("imaging", "segmentations"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "case.yaml").write_text(textwrap.dedent(record), encoding="utf-8")
    for name, image in chosen.items():
        if image is not None:
            where = "imaging" if name == "ct" else "segmentations"
            write_image(image, folder / where / f"{name}.nii.gz")
    return folder


def raw_nifti(image: Image, path: Path, *, array: np.ndarray | None = None, **fields) -> None:
    """Write a NIfTI file with single header fields changed, and other voxels if given."""
    content = nifti_bytes(Image(image.array.astype(np.uint8), image.grid))
    header = np.frombuffer(content[:348], HEADER_1)[0].copy()
    voxels = content[352:]
    if array is not None:
        codes = {"float32": (16, 32), "float64": (64, 64), "int16": (4, 16), "uint16": (512, 16),
                 "int32": (8, 32), "uint8": (2, 8)}  # fmt: skip
        header["datatype"], header["bitpix"] = codes[array.dtype.name]
        voxels = np.ascontiguousarray(array).tobytes()
    for name, value in fields.items():
        header[name] = value
    body = header.tobytes() + b"\0" * 4 + voxels
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(body, 1) if path.name.endswith(".gz") else body)


def ct_slice(position, *, series="1", frame="9", value=0, **changes) -> FileDataset:
    """Return one axial CT slice of 8 x 10 pixels, 2 x 1.5 mm."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = UID + str(abs(hash((tuple(position), series))) % 10**12)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    item = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    item.SOPClassUID, item.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
    item.Modality, item.SeriesInstanceUID, item.SeriesNumber = "CT", UID + series, series
    item.FrameOfReferenceUID, item.StudyInstanceUID = UID + frame, UID + "7"
    item.PatientName, item.PatientSex, item.PatientAge = "Doe^Jane", "F", "061Y"
    item.ImagePositionPatient, item.ImageOrientationPatient = list(position), [1, 0, 0, 0, 1, 0]
    item.PixelSpacing, item.SliceThickness, item.Rows, item.Columns = [2.0, 1.5], 3.0, 8, 10
    item.SamplesPerPixel, item.PhotometricInterpretation = 1, "MONOCHROME2"
    item.BitsAllocated, item.BitsStored, item.HighBit, item.PixelRepresentation = 16, 16, 15, 1
    item.RescaleSlope, item.RescaleIntercept = 1, -1024
    item.PixelData = (np.arange(80, dtype=np.int16) + value).tobytes()
    for name, changed in changes.items():
        setattr(item, name, changed)
    return item


def write_series(folder: Path, positions=None, **changes) -> Path:
    """Write a series of CT slices, by default five, 3 mm apart, in scrambled file order."""
    places = [(-5.0, -6.0, -30.0 + 3 * n) for n in range(5)] if positions is None else positions
    folder.mkdir(parents=True, exist_ok=True)
    for n, position in enumerate(places):
        name = f"{(n * 7) % len(places):02d}-{n}.dcm"
        ct_slice(position, value=100 * n, **changes).save_as(folder / name)
    return folder


def seg_file(masks: dict[str, np.ndarray], grid: Grid, *, kind="BINARY", frame="9") -> FileDataset:
    """Return a DICOM SEG on an axis-aligned grid; empty frames are dropped, frames shuffled."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.66.4"
    meta.MediaStorageSOPInstanceUID, meta.TransferSyntaxUID = UID + "55", ExplicitVRLittleEndian
    item = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    item.SOPClassUID, item.SOPInstanceUID = meta.MediaStorageSOPClassUID, UID + "55"
    item.Modality, item.SegmentationType, item.FrameOfReferenceUID = "SEG", kind, UID + frame
    item.Rows, item.Columns = grid.shape[1:]
    item.SamplesPerPixel, item.PhotometricInterpretation = 1, "MONOCHROME2"
    item.BitsAllocated, item.BitsStored, item.HighBit, item.PixelRepresentation = 1, 1, 0, 0
    frames, groups, segments = [], [], []
    for number, (label, mask) in enumerate(masks.items(), 1):
        segment = Dataset()
        segment.SegmentNumber, segment.SegmentLabel = number, label
        segments.append(segment)
        for z in reversed(np.flatnonzero(mask.any(axis=(1, 2)))):
            frames.append(mask[z])
            groups.append(_frame_group(number, grid, int(z)))
    shared = Dataset()
    plane, measures = Dataset(), Dataset()
    plane.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    measures.PixelSpacing = [grid.spacing_mm[1], grid.spacing_mm[2]]
    measures.SliceThickness = measures.SpacingBetweenSlices = grid.spacing_mm[0]
    shared.PlaneOrientationSequence = Sequence([plane])
    shared.PixelMeasuresSequence = Sequence([measures])
    item.SegmentSequence, item.NumberOfFrames = Sequence(segments), len(frames)
    item.SharedFunctionalGroupsSequence = Sequence([shared])
    item.PerFrameFunctionalGroupsSequence = Sequence(groups)
    bits = np.packbits(np.array(frames).ravel().astype(np.uint8), bitorder="little").tobytes()
    item.PixelData = bits + b"\0" * (len(bits) % 2)
    return item


def _frame_group(number: int, grid: Grid, z: int) -> Dataset:
    group, place, segment = Dataset(), Dataset(), Dataset()
    place.ImagePositionPatient = grid.points(np.array([z, 0, 0])).tolist()
    segment.ReferencedSegmentNumber = number
    group.PlanePositionSequence = Sequence([place])
    group.SegmentIdentificationSequence = Sequence([segment])
    return group


def rtstruct_file(regions: dict[str, list[np.ndarray]], *, frame="9", kind="CLOSED_PLANAR"):
    """Return an RTSTRUCT whose regions are lists of contours, each (n, 3) LPS mm."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.481.3"
    meta.MediaStorageSOPInstanceUID, meta.TransferSyntaxUID = UID + "66", ExplicitVRLittleEndian
    item = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    item.SOPClassUID, item.SOPInstanceUID = meta.MediaStorageSOPClassUID, UID + "66"
    item.Modality = "RTSTRUCT"
    reference = Dataset()
    reference.FrameOfReferenceUID = UID + frame
    item.ReferencedFrameOfReferenceSequence = Sequence([reference])
    names, drawn = [], []
    for number, (name, contours) in enumerate(regions.items(), 1):
        roi, outline = Dataset(), Dataset()
        roi.ROINumber, roi.ROIName = number, name
        outline.ReferencedROINumber = number
        outline.ContourSequence = Sequence([_contour(points, kind) for points in contours])
        names.append(roi)
        drawn.append(outline)
    item.StructureSetROISequence, item.ROIContourSequence = Sequence(names), Sequence(drawn)
    return item


def _contour(points: np.ndarray, kind: str) -> Dataset:
    contour = Dataset()
    contour.ContourGeometricType, contour.NumberOfContourPoints = kind, len(points)
    contour.ContourData = [f"{value:.6f}" for value in np.ravel(points)]
    return contour
