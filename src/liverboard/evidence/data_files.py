"""The files of evidence that come with liverboard, as text by path below `data/`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from liverboard.errors import EvidenceError

__all__ = ["our_files", "texts_below"]


@cache
def our_files() -> Mapping[str, str]:
    """Return the text of every YAML file that comes with liverboard, by path, sorted."""
    folder = resources.files("liverboard.evidence") / "data"
    return MappingProxyType(dict(texts_below(folder)))


def texts_below(folder: Traversable, start: str = "") -> Iterator[tuple[str, str]]:
    """Yield path and text of every YAML file below `folder`, sorted; links are not followed."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if isinstance(entry, Path) and entry.is_symlink():
            continue
        if entry.is_dir():
            yield from texts_below(entry, f"{start}{entry.name}/")
        elif entry.name.endswith(".yaml"):
            yield f"{start}{entry.name}", _text_of(entry, f"{start}{entry.name}")


def _text_of(entry: Traversable, path: str) -> str:
    try:
        return entry.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EvidenceError(f"cannot be read as UTF-8 text ({error})", where=path) from None
