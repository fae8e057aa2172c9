"""Writing a board: plan.json, run.json, layers and report.html, each file in one step."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from liverboard.board.cache import Cache
from liverboard.board.citation import cited_sources
from liverboard.board.convene import NOTHING_KEPT
from liverboard.board.model import BoardRecord
from liverboard.board.option import Board
from liverboard.board.record import board_record, layer_file
from liverboard.case.names import canonical_names
from liverboard.case.writer import write_bytes, write_image
from liverboard.errors import OutputError
from liverboard.numerics.grid import Image
from liverboard.treatments.protocol import Layer, Plan, Progress, silent
from liverboard.version import __version__

__all__ = ["Written", "check_folder", "plan_json", "record_of", "write_report"]


@dataclass(frozen=True, slots=True)
class Written:
    """Where the parts of a report were written, and the record that they show."""

    record: BoardRecord
    plan: Path
    report: Path
    layers: tuple[Path, ...]


def record_of(board: Board) -> BoardRecord:
    """Return the record of a board with its bibliography."""
    sources = cited_sources(board, board.evidence.sources)
    return board_record(board, sources, structures=canonical_names())


def plan_json(record: BoardRecord) -> bytes:
    """Return `plan.json`: the same record gives the same bytes.

    One line for each part, and for each entry of a list at the top: an indented file would be half
    white space and ten times slower to write, and two files of one line cannot be compared by eye.
    """
    content = record.model_dump(mode="json", by_alias=True)
    parts = [f"{json.dumps(key)}: {_lines_of(content[key])}" for key in sorted(content)]
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def _lines_of(value: object) -> str:
    """Return a value as JSON, the entries of a list each on a line."""
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(_text_of(one) for one in value) + "\n]"
    return _text_of(value)


def _text_of(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def write_report(
    board: Board,
    folder: str | os.PathLike[str],
    *,
    progress: Progress = silent,
    store: Cache = NOTHING_KEPT,
) -> Written:
    """Write plan.json, run.json, report.html and layers/*.nii.gz of `board` into `folder`.

    The page is kept in `store` under the hash of the record that it shows, and used again.
    Raises OutputError where the folder cannot be written; no half-written file is ever left.
    """
    from liverboard.report.page import report_page

    target = Path(folder)
    _make(target)
    record = record_of(board)
    progress("layers")
    layers = _write_layers(board, target)
    progress("report")
    content = plan_json(record)
    name = f"page-{hashlib.sha256(content).hexdigest()[:24]}"
    page = store.remember(name, lambda: str(report_page(record, board)))
    write_bytes(page.encode(), target / "report.html")
    write_bytes(content, target / "plan.json")
    write_bytes(_run_json(), target / "run.json")
    return Written(record, target / "plan.json", target / "report.html", layers)


def check_folder(folder: Path) -> None:
    """Raise OutputError where `folder` could not be written into; make nothing."""
    existing = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not existing.is_dir():
        what = "is a file" if existing == folder else f"{existing} is a file"
        raise OutputError(what, where=str(folder), remedy="choose another folder")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise OutputError("cannot be written", where=str(folder), remedy="choose another folder")


def _make(folder: Path) -> None:
    """Make a folder; OutputError where that is impossible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot be made: {error.strerror}", where=str(folder), remedy="choose another folder"
        ) from error
    if not os.access(folder, os.W_OK):
        raise OutputError("cannot be written", where=str(folder), remedy="choose another folder")


def _all_layers(board: Board) -> Iterator[tuple[Layer, str]]:
    """Yield every layer with its file, relative to the output folder."""
    for layer in board.layers:
        yield layer, layer_file(layer)
    for option in board.options:
        if isinstance(option.outcome, Plan):
            for layer in option.outcome.layers:
                yield layer, layer_file(layer, option.id)


def _write_layers(board: Board, folder: Path) -> tuple[Path, ...]:
    """Write every layer, two at a time."""
    pairs = [(layer, folder / name) for layer, name in _all_layers(board)]
    for parent in sorted({path.parent for _, path in pairs}):
        _make(parent)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda pair: write_image(_exported(pair[0]), pair[1]), pairs))
    return tuple(path for _, path in pairs)


def _exported(layer: Layer) -> Image:
    """Return a layer's image as it is written: HU as int16, other scalars as float32."""
    if layer.unit == "HU":
        return Image(np.rint(layer.image.array).astype(np.int16), layer.image.grid)
    return layer.image


def _run_json() -> bytes:
    """Return facts about this run, which are no part of the result: time, host, versions."""
    facts = {
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "liverboard": __version__,
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "processors": os.cpu_count(),
    }
    return (json.dumps(facts, indent=1, sort_keys=True) + "\n").encode()
