"""The sources of a record, numbered once for the whole page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from liverboard.board.model import SourceRecord

__all__ = ["Bibliography", "Entry", "bibliography"]

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Publications", ("trial", "cohort", "review", "guideline", "label", "web")),
    ("Methods of liverboard", ("method",)),
    ("Judgements of the house, not literature", ("judgement",)),
    ("Cited, but not in the bibliography", ()),
)
"""Headings and the kinds of source under them; the last takes every other kind."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One numbered source."""

    number: int
    id: str
    source: SourceRecord

    @property
    def link(self) -> str:
        """Return where it can be read; empty unless that is a web address."""
        url = self.source.url
        return url if url.startswith(("https://", "http://")) else ""

    @property
    def is_named_after_title(self) -> bool:
        """Whether the citation says no more than the title."""
        return self.source.cite in ("", self.source.title)


@dataclass(frozen=True, slots=True)
class Bibliography:
    """All sources in the order of their numbers, under headings."""

    groups: tuple[tuple[str, tuple[Entry, ...]], ...]
    entries: Mapping[str, Entry]

    def __getitem__(self, source: str) -> Entry:
        """Return the entry of a source id; KeyError where the record does not list it."""
        return self.entries[source]


def bibliography(sources: Mapping[str, SourceRecord]) -> Bibliography:
    """Return the sources numbered: publications first, then methods and judgements."""
    named = tuple(_grouped(sources))
    entries = [entry for _, group in named for entry in group]
    return Bibliography(named, {entry.id: entry for entry in entries})


def _grouped(sources: Mapping[str, SourceRecord]) -> Iterator[tuple[str, tuple[Entry, ...]]]:
    """Yield headings with their numbered sources, leaving out what is empty."""
    known = {kind for _, kinds in GROUPS for kind in kinds}
    number = 0
    for heading, kinds in GROUPS:
        names = [
            name
            for name in sorted(sources)
            if (sources[name].kind in kinds if kinds else sources[name].kind not in known)
        ]
        group = tuple(Entry(number + k, name, sources[name]) for k, name in enumerate(names, 1))
        number += len(group)
        if group:
            yield heading, group
