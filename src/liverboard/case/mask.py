"""Voxels as masks, lesion labels and Hounsfield units: what values a file may hold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from liverboard.case.model import Remark, Source, note, warning
from liverboard.case.volume import Volume
from liverboard.errors import ImageError
from liverboard.numerics.grid import Array, Image

__all__ = ["as_ct", "as_labels", "as_mask", "as_scalar", "distinct"]

AIR_HU = -1024
"""Least value kept; below lies only padding outside the field of view."""

MAX_LABEL = 65_535


def distinct(array: Array) -> NDArray[np.int64]:
    """Return the values other than 0 of an integer array, in order."""
    if array.dtype.kind == "u" and array.max(initial=0) <= 1:
        return np.arange(1, 1 + int(array.max(initial=0)))
    return np.asarray(np.unique(array[array != 0]), dtype=np.int64)


def as_mask(volume: Volume, source: Source, *, name: str) -> tuple[Image, tuple[Remark, ...]]:
    """Return a 0/1 uint8 mask of one structure; fractions and negative values are refused."""
    array, remarks = _whole(volume.image.array, source, largest=1)
    values = distinct(array)
    _check_filled(array, values, source, name)
    if values.size > 1:
        shown = ", ".join(str(value) for value in values[:5])
        text = f"values {shown} all taken as {name}"
        remarks = (*remarks, warning(source.name, text))
    mask = array if array.dtype == np.uint8 and values.tolist() in ([], [1]) else array != 0
    return Image(mask.astype(np.uint8, copy=False), volume.image.grid), remarks


def as_labels(volume: Volume, source: Source) -> tuple[Image, tuple[Remark, ...]]:
    """Return uint16 labels, 0 outside; a file of whole-numbered floats is taken with a remark."""
    array, remarks = _whole(volume.image.array, source, largest=MAX_LABEL)
    values = distinct(array)
    if values.size and values[-1] > MAX_LABEL:
        what = f"label {values[-1]} is above {MAX_LABEL}"
        raise ImageError(what, where=str(source), remedy="number the labels from 1")
    _check_filled(array, values, source, "labels")
    return Image(array.astype(np.uint16, copy=False), volume.image.grid), remarks


def _whole(array: Array, source: Source, *, largest: int) -> tuple[Array, tuple[Remark, ...]]:
    """Return non-negative integers; floats only where they are 0 to `largest`, whole."""
    remarks: tuple[Remark, ...] = ()
    if array.dtype.kind == "f":
        filled = array[array != 0]
        odd = filled[(filled != np.rint(filled)) | (filled > largest)]
        if odd.size:
            raise ImageError(
                f"a float mask that holds {float(odd[0]):.4g} ({odd.size:,} such voxels)",
                where=str(source),
                remedy="threshold it (probability 0.5) and save it as uint8",
            )
        array = array.astype(np.int32)
        remarks = (note(source.name, "whole numbers stored as floats: read as a mask"),)
    if array.dtype.kind == "i" and array.min(initial=0) < 0:
        what = f"a mask with negative values (down to {int(array.min())})"
        raise ImageError(what, where=str(source), remedy="save it with 0 outside")
    return array, remarks


def _check_filled(array: Array, values: NDArray[np.int64], source: Source, name: str) -> None:
    """Refuse a mask that is set everywhere; a body may fill its image."""
    if name != "body" and values.size and array.all():
        raise ImageError(
            f"every voxel is set: no mask of {name}",
            where=str(source),
            remedy="invert it or segment again",
        )


def as_ct(volume: Volume, source: Source) -> tuple[Image, tuple[Remark, ...]]:
    """Return int16 Hounsfield units; padding below -1024 is raised to it."""
    array, remarks = volume.image.array, volume.remarks
    low = int(array.min())
    if low < AIR_HU or array.dtype != np.int16:
        whole = np.rint(array) if array.dtype.kind == "f" else array
        array = np.clip(whole, AIR_HU, np.iinfo(np.int16).max).astype(np.int16)
    if low < AIR_HU:
        text = f"padding of {low} raised to {AIR_HU} HU"
        remarks = (*remarks, note(source.name, text))
    if low >= 0:
        text = "no voxel is below 0 HU, yet air is: is the rescale intercept missing?"
        remarks = (*remarks, warning(source.name, text))
    return Image(array, volume.image.grid), remarks


def as_scalar(volume: Volume) -> Image:
    """Return an image of another kind (activity, dose) as float32."""
    return Image(volume.image.array.astype(np.float32), volume.image.grid)
