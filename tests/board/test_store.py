"""Values kept on disk come back as they were, and nothing else comes back."""

import datetime as dt
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import toy_patient
from liverboard.board.store import MAGIC, StoreError, dump, load
from liverboard.numerics.grid import Grid, Image
from liverboard.values import Reason, Unknown

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.dates(),
    lambda inner: st.lists(inner).map(tuple) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=12,
)


@given(PLAIN)
def test_plain_values_come_back_equal(value):
    assert load(dump(value)) == value


@pytest.mark.parametrize("kind", ["bool", "uint8", "int32", "float32", "float64"])
def test_arrays_come_back_with_type_shape_and_grid(kind):
    array = np.arange(24).reshape(2, 3, 4).astype(kind)
    grid = Grid((2, 3, 4), (2.5, 0.8, 0.8), (-10.0, 4.0, 7.0))
    found = load(dump(Image(array, grid)))
    assert found.grid == grid
    assert found.array.dtype == array.dtype
    np.testing.assert_array_equal(found.array, array)


def test_a_whole_anatomy_comes_back():
    anatomy = toy_patient().anatomy
    found = load(dump(anatomy))
    assert found.lesions == anatomy.lesions
    assert found.portal.branches == anatomy.portal.branches
    assert found.segments.volumes_ml == anatomy.segments.volumes_ml
    np.testing.assert_array_equal(found.liver, anatomy.liver)
    np.testing.assert_array_equal(found.portal_territories.node, anatomy.portal_territories.node)


def test_equal_values_are_kept_as_equal_bytes():
    value = MappingProxyType({"a": frozenset({"x", "y"}), "b": dt.date(2026, 1, 2)})
    assert dump(value) == dump(load(dump(value)))


class Foreign:
    """A class that nobody listed."""


def test_foreign_classes_are_not_kept():
    with pytest.raises(TypeError, match="Foreign is not kept"):
        dump((Foreign(),))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"something else",
        MAGIC,
        MAGIC + (5).to_bytes(8, "little") + b"[1, ]",
        MAGIC + (22).to_bytes(8, "little") + b'{"$class":"subprocess"}',
        dump(Unknown(Reason.NO_MASK, "x"))[:-4],
        dump(np.zeros(50))[:-6],
    ],
)
def test_damaged_or_foreign_bytes_are_refused(content):
    with pytest.raises(StoreError):
        load(content)
