"""Dose-volume histograms of masks, worked out piece by piece instead of by samples.

Structure voxels and dose cells cut space into boxes. In each box the dose is taken as linear, with
the trilinear field's value and slope at its centre; the volume of a box above a dose is then known
in closed form (the sum of three uniform variables), so nothing is sampled and small structures in
steep dose lose nothing. Smallest and largest dose are exact for the trilinear field: they lie on
corners of boxes. A voxel reaches half a spacing beyond its centre on every side, so the first and
last slice of a structure are capped half a slice out, as its volume is.

Cost: about 0.1 us per box plus 2 ns per bin that a box spans.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from liverboard.numerics.grid import Array, Grid, Image, bounding_box, read_only

__all__ = ["Dvh", "dvh"]

PARALLEL_TOLERANCE = 1e-4
"""Direction cosines between the axes of two grids that still count as 0 or 1."""

FLAT = 1e-3
"""A slope this small beside the steepest one of a box does not widen its doses."""

BINS = 2000
"""Bins of a histogram unless their width is given: 0.05 % of the largest dose."""


@dataclass(frozen=True, slots=True, eq=False)
class Dvh:
    """A cumulative dose-volume histogram.

    `edges_gy` (k,) rising from 0; `volume_ml` (k,) that receives at least that dose, falling, with
    `volume_ml[0]` the whole structure. `missing_ml` lies beyond the dose grid and counts as 0 Gy.
    """

    edges_gy: Array
    volume_ml: Array
    least_gy: float
    most_gy: float
    mean_gy: float
    missing_ml: float

    def __post_init__(self) -> None:
        for name in ("edges_gy", "volume_ml"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def total_ml(self) -> float:
        """Volume of the structure."""
        return float(self.volume_ml[0])

    def volume_at(self, dose_gy: float) -> float:
        """Return the ml that receive at least `dose_gy`."""
        if dose_gy > self.most_gy:
            return 0.0
        return float(np.interp(dose_gy, self.edges_gy, self.volume_ml))

    def share_at(self, dose_gy: float) -> float:
        """Return the percentage of the structure that receives at least `dose_gy`; 0 if empty."""
        return 100.0 * self.volume_at(dose_gy) / self.total_ml if self.total_ml > 0 else 0.0

    def volume_below(self, dose_gy: float) -> float:
        """Return the ml that receive less than `dose_gy`."""
        return self.total_ml - self.volume_at(dose_gy)

    def dose_at(self, volume_ml: float) -> float:
        """Return the smallest dose in the hottest `volume_ml`; 0 where the structure is smaller.

        At 0 ml this is the largest dose.
        """
        if volume_ml <= 0.0:
            return self.most_gy
        if volume_ml > self.total_ml * (1.0 + 1e-9):
            return 0.0
        found = np.interp(-volume_ml, -self.volume_ml, self.edges_gy)
        return float(np.clip(found, self.least_gy, self.most_gy))

    def dose_at_percent(self, percent: float) -> float:
        """Return the smallest dose in the hottest `percent` of the structure (D95 is 95)."""
        return self.dose_at(self.total_ml * percent / 100.0)

    def generalised_mean_gy(self, exponent: float) -> float:
        """Return the generalised equivalent uniform dose (mean of D^a)^(1/a); 1 is the mean."""
        shares, middle = self.differential()
        if self.total_ml <= 0:
            return 0.0
        return float((shares @ middle**exponent / self.total_ml) ** (1.0 / exponent))

    def times(self, factor: float) -> Dvh:
        """Return the histogram of the same dose times `factor`, above 0."""
        return Dvh(
            self.edges_gy * factor,
            self.volume_ml,
            self.least_gy * factor,
            self.most_gy * factor,
            self.mean_gy * factor,
            self.missing_ml,
        )

    def differential(self) -> tuple[Array, Array]:
        """Return the ml in each bin (k - 1,) and the bins' middle doses (k - 1,)."""
        middle = (self.edges_gy[1:] + self.edges_gy[:-1]) / 2.0
        return -np.diff(self.volume_ml), middle


