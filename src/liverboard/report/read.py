"""Reading a record back from the folder it was written into."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from liverboard.board.model import SCHEMA, BoardRecord
from liverboard.errors import RequestError

__all__ = ["read_record"]


def read_record(folder: str | os.PathLike[str]) -> BoardRecord:
    """Return the record in `folder` (or in the file itself); RequestError where there is none."""
    given = Path(folder)
    path = given / "plan.json" if given.is_dir() else given
    try:
        content = path.read_bytes()
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise RequestError(what, where=str(path), remedy="name the output folder") from error
    try:
        return BoardRecord.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        what = f"not a record of {SCHEMA}: {place}: {first['msg']}"
        raise RequestError(what, where=str(path), remedy="write it anew") from error
