"""The argument tree of one option as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from liverboard.board.model import (
    ArgumentRecord,
    CitationRecord,
    FactRecord,
    OptionRecord,
    SourceRecord,
    TraceRecord,
)
from liverboard.report.look import DIRECTIONS, STATUSES, VERDICTS
from liverboard.report.wording import fact_text, quantity_text

__all__ = ["explained", "fact_of"]

HEADINGS = {
    "against": "Against",
    "open": "Open",
    "for": "For",
    "neutral": "Does not apply",
}


def explained(option: OptionRecord, sources: Mapping[str, SourceRecord]) -> tuple[str, ...]:
    """Return the whole argument about an option, line by line.

    Every argument with its verdict, its tree of ticks (met), crosses (not met) and question marks,
    the values used with their origins, and its sources with their marks.
    """
    return tuple(_lines(option, sources))


def _lines(option: OptionRecord, sources: Mapping[str, SourceRecord]) -> Iterator[str]:
    """Yield the lines of an option."""
    yield f"{option.id}: {option.title}"
    yield f"{STATUSES[option.status].sign} {option.status}"
    if option.no_plan is not None:
        yield f"no plan ({option.no_plan.cause}): {option.no_plan.reason}"
    if option.plan is not None:
        yield f"functional remnant: {quantity_text(option.plan.liver.functional_percent)}"
        yield from (f"caution: {caution}" for caution in option.plan.cautions)
    for direction, heading in HEADINGS.items():
        found = [one for one in option.arguments if one.direction == direction]
        if found:
            yield ""
            yield f"{heading} ({len(found)})"
        for argument in found:
            yield from _argument(argument, sources)
    yield from _missing(option)


def _missing(option: OptionRecord) -> Iterator[str]:
    """Yield what is unknown and how to obtain it."""
    if option.unknown:
        yield ""
        yield f"Unknown ({len(option.unknown)})"
    for one in option.unknown:
        ask = f"; obtain by: {one.ask}" if one.ask else ""
        yield f"  ? {one.label or one.fact}: {one.reason}{ask}"


def _argument(argument: ArgumentRecord, sources: Mapping[str, SourceRecord]) -> Iterator[str]:
    """Yield one argument with its tree and sources."""
    note = ", borderline" if argument.is_borderline else ""
    sign = DIRECTIONS[argument.direction].sign
    yield f"  {sign} {argument.text} [{argument.intent}{note}; {argument.criterion}]"
    yield from _tree((argument.trace,), argument, "      ")
    for citation in argument.sources:
        yield f"      source: {_cited(citation, sources)}"


def _tree(nodes: Sequence[TraceRecord], argument: ArgumentRecord, lead: str) -> Iterator[str]:
    """Yield nodes and everything below them, drawn as a tree."""
    for node in nodes:
        is_last = node is nodes[-1]
        sign = VERDICTS[node.verdict].sign
        of_lesion = f"{node.lesion}: " if node.lesion else ""
        used = fact_of(node, argument.facts)
        found = f" = {_used(used)}" if used else ""
        yield f"{lead}{'└' if is_last else '├'} {sign} {of_lesion}{node.text}{found}"
        yield from _tree(node.children, argument, lead + ("  " if is_last else "│ "))


def fact_of(node: TraceRecord, facts: Sequence[FactRecord]) -> FactRecord | None:
    """Return the fact that a leaf looked at; None where it looked at none."""
    pairs = ((fact.name, fact.lesion) for fact in facts)
    wanted = (node.fact, node.lesion)
    return next((fact for fact, pair in zip(facts, pairs, strict=True) if pair == wanted), None)


def _used(fact: FactRecord) -> str:
    """Return the value of a fact with origin and date."""
    parts = [part for part in (fact.origin, str(fact.date or "")) if part]
    if fact.unknown is not None and fact.unknown.detail:
        parts.append(fact.unknown.detail)
    return fact_text(fact) + (f" ({', '.join(parts)})" if parts else "")


def _cited(citation: CitationRecord, sources: Mapping[str, SourceRecord]) -> str:
    """Return a citation: source, place in it, and how sure it is."""
    source = sources.get(citation.ref)
    name = citation.ref if source is None or not source.cite else source.cite
    place = f", {citation.locator}" if citation.locator else ""
    return f"{name}{place} [{citation.mark}]"
