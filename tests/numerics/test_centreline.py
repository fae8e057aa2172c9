"""Centrelines of tubes with known axes."""

import numpy as np
import pytest

from liverboard.numerics.centreline import CentrelineOptions, trace_centreline

STEP = (1.0, 1.0, 1.0)


def tube(shape, start, end, radius):
    """Return the voxels within `radius` of the segment between two [z, y, x] points."""
    points = np.indices(shape).reshape(3, -1).T.astype(float)
    start, end = np.array(start, float), np.array(end, float)
    along = end - start
    share = np.clip(((points - start) @ along) / (along @ along), 0, 1)
    return (np.linalg.norm(points - start - share[:, None] * along, axis=1) <= radius).reshape(
        shape
    )


def seed(shape, place):
    seeds = np.zeros(shape, dtype=bool)
    seeds[place] = True
    return seeds


def tips(line):
    count = np.bincount(line.parent[line.parent >= 0], minlength=len(line.parent))
    return line.index[count == 0]


def test_a_straight_tube_gives_its_axis_and_radius():
    shape = (30, 30, 70)
    line = trace_centreline(
        tube(shape, (15, 15, 5), (15, 15, 65), 4.0), seed(shape, (15, 15, 5)), STEP
    )
    assert (line.parent == -1).sum() == 1
    assert len(tips(line)) == 1
    inner = line.index[(line.index[:, 2] > 10) & (line.index[:, 2] < 60)]
    assert np.abs(inner[:, :2] - 15).max() <= 1
    assert np.median(line.radius_mm) == pytest.approx(4.0, abs=0.7)


def test_a_fork_has_two_tips_and_branches_near_its_junction():
    shape = (40, 60, 60)
    mask = tube(shape, (20, 5, 30), (20, 30, 30), 4.0)
    mask |= tube(shape, (20, 30, 30), (20, 52, 10), 3.0) | tube(
        shape, (20, 30, 30), (20, 52, 50), 3.0
    )
    line = trace_centreline(mask, seed(shape, (20, 3, 30)), STEP)
    assert len(tips(line)) == 2
    count = np.bincount(line.parent[line.parent >= 0], minlength=len(line.parent))
    fork = line.index[count == 2]
    assert len(fork) == 1
    assert np.linalg.norm(fork[0] - np.array([20, 30, 30])) < 6


def test_parents_come_before_children_and_every_node_leads_to_a_root():
    shape = (40, 60, 60)
    mask = tube(shape, (20, 5, 30), (20, 30, 30), 4.0) | tube(
        shape, (20, 30, 30), (35, 52, 10), 3.0
    )
    line = trace_centreline(mask, seed(shape, (20, 3, 30)), STEP)
    assert all(parent < node for node, parent in enumerate(line.parent))


def test_a_loop_is_cut_open():
    shape = (20, 60, 60)
    corners = [(10, 10, 10), (10, 50, 10), (10, 50, 50), (10, 10, 50)]
    mask = np.zeros(shape, dtype=bool)
    for first, second in zip(corners, corners[1:] + corners[:1], strict=True):
        mask |= tube(shape, first, second, 3.0)
    line = trace_centreline(mask, seed(shape, (10, 10, 10)), STEP)
    assert (line.parent == -1).sum() == 1
    assert len(tips(line)) == 2  # the two arms meet without joining


def test_a_gap_is_bridged_within_reach_and_left_out_beyond():
    shape = (20, 20, 90)
    mask = tube(shape, (10, 10, 5), (10, 10, 35), 3.0) | tube(
        shape, (10, 10, 50), (10, 10, 80), 3.0
    )
    near = trace_centreline(
        mask, seed(shape, (10, 10, 4)), STEP, options=CentrelineOptions(max_gap_mm=15)
    )
    assert near.bridged.sum() == 1
    assert near.unreached == 0
    assert near.index[:, 2].max() > 75
    far = trace_centreline(
        mask, seed(shape, (10, 10, 4)), STEP, options=CentrelineOptions(max_gap_mm=5)
    )
    assert far.unreached > 0
    assert far.index[:, 2].max() < 40


def test_seeds_beside_the_mask_join_it_by_a_bridge():
    shape = (20, 20, 60)
    mask = tube(shape, (10, 10, 15), (10, 10, 50), 3.0)
    cava = np.zeros(shape, dtype=bool)
    cava[:, :, :8] = True
    line = trace_centreline(mask, cava, STEP)
    assert (line.parent == -1).sum() == 1
    assert line.bridged.sum() == 1
    assert len(tips(line)) == 1


def test_an_anisotropic_grid_measures_in_millimetres():
    shape = (20, 40, 40)
    step = (4.0, 1.0, 1.0)
    mask = np.zeros(shape, dtype=bool)
    mask[2:18, 18:23, 18:23] = True
    line = trace_centreline(mask, seed(shape, (2, 20, 20)), step)
    points = line.index * np.array(step)
    length = np.linalg.norm(points - points[np.maximum(line.parent, 0)], axis=1)[
        line.parent >= 0
    ].sum()
    assert length == pytest.approx(60.0, abs=6.0)
