"""Results that several threads ask for, worked out once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from functools import wraps
from threading import Lock
from typing import ParamSpec, TypeVar

__all__ = ["once"]

P = ParamSpec("P")
T = TypeVar("T")


def once(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keep the last `most` results by their arguments; whoever asks meanwhile waits.

    Unlike `functools.lru_cache`, two threads that ask for the same at the same time do not both
    work. An error is raised to all who wait and not kept.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        kept: OrderedDict[Hashable, Future[T]] = OrderedDict()
        lock = Lock()

        @wraps(function)
        def asked(*args: P.args, **kwargs: P.kwargs) -> T:
            key = (args, tuple(sorted(kwargs.items())))
            with lock:
                future = kept.get(key)
                is_mine = future is None
                if future is None:
                    future = kept[key] = Future()
                    while len(kept) > most:
                        kept.popitem(last=False)
                else:
                    kept.move_to_end(key)
            if is_mine:
                try:
                    future.set_result(function(*args, **kwargs))
                except Exception as error:  # noqa: BLE001 - all who wait must hear of it
                    with lock:
                        kept.pop(key, None)
                    future.set_exception(error)
            return future.result()

        return asked

    return decorate
