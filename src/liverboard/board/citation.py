"""The bibliography of a board: every source that something in it cites, and no other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass

from liverboard.board.model import SourceRecord
from liverboard.board.option import Board, Option
from liverboard.evidence.calculators.formula import formulas
from liverboard.evidence.fact import Fact, FactSheet, Known
from liverboard.evidence.judgement import Citation
from liverboard.evidence.parenchyma import remnant_threshold
from liverboard.evidence.score import scores
from liverboard.evidence.source import Source
from liverboard.treatments.exhibit import Table
from liverboard.treatments.protocol import Plan
from liverboard.values import Estimate, Mark

__all__ = ["behind", "cited_sources"]

CALCULATOR = "calculator: "
"""How the origin of a fact begins that a calculator or score worked out."""

UNLISTED = "not in the bibliography"
"""Title of a source that is cited but not listed: shown, never dropped."""


def cited_sources(board: Board, known: Mapping[str, Source]) -> dict[str, SourceRecord]:
    """Return every cited source by id, sorted; one that is not listed is marked unverified."""
    cited = {*BASIC, *_behind_facts(board.patient.facts)}
    cited.update(one.ref for one in remnant_threshold(board.patient.facts).citations)
    cited.update(name for option in board.options for name in _cited_by(option))
    return {name: _record(known.get(name)) for name in sorted(cited)}


BASIC = ("method:volumetry", "method:diameters", "method:distances", "method:segments")
"""Methods behind the liver and lesion tables of every board with images."""


def behind(fact: Fact) -> tuple[Citation, ...]:
    """Return the sources of the calculator or score that worked out a fact; none for others."""
    origin = fact.origin if isinstance(fact, Known) else ""
    name = origin.removeprefix(CALCULATOR)
    if name == origin:
        return ()
    known = formulas().get(name) or scores().get(name)
    return () if known is None else known.citations


def _behind_facts(sheet: FactSheet) -> Iterator[str]:
    """Yield the sources behind the facts of a sheet."""
    for facts in (sheet.facts, *sheet.lesions.values()):
        for fact in facts.values():
            yield from (citation.ref for citation in behind(fact))


def _cited_by(option: Option) -> Iterator[str]:
    """Yield the sources that one option cites."""
    for argument in option.judgement.arguments:
        yield from (citation.ref for citation in argument.citations)
        for used in argument.facts:
            yield from (citation.ref for citation in behind(used.fact))
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
