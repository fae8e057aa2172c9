"""Territories, distances and minimum cuts against the usual tools, on a digital liver.

Numbers to reach: territories >= 10 x faster than a k-d tree query per voxel; a minimum cut of the
whole liver <= 2 s.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from builders import SEMI_AXES_MM, points_of, tubes
from liverboard.numerics.cut import CutProblem, minimum_cut
from liverboard.numerics.distance import distance_mm, nearest_seed
from liverboard.numerics.grid import Grid, bounding_box

REPEATS = 5


def median_seconds(work, repeats=REPEATS):
    """Return the median wall time of `work` after one warm-up."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def digital_liver():
    """Return liver, seeds of a branching tree and spacing on a 1.5 mm grid of 1.5 l of liver."""
    size = 1.15 * SEMI_AXES_MM
    grid = Grid.around(np.array([-size - 10, size + 10]), 1.5)
    points = points_of(grid)
    liver = (((points / size) ** 2).sum(axis=1) <= 1).reshape(grid.shape)
    rng = np.random.default_rng(0)
    ends = rng.normal(size=(60, 3))
    ends = 0.8 * size * ends / np.linalg.norm(ends, axis=1, keepdims=True)
    runs = [((0, 0, 0), tuple(end), 1.0) for end in ends]
    seeds = tubes(points, runs).reshape(grid.shape) & liver
    return liver, seeds, grid


def main():
    """Print the measured figures."""
    liver, seeds, grid = digital_liver()
    step = grid.spacing_mm
    print(
        f"liver of {liver.sum() * grid.voxel_ml:.0f} ml, {liver.sum()} voxels, {seeds.sum()} seeds"
    )
    box = bounding_box(liver)
    ours = median_seconds(lambda: nearest_seed(seeds[box], step))
    tree_points = np.argwhere(seeds) * np.array(step)
    queries = np.argwhere(liver) * np.array(step)
    peer = median_seconds(lambda: cKDTree(tree_points).query(queries), 3)
    print(f"territories: ours {ours:.3f} s, k-d tree {peer:.2f} s: {peer / ours:.1f} x (aim 10)")
    ours = median_seconds(lambda: distance_mm(liver, step))
    peer = median_seconds(lambda: ndimage.distance_transform_edt(~liver, sampling=step), 3)
    print(f"distance transform: ours {ours:.3f} s, scipy {peer:.2f} s: {peer / ours:.1f} x")
    required = np.zeros_like(liver)
    middle = np.array(liver.shape) // 2
    for shift in ((-20, 10, 25), (15, -15, -20), (0, 20, -35), (10, 0, 30)):
        z, y, x = middle + np.array(shift)
        required[z - 5 : z + 6, y - 5 : y + 6, x - 5 : x + 6] = True
    price = np.ones(liver.shape, dtype=np.float32)
    problem = CutProblem(liver, required & liver, liver, price, 1.5, 3.0)
    seconds = median_seconds(lambda: minimum_cut(problem), 3)
    print(f"minimum cut of the whole liver: {seconds:.2f} s (aim 2)")


if __name__ == "__main__":
    main()
