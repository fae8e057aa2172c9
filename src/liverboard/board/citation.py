"""The bibliography of a board: every source that something in it cites, and no other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass

from liverboard.board.model import SourceRecord
from liverboard.board.option import Board, Option
from liverboard.evidence.source import Source
from liverboard.treatments.exhibit import Table
from liverboard.treatments.protocol import Plan
from liverboard.values import Estimate, Mark

__all__ = ["cited_sources"]

UNLISTED = "not in the bibliography"
"""Title of a source that is cited but not listed: shown, never dropped."""


def cited_sources(board: Board, known: Mapping[str, Source]) -> dict[str, SourceRecord]:
    """Return every cited source by id, sorted; one that is not listed is marked unverified."""
    cited = {*BASIC, *(name for option in board.options for name in _cited_by(option))}
    return {name: _record(known.get(name)) for name in sorted(cited)}


BASIC = ("method:volumetry", "method:diameters", "method:distances", "method:segments")
"""Methods behind the liver and lesion tables of every board with images."""


def _cited_by(option: Option) -> Iterator[str]:
    """Yield the sources that one option cites."""
    for argument in option.judgement.arguments:
        yield from (citation.ref for citation in argument.citations)
    if isinstance(option.outcome, Plan):
        yield from _in(option.outcome)
        for exhibit in option.outcome.exhibits:
            if isinstance(exhibit, Table):
                yield from exhibit.sources


def _in(value: object) -> Iterator[str]:
    """Yield the sources of every estimate inside a value."""
    if isinstance(value, Estimate):
        yield from value.sources
    elif isinstance(value, Mapping):
        yield from _in_all(value.values())
    elif isinstance(value, tuple):
        yield from _in_all(value)
    elif is_dataclass(value) and type(value).__module__.endswith("protocol"):
        yield from _in_all(getattr(value, entry.name) for entry in fields(value))


def _in_all(values: Iterable[object]) -> Iterator[str]:
    """Yield the sources of every estimate inside several values."""
    for value in values:
        yield from _in(value)


def _record(source: Source | None) -> SourceRecord:
    """Return a source as a record."""
    if source is None:
        return SourceRecord(title=UNLISTED, kind="unknown", mark=Mark.UNVERIFIED.value)
    return SourceRecord(
        title=source.title,
        kind=source.kind.value,
        cite=source.cite,
        url=source.link,
        mark=source.mark.value,
        note=source.note,
    )
