"""Images to `.nii.gz`: the same image gives the same bytes, and no half-written file is left."""

from __future__ import annotations

import contextlib
import os
import tempfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from liverboard.case.nifti import HEADER_1, TYPES
from liverboard.case.volume import LPS_FROM_RAS
from liverboard.errors import OutputError
from liverboard.numerics.grid import Array, Grid, Image

__all__ = ["nifti_bytes", "write_bytes", "write_image"]

KINDS = ("uint8", "int16", "uint16", "float32")
"""Types that are written; bool is written as uint8."""

GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"
"""A gzip header without name or time, written by an unknown system."""

VOXELS_AT = 352
MILLIMETRES, SCANNER = 2, 1
MAX_NIFTI_1 = 32_767


def write_image(image: Image, path: str | os.PathLike[str]) -> None:
    """Write `image` as NIfTI-1 (`.nii.gz`), RAS in the file as the format demands.

    bool, uint8, int16, uint16 and float32 arrays are written without change; others are refused.
    An existing file is replaced in one step.
    """
    target = Path(path)
    if not target.name.endswith(".nii.gz"):
        raise OutputError("not a .nii.gz name", where=str(target), remedy="end it in .nii.gz")
    write_bytes(_gzipped(nifti_bytes(image)), target)


def nifti_bytes(image: Image) -> bytes:
    """Return `image` as an uncompressed NIfTI-1 file."""
    array = _writable(image.array)
    return _header(array, image.grid) + b"\0" * 4 + array.tobytes()


def _writable(array: Array) -> Array:
    kind = "uint8" if array.dtype == np.bool_ else array.dtype.name
    if kind not in KINDS:
        what = f"{kind} is not written"
        raise OutputError(what, where="image", remedy=f"convert it to {', '.join(KINDS)}")
    if max(array.shape) > MAX_NIFTI_1:
        raise OutputError(f"an axis longer than {MAX_NIFTI_1}", where="image", remedy="crop it")
    return np.ascontiguousarray(array, dtype=np.dtype(kind).newbyteorder("<"))


def _header(array: Array, grid: Grid) -> bytes:
    """Return the 348 bytes of the header; sform and qform say the same."""
    ras = LPS_FROM_RAS @ grid.index_to_mm
    code = next(code for code, name in TYPES.items() if array.dtype == np.dtype("<" + name))
    header = np.zeros((), dtype=HEADER_1)
    quatern, handedness = _quaternion(ras[:, :3] / np.array(grid.spacing_mm[::-1]))
    header["size"], header["magic"], header["vox_offset"] = 348, b"n+1", VOXELS_AT
    header["dim"] = [3, *array.shape[::-1], 1, 1, 1, 1]
    header["datatype"], header["bitpix"] = code, 8 * array.itemsize
    header["pixdim"] = [handedness, *grid.spacing_mm[::-1], 0, 0, 0, 0]
    header["slope"], header["units"] = 1, MILLIMETRES
    header["qform"] = header["sform"] = SCANNER
    header["quatern"], header["qoffset"], header["srow"] = quatern, ras[:, 3], ras
    return header.tobytes()


def _quaternion(cosines: NDArray[np.float64]) -> tuple[list[float], float]:
    """Return b, c, d of the rotation in `cosines`, and -1 where its z axis is mirrored.

    Source: nifti1.h, method 2; eigenvector form of I. Y. Bar-Itzhack (2000).
    """
    handedness = -1.0 if np.linalg.det(cosines) < 0 else 1.0
    r = cosines * np.array([1.0, 1.0, handedness])
    symmetric = np.array(
        [
            [r[0, 0] - r[1, 1] - r[2, 2], 0, 0, 0],
            [r[0, 1] + r[1, 0], r[1, 1] - r[0, 0] - r[2, 2], 0, 0],
            [r[0, 2] + r[2, 0], r[1, 2] + r[2, 1], r[2, 2] - r[0, 0] - r[1, 1], 0],
            [r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1], np.trace(r)],
        ]
    )
    _, vectors = np.linalg.eigh(symmetric / 3, UPLO="L")
    b, c, d, a = vectors[:, -1] * (-1.0 if vectors[3, -1] < 0 else 1.0)
    del a
    return [float(b), float(c), float(d)], handedness


def _gzipped(content: bytes) -> bytes:
    """Return gzip bytes that depend on the content alone; level 1, as masks shrink well anyway."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    body = packer.compress(content) + packer.flush()
    tail = zlib.crc32(content).to_bytes(4, "little") + (len(content) % 2**32).to_bytes(4, "little")
    return GZIP_HEAD + body + tail


def write_bytes(content: bytes, target: Path) -> None:
    """Write a file in one step: beside it under another name, then renamed."""
    try:
        handle, name = tempfile.mkstemp(
            prefix=f".{target.name}.", suffix=".part", dir=target.parent
        )
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).chmod(0o644)
            Path(name).replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror}",
            where=str(target),
            remedy="choose another folder, or mend its rights",
        ) from error
