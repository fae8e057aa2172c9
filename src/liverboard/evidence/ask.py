"""The tests that would change the plan: per open fact, what opens and what closes with each result.

Learning one fact opens an option where nothing keeps the option waiting any more in any possible
world, and closes it where it then stands in none. Where a result does neither but another result
would close, the option is kept, and what it still waits for is named. Facts that change no option
in any world are listed as irrelevant: that is the answer "no need to test".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from liverboard.evidence.choice import Choice, index_of, words_of
from liverboard.evidence.criterion import facts_of
from liverboard.evidence.derive import is_calculated, raw_inputs_of
from liverboard.evidence.environment import Environment
from liverboard.evidence.fact import FactLevel, spec_of
from liverboard.evidence.judge import open_facts
from liverboard.evidence.judgement import Intent
from liverboard.evidence.outlook import (
    Group,
    Matter,
    Memory,
    Outlook,
    Worlds,
    connected,
    outlook_of,
)
from liverboard.evidence.pivot import Cuts, Pivot
from liverboard.values import Unknown

__all__ = ["Asked", "AskedFact", "AskedResult", "AskedSet", "Prospect", "ask"]

LARGEST_SET = 3
"""Facts that are looked at together: beyond three, no single test is worth naming first."""


@dataclass(frozen=True, slots=True)
class AskedResult:
    """One possible result of a test, and what it does to the options named."""

    text: str
    opens: tuple[str, ...]
    closes: tuple[str, ...]
    keeps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskedFact:
    """One open fact that matters. `needs` are the raw facts that tell it: itself, mostly.

    `holds` are the options that wait for it; an option that a board may choose without it is not
    among them. `is_measured`: a plan on images tells it. `cautions`: options that it could only
    give or spare a caution.
    """

    name: str
    label: str
    needs: tuple[str, ...]
    holds: tuple[str, ...]
    is_measured: bool
    results: tuple[AskedResult, ...]
    cautions: tuple[str, ...]

    @property
    def weight(self) -> int:
        """Return how many options some result opens or closes."""
        moved = {one for result in self.results for one in (*result.opens, *result.closes)}
        return len(moved)


@dataclass(frozen=True, slots=True)
class AskedSet:
    """Facts that decide on an option only together: results, and whether they open or close."""

    option: str
    results: tuple[tuple[str, str], ...]
    opens: bool


@dataclass(frozen=True, slots=True)
class Prospect:
    """What an option can still become, and the fewest facts that could prove that it stands.

    `standing`: `stands`, `closed` or `open`. `is_exact`: worked out by branching, not by Kleene's
    logic alone. `shortest` are labels of the fewest open facts that could settle it.
    """

    option: str
    standing: str
    is_exact: bool
    shortest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What asking found: facts by how much they move, sets, and what needs no test.

    `irrelevant` facts change no status in any possible world; those in `arguments` would still
    add an argument for or against.
    """

    facts: tuple[AskedFact, ...]
    sets: tuple[AskedSet, ...]
    irrelevant: tuple[str, ...]
    arguments: tuple[str, ...]
    prospects: tuple[Prospect, ...]


def ask(matters: Sequence[Matter]) -> Asked:
    """Return which open facts would change what, over all options."""
    cuts = Cuts.of(criterion.when for matter in matters for criterion in matter.criteria)
    memory = Memory()
    outlooks = [outlook_of(matter, cuts, memory) for matter in matters]
    relevant = {name for outlook in outlooks for name in _relevant(outlook)}
    cautions = _cautions_of(outlooks)
    facts = [
        _fact(pivot, outlooks, cautions.get(pivot.name, ()))
        for pivot in _pivots_of(outlooks)
        if pivot.name in relevant or pivot.name in cautions
    ]
    asked_for = {need for fact in facts for need in fact.needs}
    others = _others(matters, asked_for)
    arguing = _arguing(matters)
    return Asked(
        facts=tuple(sorted(facts, key=_order)),
        sets=tuple(_sets(outlooks)),
        irrelevant=tuple(name for name in others if name not in arguing),
        arguments=tuple(name for name in others if name in arguing),
        prospects=tuple(_prospect(outlook) for outlook in outlooks),
    )


def _order(fact: AskedFact) -> tuple[bool, bool, int, int, str]:
    """Sort tests before what plans measure, then by what waits, by how much moves, by name."""
    return (not fact.holds, fact.is_measured, -len(fact.holds), -fact.weight, fact.name)


def _pivots_of(outlooks: Iterable[Outlook]) -> tuple[Pivot, ...]:
    """Return every pivot once, in the order in which options ask for them."""
    found: dict[str, Pivot] = {}
    for outlook in outlooks:
        for pivot in (
            *(one for group in outlook.groups for one in group.pivots),
            *outlook.cautions,
        ):
            found.setdefault(pivot.name, pivot)
    return tuple(found.values())


