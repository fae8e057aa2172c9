"""Pixels into bytes that stand inside the page; the same pixels give the same bytes."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image as Picture

from liverboard.numerics.grid import Array

__all__ = ["enlarged", "png_uri", "webp_uri"]


def webp_uri(pixels: Array, quality: int) -> str:
    """Return pixels (rows, columns) or (rows, columns, 3) uint8 as a WebP data URI.

    `quality` (0 to 100) is the share of detail that is kept.
    """
    return _uri(pixels, "webp", quality=quality, method=2)


def png_uri(pixels: Array) -> str:
    """Return pixels (rows, columns, 3 or 4) uint8 as a PNG data URI, nothing lost."""
    return _uri(pixels, "png", optimize=False, compress_level=9)


def _uri(pixels: Array, kind: str, **options: int | bool) -> str:
    """Return pixels as a data URI."""
    buffer = io.BytesIO()
    Picture.fromarray(np.ascontiguousarray(pixels)).save(buffer, kind, **options)
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def enlarged(picture: Array, factor: int) -> Array:
    """Return a picture (rows, columns) float32 `factor` times as large, by cubic interpolation."""
    rows, columns = picture.shape
    source = Picture.fromarray(np.ascontiguousarray(picture, dtype=np.float32), mode="F")
    size = (columns * factor, rows * factor)
    return np.asarray(source.resize(size, Picture.Resampling.BICUBIC))
