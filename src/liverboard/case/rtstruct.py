"""DICOM RTSTRUCT contours as masks on the CT's grid.

Contours are drawn on the slice that their points lie on; a contour inside another is a hole.
Points and open contours are no structures and are left out with a remark. The result is as exact
as the outline: a pixel belongs to the structure where its centre lies inside or on the outline.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from liverboard.case.dicom_file import parsing, text_of
from liverboard.case.model import Remark, Source, note, warning
from liverboard.case.polygon import filled
from liverboard.case.segment import Segment, Segments, Wanted, check_frame
from liverboard.errors import ImageError
from liverboard.numerics.grid import Grid, Image

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["RTSTRUCT_CLASS", "read_rtstruct"]

RTSTRUCT_CLASS = "1.2.840.10008.5.1.4.1.1.481.3"
CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR", "CLOSED_PLANAR_XOR")

PLANE_TOLERANCE = 0.5
"""A contour whose points spread over more slices than this lies in no slice."""


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """One closed contour: its slice, and its points (n, 2) [y, x] in pixels."""

    slot: int
    points: NDArray[np.float64]


def read_rtstruct(
    dataset: Dataset,
    source: Source,
    *,
    grid: Grid,
    ct_frame: str = "",
    is_wanted: Wanted,
) -> Segments:
    """Return the structures of `dataset` whose names are wanted, on `grid`."""
    with parsing(source, "RTSTRUCT"):
        frame = _frame(dataset)
    check_frame(frame, ct_frame, source)
    parts: list[Segment] = []
    unread: list[str] = []
    remarks: list[Remark] = []
    with parsing(source, "RTSTRUCT"):
        for label, contours in _regions(dataset):
            if not is_wanted(label):
                unread.append(label)
                continue
            outlines = list(_outlines(contours, grid, source))
            remarks.extend(_remarks(label, outlines, len(contours), source=source))
            parts.append(Segment(label, _mask(outlines, grid)))
    return Segments(tuple(parts), tuple(unread), tuple(remarks))


def _frame(dataset: Dataset) -> str:
    sequence = list(dataset.get("ReferencedFrameOfReferenceSequence") or [])
    return text_of(sequence[0], "FrameOfReferenceUID") if sequence else ""


def _regions(dataset: Dataset) -> Iterator[tuple[str, list[Dataset]]]:
    """Yield name and contours of each region of interest."""
    names = {int(item.ROINumber): str(item.ROIName) for item in dataset.StructureSetROISequence}
    for item in dataset.ROIContourSequence:
        contours = list(item.get("ContourSequence") or ())
        yield names[int(item.ReferencedROINumber)], contours


def _outlines(contours: list[Dataset], grid: Grid, source: Source) -> Iterator[Outline]:
    """Yield the closed contours that lie on a slice of `grid`."""
    for contour in contours:
        if text_of(contour, "ContourGeometricType") not in CLOSED:
            continue
        index = grid.indices(_points(contour))
        slots = index[:, 0]
        if np.ptp(slots) > PLANE_TOLERANCE:
            raise ImageError(
                "a contour does not lie in a slice of the CT",
                where=str(source),
                remedy="export it on the slices of this CT",
            )
        slot = int(np.rint(slots.mean()))
        if 0 <= slot < grid.shape[0]:
            yield Outline(slot, index[:, 1:])


def _points(contour: Dataset) -> NDArray[np.float64]:
    """Return the LPS points (n, 3); the raw text is parsed at once, which is much faster."""
    raw = contour.get_item("ContourData").value
    parts = raw.split(b"\\") if isinstance(raw, bytes) else list(raw)
    return np.array([float(part) for part in parts]).reshape(-1, 3)


def _mask(outlines: list[Outline], grid: Grid) -> Image:
    mask = np.zeros(grid.shape, dtype=np.uint8)
    for slot in sorted({outline.slot for outline in outlines}):
        polygons = [outline.points for outline in outlines if outline.slot == slot]
        mask[slot] = filled(polygons, grid.shape[1:])
    return Image(mask, grid)


def _remarks(
    label: str, outlines: list[Outline], contours: int, *, source: Source
) -> Iterator[Remark]:
    """Yield what was left out, and slices between contours that hold none."""
    if len(outlines) < contours:
        left = contours - len(outlines)
        yield note(source.name, f"{label}: {left} contour(s) left out (open, point, or off the CT)")
    slots = np.unique([outline.slot for outline in outlines])
    if slots.size > 1 and np.median(np.diff(slots)) > 1:
        every = int(np.median(np.diff(slots)))
        text = f"{label}: drawn on every {every}th slice only; the slices between stay empty"
        yield warning(source.name, text)