def _relevant(outlook: Outlook) -> Iterator[str]:
    """Yield the pivots that could make a difference to whether an option stands."""
    if not outlook.can_stand:
        return
    for group in outlook.groups:
        if not group.is_exact:
            yield from (pivot.name for pivot in group.pivots)
            continue
        for axes in _together(group):
            if _differs(group, axes):
                yield from (group.pivots[axis].name for axis in axes)


def _together(group: Group) -> Iterator[tuple[int, ...]]:
    """Yield the axes that the meaning of words holds together; every other axis alone."""
    sets = [set(tie) for tie in group.ties] + [{pivot.name} for pivot in group.pivots]
    for names in connected(tuple(one) for one in sets):
        yield tuple(axis for axis, pivot in enumerate(group.pivots) if pivot.name in names)


def _differs(group: Group, axes: tuple[int, ...]) -> bool:
    """Whether two possible worlds that differ at `axes` alone differ in standing."""
    stands = (group.stands & group.possible).any(axis=axes)
    falls = (~group.stands & group.possible).any(axis=axes)
    return bool((stands & falls).any())


def _cautions_of(outlooks: Iterable[Outlook]) -> dict[str, tuple[str, ...]]:
    """Return the options that each pivot of a caution could give one."""
    found: dict[str, tuple[str, ...]] = {}
    for outlook in outlooks:
        if outlook.can_stand:
            for pivot in outlook.cautions:
                found[pivot.name] = (*found.get(pivot.name, ()), outlook.id)
    return found


def _fact(pivot: Pivot, outlooks: Sequence[Outlook], cautions: tuple[str, ...]) -> AskedFact:
    effects = [_effects(pivot, choice, outlooks) for choice in range(len(pivot.choices))]
    closed = frozenset(option for _, closes, _ in effects for option in closes)
    results = []
    for first, last in _runs(effects, is_ordered=_is_number(pivot)):
        opens, closes, stays = effects[first]
        keeps = tuple(sorted((closed & stays) - set(closes) - set(opens)))
        text = _words(pivot, pivot.choices[first : last + 1])
        results.append(AskedResult(text, opens, closes, keeps))
    return AskedFact(
        pivot.name,
        pivot.label,
        pivot.missing,
        holds=tuple(outlook.id for outlook in outlooks if _holds(pivot, outlook)),
        is_measured=_is_measured(pivot),
        results=tuple(results) if any(opens or closes for opens, closes, _ in effects) else (),
        cautions=cautions,
    )


def _holds(pivot: Pivot, outlook: Outlook) -> bool:
    """Whether an option that can still stand waits for a pivot."""
    return outlook.can_stand and any(
        table.is_waiting and pivot.name in table.pivots
        for group in outlook.groups
        for table in group.tables
    )


Effects = tuple[tuple[str, ...], tuple[str, ...], frozenset[str]]


def _effects(pivot: Pivot, choice: int, outlooks: Sequence[Outlook]) -> Effects:
    """Return which options one result opens, closes, and leaves able to stand."""
    opens, closes, stays = [], [], []
    for outlook in outlooks:
        group, axis = _place_of(pivot, outlook)
        if group is None or not outlook.can_stand:
            continue
        own = index_of(group.pivots[axis].choices, pivot.choices[choice].value)
        can, must = _after(group, axis, own)
        others = [one for one in outlook.groups if one is not group]
        if not can:
            closes.append(outlook.id)
        elif must and all(one.must_stand for one in others) and not outlook.must_stand:
            opens.append(outlook.id)
        else:
            stays.append(outlook.id)
    return tuple(opens), tuple(closes), frozenset(stays)


def _place_of(pivot: Pivot, outlook: Outlook) -> tuple[Group | None, int]:
    """Return the group and the axis that speak of a pivot."""
    for group in outlook.groups:
        for axis, own in enumerate(group.pivots):
            if own.name == pivot.name:
                return group, axis
    return None, 0


def _after(group: Group, axis: int, choice: int) -> tuple[bool, bool]:
    """Return whether the group can and whether it must stand once one pivot is learned."""
    if not group.is_exact:
        return _after_by_tables(group, group.pivots[axis].name, choice), False
    stands = group.stands.take(choice, axis=axis)
    possible = group.possible.take(choice, axis=axis)
    if not possible.any():
        return True, False
    waits = group.waits.take(choice, axis=axis)
    return bool((stands & possible).any()), bool((waits | ~possible).all())


def _after_by_tables(group: Group, name: str, choice: int) -> bool:
    """Return whether no single criterion rules out what is learned."""
    return all(
        bool(table.stands.take(choice, axis=table.pivots.index(name)).any())
        for table in group.tables
        if name in table.pivots
    )


