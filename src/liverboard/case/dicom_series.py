"""A DICOM series as one volume: checked slice by slice, then read by SimpleITK.

Slices are placed by their positions, never by file name or instance number. Refused, each with
its place: two series, two frames of reference, a missing or doubled slice, gantry tilt, mixed
sizes or orientations, multi-frame files.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from liverboard.case.dicom_file import is_dicom, open_dicom, parsing, person_of, text_of
from liverboard.case.model import Source
from liverboard.case.volume import Person, Volume, all_finite, check_claim, grid_of, read_content
from liverboard.errors import ImageError
from liverboard.numerics.grid import Array, Image

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["Series", "read_series"]

TAGS = (
    "Modality", "SeriesInstanceUID", "SeriesNumber", "FrameOfReferenceUID", "NumberOfFrames",
    "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns",
    "PatientSex", "PatientAge", "PatientIdentityRemoved", "StudyDate",
)  # fmt: skip

MODALITIES = {"ct": ("CT",), "spect_maa": ("NM", "PT", "ST"), "pet_y90": ("PT", "NM")}
"""What an image in `imaging/` may be made by."""

GAP_TOLERANCE = 0.02
"""Share of the slice distance by which gaps may differ: positions are rounded in headers."""

TILT_DEGREES = 0.5
"""Slices that drift sideways by more are tilted."""

SLICE_BYTES = 64_000_000
"""Largest single slice file; a 512 x 512 slice holds half a megabyte."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Header of one slice; vectors in LPS mm."""

    source: Source
    modality: str
    series: str
    number: str
    frame: str
    position: tuple[float, float, float]
    orientation: tuple[float, ...]
    spacing: tuple[float, float]
    size: tuple[int, int]
    person: Person


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A series read: its volume, the hash of each file, and files that are no images."""

    volume: Volume
    hashes: dict[str, str]
    strangers: tuple[str, ...]


def read_series(files: Sequence[Source], folder: Source, *, kind: str = "ct") -> Series:
    """Return the one series among `files` of `folder`."""
    slices, hashes, strangers = [], {}, []
    for source in files:
        content = read_content(source)
        if not is_dicom(content) and not source.name.lower().endswith(".dcm"):
            strangers.append(source.name)
            continue
        hashes[source.name] = hashlib.sha256(content).hexdigest()
        slices.append(_slice(content, source))
    ordered, step = _checked(slices, folder, kind)
    volume = _volume(ordered, step, folder)
    return Series(volume, hashes, tuple(strangers))


def _slice(content: bytes, source: Source) -> Slice:
    """Return the header of one slice."""
    if len(content) > SLICE_BYTES:
        raise ImageError(
            f"{len(content):,} bytes for a slice", where=str(source), remedy="check it"
        )
    header = open_dicom(content, source, tags=TAGS, pixels=False)
    with parsing(source, "a DICOM slice with position, orientation and size"):
        frames = int(header.get("NumberOfFrames") or 1)
        found = _header(header, source)
    if frames != 1:
        raise ImageError("a multi-frame file", where=str(source), remedy="convert it to NIfTI")
    return found


def _header(header: Dataset, source: Source) -> Slice:
    return Slice(
        source,
        text_of(header, "Modality"),
        text_of(header, "SeriesInstanceUID"),
        text_of(header, "SeriesNumber"),
        text_of(header, "FrameOfReferenceUID"),
        _three(header["ImagePositionPatient"].value),
        tuple(float(part) for part in header["ImageOrientationPatient"].value),
        (float(header["PixelSpacing"].value[0]), float(header["PixelSpacing"].value[1])),
        (int(header["Rows"].value), int(header["Columns"].value)),
        person_of(header),
    )


def _three(values: Sequence[float]) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _checked(slices: list[Slice], folder: Source, kind: str) -> tuple[list[Slice], float]:
    """Return the slices in order along the normal, and their distance."""
    if len(slices) < 2:
        what = f"{len(slices)} DICOM slice(s)"
        raise ImageError(what, where=str(folder), remedy="put the whole series there")
    _check_one_series(slices, folder)
    _check_modality(slices[0], kind, folder)
    _check_alike(slices, folder)
    normal = _normal(slices[0])
    ordered = sorted(slices, key=lambda one: float(np.dot(normal, one.position)))
    step = _check_gaps(ordered, normal, folder)
    _check_straight(ordered, normal, folder)
    return ordered, step


def _check_one_series(slices: Sequence[Slice], folder: Source) -> None:
    counts = Counter((one.number, one.series) for one in slices)
    if len(counts) > 1:
        shown = ", ".join(
            f"series {number or '?'} (...{uid[-12:]}, {count} files)"
            for (number, uid), count in sorted(counts.items())
        )
        raise ImageError(
            f"{len(counts)} series in one folder: {shown}",
            where=str(folder),
            remedy="keep the portal-venous one and move the others away",
        )


def _check_modality(one: Slice, kind: str, folder: Source) -> None:
    allowed = MODALITIES.get(kind, (one.modality,))
    if one.modality not in allowed:
        raise ImageError(
            f"modality {one.modality or 'not given'} where {' or '.join(allowed)} is expected",
            where=str(folder),
            remedy=f"put the right series into {folder.name}",
        )


def _check_alike(slices: Sequence[Slice], folder: Source) -> None:
    """Refuse slices of another size, spacing, orientation or frame of reference."""
    first = slices[0]
    for one in slices[1:]:
        for what, mine, others in (
            ("frame of reference", one.frame, first.frame),
            ("size", one.size, first.size),
            ("pixel spacing", one.spacing, first.spacing),
            ("orientation", one.orientation, first.orientation),
        ):
            if not _is_close(mine, others):
                raise ImageError(
                    f"{one.source.name} and {first.source.name} differ in {what}",
                    where=str(folder),
                    remedy="keep the slices of one acquisition",
                )


def _is_close(one: object, other: object) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and bool(np.allclose(one, other, atol=1e-4))
    return one == other


def _normal(one: Slice) -> NDArray[np.float64]:
    """Return the unit normal of the slices: rows x columns."""
    cosines = np.array(one.orientation)
    normal = np.cross(cosines[:3], cosines[3:])
    length = float(np.linalg.norm(normal))
    if not 0.99 < length < 1.01:
        raise ImageError("orientation is no pair of unit vectors", where=str(one.source))
    return np.asarray(normal / length, dtype=np.float64)


def _check_gaps(ordered: Sequence[Slice], normal: NDArray[np.float64], folder: Source) -> float:
    """Return the slice distance; refuse doubled and missing slices, naming where."""
    places = np.array([np.dot(normal, one.position) for one in ordered])
    gaps = np.diff(places)
    step = float(np.median(gaps))
    for before, gap in enumerate(gaps):
        low, high = ordered[before], ordered[before + 1]
        if gap < GAP_TOLERANCE:
            raise ImageError(
                f"two slices at {places[before]:.1f} mm: {low.source.name} and {high.source.name}",
                where=str(folder),
                remedy="keep one phase or one reconstruction",
            )
        if abs(gap - step) > GAP_TOLERANCE * max(step, 0.5):
            raise _missing(places[before], places[before + 1], step, folder=folder)
    return float(gaps.mean())


def _missing(low: float, high: float, step: float, *, folder: Source) -> ImageError:
    count = round((high - low) / step) - 1
    what = f"{count} slice(s) missing" if count > 0 else "slices unevenly spaced"
    return ImageError(
        f"{what} between {low:.1f} and {high:.1f} mm (slices are {step:.4g} mm apart)",
        where=str(folder),
        remedy="export the whole series again",
    )


def _check_straight(ordered: Sequence[Slice], normal: NDArray[np.float64], folder: Source) -> None:
    """Refuse slices that drift sideways: gantry tilt."""
    path = np.array(ordered[-1].position) - np.array(ordered[0].position)
    sideways = float(np.linalg.norm(path - np.dot(path, normal) * normal))
    angle = float(np.degrees(np.arctan2(sideways, np.dot(path, normal))))
    if angle > TILT_DEGREES:
        raise ImageError(
            f"the slices are tilted by {angle:.1f} degrees (gantry tilt)",
            where=str(folder),
            remedy="resample the series to straight slices first",
        )


def _volume(ordered: Sequence[Slice], step: float, folder: Source) -> Volume:
    first = ordered[0]
    rows, columns = first.size
    shape = (len(ordered), rows, columns)
    check_claim(shape, 2, len(ordered) * SLICE_BYTES, source=folder)
    cosines = np.array(first.orientation)
    matrix = np.column_stack(
        [
            cosines[:3] * first.spacing[1],
            cosines[3:] * first.spacing[0],
            _normal(first) * step,
            np.array(first.position),
        ]
    )
    grid, remarks = grid_of(shape, matrix, folder)
    array = all_finite(_pixels(ordered, folder), folder)
    if array.shape != shape:
        raise ImageError(f"voxels {array.shape} where {shape} are expected", where=str(folder))
    return Volume(Image(array, grid), remarks, frame=first.frame, person=first.person)


def _pixels(ordered: Sequence[Slice], folder: Source) -> Array:
    """Return the rescaled voxels [z, y, x], read by SimpleITK in our order of slices."""
    import SimpleITK

    reader: Any = SimpleITK.ImageSeriesReader()  # type: ignore[no-untyped-call]
    reader.SetFileNames([str(one.source.path) for one in ordered])
    try:
        array: Array = SimpleITK.GetArrayFromImage(reader.Execute())
    except RuntimeError as error:
        raise ImageError(
            "the pixels cannot be read (damaged, or an unusual compression)",
            where=str(folder),
            remedy="save the series uncompressed",
        ) from error
    return array
