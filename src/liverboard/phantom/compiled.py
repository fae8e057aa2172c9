"""The one door to the just-in-time compiler, typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

__all__ = ["compiled"]

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Return `function` compiled on first call and cached on disk.

    Neither parallel reductions nor reassociated sums are allowed, so results do not depend on the
    number of threads.
    """
    return cast(Function, njit(cache=True, nogil=True)(function))
