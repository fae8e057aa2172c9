"""Voxels on their grid as a file gives them, and the checks that every format shares.

Sizes are checked from the header before any voxel is touched. An affine that is not quite
orthonormal is rounded to the nearest rotation where that moves no voxel by more than
`ROUNDING_MM`; a sheared one is refused, since no grid of ours could hold it.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from liverboard.case.model import Remark, Source, note
from liverboard.errors import ImageError
from liverboard.numerics.grid import ORTHONORMAL_TOLERANCE, Array, Grid, Image, Rows
from liverboard.values import Reason, Unknown

__all__ = [
    "GZIP",
    "LPS_FROM_RAS",
    "MAX_VOXELS",
    "NOBODY",
    "NOT_SAID",
    "Person",
    "Volume",
    "all_finite",
    "check_claim",
    "grid_of",
    "inflated",
    "read_content",
    "scaled",
]

MAX_VOXELS = 600_000_000
"""Most voxels that are read (512 x 512 x 2288); a larger claim is a mistake or an attack."""

MAX_FILE_BYTES = 4_000_000_000
"""Largest file that is read."""

DEFLATE_RATIO = 1040
"""No deflated stream can grow by more than 1032 times; a header that claims more lies."""

GZIP = b"\x1f\x8b"
"""How a gzip member begins; what else follows a member is padding."""

ROUNDING_MM = 0.2
"""Largest displacement of a voxel when direction cosines are made orthonormal."""

SPACING_MM = (0.05, 50.0)
"""A voxel spacing outside is a mistake of units."""

LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0])
"""Turns right-anterior-superior millimetres into left-posterior-superior ones."""


NOT_SAID = Unknown(Reason.NOT_RECORDED)


@dataclass(frozen=True, slots=True)
class Person:
    """What an image says that can be checked against the record; never a name.

    `sex` female, male or empty; `age_years` and `acquired` unknown where the header does not say,
    `acquired` also where the header says that identity was removed, since dates may be shifted.
    """

    sex: str = ""
    age_years: float | Unknown = NOT_SAID
    acquired: dt.date | Unknown = NOT_SAID


NOBODY = Person()
"""What an image says that says nothing of the person."""


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """A file's voxels in their own meaning (scaled), their grid, and what was remarkable.

    `labels` are names that the file itself gives to its values; `frame` is the DICOM frame of
    reference, empty where the format has none.
    """

    image: Image
    remarks: tuple[Remark, ...] = ()
    labels: Mapping[int, str] = field(default_factory=dict)
    frame: str = ""
    person: Person = NOBODY


def read_content(source: Source) -> bytes:
    """Return the bytes of a file; refuse what is too large, empty or unreadable."""
    try:
        if not source.path.is_file():
            raise ImageError("no such file", where=str(source), remedy="check the path")
        size = source.path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise ImageError(f"{size:,} bytes", where=str(source), remedy="crop or compress it")
        content = source.path.read_bytes()
    except OSError as error:
        raise ImageError(
            f"cannot be read: {error.strerror}", where=str(source), remedy="check file and rights"
        ) from error
    if not content:
        raise ImageError("an empty file", where=str(source), remedy="copy it again")
    return content


def inflated(content: bytes, limit: int, source: Source) -> bytes:
    """Return up to `limit` bytes of gzip `content`; several members are read as one stream."""
    try:
        return b"".join(_members(content, limit))
    except zlib.error as error:
        raise ImageError(
            f"damaged compression ({error})", where=str(source), remedy="copy or save it again"
        ) from error


def _members(content: bytes, limit: int) -> Iterator[bytes]:
    rest, left = content, limit
    while rest and left > 0:
        member = zlib.decompressobj(wbits=31)
        while left > 0 and not member.eof:
            chunk = member.decompress(rest, left)
            rest = member.unconsumed_tail
            left -= len(chunk)
            yield chunk
            if not chunk and not rest:
                break
        rest = member.unused_data if member.unused_data.startswith(GZIP) else b""


def check_claim(shape: tuple[int, ...], item_bytes: int, held: int, *, source: Source) -> None:
    """Refuse a header that claims more voxels than are read, or more bytes than `held` can hold.

    `held` is the most bytes that the file can unfold to.
    """
    voxels = int(np.prod([int(size) for size in shape], dtype=object))
    claimed = voxels * item_bytes
    sizes = " x ".join(str(size) for size in reversed(shape))
    if min(shape) < 1:
        raise ImageError(f"size {sizes}", where=str(source), remedy="save the image again")
    if voxels > MAX_VOXELS or claimed > held:
        raise ImageError(
            f"the header claims {sizes} voxels, {_amount(claimed)}; the file cannot hold or we do "
            f"not read that many (limit {MAX_VOXELS:,} voxels)",
            where=str(source),
            remedy="copy it again, or crop it to the abdomen",
        )


def _amount(size: int) -> str:
    for factor, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= factor:
            return f"{size / factor:.0f} {unit}"
    return f"{size} bytes"


def grid_of(
    shape: tuple[int, int, int], index_to_mm: NDArray[np.float64], source: Source
) -> tuple[Grid, tuple[Remark, ...]]:
    """Return the grid of `shape` (z, y, x) under `index_to_mm` (3, 4), (x, y, z, 1) to LPS mm."""
    matrix = index_to_mm[:, :3]
    spacing = np.linalg.norm(matrix, axis=0)
    if not np.isfinite(index_to_mm).all() or spacing.min() < SPACING_MM[0]:
        raise _bad_spacing(spacing, source)
    if spacing.max() > SPACING_MM[1]:
        raise _bad_spacing(spacing, source)
    cosines = matrix / spacing
    skew = float(np.abs(cosines.T @ cosines - np.eye(3)).max())
    if skew <= ORTHONORMAL_TOLERANCE / 2:
        return _grid(shape, spacing, index_to_mm[:, 3], cosines), ()
    return _rounded(shape, index_to_mm, spacing, source=source)


def _bad_spacing(spacing: NDArray[np.float64], source: Source) -> ImageError:
    sizes = " x ".join(f"{size:.4g}" for size in spacing)
    return ImageError(
        f"voxel spacing of {sizes} mm is not plausible",
        where=str(source),
        remedy="save the image with its orientation and spacing in mm",
    )


def _rounded(
    shape: tuple[int, int, int],
    index_to_mm: NDArray[np.float64],
    spacing: NDArray[np.float64],
    *,
    source: Source,
) -> tuple[Grid, tuple[Remark, ...]]:
    """Return the grid with the nearest orthonormal directions about the same centre."""
    cosines = index_to_mm[:, :3] / spacing
    left, _, right = np.linalg.svd(cosines)
    rotation = left @ right
    half = (np.array(shape[::-1]) - 1) / 2 * spacing
    drift = float(np.abs(rotation - cosines) @ half @ np.ones(3)) if half.any() else 0.0
    if drift > ROUNDING_MM:
        products = np.abs(cosines.T @ cosines - np.eye(3))
        angle = float(np.degrees(np.arcsin(np.clip(products.max(), 0, 1))))
        raise ImageError(
            f"the axes are sheared by {angle:.1f} degrees (gantry tilt?)",
            where=str(source),
            remedy="resample it to straight slices first",
        )
    origin = index_to_mm[:, 3] + (cosines - rotation) @ half
    remark = note(source.name, f"direction cosines rounded; no voxel moves by over {drift:.2g} mm")
    return _grid(shape, spacing, origin, rotation), (remark,)


def _grid(
    shape: tuple[int, int, int],
    spacing: NDArray[np.float64],
    origin: NDArray[np.float64],
    cosines: NDArray[np.float64],
) -> Grid:
    x, y, z = (float(size) for size in spacing)
    left, back, up = (float(value) for value in origin)
    rows = cosines.tolist()
    direction: Rows = (tuple(rows[0]), tuple(rows[1]), tuple(rows[2]))
    return Grid(shape, (z, y, x), (left, back, up), direction)


def scaled(array: Array, slope: float, intercept: float) -> Array:
    """Return `array * slope + intercept`, int32 where all of it is whole, else float32."""
    if not np.isfinite([slope, intercept]).all() or slope == 0 or (slope, intercept) == (1, 0):
        return array
    is_whole = array.dtype.kind in "iu" and array.dtype.itemsize <= 2
    if is_whole and float(slope).is_integer() and float(intercept).is_integer():
        return array.astype(np.int32) * np.int32(slope) + np.int32(intercept)
    return (array * np.float64(slope) + intercept).astype(np.float32)


def all_finite(array: Array, source: Source) -> Array:
    """Return `array`; refuse NaN and infinite voxels, naming how many there are."""
    if array.dtype.kind != "f":
        return array
    finite = np.isfinite(array)
    bad = int(array.size - np.count_nonzero(finite))
    if bad:
        raise ImageError(
            f"{bad:,} voxels are NaN or infinite",
            where=str(source),
            remedy="replace them (air is -1024 HU) and save the image again",
        )
    return array
