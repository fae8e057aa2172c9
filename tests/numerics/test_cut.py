"""Minimum cuts against brute force, geometry and their own constraints."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liverboard.numerics.cut import (
    DIRECTIONS,
    HALF_DIRECTIONS,
    UNITS_PER_VOXEL,
    Consequences,
    CutProblem,
    _area_units,
    _pairs,
    minimum_cut,
    sweep_sizes,
    swept,
)


def cost_of(removed, problem):
    """Return what a removal costs, straight from the definition."""
    total = np.rint(UNITS_PER_VOXEL * problem.price[removed]).sum()
    for step in HALF_DIRECTIONS:
        first, second = _pairs(removed, step)
        solid_a, solid_b = _pairs(problem.solid, step)
        total += ((first != second) & solid_a & solid_b).sum() * _area_units(problem, step)
    if problem.consequences is not None:
        total += lost(removed, problem.consequences) @ np.rint(
            UNITS_PER_VOXEL * problem.consequences.cost
        )
    return int(total)


def lost(removed, given):
    gone = np.zeros(len(given.cost), dtype=bool)
    for voxel, thing in given.cause:
        gone[thing] |= removed.reshape(-1)[voxel]
    for _ in given.chain:
        for first, second in given.chain:
            gone[second] |= gone[first]
    return gone.astype(int)


def is_allowed(removed, problem):
    if problem.way_out is None:
        return True
    first, second = _pairs(removed, problem.way_out)
    _, solid = _pairs(problem.solid, problem.way_out)
    return not (first & ~second & solid).any()


def best_by_brute_force(problem):
    free = np.argwhere(problem.candidates & ~problem.required)
    costs = []
    for choice in product([False, True], repeat=len(free)):
        removed = problem.required.copy()
        removed[tuple(free[np.array(choice, dtype=bool)].T)] = True
        if is_allowed(removed, problem):
            costs.append(cost_of(removed, problem))
    return min(costs, default=None)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000), st.sampled_from([0.0, 0.5, 3.0]), st.booleans(), st.booleans())
def test_the_cut_is_as_cheap_as_the_best_of_all_subsets(seed, weight, has_way, has_things):
    rng = np.random.default_rng(seed)
    shape = (2, 3, 3)
    solid = np.ones(shape, dtype=bool)
    candidates = rng.random(shape) < 0.6
    required = candidates & (rng.random(shape) < 0.3)
    things = Consequences(
        rng.integers(0, 4, 4).astype(float),
        np.column_stack([rng.integers(0, 18, 5), rng.integers(0, 4, 5)]),
        np.array([[0, 1], [1, 2]]),
    )
    problem = CutProblem(
        candidates, required, solid, rng.integers(0, 3, shape).astype(np.float32), 1.5, weight,
        (0, 0, 1) if has_way else None, things if has_things else None,
    )  # fmt: skip
    expected = best_by_brute_force(problem)
    if not required.any() or expected is None:
        return
    removed = minimum_cut(problem)
    assert (required <= removed).all()
    assert (removed <= candidates).all()
    assert is_allowed(removed, problem)
    assert cost_of(removed, problem) == expected


def ball(size, radius, centre=None):
    centre = np.array(centre if centre is not None else [(size - 1) / 2] * 3).reshape(3, 1, 1, 1)
    return ((np.indices((size,) * 3) - centre) ** 2).sum(axis=0) <= radius**2


def problem_of(solid, required, weight=3.0, way_out=None):
    price = np.ones(solid.shape, dtype=np.float32)
    return CutProblem(solid, required & solid, solid, price, 1.5, weight, way_out)


@pytest.mark.parametrize("radius", [6, 10, 14])
def test_the_area_of_a_ball_is_within_four_percent(radius):
    problem = problem_of(np.ones((41,) * 3, dtype=bool), ball(41, 3), weight=1.0)
    removed = ball(41, radius)
    units = sum(
        (np.not_equal(*_pairs(removed, step))).sum() * _area_units(problem, step)
        for step in HALF_DIRECTIONS
    )
    area = units / UNITS_PER_VOXEL * 1.5**3
    assert area == pytest.approx(4 * np.pi * (radius * 1.5) ** 2, rel=0.04)


def test_a_heavier_surface_never_gives_more_surface():
    rng = np.random.default_rng(3)
    solid = np.ones((15, 15, 15), dtype=bool)
    required = rng.random(solid.shape) < 0.004

    def area(weight):
        removed = minimum_cut(problem_of(solid, required, weight))
        return sum(np.not_equal(*_pairs(removed, step)).sum() for step in HALF_DIRECTIONS)

    areas = [area(weight) for weight in (0.0, 1.0, 4.0, 16.0)]
    assert areas == sorted(areas, reverse=True)


def test_a_piece_with_a_way_out_can_be_taken_out_along_it():
    solid = ball(31, 14)
    required = ball(31, 3, (15, 15, 21))
    for step in [(0, 0, 1), (0, 1, 1), (1, 0, 0)]:
        removed = minimum_cut(problem_of(solid, required, way_out=step))
        assert (swept(removed, solid, step) == removed).all()
        assert (required <= removed).all()


def test_the_sizes_of_sweeps_are_those_of_the_sweeps():
    solid, required, wall = ball(21, 9), ball(21, 2, (10, 10, 14)), ball(21, 2, (10, 14, 10))
    sizes = sweep_sizes(required, solid, wall)
    for number, step in enumerate(DIRECTIONS):
        way = swept(required, solid, step)
        assert sizes[number].tolist() == [way.sum(), (way & wall).sum()]


def test_tissue_behind_a_divided_vessel_makes_the_cut_go_round_the_vessel():
    shape = (1, 5, 5)
    solid = np.ones(shape, dtype=bool)
    required = np.zeros(shape, dtype=bool)
    required[0, 2, 0] = required[0, 2, 4] = True
    vessel = int(np.ravel_multi_index((0, 2, 2), shape))
    things = Consequences(np.array([500.0]), np.array([[vessel, 0]]), np.zeros((0, 2), dtype=int))
    price = np.ones(shape, dtype=np.float32)
    cheap = CutProblem(solid, required, solid, price * 0.01, 1.0, 3.0)
    dear = CutProblem(solid, required, solid, price * 0.01, 1.0, 3.0, None, things)
    assert minimum_cut(cheap)[0, 2, 2]
    assert not minimum_cut(dear)[0, 2, 2]


def test_nothing_required_removes_nothing_and_an_impossible_request_is_refused():
    solid = ball(9, 4)
    assert not minimum_cut(problem_of(solid, np.zeros_like(solid))).any()
    outside = CutProblem(solid, ~solid, solid, np.ones(solid.shape, np.float32), 1.5, 1.0)
    with pytest.raises(ValueError, match="candidate"):
        minimum_cut(outside)
