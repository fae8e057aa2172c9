"""Speed of ablation planning against numpy doing the same, in one run.

Numbers to reach: 10 000 entries to one target in 0.1 s; 10 000 placements against 2 000 points in
0.1 s. Run: python -m benchmarks ablation
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from liverboard.numerics.grid import Array, Grid
from liverboard.numerics.ray import first_obstacles, obstacles
from liverboard.treatments.ablation.kernels.placement import all_covered

__all__ = ["main"]

ENTRIES, PLACEMENTS, POINTS = 10_000, 10_000, 2_000


def main() -> None:
    """Print CPU seconds and ratios."""
    _report("paths", *_paths())
    _report("coverage", *_coverage())


def _report(name: str, ours: float, plain: float) -> None:
    """Print one line."""
    print(f"{name}: {ours:.3f} CPU-s, numpy {plain:.3f} CPU-s, ratio {plain / ours:.1f}")


def _best(work: Callable[[], object], rounds: int = 5) -> float:
    """Return the least CPU seconds of some runs, after one to compile."""
    work()
    found = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def _paths() -> tuple[float, float]:
    """Return CPU seconds for paths of about 120 mm, ours and by sampling every half voxel."""
    rng = np.random.default_rng(0)
    grid = Grid((130, 130, 190), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0))
    label = np.zeros(grid.shape, np.uint8)
    label[40:60, 20:50, 60:120] = 1
    within = obstacles(label, grid)
    way = rng.normal(size=(ENTRIES, 3))
    starts = np.tile(np.array([190.0, 160.0, 130.0]), (ENTRIES, 1))
    ends = starts + 120.0 * way / np.linalg.norm(way, axis=1)[:, None]

    def sampled() -> Array:
        share = np.linspace(0.0, 1.0, 120)[None, :, None]
        index = np.rint((starts[:, None] + share * (ends - starts)[:, None])[..., ::-1] / 2.0)
        z, y, x = (np.clip(index[..., n].astype(np.int64), 0, grid.shape[n] - 1) for n in range(3))
        return np.asarray(label[z, y, x].max(axis=1))

    return _best(lambda: first_obstacles(starts, ends, within)), _best(sampled, 2)


def _coverage() -> tuple[float, float]:
    """Return CPU seconds for balls round a ball, ours and all points at once."""
    rng = np.random.default_rng(1)
    away = rng.normal(size=(POINTS, 3))
    points = 11.0 * away / np.linalg.norm(away, axis=1)[:, None]
    centres = rng.normal(0.0, 2.0, (PLACEMENTS, 1, 3))
    axes = np.tile(np.array([1.0, 0.0, 0.0]), (PLACEMENTS, 1, 1))
    halves = np.full((PLACEMENTS, 1, 2), 16.0)

    def whole() -> int:
        hits = 0
        for part in np.array_split(centres[:, 0], 50):
            gap = ((points[None] - part[:, None]) ** 2).sum(axis=2)
            hits += int((gap <= 256.0).all(axis=1).sum())
        return hits

    return _best(lambda: all_covered(points, centres, axes, halves)), _best(whole, 2)
