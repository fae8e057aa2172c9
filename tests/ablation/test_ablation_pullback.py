"""Zones along one track: one puncture; and results that two threads ask for."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liverboard.treatments.ablation.device import Setting, Zone
from liverboard.treatments.ablation.once import once
from liverboard.treatments.ablation.placement import Needle, Placement
from liverboard.treatments.ablation.pullback import pairs_near, punctures_of, tracks_of

UP = (0.0, 0.0, 1.0)


def _placed(x: float, z: float, *, outward: tuple[float, float, float] = UP) -> Placement:
    zone = Zone(36.0, 32.0, 10.0, table_long_mm=36.0, table_short_mm=32.0)
    tip = (x, 0.0, z)
    needle = Needle(tip, (x, 0.0, z + 100.0), 100.0)
    return Placement(tip, outward, zone, Setting(100.0, 10.0, 1), (needle,))


def test_zones_on_one_track_are_one_puncture() -> None:
    plan = (_placed(0.0, 0.0), _placed(0.0, 15.0), _placed(5.0, 0.0))
    assert tracks_of(plan) == (0, 0, 2)
    assert punctures_of(plan) == 2
    assert list(pairs_near(plan)) == [(0, 2), (1, 2)]


def test_a_needle_that_crosses_is_no_pull_back() -> None:
    plan = (_placed(0.0, 0.0), _placed(0.0, 15.0, outward=(0.0, 1.0, 0.0)))
    assert punctures_of(plan) == 2
    assert list(pairs_near(plan)) == []


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=1, max_size=6))
def test_punctures_are_the_distinct_tracks(places: list[tuple[int, int]]) -> None:
    plan = [_placed(7.0 * x, 9.0 * z) for x, z in places]
    assert punctures_of(plan) == len({x for x, _ in places})
    assert all(first <= n for n, first in enumerate(tracks_of(plan)))


def test_what_two_threads_ask_for_is_worked_out_once() -> None:
    calls: list[int] = []

    @once(4)
    def slow(number: int) -> int:
        calls.append(number)
        time.sleep(0.05)
        return 2 * number

    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(slow(3))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [6, 6, 6, 6]
    assert calls == [3]


def test_an_error_is_raised_and_not_kept() -> None:
    state = {"fails": True}

    @once(4)
    def fragile() -> np.ndarray:
        if state["fails"]:
            raise ValueError("not yet")
        return np.ones(2)

    with pytest.raises(ValueError, match="not yet"):
        fragile()
    state["fails"] = False
    assert fragile().sum() == 2.0
