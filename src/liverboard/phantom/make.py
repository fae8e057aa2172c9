"""From options to a digital patient, step by step."""

from __future__ import annotations

import math

import numpy as np

from liverboard.numerics.grid import Grid
from liverboard.phantom.field import Lattice
from liverboard.phantom.habitus import Habitus, draw_habitus
from liverboard.phantom.layer import read_yaml
from liverboard.phantom.liver import furnish
from liverboard.phantom.model import Phantom
from liverboard.phantom.options import PhantomOptions
from liverboard.phantom.organs import draw_organs
from liverboard.phantom.picture import paint_picture, read_tissues
from liverboard.phantom.raster import label_lesions
from liverboard.phantom.record import draw_record
from liverboard.phantom.region import skin_extent_mm
from liverboard.phantom.truth import find_truth

__all__ = ["make_phantom"]

AIR_MM = 9.0
"""Air kept round the body."""

Z_MM = (-136.0, 152.0)
"""Lowest and highest slice in mm of the template patient."""

PIXEL_STEP = 16
"""The image's width and height in pixels are multiples of this."""


def make_phantom(options: PhantomOptions) -> Phantom:
    """Return the digital patient that `options` describe; the same options give the same patient.

    Raises RequestError where a lesion finds no room.
    """
    habitus = draw_habitus(options.seed)
    lattice = Lattice.over(ct_grid(habitus, options.spacing_mm), habitus.scale)
    organs = draw_organs(options.seed, lattice, habitus)
    liver = furnish(organs, options)
    shift_hu = read_yaml("habitus")["steatosis_hu"][habitus.steatosis]
    picture = paint_picture(
        organs,
        liver.vessels,
        liver.lesions,
        tissues=read_tissues(liver_shift_hu=shift_hu),
        seed=options.seed,
        noise_hu=options.noise_hu,
    )
    labels = label_lesions(liver.lesions, lattice.grid)
    return Phantom(
        options,
        lattice.grid,
        picture.hu,
        picture.owner,
        picture.vessels,
        labels,
        find_truth(liver, picture.owner, labels, grid=lattice.grid),
        draw_record(options.seed, habitus),
    )


def ct_grid(habitus: Habitus, spacing_mm: tuple[float, float, float]) -> Grid:
    """Return the grid of the CT: square slices that hold the whole body with some air."""
    low, high = skin_extent_mm(read_yaml("regions"), habitus.fat_mm, habitus.scale)
    dz, dy, dx = spacing_mm
    wide = float(max(high - low)) + 2 * AIR_MM
    pixels = math.ceil(wide / dx / PIXEL_STEP) * PIXEL_STEP
    first, last = (habitus.scale * z for z in Z_MM)
    slices = math.ceil((last - first) / dz) + 1
    middle = 0.5 * (low + high)
    corner = middle - 0.5 * (pixels - 1) * np.array([dx, dy])
    origin = (round(float(corner[0]), 1), round(float(corner[1]), 1), round(first, 1))
    return Grid((slices, pixels, pixels), spacing_mm, origin)
