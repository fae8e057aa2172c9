"""Fluence maps blurred by the beam's kernels, and the adjoint, by FFT.

A map holds fluence per pixel (1.25 mm at the plane of the isocentre, pixels' edges at multiples of
the pixel from the axis). Cells are what a plan may choose: rectangles of whole pixels, one leaf
wide. Blurring is exact for fluence that is constant on pixels, up to the sampling of the penumbra.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft

from liverboard.numerics.grid import Array, read_only
from liverboard.treatments.radiotherapy.beam_data import BeamData

__all__ = ["PIXEL_MM", "Blur", "CellGrid", "blur_of"]

PIXEL_MM = 1.25
"""Side of a fluence pixel: coarser than this costs accuracy (docs/radiotherapy.md#validation)."""

FWHM_TO_SIGMA = 1.0 / np.sqrt(8.0 * np.log(2.0))

SUBPIXELS = 5
"""Kernel values per pixel side when a kernel is averaged over a pixel."""

WORKERS = 2


@dataclass(frozen=True, slots=True)
class CellGrid:
    """The cells a field may use: `rows` leaves and `columns`, each `pixels_y` by `pixels_x`.

    The axis lies in the middle, on an edge between cells. Row 0 has the smallest y.
    """

    rows: int
    columns: int
    pixels_y: int = 4
    pixels_x: int = 4

    @property
    def leaf_mm(self) -> float:
        """Width of a row."""
        return self.pixels_y * PIXEL_MM

    @property
    def step_mm(self) -> float:
        """Width of a column."""
        return self.pixels_x * PIXEL_MM

    @property
    def shape_pixels(self) -> tuple[int, int]:
        """Rows and columns in pixels."""
        return self.rows * self.pixels_y, self.columns * self.pixels_x

    def centres_mm(self) -> tuple[Array, Array]:
        """Return the y of each row and the x of each column."""
        y = (np.arange(self.rows) - (self.rows - 1) / 2.0) * self.leaf_mm
        x = (np.arange(self.columns) - (self.columns - 1) / 2.0) * self.step_mm
        return y, x

    def spread(self, cells: Array) -> Array:
        """Return cells (..., rows, columns) as pixels (..., rows, columns)."""
        return np.repeat(np.repeat(cells, self.pixels_y, axis=-2), self.pixels_x, axis=-1)

    def gathered(self, pixels: Array) -> Array:
        """Return pixels summed over cells: the adjoint of `spread`."""
        shape = (*pixels.shape[:-2], self.rows, self.pixels_y, self.columns, self.pixels_x)
        return np.asarray(pixels.reshape(shape).sum(axis=(-3, -1)))


@dataclass(frozen=True, slots=True, eq=False)
class Blur:
    """Kernels of several beams in the frequency domain, for fields of `cells`.

    transfer: (beams, components, rows, columns // 2 + 1) complex64 on maps of `shape` pixels.
    """

    cells: CellGrid
    shape: tuple[int, int]
    transfer: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "transfer", read_only(self.transfer))

    @property
    def window(self) -> tuple[slice, slice]:
        """The pixels of the field within a map."""
        inner = self.cells.shape_pixels
        return (
            slice((self.shape[0] - inner[0]) // 2, (self.shape[0] + inner[0]) // 2),
            slice((self.shape[1] - inner[1]) // 2, (self.shape[1] + inner[1]) // 2),
        )

    def forward(self, pixels: Array) -> Array:
        """Return blurred maps (beams, components, rows, columns) of field pixels (beams, ...)."""
        padded = np.zeros((len(pixels), *self.shape), np.float32)
        padded[(slice(None), *self.window)] = pixels
        spectrum = fft.rfft2(padded, workers=WORKERS)[:, None] * self.transfer
        return np.asarray(fft.irfft2(spectrum, s=self.shape, workers=WORKERS), dtype=np.float32)

    def adjoint(self, maps: Array) -> Array:
        """Return field pixels (beams, rows, columns) from maps: the adjoint of `forward`."""
        spectrum = fft.rfft2(maps, workers=WORKERS) * self.transfer.conj()
        found = fft.irfft2(spectrum.sum(axis=1), s=self.shape, workers=WORKERS)
        return np.asarray(found[(slice(None), *self.window)], dtype=np.float32)

    def only(self, beam: int) -> Blur:
        """Return the blur of one beam."""
        return Blur(self.cells, self.shape, self.transfer[beam : beam + 1])


def blur_of(
    beam: BeamData, ssd_mm: Array, cells: CellGrid, *, cutoff_mm: float, penumbra_mm: float
) -> Blur:
    """Return the kernels for beams at `ssd_mm` (beams,), cut off at `cutoff_mm` from a pencil."""
    inner = cells.shape_pixels
    reach = int(np.ceil(cutoff_mm / PIXEL_MM)) + 2
    shape = (_even_length(inner[0] + 2 * reach), _even_length(inner[1] + 2 * reach))
    radii, inverse = _distances(shape)
    transfers = {}
    for ssd in np.unique(np.round(ssd_mm)):
        kernels = beam.kernels_at(float(ssd))
        images = [_kernel_image(row, beam, radii, inverse, cutoff_mm) for row in kernels]
        transfers[float(ssd)] = fft.rfft2(np.array(images), workers=WORKERS)
    gauss = _gauss(shape, penumbra_mm * FWHM_TO_SIGMA)
    stacked = np.stack([transfers[float(s)] for s in np.round(ssd_mm)]) * gauss
    return Blur(cells, shape, stacked.astype(np.complex64))


def _even_length(size: int) -> int:
    """Return an even length from `size` on that is quick to transform."""
    found = int(fft.next_fast_len(size, real=True))
    while found % 2:
        found = int(fft.next_fast_len(found + 1, real=True))
    return found


def _distances(shape: tuple[int, int]) -> tuple[Array, Array]:
    """Return the distinct pixel offsets from pixel [0, 0] (n, 2), and which each pixel has.

    Offsets count the shorter way round and are alike in all eight octants.
    """
    offsets = [np.abs(fft.fftfreq(size, 1.0 / size)).astype(np.int64) for size in shape]
    y, x = np.meshgrid(*offsets, indexing="ij")
    low, high = np.minimum(x, y), np.maximum(x, y)
    distinct, inverse = np.unique(low * 100_000 + high, return_inverse=True)
    return np.column_stack(np.divmod(distinct, 100_000)), inverse.reshape(shape)


def _kernel_image(
    row: Array, beam: BeamData, offsets: Array, inverse: Array, cutoff_mm: float
) -> Array:
    """Return a kernel integrated over pixels, pixel [0, 0] its centre: (rows, columns).

    The first value of the table stands for a square of the table's lattice round the centre.
    """
    steps = ((np.arange(SUBPIXELS) + 0.5) / SUBPIXELS - 0.5) * PIXEL_MM
    dy = np.abs(offsets[:, 0, None, None] * PIXEL_MM + steps[None, :, None])
    dx = np.abs(offsets[:, 1, None, None] * PIXEL_MM + steps[None, None, :])
    radius = np.hypot(dy, dx)
    tail = np.interp(radius, beam.radius_mm[1:], row[1:], right=0.0)
    half = beam.lattice_mm / 2.0
    tail[((dy < half) & (dx < half)) | (radius > cutoff_mm)] = 0.0
    mean = tail.mean(axis=(1, 2)) * PIXEL_MM**2
    centre = (offsets == 0).all(axis=1)
    mean[centre] += row[0] * beam.lattice_mm**2
    return np.asarray(mean[inverse])


def _gauss(shape: tuple[int, int], sigma_mm: float) -> Array:
    """Return the transfer function of a Gaussian blur: (rows, columns // 2 + 1)."""
    y = fft.fftfreq(shape[0], PIXEL_MM)[:, None]
    x = fft.rfftfreq(shape[1], PIXEL_MM)[None]
    return np.asarray(np.exp(-2.0 * np.pi**2 * sigma_mm**2 * (y**2 + x**2)))
