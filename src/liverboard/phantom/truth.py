"""What is true of a liver, found from its branches and lesions, not from the picture."""

from __future__ import annotations

import numpy as np

from liverboard.numerics.grid import Array, Box, Grid, bounding_box
from liverboard.phantom.canvas import OWNERS
from liverboard.phantom.field import template_frame
from liverboard.phantom.lesion import Ellipsoid
from liverboard.phantom.liver import Liver
from liverboard.phantom.model import LesionTruth, Truth
from liverboard.phantom.nearest import nearest_pieces, territories
from liverboard.phantom.parallel import in_threads, slabs
from liverboard.phantom.tree import Branch
from liverboard.phantom.vessel import Vessels, lines

__all__ = ["find_truth", "nearest_branch", "segments_of"]


def find_truth(liver: Liver, owner: Array, labels: Array, *, grid: Grid) -> Truth:
    """Return the truth of `liver` on `grid`; `owner` and `labels` (z, y, x) are its masks.

    A territory is what lies nearest to a branch's centreline, straight through the liver. Segments
    are those of the nearest branch that supplies a single segment.
    """
    inside = owner == OWNERS.index("liver")
    box = bounding_box(inside)
    portal, hepatic = liver.vessels.portal, liver.vessels.hepatic
    segments = segments_of(inside, portal, grid, box)
    lesions = tuple(
        _lesion(number, shape, labels, segments, grid, liver.vessels)
        for number, shape in enumerate(liver.lesions, start=1)
    )
    return Truth(
        liver.vessels,
        lesions,
        segments,
        nearest_branch(inside, portal, grid, box).astype(np.uint16),
        nearest_branch(inside, hepatic, grid, box).astype(np.uint16),
        liver.portal_variant,
    )


def nearest_branch(inside: Array, branches: tuple[Branch, ...], grid: Grid, box: Box) -> Array:
    """Return the number in `branches` of the nearest, from 1, for each voxel (z, y, x) inside."""
    start, end = lines(branches)
    found = np.zeros(inside.shape, dtype=np.int32)

    def fill(part: slice) -> None:
        here = (slice(box[0].start + part.start, box[0].start + part.stop), box[1], box[2])
        corner = (here[0].start, here[1].start, here[2].start)
        frame = template_frame(grid, 1.0, corner)
        found[here] = territories(np.ascontiguousarray(inside[here]), frame, start, end)

    in_threads(fill, slabs(box[0].stop - box[0].start))
    return found


def segments_of(inside: Array, portal: tuple[Branch, ...], grid: Grid, box: Box) -> Array:
    """Return the segment 1 to 8 of each voxel (z, y, x) inside: that of its nearest branch."""
    supplying = tuple(branch for branch in portal if branch.segment)
    names = np.array([0, *(branch.segment for branch in supplying)], dtype=np.uint8)
    return np.asarray(names[nearest_branch(inside, supplying, grid, box)])


def _lesion(
    number: int, shape: Ellipsoid, labels: Array, segments: Array, grid: Grid, vessels: Vessels
) -> LesionTruth:
    mine = labels == number
    count = np.bincount(segments[mine], minlength=9)
    return LesionTruth(
        number,
        shape,
        float(mine.sum()) * grid.voxel_ml,
        int(count[1:].argmax()) + 1,
        any(_runs_through(shape, branches) for branches in (vessels.portal, vessels.hepatic)),
    )


def _runs_through(shape: Ellipsoid, branches: tuple[Branch, ...]) -> bool:
    """Whether a centreline enters the lesion: in its own axes the surface is the unit sphere."""
    scale = np.array(shape.rows) / np.array(shape.semi_axes_mm)[:, None]
    start, end = ((line - np.array(shape.centre_mm)) @ scale.T for line in lines(branches))
    gap = min(float(nearest_pieces(np.zeros((1, 3)), start, end)[1][0]), np.inf)
    return gap < 1.0
