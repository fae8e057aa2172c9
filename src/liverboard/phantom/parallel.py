"""Independent pieces of work side by side; the result never depends on how many run at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["in_threads", "slabs"]

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_THREADS = 8

SLAB = 12
"""Slices that are worked on together."""


def in_threads(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Return `function` of every item, in order; the function must release the interpreter lock."""
    workers = min(MOST_THREADS, os.cpu_count() or 1)
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(function, items))


def slabs(slices: int) -> list[slice]:
    """Return slices of 12 that cover `slices` from first to last."""
    return [slice(first, min(slices, first + SLAB)) for first in range(0, slices, SLAB)]
