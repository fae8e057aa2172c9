"""Compiled loops over voxels: distances to solids, and laying tissues over one another.

Arrays are `[z, y, x]`; a `frame` is (x0, y0, z0, dx, dy, dz): the point of voxel [0, 0, 0] and the
spacing, in mm. Distances are negative inside. Every voxel is computed on its own.
"""

from __future__ import annotations

import numpy as np

from liverboard.numerics.grid import Array
from liverboard.phantom.compiled import compiled

__all__ = ["FAR_MM", "draw", "draw_stack", "paint", "refine", "ripple"]

FAR_MM = 1.0e3
"""Distance of a voxel that no solid has come near."""


@compiled
def ellipsoid_distance(shape: Array, x: float, y: float, z: float) -> float:
    """Return the first-order distance to the superellipsoid `shape` (21,)."""
    px, py, pz = x - shape[3], y - shape[4], z - shape[5]
    u = abs(px * shape[9] + py * shape[10] + pz * shape[11]) * shape[6]
    v = abs(px * shape[12] + py * shape[13] + pz * shape[14]) * shape[7]
    w = (px * shape[15] + py * shape[16] + pz * shape[17]) * shape[8]
    w = max(w, 0.0) if shape[19] > 0.0 else abs(w)
    power = shape[18]
    if power == 2.0:
        level = np.sqrt(u * u + v * v + w * w)
        du, dv, dw = u, v, w
    elif power == 4.0:
        du, dv, dw = u * u * u, v * v * v, w * w * w
        level = np.sqrt(np.sqrt(u * du + v * dv + w * dw))
    else:
        level = (u**power + v**power + w**power) ** (1.0 / power)
        du, dv, dw = u ** (power - 1.0), v ** (power - 1.0), w ** (power - 1.0)
    du, dv, dw = du * shape[6], dv * shape[7], dw * shape[8]
    slope = np.sqrt(du * du + dv * dv + dw * dw)
    if slope < 1e-9 or level < 1e-3:
        return -1.0 / max(shape[6], shape[7], shape[8])
    return (level - 1.0) * level ** (power - 1.0) / slope


@compiled
def piece_distance(shape: Array, x: float, y: float, z: float) -> float:
    """Return the distance to the piece of a tube `shape` (21,), its radius changing linearly."""
    ax, ay, az = x - shape[3], y - shape[4], (z - shape[5]) * shape[11]
    bx, by, bz = shape[6] - shape[3], shape[7] - shape[4], (shape[8] - shape[5]) * shape[11]
    length = bx * bx + by * by + bz * bz
    share = 0.0
    if length > 0.0:
        share = min(1.0, max(0.0, (ax * bx + ay * by + az * bz) / length))
    dx, dy, dz = ax - share * bx, ay - share * by, az - share * bz
    radius = shape[9] + share * (shape[10] - shape[9])
    return np.sqrt(dx * dx + dy * dy + dz * dz) - radius


@compiled
def shape_distance(shape: Array, x: float, y: float, z: float) -> float:
    """Return the distance to `shape` (21,), whatever its kind."""
    if shape[0] == 0.0:
        return ellipsoid_distance(shape, x, y, z)
    if shape[0] == 1.0:
        return piece_distance(shape, x, y, z)
    return shape[3] * x + shape[4] * y + shape[5] * z - shape[6]


@compiled
def joined(before: float, distance: float, joint: float, blend: float) -> float:
    """Return the distance after a solid joins, rounded over `blend` mm (polynomial)."""
    sign = 1.0 if joint == 0.0 else -1.0
    one = sign * before
    two = -distance if joint == 2.0 else distance
    if blend <= 0.0:
        return sign * min(one, two)
    overlap = max(blend - abs(one - two), 0.0) / blend
    return sign * (min(one, two) - overlap * overlap * blend * 0.25)


@compiled
def draw(field: Array, frame: Array, shape: Array, low: Array, high: Array) -> None:
    """Join `shape` (21,) to `field` (z, y, x) float32 within the indices [low, high) (z, y, x)."""
    for k in range(low[0], high[0]):
        z = frame[2] + k * frame[5]
        for j in range(low[1], high[1]):
            y = frame[1] + j * frame[4]
            for i in range(low[2], high[2]):
                distance = shape_distance(shape, frame[0] + i * frame[3], y, z)
                field[k, j, i] = joined(field[k, j, i], distance, shape[1], shape[2])


@compiled
def stack_distance(ring: Array, x: float, y: float) -> float:
    """Return the in-plane distance to one `ring` (6,): cx, cy, ax, front, back, power."""
    u = abs(x - ring[0]) / ring[2]
    depth = ring[3] if y < ring[1] else ring[4]
    v = abs(y - ring[1]) / depth
    power = ring[5]
    level = (u**power + v**power) ** (1.0 / power)
    du, dv = u ** (power - 1.0) / ring[2], v ** (power - 1.0) / depth
    slope = np.sqrt(du * du + dv * dv)
    if slope < 1e-9 or level < 1e-3:
        return -min(ring[2], depth)
    return (level - 1.0) * level ** (power - 1.0) / slope


