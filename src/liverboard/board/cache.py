"""What was computed before, by content: an interrupted run goes on where it stopped.

Kept in `derived/` of the case folder and safe to delete. A key covers every input file, the facts,
the code and the evidence, so that nothing outdated is ever read. A file that cannot be read back
is worked out anew; a folder that cannot be written is worked without.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

from liverboard.board.store import StoreError, dump, load
from liverboard.case.writer import write_bytes
from liverboard.errors import OutputError
from liverboard.version import __version__

__all__ = ["Cache", "code_hash", "key_of"]

Value = TypeVar("Value")

KEPT_SUFFIXES = (".py", ".yaml", ".json", ".npz", ".html", ".css")


@cache
def code_hash() -> str:
    """Return a hash over all code and data of the package: another version, another hash."""
    digest = hashlib.sha256(__version__.encode())
    _feed(digest, resources.files("liverboard"))
    return digest.hexdigest()


def _feed(digest: Any, folder: Traversable) -> None:
    """Add every file below `folder` to `digest`, by name."""
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir() and entry.name != "__pycache__":
            _feed(digest, entry)
        elif entry.name.endswith(KEPT_SUFFIXES):
            digest.update(entry.name.encode())
            digest.update(entry.read_bytes())


def key_of(*parts: object) -> str:
    """Return a short key for plain values: the same parts give the same key."""
    text = json.dumps(parts, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _plain(value: object) -> object:
    """Return a plain stand-in for a value that JSON does not know."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    return repr(value)


@dataclass(frozen=True, slots=True)
class Cache:
    """Values kept under `folder` (None: nothing is kept), below the key of their inputs."""

    folder: Path | None
    key: str

    def remember(self, name: str, compute: Callable[[], Value]) -> Value:
        """Return what was kept under `name`, else compute it and keep it."""
        if self.folder is None:
            return compute()
        path = self.folder / self.key / f"{name}.store"
        kept = _read(path)
        if kept is not None:
            return kept[0]
        value = compute()
        _keep(path, value)
        return value


def _read(path: Path) -> tuple[Any] | None:
    """Return a kept value in a tuple, None where there is none that can be read."""
    try:
        return (load(path.read_bytes()),)
    except (OSError, StoreError):
        return None


def _keep(path: Path, value: object) -> None:
    """Keep a value; a folder that cannot be written only costs time later."""
    try:
        content = dump(value)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(content, path)
    except (OSError, OutputError, TypeError):
        return
