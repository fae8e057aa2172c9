"""Citations as small numbers beside what they support."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from liverboard.board.model import CitationRecord
from liverboard.report.bibliography import Bibliography
from liverboard.report.look import MARKS

__all__ = ["Cite", "cites"]


@dataclass(frozen=True, slots=True)
class Cite:
    """One number: `number` is zero where the source is not listed; `title` says all in words."""

    number: int
    id: str
    mark: str
    sign: str
    title: str


def cites(
    citations: Iterable[CitationRecord | str], sources: Bibliography, mark: str = ""
) -> tuple[Cite, ...]:
    """Return the numbers of citations, each source once for each mark it is cited with.

    A citation may be a bare source id: it then has `mark`, or that of the source itself.
    """
    places: dict[tuple[str, str], list[str]] = {}
    for ref, own, place in _read(citations, sources, mark):
        found = places.setdefault((ref, own), [])
        if place and place not in found:
            found.append(place)
    return tuple(_cite(ref, own, found, sources) for (ref, own), found in places.items())


def _read(
    citations: Iterable[CitationRecord | str], sources: Bibliography, mark: str
) -> Iterator[tuple[str, str, str]]:
    """Yield source id, mark and place of each citation."""
    for one in citations:
        if isinstance(one, CitationRecord):
            yield one.ref, one.mark, one.locator
        else:
            entry = sources.entries.get(one)
            yield one, mark or (entry.source.mark if entry else "unverified"), ""


def _cite(ref: str, mark: str, places: list[str], sources: Bibliography) -> Cite:
    """Return the number of one source, with what a reader sees on pointing at it."""
    entry = sources.entries.get(ref)
    name = ref if entry is None else entry.source.cite or entry.source.title
    title = "; ".join([f"{name} ({MARKS[mark].meaning})", *places])
    return Cite(0 if entry is None else entry.number, ref, mark, MARKS[mark].sign, title)
