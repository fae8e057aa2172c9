"""What is noted while a case is read, and how a single bad file is dealt with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from liverboard.case.model import Remark, Source
from liverboard.case.volume import read_content
from liverboard.errors import CaseError

__all__ = ["Ledger", "Tolerance", "refuse"]

Tolerance: TypeAlias = Callable[[CaseError], None]
"""What happens to an error in one file: raised again, or noted while reading goes on."""


def refuse(error: CaseError) -> None:
    """Raise `error`: a case is used whole or not at all."""
    raise error


@dataclass(slots=True)
class Ledger:
    """Remarks, hashes and unknown files, gathered while reading; never leaves this package."""

    root: Path = Path()
    tolerate: Tolerance = refuse
    remarks: list[Remark] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    sources: dict[str, list[str]] = field(default_factory=dict)

    def content(self, source: Source) -> bytes:
        """Return the bytes of a file and note their hash."""
        content = read_content(source)
        self.hashes[source.name] = hashlib.sha256(content).hexdigest()
        return content

    def place(self, where: str) -> str:
        """Return a name within the case folder as the user would write it."""
        return str(self.root / where)

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Hand an error of the block to `tolerate`."""
        try:
            yield
        except CaseError as error:
            self.tolerate(error)
