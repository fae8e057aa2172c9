"""Paths against brute force: none is called free that is not."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from liverboard.numerics.grid import Grid
from liverboard.numerics.ray import first_obstacles, obstacles
from liverboard.treatments.ablation.path import pareto_front

PHANTOMS, RAYS, DENSE = 1000, 6, 1500


def phantom(rng):
    """Return a label map of some boxes on an oblique, anisotropic grid, and rays through it."""
    label = np.zeros((14, 16, 18), dtype=np.uint8)
    for number in range(1, int(rng.integers(2, 6))):
        low = rng.integers(0, 9, 3)
        size = rng.integers(1, 7, 3)
        label[tuple(slice(a, a + b) for a, b in zip(low, size, strict=True))] = number
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    grid = Grid(
        label.shape,
        tuple(rng.uniform(0.5, 3.0, 3)),
        tuple(rng.uniform(-9.0, 9.0, 3)),
        tuple(tuple(row) for row in turn),
    )
    ends = rng.uniform(-3, 20, (2, RAYS, 3))
    return label, grid, grid.points(ends[0]), grid.points(ends[1])


def densely(label, grid, starts, ends):
    """Return the label that each path meets first, by very many points along it."""
    share = np.linspace(0.0, 1.0, DENSE)
    points = starts[:, None] + share[None, :, None] * (ends - starts)[:, None]
    index = np.rint(grid.indices(points.reshape(-1, 3))).astype(int)
    inside = ((index >= 0) & (index < np.array(label.shape))).all(axis=1)
    met = np.zeros(len(index), dtype=np.uint8)
    met[inside] = label[tuple(index[inside].T)]
    met = met.reshape(len(starts), DENSE)
    first = np.argmax(met > 0, axis=1)
    return met[np.arange(len(starts)), first], met.any(axis=1)


def test_no_path_is_falsely_called_free():
    rng = np.random.default_rng(4)
    missed, false_alarms, blocked = 0, 0, 0
    for _ in range(PHANTOMS):
        label, grid, starts, ends = phantom(rng)
        met, where = first_obstacles(starts, ends, obstacles(label, grid))
        _, is_blocked = densely(label, grid, starts, ends)
        blocked += int(is_blocked.sum())
        missed += int((is_blocked & (met == 0)).sum())
        # what the exact walk meets and the points do not is a corner thinner than their step: the
        # place where it is met must then lie at that obstacle
        for n in np.flatnonzero((met > 0) & ~is_blocked):
            way = (ends[n] - starts[n]) / np.linalg.norm(ends[n] - starts[n])
            at = grid.indices((starts[n] + where[n] * way)[None])[0]
            gap = np.abs(np.argwhere(label == met[n]) - at).max(axis=1).min()
            false_alarms += int(gap > 0.5 + 1e-6)
    assert blocked > 500
    assert missed == 0
    assert false_alarms == 0


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_the_front_is_what_no_other_betters(seed):
    costs = np.random.default_rng(seed).integers(0, 5, (25, 3)).astype(float)
    best = pareto_front(costs)
    for n, row in enumerate(costs):
        beaten = any((o <= row).all() and (o < row).any() for o in costs)
        assert best[n] == (not beaten)
