"""Compiled loops of the dose operator: rays through density, pencil terms, gather and scatter.

Arrays in, arrays out. Frames are given as `source` (3,), `axes` (3, 3) rows x, y, direction, and
the distance `sad` from source to the plane of the isocentre; lengths in mm; grids run along LPS.
Not modelled: the tilt of rays off the axis other than their longer way.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from liverboard.numerics.grid import Array

__all__ = ["fan_depths", "gather", "pencil_terms", "scatter"]


@njit(cache=True, inline="always")
def _blend(source: Array, z: float, y: float, x: float) -> float:
    """Return the trilinear value at an index; 0 beyond the outer half voxel."""
    nz, ny, nx = source.shape
    if not (-0.5 <= z <= nz - 0.5 and -0.5 <= y <= ny - 0.5 and -0.5 <= x <= nx - 0.5):
        return 0.0
    z, y, x = min(max(z, 0.0), nz - 1.0), min(max(y, 0.0), ny - 1.0), min(max(x, 0.0), nx - 1.0)
    z0, y0, x0 = int(z), int(y), int(x)
    z1, y1, x1 = min(z0 + 1, nz - 1), min(y0 + 1, ny - 1), min(x0 + 1, nx - 1)
    fz, fy, fx = z - z0, y - y0, x - x0
    low = (source[z0, y0, x0] * (1 - fx) + source[z0, y0, x1] * fx) * (1 - fy) + (
        source[z0, y1, x0] * (1 - fx) + source[z0, y1, x1] * fx
    ) * fy
    high = (source[z1, y0, x0] * (1 - fx) + source[z1, y0, x1] * fx) * (1 - fy) + (
        source[z1, y1, x0] * (1 - fx) + source[z1, y1, x1] * fx
    ) * fy
    return low * (1 - fz) + high * fz


@njit(cache=True, parallel=True)
def fan_depths(
    density: Array, place: Array, frame: tuple[Array, Array, float], fan: Array, out: Array
) -> Array:
    """Fill `out` (rows, columns, steps) float32 with water depth in mm along a fan of rays.

    density: (z, y, x); place: (4,) x, y, z of voxel [0, 0, 0] and spacing; fan: (6,) first column
    x, first row y, their step, first plane w, its step, unused. Node k lies at w0 + k dw; depth is
    summed by the midpoint rule. Returns (rows, columns) float32: the density where each ray enters
    the grid, which is above 0 where the body is cut off by the edge of the image.
    """
    source, axes, sad = frame
    rows, columns, steps = out.shape
    entry = np.zeros((rows, columns), np.float32)
    spacing = place[3]
    for j in prange(rows):
        for i in range(columns):
            u, v = (fan[0] + i * fan[2]) / sad, (fan[1] + j * fan[2]) / sad
            way = np.empty(3)
            first = np.empty(3)
            for axis in range(3):
                way[axis] = (axes[2, axis] + u * axes[0, axis] + v * axes[1, axis]) / spacing
                first[axis] = (source[axis] - place[axis]) / spacing
            length = fan[4] * math.sqrt(1.0 + u * u + v * v)
            depth = 0.0
            has_entered = False
            out[j, i, 0] = 0.0
            for k in range(1, steps):
                w = fan[3] + (k - 0.5) * fan[4]
                x, y, z = first[0] + w * way[0], first[1] + w * way[1], first[2] + w * way[2]
                nz, ny, nx = density.shape
                if -0.5 <= z <= nz - 0.5 and -0.5 <= y <= ny - 0.5 and -0.5 <= x <= nx - 0.5:
                    found = _blend(density, z, y, x)
                    if not has_entered:
                        entry[j, i] = found
                        has_entered = True
                    depth += found * length
                out[j, i, k] = depth
    return entry


@njit(cache=True, parallel=True)
def pencil_terms(
    points: Array,
    frame: tuple[Array, Array, float],
    depths: Array,
    fan: Array,
    beam: Array,
    pixels: tuple[int, int, float],
    out: Array,
) -> None:
    """Fill `out` (5, n) float32: place on the fluence map (column, row) and three depth terms.

    points: (n, 3) LPS; depths, fan: as `fan_depths`; beam: (components + 1,) attenuation and betas;
    pixels: rows, columns and side of the map, whose middle is the axis. The terms hold the inverse
    square law; points off the map or before the fan get terms of 0. Three components exactly.
    """
    source, axes, sad = frame
    height, width, side = pixels
    rows, columns, steps = depths.shape
    m = beam[0]
    for n in prange(points.shape[0]):
        dx = points[n, 0] - source[0]
        dy = points[n, 1] - source[1]
        dz = points[n, 2] - source[2]
        w = dx * axes[2, 0] + dy * axes[2, 1] + dz * axes[2, 2]
        u = sad / w * (dx * axes[0, 0] + dy * axes[0, 1] + dz * axes[0, 2])
        v = sad / w * (dx * axes[1, 0] + dy * axes[1, 1] + dz * axes[1, 2])
        column, row = u / side + 0.5 * width - 0.5, v / side + 0.5 * height - 0.5
        out[0, n], out[1, n] = 0.0, 0.0
        out[2, n], out[3, n], out[4, n] = 0.0, 0.0, 0.0
        if not (0.0 <= column < width - 1.0 and 0.0 <= row < height - 1.0) or w <= fan[3]:
            continue
        out[0, n], out[1, n] = column, row
        i = min(max((u - fan[0]) / fan[2], 0.0), columns - 1.001)
        j = min(max((v - fan[1]) / fan[2], 0.0), rows - 1.001)
        k = min(max((w - fan[3]) / fan[4], 0.0), steps - 1.001)
        i0, j0, k0 = int(i), int(j), int(k)
        fi, fj, fk = i - i0, j - j0, k - k0
        depth = 0.0
        for b in range(2):
            for a in range(2):
                share = (fj if b else 1 - fj) * (fi if a else 1 - fi)
                here = depths[j0 + b, i0 + a, k0]
                depth += share * (here + fk * (depths[j0 + b, i0 + a, k0 + 1] - here))
        square = (sad / w) ** 2
        base = math.exp(-m * depth)
        for c in range(3):
            rate = beam[c + 1]
            out[2 + c, n] = square * rate / (rate - m) * (base - math.exp(-rate * depth))


@njit(cache=True, parallel=True)
def gather(terms: Array, maps: Array, out: Array) -> None:
    """Add to `out` (n,) the dose of every beam.

    terms: (beams, 5, n); maps: (beams, 3, rows, columns).

    Cost: about 5 ns per point and beam on one core.
    """
    beams, _, count = terms.shape
    block = 2048
    for part in prange((count + block - 1) // block):
        for b in range(beams):
            for n in range(part * block, min(count, (part + 1) * block)):
                first = terms[b, 2, n]
                if first == 0.0:
                    continue
                x, y = terms[b, 0, n], terms[b, 1, n]
                i, j = int(x), int(y)
                fx, fy = x - i, y - j
                a = (np.float32(1) - fy) * (np.float32(1) - fx)
                c = (np.float32(1) - fy) * fx
                d = fy * (np.float32(1) - fx)
                e = fy * fx
                total = np.float32(0)
                for k in range(3):
                    plane = maps[b, k]
                    value = a * plane[j, i] + c * plane[j, i + 1]
                    value += d * plane[j + 1, i] + e * plane[j + 1, i + 1]
                    total += terms[b, 2 + k, n] * value
                out[n] += total


@njit(cache=True, parallel=True)
def scatter(terms: Array, weights: Array, maps: Array) -> None:
    """Add to `maps` (beams, 3, rows, columns) weights (n,) times what `gather` reads there."""
    beams, _, count = terms.shape
    for b in prange(beams):
        for n in range(count):
            weight = weights[n]
            if weight == 0.0 or terms[b, 2, n] == 0.0:
                continue
            x, y = terms[b, 0, n], terms[b, 1, n]
            i, j = int(x), int(y)
            fx, fy = x - i, y - j
            a = (np.float32(1) - fy) * (np.float32(1) - fx)
            c = (np.float32(1) - fy) * fx
            d = fy * (np.float32(1) - fx)
            e = fy * fx
            for k in range(3):
                value = weight * terms[b, 2 + k, n]
                maps[b, k, j, i] += a * value
                maps[b, k, j, i + 1] += c * value
                maps[b, k, j + 1, i] += d * value
                maps[b, k, j + 1, i + 1] += e * value
