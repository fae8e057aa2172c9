"""Every treatment room there is: the built-in ones in one ordered tuple, others by entry point.

A package joins by the entry-point group `liverboard.treatments`; the entry names an object with
the door of `protocol.Treatment`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.metadata import entry_points

from liverboard.errors import RequestError
from liverboard.treatments.protocol import Treatment

__all__ = ["BUILT_IN", "GROUP", "chosen_treatments", "treatments"]

BUILT_IN: tuple[str, ...] = (
    "liverboard.treatments.resection",
    "liverboard.treatments.chemotherapy",
    "liverboard.treatments.biologics",
    "liverboard.treatments.arterial_infusion",
    "liverboard.treatments.radiotherapy",
    "liverboard.treatments.radioembolization",
    "liverboard.treatments.transplant",
    "liverboard.treatments.palliative",
)
"""Modules of the built-in rooms, in the order in which the board shows them."""

GROUP = "liverboard.treatments"
"""Entry-point group of rooms from other packages."""


def treatments() -> tuple[Treatment, ...]:
    """Return every room, the built-in ones first; TypeError where one has not the right door."""
    rooms = tuple(_rooms())
    names = [room.name for room in rooms]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        raise RequestError(f"two treatment rooms are called {', '.join(sorted(doubled))}")
    return rooms


def _rooms() -> Iterator[Treatment]:
    """Yield the rooms, loading each."""
    for module in BUILT_IN:
        yield import_module(module).TREATMENT
    for entry in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        room = entry.load()
        if not isinstance(room, Treatment):
            raise TypeError(f"{entry.name} in {GROUP} is no treatment room")
        yield room


def chosen_treatments(only: Sequence[str]) -> tuple[Treatment, ...]:
    """Return the rooms named in `only`, every room where it is empty.

    Raises RequestError for a name that no room has.
    """
    rooms = treatments()
    known = {room.name for room in rooms}
    unknown = [name for name in only if name not in known]
    if unknown:
        raise RequestError(
            f"no treatment is called {', '.join(unknown)}",
            where="--only",
            remedy=f"choose from {', '.join(sorted(known))}",
        )
    return tuple(room for room in rooms if not only or room.name in only)
