"""The CT picture: tissues painted under one another, blurred and noisy, and who owns each voxel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter

from liverboard.numerics.grid import Array, bounding_box
from liverboard.phantom.canvas import NO_GAP_MM, Canvas, Tissue
from liverboard.phantom.field import Field, Lattice, shapes_field
from liverboard.phantom.habitus import generator
from liverboard.phantom.layer import Layer, read_yaml
from liverboard.phantom.lesion import Ellipsoid
from liverboard.phantom.organs import Organs
from liverboard.phantom.parallel import in_threads
from liverboard.phantom.vessel import Vessels

__all__ = ["Picture", "paint_picture", "read_tissues"]

TEXTURE_MM = 1.9
"""Standard deviation of the kernel that gives tissues their grain."""

BLUR_MM = 0.4
"""Standard deviation of the scanner's blur in plane; with the soft edges about 1 mm FWHM."""

SLICE_SHARE = 0.45
"""Standard deviation of the slice profile, in slices."""

GRAIN_MM = 0.75
"""Standard deviation of the kernel that correlates the noise in plane."""

LESION_SHARE = 0.35
"""Share of the liver's shift by steatosis that lesions in it appear to take."""

AIR_HU = -1000.0
AIR_VOXELS = 8
"""Voxels of noisy air round the body."""

WIDEST = 12
"""Half the width of a kernel, in voxels, beyond which nothing of it is left."""

LOWEST_HU, HIGHEST_HU = -1024, 3071


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What was painted: CT numbers `hu` int16 and `owner` uint8, and the vessels' voxels.

    All arrays (z, y, x); `vessels` is 1 in the portal vein and its tributaries, 2 in hepatic veins.
    """

    hu: Array
    owner: Array
    vessels: Array


def read_tissues(*, liver_shift_hu: float) -> dict[str, Tissue]:
    """Return the CT numbers of all tissues; steatosis shifts the liver's."""
    rows: Mapping[str, Mapping[str, float]] = read_yaml("tissue")
    tissues = {
        name: Tissue(
            float(row["core"]),
            float(row.get("rim", row["core"])),
            float(row.get("rim_mm", 0.0)),
            float(row.get("texture", 0.0)),
        )
        for name, row in rows.items()
    }
    shifts = {"liver": liver_shift_hu, "lesion": LESION_SHARE * liver_shift_hu}
    return {
        name: replace(one, core=one.core + shifts.get(name, 0), rim=one.rim + shifts.get(name, 0))
        for name, one in tissues.items()
    }


def paint_picture(
    organs: Organs,
    vessels: Vessels,
    lesions: Sequence[Ellipsoid],
    *,
    tissues: Mapping[str, Tissue],
    seed: int,
    noise_hu: float,
) -> Picture:
    """Return the CT of a patient with its lesions and vessels."""
    lattice = organs.lattice
    canvas = Canvas.blank(lattice, _texture(lattice, generator(seed, "texture")))
    for lesion in lesions:
        canvas.lay(_hidden("lesion"), _lesion_field(lesion, lattice), tissues["lesion"])
    labels = np.zeros(lattice.grid.shape, dtype=np.uint8)
    for number, (name, shapes) in enumerate(vessels.tubes().items(), start=1):
        field = shapes_field(shapes, lattice.grid, scale=1.0)
        canvas.lay(_hidden(name), field, tissues[name])
        labels[field.box][field.array < 0] = number
    for layer in organs.layers:
        canvas.lay(layer, organs.fields[layer.name], tissues[layer.tissue])
    return Picture(_developed(canvas, seed, noise_hu), canvas.owner, labels)


def _hidden(name: str) -> Layer:
    """Return a layer that is seen but owns no voxel: it belongs to the organ that it lies in."""
    return Layer(name, "outside", name, (), name, gap_mm=NO_GAP_MM)


def _texture(lattice: Lattice, rng: np.random.Generator) -> Array:
    """Return correlated noise (z, y, x) float32 of unit variance on the lattice."""
    grid = lattice.thinned()
    noise = rng.standard_normal(grid.shape, dtype=np.float32)
    sigma = [TEXTURE_MM / spacing for spacing in grid.spacing_mm]
    smooth = gaussian_filter(noise, sigma, truncate=3.0)
    return np.asarray(smooth / smooth.std(), dtype=np.float32)


def _lesion_field(lesion: Ellipsoid, lattice: Lattice) -> Field:
    """Return the distance to a lesion in a box round it on the CT grid."""
    grid = lattice.grid
    reach = np.array([lesion.reach_mm / spacing + 4 for spacing in grid.spacing_mm])
    middle = grid.indices(np.array([lesion.centre_mm]))[0]
    low = np.maximum(np.floor(middle - reach), 0).astype(int)
    high = np.minimum(np.ceil(middle + reach) + 1, grid.shape).astype(int)
    index = np.stack(
        np.meshgrid(*(np.arange(a, b) for a, b in zip(low, high, strict=True)), indexing="ij"), -1
    )
    array = lesion.distance_mm(grid.points(index)).astype(np.float32)
    return Field(array, (int(low[0]), int(low[1]), int(low[2])))


def _developed(canvas: Canvas, seed: int, noise_hu: float) -> Array:
    """Return the CT numbers (z, y, x) int16: air behind all, slice profile, blur, noise.

    Beyond the body and a little air there is nothing but air, without noise.
    """
    result = np.full(canvas.hu.shape, AIR_HU, dtype=np.int16)
    box = bounding_box(canvas.owner > 0, margin=(0, AIR_VOXELS, AIR_VOXELS))
    level = _sliced(canvas.hu[box] + canvas.clear[box] * np.float32(AIR_HU))
    spacing_mm = canvas.lattice.grid.spacing_mm[1]
    seen, first = result[box], box[0].start

    def develop(number: int) -> None:
        noise = _noise(level.shape[1:], spacing_mm, generator(seed, f"noise {first + number}"))
        blurred = gaussian_filter(level[number], BLUR_MM / spacing_mm, truncate=3.0)
        noisy = np.rint(blurred + np.float32(noise_hu) * noise)
        seen[number] = np.clip(noisy, LOWEST_HU, HIGHEST_HU)

    in_threads(develop, range(len(level)))
    return result


def _sliced(level: Array) -> Array:
    """Return `level` (z, y, x) smoothed along z by the slice profile (three slices)."""
    share = np.float32(np.exp(-0.5 / SLICE_SHARE**2))
    padded = np.concatenate([level[:1], level, level[-1:]])
    return np.asarray((level + share * (padded[:-2] + padded[2:])) / (1 + 2 * share))


def _noise(shape: tuple[int, ...], spacing_mm: float, rng: np.random.Generator) -> Array:
    """Return a slice (y, x) float32 of correlated noise of unit variance."""
    sigma = GRAIN_MM / spacing_mm
    white = rng.standard_normal(shape, dtype=np.float32)
    smooth = gaussian_filter(white, sigma, truncate=3.0)
    weights = np.exp(-0.5 * (np.arange(-WIDEST, WIDEST + 1) / sigma) ** 2)
    spread = float((weights**2).sum() / weights.sum() ** 2)
    return np.asarray(smooth / np.float32(spread), dtype=np.float32)