def dvh(
    dose: Image, structure: Array, grid: Grid, *, bin_gy: float | None = None, box_mm: float = 3.0
) -> Dvh:
    """Return the histogram of `dose` (Gy) over a structure on `grid`.

    structure: (z, y, x) bool, or float 0..1 share of each voxel that belongs to it. The two grids
    may differ in spacing and place, but their axes must be parallel: ValueError otherwise. Boxes
    longer than `box_mm` are divided. Dose beyond the outer half voxel of its grid counts as 0; an
    empty structure gives an empty histogram.
    """
    _check_parallel(dose.grid, grid)
    if not structure.any():
        return Dvh(np.zeros(2), np.zeros(2), 0.0, 0.0, 0.0, 0.0)
    box = bounding_box(structure)
    part = np.ascontiguousarray(structure[box], dtype=np.float32)
    near = grid.crop(box)
    cuts = (
        _cuts(near, dose.grid, 0, box_mm),
        _cuts(near, dose.grid, 1, box_mm),
        _cuts(near, dose.grid, 2, box_mm),
    )
    field = np.ascontiguousarray(dose.array, dtype=np.float32)
    width = bin_gy or max(float(field.max()), 1e-6) / BINS
    count = int(np.ceil(max(float(field.max()), 0.0) / width)) + 2
    below = np.zeros(count)
    figures = np.array([np.inf, -np.inf, 0.0, 0.0, 0.0])
    _accumulate(field, part, cuts, near.voxel_ml, width, below, figures)
    least, most, whole, dose_ml, missing = (float(figure) for figure in figures)
    colder = np.concatenate([[0.0], np.cumsum(below)[:-1]])
    above = np.maximum(whole - colder, 0.0)
    return Dvh(np.arange(count) * width, above, least, most, dose_ml / whole, missing)


def _check_parallel(first: Grid, second: Grid) -> None:
    """Raise ValueError unless the axes of two grids are parallel, in the same order."""
    cosines = np.abs(np.array(first.direction).T @ np.array(second.direction))
    if not np.allclose(cosines, np.eye(3), atol=PARALLEL_TOLERANCE):
        raise ValueError("structure and dose lie on grids with different axes: resample one first")


def _cuts(near: Grid, field: Grid, axis: int, box_mm: float) -> Array:
    """Cut one axis of the structure at the centres of the dose voxels that it crosses.

    Returns the boxes as rows (n, 5): structure voxel, first and last end in dose indices (clipped
    to the outer voxel centres), share of the voxel, and whether the box lies on the dose grid.
    """
    size, step = near.shape[axis], near.spacing_mm[axis]
    ends = np.zeros((2, 3))
    ends[1, axis] = 1.0
    start, stop = field.indices(near.points(ends))[:, axis]
    slope = stop - start  # dose voxels per structure voxel, negative where flipped
    faces = start + slope * (np.arange(size + 1) - 0.5)
    low, high = min(faces[0], faces[-1]), max(faces[0], faces[-1])
    most = field.shape[axis]
    centres = np.arange(max(0, int(np.ceil(low))), min(most - 1, int(np.floor(high))) + 1)
    border = [edge for edge in (-0.5, most - 0.5) if low < edge < high]
    parts = max(1, int(np.ceil(step / box_mm)))
    finer = start + slope * (np.arange(size * parts + 1) / parts - 0.5)
    marks = np.unique(np.concatenate([finer, centres, border]))
    marks = marks[np.concatenate([[True], np.diff(marks) > 1e-9])]
    a, b = marks[:-1], marks[1:]
    middle = (a + b) / 2.0
    voxel = np.clip(np.floor((middle - start) / slope + 0.5), 0, size - 1)
    inside = (middle > -0.5) & (middle < most - 0.5)
    clipped = np.clip(np.stack([a, b]), 0.0, most - 1.0)
    return np.column_stack([voxel, clipped[0], clipped[1], (b - a) / abs(slope), inside])


@njit(cache=True)
def _value(field: Array, z: float, y: float, x: float) -> float:
    """Return the trilinear value at an index within the outer voxel centres."""
    nz, ny, nx = field.shape
    z0 = max(0, min(int(z), nz - 2))
    y0 = max(0, min(int(y), ny - 2))
    x0 = max(0, min(int(x), nx - 2))
    z1, y1, x1 = min(z0 + 1, nz - 1), min(y0 + 1, ny - 1), min(x0 + 1, nx - 1)
    fz, fy, fx = z - z0, y - y0, x - x0
    low = (field[z0, y0, x0] * (1 - fx) + field[z0, y0, x1] * fx) * (1 - fy) + (
        field[z0, y1, x0] * (1 - fx) + field[z0, y1, x1] * fx
    ) * fy
    high = (field[z1, y0, x0] * (1 - fx) + field[z1, y0, x1] * fx) * (1 - fy) + (
        field[z1, y1, x0] * (1 - fx) + field[z1, y1, x1] * fx
    ) * fy
    return low * (1 - fz) + high * fz


