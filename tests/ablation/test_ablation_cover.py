"""Set cover against brute force."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from liverboard.treatments.ablation.cover import cheapest_cover, greedy_cover


def fewest(holds):
    """Return the size of the smallest cover by trying all sets; 0 where there is none."""
    for size in range(1, holds.shape[1] + 1):
        for chosen in combinations(range(holds.shape[1]), size):
            if holds[:, chosen].any(axis=1).all():
                return size
    return 0


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(3, 25), st.integers(2, 9), st.floats(0.2, 0.7))
def test_covers_are_as_small_as_can_be(seed, points, candidates, density):
    rng = np.random.default_rng(seed)
    holds = rng.random((points, candidates)) < density
    found = cheapest_cover(holds, rng.random(candidates))
    least = fewest(holds)
    if least == 0:
        assert found is None
        assert greedy_cover(holds) == ()
        return
    assert holds[:, list(found.columns)].any(axis=1).all()
    assert len(found.columns) == least
    assert len(found.columns) <= len(greedy_cover(holds))
    assert found.is_proven


def test_of_equal_covers_the_cheaper_is_taken():
    holds = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1]], dtype=bool)
    found = cheapest_cover(holds, np.array([0.9, 0.1, 0.2, 0.8]))
    assert found.columns == (1, 2)


def test_where_greed_takes_three_two_are_found():
    # the classical trap: the largest set is not in the best cover
    holds = np.zeros((6, 3), dtype=bool)
    holds[[0, 1, 3, 4], 0] = True
    holds[[0, 1, 2], 1] = True
    holds[[3, 4, 5], 2] = True
    assert cheapest_cover(holds, np.zeros(3)).columns == (1, 2)
