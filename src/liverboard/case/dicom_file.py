"""One DICOM file from its bytes: what may be opened, and what its header says of the person.

The transfer syntax is read before the dataset, so that a deflated file (195 kB can unfold to
hundreds of megabytes) is refused unopened. Whatever a damaged or hostile file makes the parser
raise becomes one line. DICOMDIR is not read, and no name inside a file is ever used as a path.
"""

from __future__ import annotations

import datetime as dt
import io
import struct
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from liverboard.case.model import Source
from liverboard.case.volume import NOT_SAID, Person
from liverboard.errors import ImageError
from liverboard.values import Unknown

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["is_dicom", "open_dicom", "parsing", "person_of", "text_of"]

DEFLATED = ("1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205")
"""Transfer syntaxes whose dataset is deflated, or refers to the network (JPIP)."""

META_START, TRANSFER_SYNTAX = 132, 0x0010
"""Where group 2 begins, and the element of it that we read."""

PARSE_ERRORS = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)
"""What pydicom raises on files that are damaged or made to harm."""

AGE_YEARS = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}
SEXES = {"F": "female", "M": "male"}


def is_dicom(content: bytes) -> bool:
    """Whether the bytes carry the mark of a DICOM file."""
    return content[128:132] == b"DICM"


def open_dicom(
    content: bytes, source: Source, *, tags: Sequence[str] | None = None, pixels: bool = True
) -> Dataset:
    """Return the dataset in `content`, only `tags` of it where given; refuse deflated files."""
    from pydicom import dcmread

    if not is_dicom(content):
        raise ImageError(
            "cannot be read as DICOM (no DICOM file)",
            where=str(source),
            remedy="export it again",
        )
    _check_syntax(_transfer_syntax(content), source)
    wanted = None if tags is None else list(tags)
    with parsing(source):
        return dcmread(io.BytesIO(content), stop_before_pixels=not pixels, specific_tags=wanted)


@contextmanager
def parsing(source: Source, kind: str = "DICOM") -> Iterator[None]:
    """Turn whatever pydicom raises while values are looked at into one line, without warnings.

    Values are parsed only when they are looked at, and warnings would quote the header.
    """
    from pydicom.errors import BytesLengthException, InvalidDicomError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except (BytesLengthException, InvalidDicomError, *PARSE_ERRORS) as error:
            raise ImageError(
                f"cannot be read as {kind} ({type(error).__name__})",
                where=str(source),
                remedy="export it again",
            ) from error


def _transfer_syntax(content: bytes) -> str:
    """Return the transfer syntax UID of the file's group 2, empty where it states none.

    Group 2 is always explicit VR little endian. Source: DICOM PS3.10, section 7.1.
    """
    place = META_START
    while content[place : place + 2] == b"\x02\x00" and place + 12 <= len(content):
        element, kind, short = struct.unpack_from("<2xH2sH", content, place)
        is_long = kind in (b"OB", b"UN", b"UT")
        head = 12 if is_long else 8
        size = struct.unpack_from("<I", content, place + 8)[0] if is_long else short
        if element == TRANSFER_SYNTAX:
            value = content[place + head : place + head + size]
            return value.rstrip(b"\0 ").decode("ascii", "replace")
        place += head + size
    return ""


def _check_syntax(syntax: str, source: Source) -> None:
    if syntax in DEFLATED:
        raise ImageError(
            f"deflated or referenced transfer syntax {syntax}",
            where=str(source),
            remedy="save it as Explicit VR Little Endian",
        )


def text_of(dataset: Dataset, name: str) -> str:
    """Return an element as text, empty where absent."""
    value = dataset.get(name)
    return "" if value is None else str(value)


def person_of(dataset: Dataset) -> Person:
    """Return sex, age and day of an image; nothing that names a person is looked at."""
    return Person(
        SEXES.get(text_of(dataset, "PatientSex").strip().upper(), ""),
        _age(text_of(dataset, "PatientAge").strip().upper()),
        _day(dataset),
    )


def _age(text: str) -> float | Unknown:
    if len(text) != 4 or not text[:3].isdigit() or text[3] not in AGE_YEARS:
        return NOT_SAID
    return int(text[:3]) * AGE_YEARS[text[3]]


def _day(dataset: Dataset) -> dt.date | Unknown:
    text = text_of(dataset, "StudyDate").strip()
    if text_of(dataset, "PatientIdentityRemoved").strip().upper() == "YES":
        return NOT_SAID
    try:
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return NOT_SAID
