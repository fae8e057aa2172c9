"""The colours of a view: what each pixel meets, laid over one another from back to front."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.ndimage import gaussian_filter

from liverboard.numerics.grid import Array
from liverboard.report.picture.trace import NEVER

__all__ = ["GLASS", "SKIN", "Finish", "Palette", "colour", "hollows"]

HOLLOW_PIXELS = 16.0
"""How far round it a hollow is looked for."""

COARSER = 3
"""Hollows are worked out on every third pixel."""

STRIPE_PIXELS = 5


@dataclass(frozen=True, slots=True)
class Finish:
    """How the surface of the liver looks: `opacity` seen straight on, `edge` added at its rim."""

    opacity: float
    edge: float


GLASS = Finish(0.34, 0.50)
SKIN = Finish(0.97, 0.03)


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """Colours, 0 to 1: of the liver's surface by tone (n, 3), of what is opaque by number (m, 3).

    `striped` is the tone that is striped, -1 for none.
    """

    tones: Array
    things: Array
    striped: int = -1


def colour(
    met: tuple[Array, Array],
    tone: Array,
    crossed: Array,
    palette: Palette,
    finish: Finish,
    bare: Array,
) -> Array:
    """Return the picture (rows, columns, 3) uint8 of rays.

    `met` is what `follow` and `hollows` gave, `tone` and `crossed` what `paint` and `faces` did;
    `crossed` may be coarser than the rest, by a whole number. Where `bare`, a picture that was made
    with the same finish and nothing painted or cut, is not empty, only what differs is drawn anew.
    """
    settings = np.array([finish.opacity, finish.edge, palette.striped])
    colours = (palette.tones, palette.things)
    picture = bare.copy() if bare.size else np.full((*tone.shape, 3), 255, np.uint8)
    _blend(met, tone, crossed, colours, settings, bare.size > 0, picture)
    return picture


def hollows(found: Array) -> Array:
    """Return how much light reaches liver and opaque things: (rows, columns, 2) float32.

    More than 1 on what stands out, less in hollows: the depth is compared with its mean round about
    (unsharp masking of the depth buffer; Luft, Colditz and Deussen, SIGGRAPH 2006).
    """
    rows, columns, _ = found.shape
    out = np.empty((rows, columns, 2), np.float32)
    for n, entry in enumerate((0, 4)):
        light = _hollows(found[::COARSER, ::COARSER, entry])
        wide = light.repeat(COARSER, axis=0).repeat(COARSER, axis=1)
        out[:, :, n] = gaussian_filter(wide[:rows, :columns], 1.5)
    return out


def _hollows(depth: Array) -> Array:
    """Return the light that reaches each pixel of a depth buffer (rows, columns)."""
    is_met = depth < NEVER
    reach = HOLLOW_PIXELS / COARSER
    weight = is_met.astype(np.float32)
    mean = gaussian_filter(np.where(is_met, depth, 0.0), reach)
    mean /= np.maximum(gaussian_filter(weight, reach), 1e-3)
    deeper = np.where(is_met, depth - mean, 0.0)
    return np.asarray(np.clip(1.0 - 0.055 * deeper, 0.62, 1.12), np.float32)


@njit(nogil=True, cache=True)
def _blend(
    met: tuple[Array, Array],
    tone: Array,
    crossed: Array,
    colours: tuple[Array, Array],
    settings: Array,
    is_drawn: bool,
    picture: Array,
) -> None:
    """Draw all rays into `picture`; where it `is_drawn` already, only those that meet a plan."""
    found, hollow = met
    tones, things = colours
    rows, columns = tone.shape
    coarser = -(-rows // crossed.shape[0])
    out = np.empty(3)
    for row in range(rows):
        for column in range(columns):
            ray, own = found[row, column], tone[row, column]
            cut = crossed[row // coarser, column // coarser]
            if is_drawn and own == 0 and cut[0] >= NEVER:
                continue
            if ray[0] >= NEVER and ray[4] >= NEVER:
                continue
            is_dark = own == settings[2] and ((row + column) // STRIPE_PIXELS) % 2 == 0
            out[:] = 1.0
            _behind(ray, cut, hollow[row, column, 1], things, tones, out)
            _skin(ray, tones[own], settings, hollow[row, column, 0], is_dark, out)
            for n in range(3):
                picture[row, column, n] = np.uint8(min(1.0, out[n]) * 255.0 + 0.5)


@njit(nogil=True, cache=True)
def _over(colour: Array, light: float, opacity: float, out: Array) -> None:
    """Lay a lit colour over `out`."""
    for n in range(3):
        lit = min(1.0, colour[n] * light)
        out[n] = out[n] * (1.0 - opacity) + lit * opacity


@njit(nogil=True, cache=True)
def _behind(
    met: Array, crossed: Array, hollow: float, things: Array, tones: Array, out: Array
) -> None:
    """Lay over `out` what is behind the liver's surface: its depth, what is opaque, the cut."""
    is_in = met[0] < NEVER
    if is_in:
        _over(tones[0], 0.80, 0.42 * (1.0 - math.exp((met[0] - met[3]) / 45.0)), out)
    if met[4] < NEVER:
        depth = max(0.0, met[4] - met[0]) if is_in else 0.0
        clearness = 0.50 + 0.50 * math.exp(-depth / 40.0)
        _over(things[int(met[6])], (0.42 + 0.66 * met[5]) * hollow, clearness, out)
    if crossed[0] < min(met[4], NEVER):
        _over(tones[1], 0.60 + 0.50 * crossed[1], 0.45, out)


@njit(nogil=True, cache=True)
def _skin(
    met: Array, colour: Array, settings: Array, hollow: float, is_dark: bool, out: Array
) -> None:
    """Lay the surface of the liver over `out`, unless something opaque is in front of it."""
    if met[0] >= NEVER or met[4] < met[0]:
        return
    rim = (1.0 - met[2]) ** 2 * settings[1]
    light = (0.55 + 0.52 * met[1]) * hollow
    if is_dark:
        light, rim = light * 0.78, rim + 0.18
    _over(colour, light, min(1.0, settings[0] + rim), out)
    shine = max(0.0, met[1] * 1.25 - 0.25) ** 2
    gloss = 0.10 * shine * shine * shine * shine * shine * shine
    for n in range(3):
        out[n] += gloss * (1.0 - out[n])
