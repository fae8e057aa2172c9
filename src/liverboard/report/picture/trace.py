"""Compiled kernels that follow parallel rays through smooth fields.

Positions and lengths are in voxels of the fields, as [z, y, x]. `axes` (3, 3) holds the unit
vectors right, down and forward; the ray of pixel [row, column] starts at
corner + pixel * (column * right + row * down).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from liverboard.numerics.grid import Array

__all__ = ["NEVER", "faces", "follow", "paint", "softened", "uncut"]

NEVER = np.float32(1e6)
"""Length of a ray that meets nothing."""


@njit(nogil=True, cache=True)
def _at(field: Array, z: float, y: float, x: float) -> float:
    """Return the trilinear value of `field`, the nearest border value outside it."""
    nz, ny, nx = field.shape
    z = min(max(z, 0.0), nz - 1.001)
    y = min(max(y, 0.0), ny - 1.001)
    x = min(max(x, 0.0), nx - 1.001)
    k, j, i = int(z), int(y), int(x)
    c, b, a = z - k, y - j, x - i
    low = (field[k, j, i] * (1 - a) + field[k, j, i + 1] * a) * (1 - b) + (
        field[k, j + 1, i] * (1 - a) + field[k, j + 1, i + 1] * a
    ) * b
    high = (field[k + 1, j, i] * (1 - a) + field[k + 1, j, i + 1] * a) * (1 - b) + (
        field[k + 1, j + 1, i] * (1 - a) + field[k + 1, j + 1, i + 1] * a
    ) * b
    return low * (1 - c) + high * c


@njit(nogil=True, cache=True)
def _start(axes: Array, corner: Array, row: float, column: float) -> tuple[float, float, float]:
    """Return where the ray of a pixel starts; row and column are already in voxels."""
    return (
        corner[0] + column * axes[0, 0] + row * axes[1, 0],
        corner[1] + column * axes[0, 1] + row * axes[1, 1],
        corner[2] + column * axes[0, 2] + row * axes[1, 2],
    )


@njit(nogil=True, cache=True)
def _meets(
    field: Array, start: tuple[float, float, float], ahead: Array, sign: float, length: float
) -> float:
    """Return how far along the ray `field` falls below zero; NEVER where it does not.

    `field` holds distances, so a ray may take steps as long as the value it finds.
    """
    z, y, x = start
    dz, dy, dx = sign * ahead[0], sign * ahead[1], sign * ahead[2]
    t, before = 0.0, 0.0
    while t < length:
        gap = _at(field, z + t * dz, y + t * dy, x + t * dx)
        if gap < 0.0:
            for _ in range(5):
                middle = 0.5 * (before + t)
                if _at(field, z + middle * dz, y + middle * dy, x + middle * dx) < 0.0:
                    t = middle
                else:
                    before = middle
            return float(t)
        before = t
        t += max(0.5, 0.95 * gap)
    return float(NEVER)


@njit(nogil=True, cache=True)
def _light(field: Array, z: float, y: float, x: float, axes: Array) -> tuple[float, float]:
    """Return the light (0 to 1) on a surface, and how far it faces the viewer (-1 to 1).

    The lamp stands above and to the left of the viewer.
    """
    h = 0.9
    gz = _at(field, z + h, y, x) - _at(field, z - h, y, x)
    gy = _at(field, z, y + h, x) - _at(field, z, y - h, x)
    gx = _at(field, z, y, x + h) - _at(field, z, y, x - h)
    size = math.sqrt(gz * gz + gy * gy + gx * gx) + 1e-9
    right = (gz * axes[0, 0] + gy * axes[0, 1] + gx * axes[0, 2]) / size
    down = (gz * axes[1, 0] + gy * axes[1, 1] + gx * axes[1, 2]) / size
    away = (gz * axes[2, 0] + gy * axes[2, 1] + gx * axes[2, 2]) / size
    return max(0.0, -0.40 * right - 0.52 * down - 0.755 * away), -away


@njit(nogil=True, cache=True)
def follow(
    liver: Array, inner: Array, owner: Array, axes: Array, corner: Array, pixel: float, out: Array
) -> None:
    """Write what the ray of each pixel meets into `out` (rows, columns, 7) float32.

    Entries: how far to the liver, its light and facing; how far to its back; how far to what is
    opaque, its light, and its number in `owner`.
    """
    rows, columns, _ = out.shape
    for row in range(rows):
        for column in range(columns):
            start = _start(axes, corner, pixel * row, pixel * column)
            _follow_liver(liver, start, axes, out[row, column])
            _follow_inner(inner, owner, start, axes, out[row, column])


@njit(nogil=True, cache=True)
def _diagonal(field: Array) -> float:
    """Return a length that takes a ray through the whole of `field`."""
    nz, ny, nx = field.shape
    return math.sqrt(nz * nz + ny * ny + nx * nx) + 2.0


@njit(nogil=True, cache=True)
def _follow_liver(liver: Array, start: tuple[float, float, float], axes: Array, out: Array) -> None:
    """Write how far a ray goes to the liver, light and facing there, and how far to its back."""
    length = _diagonal(liver)
    ahead = axes[2]
    z, y, x = start
    out[0] = front = _meets(liver, start, ahead, 1.0, length)
    out[1] = out[2] = 0.0
    out[3] = NEVER
    if front >= NEVER:
        return
    light, facing = _light(
        liver, z + front * ahead[0], y + front * ahead[1], x + front * ahead[2], axes
    )
    out[1], out[2] = light, max(0.0, facing)
    end = (z + length * ahead[0], y + length * ahead[1], x + length * ahead[2])
    out[3] = length - _meets(liver, end, ahead, -1.0, length)


@njit(nogil=True, cache=True)
def _follow_inner(
    inner: Array, owner: Array, start: tuple[float, float, float], axes: Array, out: Array
) -> None:
    """Write how far a ray goes to what is opaque, its light there, and whose it is."""
    out[4] = t = _meets(inner, start, axes[2], 1.0, _diagonal(inner))
    out[5] = out[6] = 0.0
    if t >= NEVER:
        return
    z, y, x = start[0] + t * axes[2, 0], start[1] + t * axes[2, 1], start[2] + t * axes[2, 2]
    out[5] = _light(inner, z, y, x, axes)[0]
    nz, ny, nx = owner.shape
    k, j, i = int(z + 0.5), int(y + 0.5), int(x + 0.5)
    out[6] = owner[min(max(k, 0), nz - 1), min(max(j, 0), ny - 1), min(max(i, 0), nx - 1)]


@njit(nogil=True, cache=True)
def paint(found: Array, shares: Array, axes: Array, corner: Array, pixel: float) -> Array:
    """Return which of `shares` (n, z, y, x) the surface of the liver belongs to at each pixel.

    found: what `follow` wrote. The result (rows, columns) uint8 is 1 for the first share, zero
    where no share is above one half.
    """
    rows, columns, _ = found.shape
    tone = np.zeros((rows, columns), np.uint8)
    for row in range(rows):
        for column in range(columns):
            t = found[row, column, 0] + 0.9
            if t >= NEVER:
                continue
            z, y, x = _start(axes, corner, pixel * row, pixel * column)
            z, y, x = z + t * axes[2, 0], y + t * axes[2, 1], x + t * axes[2, 2]
            most = 0.45
            for n in range(shares.shape[0]):
                share = _at(shares[n], z, y, x)
                if share > most:
                    most, tone[row, column] = share, n + 1
    return tone


@njit(nogil=True, cache=True)
def faces(
    found: Array, share: Array, box: Array, axes: Array, corner: Array, pixel: float
) -> Array:
    """Return where rays cross the border of `share` inside the liver: (rows, columns, 3) float32.

    Entries: how far, its light, and 1 where the ray enters the share, 0 where it leaves it. `box`
    (3, 2) holds the first and last index of voxels of the share.
    """
    rows, columns, _ = found.shape
    crossed = np.zeros((rows, columns, 3), np.float32)
    crossed[:, :, 0] = NEVER
    for row in range(rows):
        for column in range(columns):
            met = found[row, column]
            if met[0] < NEVER:
                start = _start(axes, corner, pixel * row, pixel * column)
                end = min(met[3] - 1.0, met[4])
                span = _within(box, start, axes[2], met[0] + 1.0, end)
                _cross(share, start, axes, span, crossed[row, column])
    return crossed


def uncut(found: Array) -> Array:
    """Return what `faces` returns where nothing is cut."""
    nothing = np.zeros((*found.shape[:2], 3), np.float32)
    nothing[:, :, 0] = NEVER
    return nothing


@njit(nogil=True, cache=True)
def _within(
    box: Array, start: tuple[float, float, float], ahead: Array, t: float, end: float
) -> tuple[float, float]:
    """Return the part of a ray from `t` to `end` that lies in `box`; empty where t >= end."""
    for n in range(3):
        if abs(ahead[n]) > 1e-9:
            one, two = (box[n, 0] - start[n]) / ahead[n], (box[n, 1] - start[n]) / ahead[n]
            t, end = max(t, min(one, two)), min(end, max(one, two))
        elif start[n] < box[n, 0] or start[n] > box[n, 1]:
            end = t
    return t, end


@njit(nogil=True, cache=True)
def _cross(
    share: Array,
    start: tuple[float, float, float],
    axes: Array,
    span: tuple[float, float],
    out: Array,
) -> None:
    """Write where a ray first crosses the border of `share` within `span`, if it does."""
    z, y, x = start
    dz, dy, dx = axes[2]
    t, end = span
    if t >= end:
        return
    was_in = _at(share, z + t * dz, y + t * dy, x + t * dx) > 0.5
    while t < end:
        t += 1.5
        if (_at(share, z + t * dz, y + t * dy, x + t * dx) > 0.5) == was_in:
            continue
        for step in (0.75, 0.375, 0.1875):
            middle = t - step
            if (_at(share, z + middle * dz, y + middle * dy, x + middle * dx) > 0.5) != was_in:
                t = middle
        light, facing = _light(share, z + t * dz, y + t * dy, x + t * dx, axes)
        out[0], out[1] = t, max(light, 0.4 * abs(facing))
        out[2] = 0.0 if was_in else 1.0
        return


@njit(nogil=True, cache=True)
def softened(mask: Array) -> Array:
    """Return `mask` (z, y, x) uint8 as float32 0 to 1, smoothed by 1-2-1 along each axis."""
    nz, ny, nx = mask.shape
    along_x = np.zeros((nz, ny, nx), np.float32)
    for k in range(nz):
        for j in range(ny):
            for i in range(nx):
                before, after = mask[k, j, max(i - 1, 0)], mask[k, j, min(i + 1, nx - 1)]
                along_x[k, j, i] = 0.25 * before + 0.5 * mask[k, j, i] + 0.25 * after
    along_y = np.zeros((nz, ny, nx), np.float32)
    for k in range(nz):
        for j in range(ny):
            before, after = along_x[k, max(j - 1, 0)], along_x[k, min(j + 1, ny - 1)]
            for i in range(nx):
                along_y[k, j, i] = 0.25 * before[i] + 0.5 * along_x[k, j, i] + 0.25 * after[i]
    for k in range(nz):
        before, after = along_y[max(k - 1, 0)], along_y[min(k + 1, nz - 1)]
        for j in range(ny):
            for i in range(nx):
                value = 0.25 * before[j, i] + 0.5 * along_y[k, j, i] + 0.25 * after[j, i]
                along_x[k, j, i] = value
    return along_x
