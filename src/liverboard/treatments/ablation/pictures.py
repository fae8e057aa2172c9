"""Pictures of the lesion with the thinnest margin: margins unrolled, and a cut along its needle."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from liverboard.numerics.coverage import MarginMap
from liverboard.numerics.grid import Array, Image
from liverboard.numerics.resample import sample_linear
from liverboard.treatments.ablation.path import TOO_LONG
from liverboard.treatments.ablation.placement import frame_of, zone_field
from liverboard.treatments.ablation.search import LesionPlan
from liverboard.treatments.ablation.work import Result
from liverboard.treatments.exhibit import Exhibit, Raster
from liverboard.values import Unknown

__all__ = ["mollweide_directions", "pictures"]

ROWS = 120
"""Rows of an unrolled sphere; twice as many columns."""

PIXEL_MM = 1.0
BEYOND_TIP_MM = 30.0
ACROSS_MM = 60.0


def pictures(result: Result) -> Iterator[Exhibit]:
    """Yield the pictures of the lesion whose smallest margin is smallest."""
    worst = min(result.plans, key=lambda plan: plan.margins.smallest_mm)
    yield unrolled(worst.lesion, worst.margins)
    if len(worst.search.ways):
        yield skin_map(worst)
    yield from _cut(worst, result)


def mollweide_directions(rows: int) -> Array:
    """Return the LPS unit vectors (rows, 2 rows, 3) that pixels stand for; NaN outside the ellipse.

    The head is up; the middle is the front of the patient, the patient's left at the right.
    """
    v = 1.0 - 2.0 * (np.arange(rows) + 0.5) / rows
    h = 2.0 * (np.arange(2 * rows) + 0.5) / (2 * rows) - 1.0
    theta = np.arcsin(v)[:, None]
    latitude = np.arcsin((2.0 * theta + np.sin(2.0 * theta)) / np.pi)
    longitude = np.pi * h[None, :] / np.cos(theta)
    inside = np.abs(longitude) <= np.pi
    flat = np.cos(latitude)
    way = np.stack(
        [flat * np.sin(longitude), -flat * np.cos(longitude), np.sin(latitude) + 0.0 * longitude],
        axis=-1,
    )
    way[~inside] = np.nan
    return way


def unrolled(lesion: str, margins: MarginMap) -> Raster:
    """Return the margins over a lesion's surface as seen from its middle."""
    points = np.asarray(margins.points_mm)
    away = points - points.mean(axis=0)
    away /= np.maximum(np.linalg.norm(away, axis=1), 1e-9)[:, None]
    ways = mollweide_directions(ROWS)
    inside = np.isfinite(ways[..., 0])
    picture = np.full(inside.shape, np.nan, dtype=np.float32)
    near = cKDTree(away).query(ways[inside])[1]
    picture[inside] = margins.margin_mm[near]
    return Raster(
        f"Margin over the surface of {lesion}, unrolled",
        picture,
        "mm",
        -5.0,
        15.0,
        projection="mollweide",
        note="equal areas; the middle looks to the front, up to the head, right to the left side",
    )


FARTHEST_DEG = 5.0
"""Beyond this from the nearest entry tried the skin is not known to have one."""


def skin_map(plan: LesionPlan) -> Raster:
    """Return the skin as seen from a lesion: how far it is where a needle may pass.

    Blank where the way is blocked or no entry lies; named there is what blocks most.
    """
    search = plan.search
    sphere = mollweide_directions(ROWS)
    inside = np.isfinite(sphere[..., 0])
    gap, near = cKDTree(search.ways).query(sphere[inside])
    length = np.where(search.met == 0, search.length_mm, np.nan)[near]
    length[gap > np.radians(FARTHEST_DEG)] = np.nan
    picture = np.full(inside.shape, np.nan, dtype=np.float32)
    picture[inside] = length
    met = np.where(gap > np.radians(FARTHEST_DEG), 0, search.met[near])
    known = np.zeros(inside.shape, np.int16)
    known[inside] = met
    middle = np.asarray(plan.margins.points_mm).mean(axis=0)
    marks = [
        (*_pixel(sphere, np.array(needle.entry_mm) - middle), str(n))
        for n, needle in enumerate(plan.needles, start=1)
    ]
    marks += list(_blockers(known, search.names))
    lengths = picture[np.isfinite(picture)]
    return Raster(
        f"Skin as seen from {plan.lesion}: where a needle may enter",
        picture,
        "mm to the skin",
        float(lengths.min()) if lengths.size else 0.0,
        float(lengths.max()) if lengths.size else 1.0,
        projection="mollweide",
        note="blank: blocked, by what is written there, or no skin; numbers are the needles; "
        "the middle looks to the front, up to the head, right to the left side",
        marks=tuple(marks),
    )


