"""One structure as a file gives it: its name there, and its mask on a grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from liverboard.case.model import Remark, Source
from liverboard.errors import ImageError
from liverboard.numerics.grid import Image

__all__ = ["Segment", "Segments", "Wanted", "check_frame"]

Wanted: TypeAlias = Callable[[str], bool]
"""Tells by a structure's name in its file whether it is to be read."""


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A mask, uint8 0/1, under the name that its file gives it."""

    label: str
    image: Image


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """What one segmentation file holds; `unread` are the labels that nobody wanted."""

    parts: tuple[Segment, ...]
    unread: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()


def check_frame(frame: str, ct_frame: str, source: Source) -> None:
    """Refuse a segmentation in another frame of reference than the CT's, where both are known."""
    if frame and ct_frame and frame != ct_frame:
        raise ImageError(
            f"frame of reference ...{frame[-12:]} is not that of the CT (...{ct_frame[-12:]})",
            where=str(source),
            remedy="use the segmentation that was drawn on this CT",
        )