@compiled
def draw_stack(field: Array, frame: Array, rings: Array) -> None:
    """Fill `field` (z, y, x) float32 with the distance to `rings` (z, 6), one a slice."""
    for k in range(field.shape[0]):
        for j in range(field.shape[1]):
            y = frame[1] + j * frame[4]
            for i in range(field.shape[2]):
                field[k, j, i] = stack_distance(rings[k], frame[0] + i * frame[3], y)


@compiled
def ripple(field: Array, frame: Array, waves: Array) -> None:
    """Add smooth bumps to `field` (z, y, x) float32; `waves` (n, 5): kx, ky, kz, phase, height."""
    for k in range(field.shape[0]):
        z = frame[2] + k * frame[5]
        for j in range(field.shape[1]):
            y = frame[1] + j * frame[4]
            for i in range(field.shape[2]):
                if abs(field[k, j, i]) > 15.0:
                    continue
                x = frame[0] + i * frame[3]
                bump = 0.0
                for n in range(waves.shape[0]):
                    wave = waves[n]
                    angle = wave[0] * x + wave[1] * y + wave[2] * z + wave[3]
                    bump += wave[4] * np.sin(angle)
                field[k, j, i] += bump


@compiled
def between(field: Array, k: int, y: float, x: float) -> float:
    """Return `field` [k] between samples, linear in plane, at fractional indices y, x."""
    j, i = int(y), int(x)
    j, i = min(j, field.shape[1] - 2), min(i, field.shape[2] - 2)
    v, u = y - j, x - i
    upper = field[k, j, i] * (1.0 - u) + field[k, j, i + 1] * u
    lower = field[k, j + 1, i] * (1.0 - u) + field[k, j + 1, i + 1] * u
    return upper * (1.0 - v) + lower * v


@compiled
def refine(field: Array, coarse: Array, step: float) -> None:
    """Fill `field` (z, y, x) from `coarse`, whose in-plane samples lie `step` voxels apart."""
    for k in range(field.shape[0]):
        for j in range(field.shape[1]):
            for i in range(field.shape[2]):
                field[k, j, i] = between(coarse, k, j / step, i / step)


@compiled
def clamp(value: float) -> float:
    """Return `value` kept within 0 and 1."""
    return min(1.0, max(0.0, value))


@compiled
def shade(look: Array, depth: float, y: float) -> float:
    """Return the HU at `depth` mm inside a tissue: its rim, its core, and gas that rises forwards.

    `look` (9,): owner, core HU, rim HU, rim mm, texture HU, softness mm, front of the fluid level
    (y in mm), HU before it, gap mm.
    """
    inner = clamp((depth - look[3]) / look[5] + 0.5)
    gas = inner * clamp((look[6] - y) / look[5] + 0.5)
    level = look[2] + inner * (look[1] - look[2])
    return level + gas * (look[7] - level)


@compiled
def paint(
    canvas: tuple[Array, ...], texture: Array, field: Array, look: Array, place: Array
) -> None:
    """Lay one tissue under what the canvas already shows.

    `canvas`: hu, clear (what is still seen through) and near (distance to what was painted), all
    float32, and owner uint8, all (z, y, x); `field` and `texture` (z, y, x) may be coarser in
    plane. `place` (6,): first z, y, x of the field on the canvas, its in-plane step in voxels, y of
    the canvas's first row and its spacing in mm.
    """
    hu, clear, near, owner = canvas
    k0, j0, i0, step = int(place[0]), int(place[1]), int(place[2]), int(place[3])
    rows = min(hu.shape[1] - j0, (field.shape[1] - 1) * step + 1)
    columns = min(hu.shape[2] - i0, (field.shape[2] - 1) * step + 1)
    for k in range(field.shape[0]):
        for j in range(rows):
            y = place[4] + (j0 + j) * place[5]
            for i in range(columns):
                a, b, c = k0 + k, j0 + j, i0 + i
                if clear[a, b, c] <= 0.0 and owner[a, b, c] > 0:
                    continue
                distance = between(field, k, j / step, i / step)
                distance = max(distance, look[8] - near[a, b, c])
                near[a, b, c] = min(near[a, b, c], distance)
                if distance < 0.0 and owner[a, b, c] == 0:
                    owner[a, b, c] = int(look[0])
                opaque = clamp(0.5 - distance / look[5]) * clear[a, b, c]
                if opaque > 0.0:
                    value = shade(look, -distance, y)
                    value += look[4] * between(texture, k, j / step, i / step)
                    hu[a, b, c] += opaque * value
                    clear[a, b, c] -= opaque
