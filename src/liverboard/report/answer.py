"""Answers of `ask`, `whatif` and `possible` in lines for people. Computes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from liverboard.board.option import Board
from liverboard.board.what_if import FactChange, OptionChange, WhatIf
from liverboard.evidence.ask import Asked, AskedFact, AskedResult, AskedSet
from liverboard.evidence.fact import spec_of
from liverboard.evidence.flip import Change, Possibility, Way
from liverboard.values import Reason, Unknown

__all__ = ["asked_lines", "possible_lines", "what_if_lines"]

SHOWN = 4
"""Options of one room that are named one by one; beyond, they are counted."""

DECIDES = "A multidisciplinary board decides. Nothing here is a recommendation."


def asked_lines(asked: Asked, board: Board, *, most: int) -> Iterator[str]:
    """Yield what is open and what each result would do; `most` facts in full, the others by name.

    A fact is shown in full where an option waits for it; 0 shows them all.
    """
    rooms = _rooms(asked)
    yield _standing_line(asked)
    yield from _conflicts(board)
    waited = [fact for fact in asked.facts if fact.holds or fact.weight]
    full = waited[:most] if most else waited
    if full:
        yield ""
        yield "What would change the plan, most first"
    for fact in full:
        yield from _fact_lines(fact, board, rooms)
    yield from _named("Further facts on which an option waits", waited[len(full) :])
    yield from _set_lines(asked.sets)
    only = [fact for fact in asked.facts if not fact.holds and not fact.weight]
    yield from _named("Could only add or spare a caution", only)
    yield from _listed("Would add an argument, and change no status", asked.arguments)
    yield from _listed("No need to test: no result changes any option", asked.irrelevant)
    yield from _inexact(asked)
    yield ""
    yield DECIDES


def _rooms(asked: Asked) -> Mapping[str, int]:
    """Return how many options of each room can still stand or stand."""
    counts: dict[str, int] = {}
    for one in asked.prospects:
        if one.standing != "closed":
            room = one.option.split("/")[0]
            counts[room] = counts.get(room, 0) + 1
    return counts


def _standing_line(asked: Asked) -> str:
    counts = dict.fromkeys(("stands", "open", "closed"), 0)
    for one in asked.prospects:
        counts[one.standing] += 1
    total = len(asked.prospects)
    return (
        f"{total} options: {counts['stands']} can be chosen now, {counts['open']} wait for facts, "
        f"{counts['closed']} are ruled out whatever is learned"
    )


def _conflicts(board: Board) -> Iterator[str]:
    """Yield the facts of which the record says two things."""
    facts = board.patient.facts.facts
    found = [
        (name, fact)
        for name, fact in facts.items()
        if isinstance(fact, Unknown) and fact.reason is Reason.CONFLICT
    ]
    if found:
        yield ""
        yield "The record contradicts itself; nothing was chosen between"
        for name, fact in found:
            yield f"  {spec_of(name).label} ({name}): {fact.detail}"


def _fact_lines(fact: AskedFact, board: Board, rooms: Mapping[str, int]) -> Iterator[str]:
    """Yield one open fact: how to learn it, who waits, and what each result does."""
    yield f"  {fact.label} ({fact.name}){_how(fact, board)}"
    if fact.holds:
        yield f"    waiting for it: {_options(fact.holds, rooms)}"
    for result in fact.results:
        yield f"    {result.text}: {_effect(result, rooms)}"


def _how(fact: AskedFact, board: Board) -> str:
    """Return why a fact is open and how it is learned."""
    if fact.is_measured:
        return ": a plan on images measures it"
    names = [name for name in fact.needs if name != fact.name]
    if names and fact.needs != (fact.name,):
        return f": worked out from {', '.join(spec_of(name).label for name in names)}"
    own = board.patient.facts.get(fact.name) if fact.needs == (fact.name,) else None
    reason = f"{own.reason}; " if isinstance(own, Unknown) else ""
    how = spec_of(fact.name).ask if fact.needs == (fact.name,) and own is not None else ""
    return f": {reason}{how}".rstrip("; ") if reason or how else ""


def _effect(result: AskedResult, rooms: Mapping[str, int]) -> str:
    parts = [
        f"{word} {_options(options, rooms)}"
        for word, options in (
            ("opens", result.opens),
            ("closes", result.closes),
            ("leaves open", result.keeps),
        )
        if options
    ]
    return "; ".join(parts) or "changes nothing alone"


def _options(options: Sequence[str], rooms: Mapping[str, int]) -> str:
    """Return options by room: all, by name, or counted."""
    by_room: dict[str, list[str]] = {}
    for option in options:
        room, _, name = option.partition("/")
        by_room.setdefault(room, []).append(name)
    return ", ".join(_of_room(room, names, rooms.get(room, 0)) for room, names in by_room.items())


def _of_room(room: str, names: list[str], total: int) -> str:
    if len(names) == total and total > 1:
        return f"all {total} of {room}"
    if len(names) > SHOWN:
        return f"{room} ({', '.join(names[: SHOWN - 1])} and {len(names) - SHOWN + 1} more)"
    return f"{room} ({', '.join(names)})" if names != [room] else room


def _named(title: str, facts: Sequence[AskedFact]) -> Iterator[str]:
    yield from _listed(title, [fact.name for fact in facts])


def _listed(title: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        yield ""
        yield f"{title} ({len(names)})"
        yield f"  {', '.join(names)}"


def _set_lines(sets: Iterable[AskedSet]) -> Iterator[str]:
    """Yield results that decide only together, the same for several options said once."""
    grouped: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for one in sets:
        grouped.setdefault(one.results, []).append(one.option)
    if grouped:
        yield ""
        yield "No single result decides; together they rule out"
    for results, options in grouped.items():
        told = " and ".join(f"{spec_label(name)}: {text}" for name, text in results)
        yield f"  {_options(options, {})} if {told}"


def spec_label(name: str) -> str:
    """Return the label of a fact, or the question itself where it is one to the lesions."""
    try:
        return spec_of(name).label
    except ValueError:
        return name


def _inexact(asked: Asked) -> Iterator[str]:
    rough = [one.option for one in asked.prospects if not one.is_exact]
    if rough:
        yield ""
        yield "Not branched exactly (too many open facts at once; three-valued logic only)"
        yield f"  {', '.join(rough)}"


def possible_lines(found: Iterable[Possibility]) -> Iterator[str]:
    """Yield, for each option, its obstacles and the smallest changes that lift them."""
    for one in found:
        yield f"{one.option}: {one.status}"
        for argument in one.obstacles:
            mark = " (nothing that can be changed)" if argument in one.fixed else ""
            yield f"  in the way: {argument.text}{mark}"
        yield from _ways(one)
        if one.needs:
            yield f"  waits for: {', '.join(one.needs)}"
        yield ""
    yield DECIDES


def _ways(one: Possibility) -> Iterator[str]:
    if not one.obstacles:
        yield "  nothing is in the way"
    elif one.fixed:
        yield "  no change of a fact makes it possible"
    elif not one.ways:
        yield "  no change of up to three facts makes it possible"
    for way in one.ways:
        yield f"  possible if {_changes(way.changes)}: then {_after(way)}"


def _changes(changes: Sequence[Change]) -> str:
    return " and ".join(
        f"{one.label} goes from {one.now} to {one.to} ({one.how})" for one in changes
    )


def _after(way: Way) -> str:
    if not way.still_needs:
        return str(way.status)
    return f"{way.status}, waiting for {', '.join(way.still_needs)}"


def what_if_lines(found: WhatIf) -> Iterator[str]:
    """Yield what was assumed, what follows, and every option that differs."""
    yield "Assumed"
    yield from (_fact_line(one) for one in found.facts if one.is_assumed)
    follows = [one for one in found.facts if not one.is_assumed]
    if follows:
        yield "What follows"
        yield from (_fact_line(one) for one in follows)
    yield ""
    for change in found.options:
        yield from _option_lines(change)
    yield f"{found.unchanged} options unchanged"
    yield ""
    yield DECIDES


def _fact_line(one: FactChange) -> str:
    return f"  {one.label} ({one.name}): {one.before} -> {one.after}"


def _option_lines(change: OptionChange) -> Iterator[str]:
    """Yield how one option differs."""
    yield f"{change.option}: {_statuses(change)}"
    for one in change.arguments:
        yield f"  {one.text}: {one.before} -> {one.after} ({one.direction})"
    yield from (f"  {text}" for text in change.figures)
    yield from (f"  new caution: {text}" for text in change.cautions)


def _statuses(change: OptionChange) -> str:
    if not change.before:
        return f"not proposed -> {change.after}"
    if not change.after:
        return f"{change.before} -> no longer proposed"
    if change.before == change.after:
        return f"{change.after} as before"
    return f"{change.before} -> {change.after}"