def _runs(effects: Sequence[Effects], *, is_ordered: bool) -> Iterator[tuple[int, int]]:
    """Yield first and last of neighbouring results that do the same; categories stand alone."""
    first = 0
    for place in range(1, len(effects) + 1):
        is_end = place == len(effects) or effects[place] != effects[first]
        if is_end or not is_ordered:
            yield first, place - 1
            first = place


def _is_number(pivot: Pivot) -> bool:
    value = pivot.choices[0].value
    return pivot.node is None and not isinstance(value, bool | str)


def _words(pivot: Pivot, choices: Sequence[Choice]) -> str:
    if pivot.node is not None:
        return "yes" if choices[0].value else "no"
    return words_of(spec_of(pivot.name), choices)


def _is_measured(pivot: Pivot) -> bool:
    return pivot.node is None and spec_of(pivot.name).level is FactLevel.OPTION


def _sets(outlooks: Iterable[Outlook]) -> Iterator[AskedSet]:
    """Yield the smallest sets of two or three results that close an option only together."""
    for outlook in outlooks:
        if not outlook.can_stand:
            continue
        for group in outlook.groups:
            if group.is_exact and len(group.pivots) > 1 and not _closes_alone(group):
                yield from _closing_sets(outlook.id, group)


def _closes_alone(group: Group) -> bool:
    return any(
        not _after(group, axis, choice)[0]
        for axis, pivot in enumerate(group.pivots)
        for choice in range(len(pivot.choices))
    )


def _closing_sets(option: str, group: Group) -> Iterator[AskedSet]:
    """Yield the smallest sets of results after which no possible world lets the option stand."""
    for size in range(2, LARGEST_SET + 1):
        found = [
            AskedSet(option, _described(group, axes, place), opens=False)
            for axes in combinations(range(len(group.pivots)), size)
            for place in np.argwhere(_closed(group, axes))
        ]
        if found:
            yield from found
            return


def _closed(group: Group, axes: Sequence[int]) -> Worlds:
    """Return, over the pivots at `axes`, where the option cannot stand although it is possible."""
    others = tuple(axis for axis in range(len(group.pivots)) if axis not in axes)
    possible = group.possible.any(axis=others)
    stands = (group.stands & group.possible).any(axis=others)
    return np.asarray(possible & ~stands, dtype=bool)


def _described(
    group: Group, axes: Sequence[int], place: Iterable[int]
) -> tuple[tuple[str, str], ...]:
    chosen = [(group.pivots[axis], int(n)) for axis, n in zip(axes, place, strict=True)]
    return tuple((pivot.name, _words(pivot, pivot.choices[n : n + 1])) for pivot, n in chosen)


def _prospect(outlook: Outlook) -> Prospect:
    if not outlook.can_stand:
        return Prospect(outlook.id, "closed", outlook.is_exact, ())
    if outlook.must_stand:
        return Prospect(outlook.id, "stands", outlook.is_exact, ())
    shortest = [name for group in outlook.groups for name in _shortest(group)]
    return Prospect(outlook.id, "open", outlook.is_exact, tuple(shortest))


def _shortest(group: Group) -> tuple[str, ...]:
    """Return the fewest pivots of a group of which some result proves that it lets stand."""
    if group.must_stand:
        return ()
    axes = range(len(group.pivots))
    if group.is_exact:
        for size in range(1, len(group.pivots)):
            for chosen in combinations(axes, size):
                others = tuple(axis for axis in axes if axis not in chosen)
                holds = (group.waits | ~group.possible).all(axis=others)
                if (holds & group.possible.any(axis=others)).any():
                    return tuple(group.pivots[axis].name for axis in chosen)
    return tuple(pivot.name for pivot in group.pivots)


def _arguing(matters: Iterable[Matter]) -> set[str]:
    """Return the raw facts that could still make an argument for or against an open option."""
    found: set[str] = set()
    for matter in matters:
        for criterion in matter.criteria:
            if criterion.intent in (Intent.FAVOURS, Intent.DISFAVOURS):
                trace = criterion.evaluate(matter.environment)
                for used in open_facts(trace):
                    found.update(raw_inputs_of(used.name))
    return found


def _others(matters: Sequence[Matter], asked_for: set[str]) -> tuple[str, ...]:
    """Return the open raw facts that criteria mention and that change no status."""
    mentioned: dict[str, None] = {}
    for matter in matters:
        for criterion in matter.criteria:
            for name in facts_of(criterion.when):
                roots = raw_inputs_of(name) if is_calculated(name) else (name,)
                mentioned |= dict.fromkeys(roots)
    environments: Mapping[int, Environment] = {id(m.environment): m.environment for m in matters}
    return tuple(
        name
        for name in sorted(mentioned)
        if name not in asked_for
        and spec_of(name).level is FactLevel.PATIENT
        and all(isinstance(one.fact(name), Unknown) for one in environments.values())
    )
