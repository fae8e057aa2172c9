"""The front against trying every choice, and the cells against counting voxels."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from liverboard.board.joint.cells import cells_of
from liverboard.board.joint.front import pareto_front
from liverboard.board.joint.problem import Item, Problem, figures_of, is_allowed, loss_of


@st.composite
def problems(draw):
    """Draw up to four lesions, eight pieces, three courses of two treatments, random cells."""
    lesions = draw(st.integers(1, 4))
    courses = tuple(
        (
            draw(st.integers(0, 1)),
            draw(st.integers(0, 1)),
            draw(st.integers(0, 6)),
            draw(st.integers(0, 60)),
        )
        for _ in range(draw(st.integers(1, 3)))
    )
    count = draw(st.integers(0, 8))
    items = tuple(
        Item(
            tuple(sorted(draw(st.sets(st.integers(0, lesions - 1), min_size=1, max_size=2)))),
            draw(st.integers(0, len(courses) - 1)),
            low := draw(st.integers(0, 8)),
            low + draw(st.integers(0, 10)),
            draw(st.integers(0, 3)),
            draw(st.integers(0, 3)),
            draw(st.sampled_from([0, 0, 0, 40])),
        )
        for _ in range(count)
    )
    cells = draw(st.integers(0, 12)) if count else 0
    bits = [[draw(st.booleans()) for _ in range(count)] for _ in range(cells)]
    volume = np.array([draw(st.integers(1, 90)) for _ in range(cells)], dtype=np.int64)
    members = np.array(bits, dtype=bool).reshape(cells, count)
    extra = ()
    if count > 1 and draw(st.booleans()):
        extra = ((frozenset({0, 1}), draw(st.integers(1, 50))),)
    return Problem(
        lesions, 10, items, courses, volume, members,
        most_loss=draw(st.integers(0, 500)), step=draw(st.integers(1, 40)),
        gap_days=28, most_punctures=draw(st.sampled_from([0, 3])), extra=extra,
    )  # fmt: skip


def every_choice(problem):
    """Yield every set of items that keeps the limits."""
    numbers = range(len(problem.items))
    for size in range(problem.lesions + 1):
        for chosen in combinations(numbers, size):
            if is_allowed(problem, chosen):
                yield chosen


def front_by_trying(problem):
    """Return the points that no other allowed choice beats."""
    points = {figures_of(problem, chosen).as_tuple() for chosen in every_choice(problem)}
    return {
        point
        for point in points
        if not any(
            other != point and all(a <= b for a, b in zip(other, point, strict=True))
            for other in points
        )
    }


@settings(max_examples=60, deadline=None)
@given(problems())
def test_the_front_equals_trying_every_choice(problem):
    front = pareto_front(problem, most=500, effort=10.0)
    assert front.is_complete
    assert {one.figures.as_tuple() for one in front.solutions} == front_by_trying(problem)


@settings(max_examples=30, deadline=None)
@given(problems())
def test_every_plan_of_the_front_keeps_every_limit(problem):
    for one in pareto_front(problem, most=6, effort=10.0).solutions:
        assert is_allowed(problem, one.chosen)
        assert one.figures == figures_of(problem, one.chosen)


def test_a_front_that_is_cut_off_says_so():
    items = tuple(Item((0,), 0, n, n, 0, 0) for n in range(6))
    volume = np.array([10 * (6 - n) for n in range(6)], dtype=np.int64)
    problem = Problem(
        1, 10, items, ((0, 0, 0, 0),), volume, np.eye(6, dtype=bool), most_loss=100, step=1
    )
    assert len(pareto_front(problem, most=50, effort=10.0).solutions) == 7
    cut = pareto_front(problem, most=3, effort=10.0)
    assert not cut.is_complete
    assert "cut off at 3" in cut.bound


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sets(st.integers(0, 60)), min_size=1, max_size=7),
    st.sets(st.integers(0, 6)),
)
def test_overlapping_losses_count_once(taken, wanted):
    lost = tuple(np.array(sorted(one), dtype=np.int32) for one in taken)
    volume, members = cells_of(lost, 61)
    chosen = sorted(n for n in wanted if n < len(taken))
    items = tuple(Item((0,), 0, 0, 0, 0, 0) for _ in taken)
    problem = Problem(1, 10, items, ((0, 0, 0, 0),), volume, members, most_loss=61, step=1)
    assert loss_of(problem, chosen) == len(set().union(*(taken[n] for n in chosen)))
