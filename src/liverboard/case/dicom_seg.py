"""DICOM SEG objects as masks: every frame placed by its position, never by its index.

Writers drop empty frames, so the n-th frame says nothing of the n-th slice. BINARY and LABELMAP
are read; FRACTIONAL is refused, since a threshold would be ours. Overlapping segments are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from liverboard.case.dicom_file import parsing, text_of
from liverboard.case.model import Source
from liverboard.case.segment import Segment, Segments, Wanted, check_frame
from liverboard.case.volume import MAX_VOXELS, check_claim, grid_of
from liverboard.errors import ImageError
from liverboard.numerics.grid import Array, Image

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["SEG_CLASSES", "read_seg"]

SEG_CLASSES = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
"""SOP classes of segmentation and label map segmentation."""

LATTICE_TOLERANCE = 0.1
"""Share of the slice distance by which a frame may lie off the lattice of slices."""

SIDEWAYS_MM = 0.1
"""Frames that drift sideways by more do not form one volume."""


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """The frames of a SEG: pixels (n, y, x), LPS positions (n, 3), segment of each (0: many)."""

    source: Source
    pixels: Array
    positions: NDArray[np.float64]
    segments: NDArray[np.int64]
    cosines: NDArray[np.float64]
    spacing: tuple[float, float]
    step: float


def read_seg(
    dataset: Dataset, source: Source, *, ct_frame: str = "", is_wanted: Wanted
) -> Segments:
    """Return the segments of `dataset` that are wanted, on the slices that any frame covers.

    `ct_frame` is the CT's frame of reference, empty where it is not known.
    """
    with parsing(source, "DICOM SEG"):
        frame, kind = text_of(dataset, "FrameOfReferenceUID"), text_of(dataset, "SegmentationType")
    check_frame(frame, ct_frame, source)
    if kind not in ("BINARY", "LABELMAP"):
        raise ImageError(
            f"segmentation type {kind or 'not given'}",
            where=str(source),
            remedy="export it as BINARY",
        )
    with parsing(source, "DICOM SEG"):
        names = {
            int(item.SegmentNumber): str(item.SegmentLabel) for item in dataset.SegmentSequence
        }
        frames = _frames(dataset, source)
    wanted = {number: label for number, label in names.items() if is_wanted(label)}
    unread = tuple(label for number, label in sorted(names.items()) if number not in wanted)
    return Segments(tuple(_segments(wanted, frames)), unread)


def _frames(dataset: Dataset, source: Source) -> Frames:
    """Return all frames with their places."""
    count, rows, columns = int(dataset.NumberOfFrames), int(dataset.Rows), int(dataset.Columns)
    check_claim((count, rows, columns), 1, len(dataset.PixelData) * 1040, source=source)
    pixels = np.asarray(dataset.pixel_array).reshape(count, rows, columns)
    groups = [_groups(dataset, item) for item in dataset.PerFrameFunctionalGroupsSequence]
    measures, plane = groups[0]["PixelMeasuresSequence"], groups[0]["PlaneOrientationSequence"]
    numbers = [group.get("SegmentIdentificationSequence") for group in groups]
    return Frames(
        source,
        pixels,
        np.array(
            [_floats(group["PlanePositionSequence"].ImagePositionPatient) for group in groups]
        ),
        np.array([0 if one is None else int(one.ReferencedSegmentNumber) for one in numbers]),
        np.array(_floats(plane.ImageOrientationPatient)),
        (float(measures.PixelSpacing[0]), float(measures.PixelSpacing[1])),
        float(measures.get("SpacingBetweenSlices") or measures.get("SliceThickness") or 0.0),
    )


def _groups(dataset: Dataset, frame: Dataset) -> dict[str, Any]:
    """Return the functional groups of one frame, its own before the shared ones."""
    shared = dataset.get("SharedFunctionalGroupsSequence") or [None]
    found: dict[str, Any] = {}
    for item in (shared[0], frame):
        for element in item or ():
            if element.VR == "SQ" and len(element.value):
                found[element.keyword] = element.value[0]
    return found


def _floats(values: Sequence[Any]) -> list[float]:
    return [float(value) for value in values]


def _segments(names: dict[int, str], frames: Frames) -> list[Segment]:
    """Return one mask per segment that has a frame, all on the lattice of all frames."""
    slots, along = _slots(frames)
    found = []
    for number, label in sorted(names.items()):
        mine = np.flatnonzero((frames.segments == number) | (frames.segments == 0))
        if mine.size:
            found.append(Segment(label, _mask(frames, mine, slots, number=number, along=along)))
    return found


def _slots(frames: Frames) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the slice number of every frame, and the step from slice to slice in LPS mm."""
    normal = np.cross(frames.cosines[:3], frames.cosines[3:])
    normal = normal / np.linalg.norm(normal)
    along = frames.positions @ normal
    sideways = frames.positions - frames.positions[0] - np.outer(along - along[0], normal)
    step = _step(along, frames.step)
    places = (along - along.min()) / step
    slots = np.rint(places).astype(np.int64)
    if np.abs(sideways).max() > SIDEWAYS_MM or np.abs(places - slots).max() > LATTICE_TOLERANCE:
        raise ImageError(
            "its frames do not lie on one stack of slices",
            where=str(frames.source),
            remedy="resample the segmentation to the CT",
        )
    return slots, np.asarray(normal * step, dtype=np.float64)


def _step(along: NDArray[np.float64], stated: float) -> float:
    """Return the distance of slices: the stated one, unless frames lie closer."""
    gaps = np.diff(np.unique(np.round(along, 3)))
    least = float(gaps.min()) if gaps.size else 0.0
    if stated > 0 and (least == 0 or stated <= least * (1 + LATTICE_TOLERANCE)):
        return stated
    return least or 1.0


def _mask(
    frames: Frames,
    mine: NDArray[np.int64],
    slots: NDArray[np.int64],
    *,
    number: int,
    along: NDArray[np.float64],
) -> Image:
    """Return the mask of one segment from its frames."""
    first = np.argmin(slots)
    shape = (int(slots.max()) + 1, *frames.pixels.shape[1:])
    check_claim(shape, 1, MAX_VOXELS, source=frames.source)
    mask = np.zeros(shape, dtype=np.uint8)
    for frame in mine:
        pixels = frames.pixels[frame]
        wanted = pixels == number if frames.segments[frame] == 0 else pixels > 0
        mask[slots[frame]] |= wanted.astype(np.uint8)
    matrix = np.column_stack(
        [
            frames.cosines[:3] * frames.spacing[1],
            frames.cosines[3:] * frames.spacing[0],
            along,
            frames.positions[first],
        ]
    )
    grid, _ = grid_of((shape[0], shape[1], shape[2]), matrix, frames.source)
    return Image(mask, grid)
