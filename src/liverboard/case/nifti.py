"""NIfTI-1 and NIfTI-2 single files, read from their bytes.

We read the header ourselves: it is checked before a voxel is inflated, the same bytes are hashed,
and slightly non-orthonormal directions, which ITK refuses, are rounded or refused with a reason.
The sform is preferred over the qform; where both are given and disagree, a remark says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liverboard.case.model import Remark, Source, note, warning
from liverboard.case.volume import (
    DEFLATE_RATIO,
    GZIP,
    LPS_FROM_RAS,
    Volume,
    all_finite,
    check_claim,
    grid_of,
    inflated,
    scaled,
)
from liverboard.errors import ImageError
from liverboard.numerics.grid import Array, Image

__all__ = ["HEADER_1", "TYPES", "read_nifti"]

HEADER_1 = np.dtype(
    {
        "names": ["size", "dim", "datatype", "bitpix", "pixdim", "vox_offset", "slope", "inter",
                  "units", "qform", "sform", "quatern", "qoffset", "srow", "magic"],
        "formats": ["<i4", ("<i2", 8), "<i2", "<i2", ("<f4", 8), "<f4", "<f4", "<f4",
                    "u1", "<i2", "<i2", ("<f4", 3), ("<f4", 3), ("<f4", (3, 4)), "S4"],
        "offsets": [0, 40, 70, 72, 76, 108, 112, 116, 123, 252, 254, 256, 268, 280, 344],
        "itemsize": 348,
    }
)  # fmt: skip
"""The fields of a NIfTI-1 header that we use. Source: nifti1.h, NIfTI Data Format Working Group."""

HEADER_2 = np.dtype(
    {
        "names": ["size", "dim", "datatype", "bitpix", "pixdim", "vox_offset", "slope", "inter",
                  "units", "qform", "sform", "quatern", "qoffset", "srow", "magic"],
        "formats": ["<i4", ("<i8", 8), "<i2", "<i2", ("<f8", 8), "<i8", "<f8", "<f8",
                    "<i4", "<i4", "<i4", ("<f8", 3), ("<f8", 3), ("<f8", (3, 4)), "S4"],
        "offsets": [0, 16, 12, 14, 104, 168, 176, 184, 500, 344, 348, 352, 376, 400, 4],
        "itemsize": 540,
    }
)  # fmt: skip
"""The same fields of a NIfTI-2 header. Source: nifti2.h."""

TYPES: Mapping[int, str] = {
    2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8",
    256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8",
}  # fmt: skip
"""NIfTI data type codes of single numbers, as numpy types."""

UNIT_MM: Mapping[int, float] = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
"""Millimetres per unit of length code (unknown, metre, millimetre, micrometre)."""

LABEL = re.compile(rb'<Label\b[^>]{0,200}\bKey="(\d{1,5})"[^>]{0,200}>([^<]{1,200})</Label>')
"""A label's name in the extended header, as TotalSegmentator writes it."""

MAX_EXTENSION = 1_000_000

DISAGREEMENT_MM = 0.5
"""sform and qform that put a corner further apart than this disagree."""


@dataclass(frozen=True, slots=True)
class Header:
    """A NIfTI header in numbers; `order` is the byte order of the file."""

    fields: Mapping[str, Any]
    order: str
    length: int

    def number(self, name: str) -> float:
        """Return a numeric field."""
        return float(self.fields[name])

    @property
    def sizes(self) -> tuple[int, ...]:
        """Sizes of all axes, x first."""
        dim = self.fields["dim"]
        return tuple(int(size) for size in dim[1 : int(dim[0]) + 1])


def read_nifti(content: bytes, source: Source) -> Volume:
    """Return the volume in the bytes of a `.nii` or `.nii.gz` file."""
    is_packed = content.startswith(GZIP)
    top = inflated(content, HEADER_2.itemsize, source) if is_packed else content[:540]
    header = _header(top, source)
    shape, remarks = _shape(header, source)
    kind = _type(header, source)
    start = _start(header, source)
    held = len(content) * DEFLATE_RATIO if is_packed else len(content)
    check_claim(shape, kind.itemsize, held, source=source)
    needed = start + int(np.prod(shape)) * kind.itemsize
    body = inflated(content, needed + 64, source) if is_packed else content
    array = _voxels(body, kind, shape, start, source=source)
    grid, moved = grid_of(shape, _affine(header, source), source)
    image = Image(all_finite(_scaled(array, header), source), grid)
    found = (*remarks, *moved, *_form_remarks(header, shape, source))
    return Volume(image, found, _label_names(body, header, start))


def _header(top: bytes, source: Source) -> Header:
    """Return the header in either version and byte order."""
    for layout in (HEADER_1, HEADER_2):
        for order in ("<", ">"):
            if len(top) < layout.itemsize:
                continue
            fields = np.frombuffer(top[: layout.itemsize], layout.newbyteorder(order))[0]
            if int(fields["size"]) == layout.itemsize:
                return _checked(Header(_named(fields), order, layout.itemsize), source)
    raise ImageError("not a NIfTI file", where=str(source), remedy="save it as .nii.gz")


def _named(fields: Any) -> dict[str, Any]:
    return {name: fields[name] for name in HEADER_1.names or ()}


