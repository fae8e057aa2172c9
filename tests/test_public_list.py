"""The front door: what is public, sorted, loadable, and cheap to open."""

import subprocess
import sys

import pytest

import liverboard


def test_the_public_list_is_sorted_and_every_name_loads():
    assert liverboard.__all__ == sorted(liverboard.__all__)
    for name in liverboard.__all__:
        assert getattr(liverboard, name) is not None
    assert set(dir(liverboard)) == {*liverboard.__all__, "__version__"}


def test_every_public_name_has_a_docstring():
    for name in liverboard.__all__:
        assert (getattr(liverboard, name).__doc__ or "").strip(), name


def test_importing_loads_nothing_heavy():
    code = "import sys, liverboard, liverboard.cli; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    names = set(loaded.stdout.split())
    heavy = {"numpy", "scipy", "numba", "SimpleITK", "skimage", "ortools", "matplotlib", "pydantic"}
    assert not heavy & names


def test_an_unknown_name_is_refused():
    with pytest.raises(AttributeError, match="no_such_thing"):
        getattr(liverboard, "no_such_thing")  # noqa: B009 an attribute that types know nothing of