@njit(cache=True)
def _share_below(gap: float, spans: Array) -> float:
    """Return the share of a box below its middle dose + `gap`; `spans` (3,) falling half spans.

    The distribution function of a sum of uniform variables on [-span, span], in closed form.
    """
    a, b, c = spans[0], spans[1], spans[2]
    if gap <= -(a + b + c):
        return 0.0
    if gap >= a + b + c:
        return 1.0
    if b <= FLAT * a:
        return min(1.0, max(0.0, 0.5 + 0.5 * gap / a))
    if c <= FLAT * a:
        total = 0.0
        for sign_a in (-1.0, 1.0):
            for sign_b in (-1.0, 1.0):
                rest = max(0.0, gap + sign_a * a + sign_b * b)
                total += sign_a * sign_b * rest * rest
        return min(1.0, max(0.0, total / (8.0 * a * b)))
    total = 0.0
    for sign_a in (-1.0, 1.0):
        for sign_b in (-1.0, 1.0):
            for sign_c in (-1.0, 1.0):
                rest = max(0.0, gap + sign_a * a + sign_b * b + sign_c * c)
                total += sign_a * sign_b * sign_c * rest * rest * rest
    return min(1.0, max(0.0, total / (48.0 * a * b * c)))


@njit(cache=True)
def _spread(middle: float, spans: Array, volume: float, width: float, below: Array) -> None:
    """Add a box's volume to the bins of its doses: bin n is from n * width to (n + 1) * width."""
    reach = spans[0] + spans[1] + spans[2]
    last = below.shape[0] - 1
    first = max(0, min(last, int((middle - reach) / width)))
    end = max(0, min(last, int((middle + reach) / width)))
    done = 0.0
    for n in range(first, end):
        share = _share_below((n + 1) * width - middle, spans)
        below[n] += volume * (share - done)
        done = share
    below[end] += volume * (1.0 - done)


@njit(cache=True)
def _falling(spans: Array) -> None:
    """Sort three numbers in place, the largest first."""
    for i, j in ((0, 1), (1, 2), (0, 1)):
        if spans[i] < spans[j]:
            spans[i], spans[j] = spans[j], spans[i]


@njit(cache=True)
def _box(
    field: Array, ends: Array, volume: float, width: float, below: Array, figures: Array
) -> None:
    """Add one box with ends (3, 2) in dose indices to the histogram and the figures."""
    corner = np.empty((2, 2, 2))
    for k in range(2):
        for j in range(2):
            for i in range(2):
                found = _value(field, ends[0, k], ends[1, j], ends[2, i])
                corner[k, j, i] = found
                figures[0] = min(figures[0], found)
                figures[1] = max(figures[1], found)
    middle = corner.sum() / 8.0
    spans = np.empty(3)
    spans[0] = abs(corner[1].sum() - corner[0].sum()) / 8.0
    spans[1] = abs(corner[:, 1].sum() - corner[:, 0].sum()) / 8.0
    spans[2] = abs(corner[:, :, 1].sum() - corner[:, :, 0].sum()) / 8.0
    _falling(spans)
    _spread(middle, spans, volume, width, below)
    figures[3] += volume * middle


@njit(cache=True)
def _accumulate(
    field: Array,
    part: Array,
    cuts: tuple[Array, Array, Array],
    voxel_ml: float,
    width: float,
    below: Array,
    figures: Array,
) -> None:
    """Fill bins (count,) and figures: least, most, volume, dose * volume, volume off the grid."""
    tz, ty, tx = cuts
    ends = np.empty((3, 2))
    for k in range(tz.shape[0]):
        for j in range(ty.shape[0]):
            for i in range(tx.shape[0]):
                share = part[int(tz[k, 0]), int(ty[j, 0]), int(tx[i, 0])]
                if share <= 0.0:
                    continue
                volume = share * voxel_ml * tz[k, 3] * ty[j, 3] * tx[i, 3]
                figures[2] += volume
                if tz[k, 4] * ty[j, 4] * tx[i, 4] < 0.5:
                    below[0] += volume
                    figures[0] = min(figures[0], 0.0)
                    figures[1] = max(figures[1], 0.0)
                    figures[4] += volume
                    continue
                ends[0, 0], ends[0, 1] = tz[k, 1], tz[k, 2]
                ends[1, 0], ends[1, 1] = ty[j, 1], ty[j, 2]
                ends[2, 0], ends[2, 1] = tx[i, 1], tx[i, 2]
                _box(field, ends, volume, width, below, figures)