def _pixel(sphere: Array, way: Array) -> tuple[float, float]:
    """Return column and row of the pixel that stands nearest to a direction."""
    closeness = np.nan_to_num(sphere @ (way / np.linalg.norm(way)), nan=-2.0)
    row, column = np.unravel_index(int(np.argmax(closeness)), closeness.shape)
    return float(column), float(row)


LEAST_PIXELS = 60
"""Regions of the unrolled skin smaller than this are not named."""


def _blockers(known: Array, names: tuple[str, ...]) -> Iterator[tuple[float, float, str]]:
    """Yield a name in the thickest part of the largest region that each structure blocks."""
    for number in np.unique(known[known != 0]).tolist():
        if number == -1:
            continue
        regions, _ = ndimage.label(known == number)
        sizes = np.bincount(regions.ravel())[1:]
        if sizes.max() < LEAST_PIXELS:
            continue
        depth = ndimage.distance_transform_edt(regions == 1 + int(np.argmax(sizes)))
        row, column = np.unravel_index(int(np.argmax(depth)), depth.shape)
        name = "longer than any needle" if number == TOO_LONG else names[number]
        yield float(column), float(row), name


def _cut(plan: LesionPlan, result: Result) -> Iterator[Exhibit]:
    """Yield the scan and the depth in the zone in a plane along the first needle."""
    placement = plan.placements[0]
    needle = placement.needles[0]
    u = np.array(placement.outward)
    across = _across(u)
    length = min(needle.length_mm, 200.0)
    columns = np.arange(-BEYOND_TIP_MM, length + 10.0, PIXEL_MM)
    rows = np.arange(-ACROSS_MM, ACROSS_MM, PIXEL_MM)
    tip = np.array(needle.tip_mm)
    points = tip + columns[None, :, None] * u + rows[:, None, None] * across
    middle = len(rows) // 2
    marks = (
        (float(BEYOND_TIP_MM / PIXEL_MM), float(middle), "tip"),
        (float((BEYOND_TIP_MM + length) / PIXEL_MM), float(middle), "skin"),
    )
    note = f"{plan.lesion}: along the needle, skin to the right"
    scan = result.patient.case.ct
    if not isinstance(scan, Unknown):
        picture = _sampled(scan, points, -1024.0)
        yield Raster(
            f"Scan along the needle of {plan.lesion}",
            picture,
            "HU",
            -110.0,
            190.0,
            pixel_mm=PIXEL_MM,
            note=note,
            marks=marks,
        )
    yield Raster(
        f"Distance to the edge of the zone, {plan.lesion}",
        _depth(plan, points),
        "mm",
        -15.0,
        15.0,
        pixel_mm=PIXEL_MM,
        note=f"{note}; negative inside the zone; shown within 20 mm of the lesion",
        marks=marks[:1],
    )


def _across(u: Array) -> Array:
    """Return the unit vector across a needle that points most to the feet, else to the back."""
    down = np.array([0.0, 0.0, -1.0])
    flat = down - (down @ u) * u
    if np.linalg.norm(flat) < 0.2:
        return frame_of(u)[0]
    return np.asarray(flat / np.linalg.norm(flat))


def _sampled(image: Image, points: Array, fill: float) -> Array:
    """Return an image at points (rows, columns, 3): float32."""
    values = sample_linear(image, points.reshape(-1, 3), fill=fill)
    return values.reshape(points.shape[:2]).astype(np.float32)


def _depth(plan: LesionPlan, points: Array) -> Array:
    """Return the distance to the zone's edge near the lesion, unknown farther away."""
    grid = plan.grid
    picture = _sampled(zone_field(plan.placements, grid), points, np.nan)
    gap, _ = cKDTree(plan.margins.points_mm).query(points.reshape(-1, 3))
    picture[gap.reshape(picture.shape) > 20.0] = np.nan
    return picture