def _checked(header: Header, source: Source) -> Header:
    if not bytes(header.fields["magic"]).startswith((b"n+1", b"n+2")):
        raise ImageError(
            "a NIfTI header without its voxels (.hdr/.img pair, or ANALYZE)",
            where=str(source),
            remedy="save it as one .nii.gz file",
        )
    return header


def _shape(header: Header, source: Source) -> tuple[tuple[int, int, int], tuple[Remark, ...]]:
    """Return (z, y, x); further axes must be of size 1."""
    axes = int(header.fields["dim"][0])
    if not 1 <= axes <= 7:
        raise ImageError(f"{axes} axes", where=str(source), remedy="save the image again")
    sizes = header.sizes
    if axes < 3 or any(size != 1 for size in sizes[3:]):
        shown = " x ".join(str(size) for size in sizes)
        raise ImageError(
            f"a {axes}-D image ({shown}) where a volume is needed",
            where=str(source),
            remedy="save one 3-D volume per file",
        )
    squeezed = (
        (note(source.name, f"{axes}-D with one frame: read as a volume"),) if axes > 3 else ()
    )
    return (sizes[2], sizes[1], sizes[0]), squeezed


def _type(header: Header, source: Source) -> np.dtype[Any]:
    code = int(header.fields["datatype"])
    if code not in TYPES:
        raise ImageError(
            f"data type {code} (colour, complex or extended) is no single number",
            where=str(source),
            remedy="save it as integers or float32",
        )
    return np.dtype(header.order + TYPES[code])


def _start(header: Header, source: Source) -> int:
    """Return where the voxels begin."""
    offset = header.number("vox_offset")
    least = header.length + 4
    if offset == 0:
        return least
    if not np.isfinite(offset) or not least <= offset <= MAX_EXTENSION or offset % 1:
        raise ImageError(f"voxels at byte {offset:g}", where=str(source), remedy="save it again")
    return int(offset)


def _voxels(
    body: bytes, kind: np.dtype[Any], shape: tuple[int, int, int], start: int, *, source: Source
) -> Array:
    """Return the voxels [z, y, x] in native byte order, without copying where possible."""
    count = int(np.prod(shape))
    if len(body) < start + count * kind.itemsize:
        held = max(0, len(body) - start) // kind.itemsize
        raise ImageError(
            f"cut short: {held:,} of {count:,} voxels", where=str(source), remedy="copy it again"
        )
    array = np.frombuffer(body, kind, count, start).reshape(shape)
    return array.astype(kind.newbyteorder("="), copy=False)


def _scaled(array: Array, header: Header) -> Array:
    return scaled(array, header.number("slope"), header.number("inter"))


def _affine(header: Header, source: Source) -> NDArray[np.float64]:
    """Return the (3, 4) matrix from (x, y, z, 1) to LPS mm: the sform, else the qform."""
    if int(header.fields["sform"]) > 0:
        ras = np.array(header.fields["srow"], dtype=np.float64)
    elif int(header.fields["qform"]) > 0:
        ras = _qform(header)
    else:
        raise ImageError(
            "no orientation (sform and qform are both unset): left and right cannot be told",
            where=str(source),
            remedy="save it with its affine",
        )
    factor = UNIT_MM.get(int(header.fields["units"]) & 7, 1.0)
    return np.asarray(LPS_FROM_RAS @ ras * factor, dtype=np.float64)


def _qform(header: Header) -> NDArray[np.float64]:
    """Return the affine of the quaternion. Source: nifti1.h, method 2."""
    b, c, d = (float(part) for part in header.fields["quatern"])
    a = np.sqrt(max(0.0, 1.0 - b * b - c * c - d * d))
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    pixdim = np.array(header.fields["pixdim"], dtype=np.float64)
    spacing = pixdim[1:4] * np.array([1.0, 1.0, -1.0 if pixdim[0] < 0 else 1.0])
    return np.column_stack([rotation * spacing, np.array(header.fields["qoffset"], dtype=float)])


def _form_remarks(
    header: Header, shape: tuple[int, int, int], source: Source
) -> tuple[Remark, ...]:
    """Return a warning where sform and qform put the corners at different places."""
    units = int(header.fields["units"]) & 7
    remarks = () if UNIT_MM.get(units, 1.0) == 1.0 else (note(source.name, "not in mm: converted"),)
    if int(header.fields["sform"]) <= 0 or int(header.fields["qform"]) <= 0:
        return remarks
    ends = np.array(np.meshgrid(*[(0, size - 1) for size in shape[::-1]], indexing="ij"))
    corners = np.vstack([ends.reshape(3, -1), np.ones(8)])
    gap = (np.array(header.fields["srow"], dtype=float) - _qform(header)) @ corners
    apart = float(np.abs(gap).max()) * UNIT_MM.get(units, 1.0)
    if apart <= DISAGREEMENT_MM:
        return remarks
    text = (
        f"sform and qform disagree by {apart:.1f} mm; the sform is used, other programs may differ"
    )
    return (*remarks, warning(source.name, text))


def _label_names(body: bytes, header: Header, start: int) -> Mapping[int, str]:
    """Return the label names in the extended header, empty where there are none."""
    found = LABEL.findall(body[header.length + 4 : start])
    return {int(key): name.decode("utf-8", "replace").strip() for key, name in found}
