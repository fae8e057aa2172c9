"""Every treatment room there is: the built-in ones in one ordered tuple, others by entry point.

A package joins by the entry-point group `liverboard.treatments`; the entry names an object with
the door of `protocol.Treatment`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from liverboard.errors import RequestError
from liverboard.treatments.protocol import Treatment

__all__ = ["BUILT_IN", "GROUP", "chosen_treatments", "treatments"]

BUILT_IN: tuple[str, ...] = (
    "liverboard.treatments.resection",
    "liverboard.treatments.chemotherapy",
    "liverboard.treatments.biologics",
    "liverboard.treatments.arterial_infusion",
    "liverboard.treatments.ablation",
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
    return chosen_treatments(())


def chosen_treatments(only: Sequence[str]) -> tuple[Treatment, ...]:
    """Return the rooms named in `only`, every room where it is empty; the others are not loaded.

    Raises RequestError for a name that no room has, and where two rooms share a name.
    """
    loaders = _loaders()
    unknown = [name for name in only if name not in loaders]
    if unknown:
        raise RequestError(
            f"no treatment is called {', '.join(unknown)}",
            where="--only",
            remedy=f"choose from {', '.join(sorted(loaders))}",
        )
    return tuple(load() for name, load in loaders.items() if not only or name in only)


def _loaders() -> dict[str, Callable[[], Treatment]]:
    """Return how each room is loaded, by its name, in the order of the board."""
    found: dict[str, Callable[[], Treatment]] = {
        module.rpartition(".")[2]: partial(_built_in, module) for module in BUILT_IN
    }
    for entry in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        if entry.name in found:
            raise RequestError(f"two treatment rooms are called {entry.name}")
        found[entry.name] = partial(_joined, entry)
    return found


def _built_in(module: str) -> Treatment:
    """Load a room of ours; its module bears its name."""
    room: Treatment = import_module(module).TREATMENT
    return room


def _joined(entry: EntryPoint) -> Treatment:
    """Load the room of another package; TypeError where it has not the door or another name."""
    room = entry.load()
    if not isinstance(room, Treatment):
        raise TypeError(f"{entry.name} in {GROUP} is no treatment room")
    if room.name != entry.name:
        raise TypeError(f"the room {room.name} is entered in {GROUP} as {entry.name}")
    return room
