"""NIfTI-1 files as bytes: the same array gives the same bytes, always.

Written here rather than by an imaging library, so that neither a time stamp nor a library's version
gets into the file. Layout: https://nifti.nimh.nih.gov/nifti-1 (nifti1.h), cited from memory.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

from liverboard.numerics.grid import Array, Grid

__all__ = ["nifti_bytes"]

DATATYPES = {"uint8": (2, 8), "int16": (4, 16), "uint16": (512, 16)}
"""NIfTI code and bits of the array types that a digital patient has."""

HEADER = 348
VOXELS_AT = 352.0
MILLIMETRES = 2
SCANNER = 1
"""xform code: coordinates of the scanner."""

GZIP = 31
"""Window bits that make zlib write a gzip file; its time stamp is then zero."""

LEVEL = 3


def nifti_bytes(array: Array, grid: Grid) -> bytes:
    """Return the gzipped NIfTI-1 file of `array` (z, y, x) on an axis-aligned `grid`.

    NIfTI counts x and y to the right and front, so both are negated in its affine.
    """
    if not grid.is_axis_aligned or array.shape != grid.shape:
        raise ValueError(f"array {array.shape} must lie on an axis-aligned grid, got {grid}")
    code, bits = DATATYPES[array.dtype.name]
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
    voxels = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    head = packer.compress(_header(grid, code, bits) + bytes(4))
    return head + packer.compress(voxels.data) + packer.flush()


def _header(grid: Grid, code: int, bits: int) -> bytes:
    dz, dy, dx = grid.spacing_mm
    z, y, x = grid.shape
    ox, oy, oz = grid.origin_mm
    header = bytearray(HEADER)
    struct.pack_into("<i", header, 0, HEADER)
    struct.pack_into("<8h", header, 40, 3, x, y, z, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, code, bits)
    struct.pack_into("<8f", header, 76, 1.0, dx, dy, dz, 0.0, 0.0, 0.0, 0.0)
    struct.pack_into("<3f", header, 108, VOXELS_AT, 1.0, 0.0)
    struct.pack_into("<B", header, 123, MILLIMETRES)
    struct.pack_into("<2h", header, 252, SCANNER, SCANNER)
    # half a turn about z, as a quaternion: the same affine as the three rows below it
    struct.pack_into("<6f", header, 256, 0.0, 0.0, 1.0, -ox, -oy, oz)
    rows = (-dx, 0.0, 0.0, -ox, 0.0, -dy, 0.0, -oy, 0.0, 0.0, dz, oz)
    struct.pack_into("<12f", header, 280, *rows)
    header[344:348] = b"n+1\0"
    return bytes(header)
