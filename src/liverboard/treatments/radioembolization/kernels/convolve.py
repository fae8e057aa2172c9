"""The dose of a map of activity: each voxel's energy spread over its neighbours.

A real Fourier transform in float32 over the box that holds the activity, the transform of the
kernel kept. Padded only by the kernel's half width, so that what wraps round lands in zeros.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import numpy as np
from scipy import fft

from liverboard.numerics.grid import Array, Box, bounding_box, read_only
from liverboard.treatments.radioembolization.kernels.voxel import voxel_kernel

__all__ = ["KernelKey", "convolved", "spectrum_of", "spread"]

Size: TypeAlias = tuple[int, int, int]

KernelKey: TypeAlias = tuple[str, float, tuple[float, float, float], float]
"""Nuclide, reach in mm of water, voxel spacing in mm [z, y, x], density in g/ml."""


def _fast(sizes: tuple[int, ...]) -> Size:
    """Return sizes that a real transform likes, none smaller than given."""
    z, y, x = (int(fft.next_fast_len(size, real=True)) for size in sizes)
    return z, y, x


def spectrum_of(kernel: Array, shape: Size) -> Array:
    """Return the transform of a centred kernel (odd sizes) on a periodic box of `shape`."""
    room = np.zeros(shape, dtype=np.float32)
    room[tuple(slice(0, size) for size in kernel.shape)] = kernel
    centred = np.roll(room, [-(size // 2) for size in kernel.shape], axis=(0, 1, 2))
    return read_only(fft.rfftn(centred))


@lru_cache(maxsize=24)
def _kept(key: KernelKey, shape: Size) -> Array:
    """Return the transform of the voxel kernel `key` for a periodic box of `shape`, once."""
    return spectrum_of(voxel_kernel(*key), shape)


def _periodic(box: Array, spectrum: Array, shape: Size) -> Array:
    """Return `box`, zero-padded to `shape`, convolved on the periodic box: float32."""
    found = fft.rfftn(np.asarray(box, dtype=np.float32), s=shape)
    found *= spectrum
    return np.asarray(fft.irfftn(found, s=shape, overwrite_x=True))


def convolved(activity: Array, key: KernelKey) -> Array:
    """Return `activity` (z, y, x) convolved with a voxel kernel on the same box: float32.

    Energy that leaves the box is dropped. Cost: one pair of transforms, the kernel's being kept.
    """
    sides = voxel_kernel(*key).shape
    shape = _fast(tuple(max(n + k // 2, k) for n, k in zip(activity.shape, sides, strict=True)))
    z, y, x = activity.shape
    return _periodic(activity, _kept(key, shape), shape)[:z, :y, :x]


def spread(activity: Array, key: KernelKey) -> tuple[Box, Array]:
    """Return the box that the energy reaches, and the convolution there: (z, y, x) float32.

    activity: (z, y, x), any unit, not all zero. The box is that of the activity widened by the
    kernel's half width and cut at the edge of the grid.
    """
    half = [size // 2 for size in voxel_kernel(*key).shape]
    inner = bounding_box(activity)
    part = activity[inner]
    shape = _fast(tuple(size + 2 * wide for size, wide in zip(part.shape, half, strict=True)))
    room = np.zeros(shape, dtype=np.float32)
    room[tuple(slice(w, w + n) for w, n in zip(half, part.shape, strict=True))] = part
    found = _periodic(room, _kept(key, shape), shape)
    outer, taken = [], []
    for side, wide, size in zip(inner, half, activity.shape, strict=True):
        start, stop = max(0, side.start - wide), min(size, side.stop + wide)
        outer.append(slice(start, stop))
        taken.append(slice(start - side.start + wide, stop - side.start + wide))
    return (outer[0], outer[1], outer[2]), found[tuple(taken)]
