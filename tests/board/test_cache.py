"""What was computed is used again for the same inputs only, and never stands in the way."""

import pytest

from liverboard.board.cache import Cache, key_of


class Counter:
    """Counts how often a value was computed."""

    def __init__(self, value=7):
        self.value = value
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return self.value


def test_a_value_is_computed_once_per_key(tmp_path):
    compute = Counter()
    assert [Cache(tmp_path, "one").remember("x", compute) for _ in range(3)] == [7, 7, 7]
    assert compute.calls == 1
    Cache(tmp_path, "two").remember("x", compute)
    assert compute.calls == 2


@pytest.mark.parametrize("damage", [b"", b"half a fi"])
def test_a_damaged_file_is_computed_anew_and_mended(tmp_path, damage):
    cache, compute = Cache(tmp_path, "k"), Counter()
    cache.remember("x", compute)
    next(tmp_path.rglob("*.store")).write_bytes(damage)
    assert cache.remember("x", compute) == 7
    assert cache.remember("x", compute) == 7
    assert compute.calls == 2


def test_a_place_that_cannot_be_written_costs_time_only(tmp_path):
    blocked = tmp_path / "derived"
    blocked.write_text("a file where the folder should be")
    compute = Counter()
    cache = Cache(blocked, "k")
    assert [cache.remember("x", compute) for _ in range(2)] == [7, 7]
    assert compute.calls == 2


def test_nothing_is_kept_without_a_folder(tmp_path):
    compute = Counter()
    Cache(None, "k").remember("x", compute)
    assert not list(tmp_path.iterdir())
    assert compute.calls == 1


def test_keys_follow_values_not_order():
    assert key_of({"a": 1, "b": {2, 3}}) == key_of({"b": {3, 2}, "a": 1})
    assert key_of({"a": 1}) != key_of({"a": 2})
    assert key_of("a", "b") != key_of("ab")
