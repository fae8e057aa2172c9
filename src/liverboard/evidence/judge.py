"""Applying criteria to an option: arguments for and against, status, and what is still unknown.

| intent          | yes                    | no                   | unknown                        |
|-----------------|------------------------|----------------------|--------------------------------|
| scope           | -                      | outside the evidence | needs data, or borderline      |
| requires        | -                      | not eligible         | needs data, or borderline      |
| contraindicates | contraindicated        | -                    | needs data, or borderline      |
| cautions        | eligible with cautions | -                    | eligible with cautions (open)  |
| favours         | argument for           | -                    | -                              |
| disfavours      | argument against       | -                    | -                              |

The status of an option is the worst that any criterion gives it. Borderline: open only because the
interval of a measurement spans a threshold, every fact being known. A criterion with
`if_unknown: caution` leaves an option standing while it is unknown, shown as not excluded.

The board judges twice, before and after planning. Before it, facts that a plan measures are
unknown, so most options need data: `awaits_plan` says where planning would settle that, and only a
proved contraindication (`is_hard_stop`) makes planning pointless.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from liverboard.evidence.environment import Environment, environment_of
from liverboard.evidence.fact import FactLevel, FactSheet, spec_of
from liverboard.evidence.guideline import Criterion, IfUnknown
from liverboard.evidence.judgement import (
    STATUS_RANK,
    Argument,
    FactUsed,
    Intent,
    Judgement,
    Status,
    Trace,
    Verdict,
    worst,
)
from liverboard.values import Unknown

__all__ = [
    "argue",
    "awaits_plan",
    "blocking_facts",
    "is_hard_stop",
    "judge",
    "judge_all",
    "open_facts",
    "status_of",
]

PROVED: dict[tuple[Intent, Verdict], Status] = {
    (Intent.CONTRAINDICATES, Verdict.YES): Status.CONTRAINDICATED,
    (Intent.REQUIRES, Verdict.NO): Status.NOT_ELIGIBLE,
    (Intent.SCOPE, Verdict.NO): Status.OUTSIDE_EVIDENCE,
    (Intent.CAUTIONS, Verdict.YES): Status.ELIGIBLE_WITH_CAUTIONS,
}
"""What a settled criterion does to the status."""

AT_WORST: dict[Intent, Status] = {intent: status for (intent, _), status in PROVED.items()}
"""What an open criterion could still do to the status."""

BLOCKING = frozenset({Intent.SCOPE, Intent.REQUIRES, Intent.CONTRAINDICATES})
"""The intents that keep an option waiting while they are open."""


def judge(
    criteria: Iterable[Criterion], facts: FactSheet | Environment, tags: AbstractSet[str]
) -> Judgement:
    """Return the judgement of an option with `tags` under `criteria`.

    Facts are expected with what follows from them (`derive`). An option about which no criterion
    speaks is outside the evidence.
    """
    return judge_all([one for one in criteria if one.applies.to(tags)], facts)


def judge_all(criteria: Iterable[Criterion], facts: FactSheet | Environment) -> Judgement:
    """Return the judgement under criteria that are known to be about the option."""
    environment = environment_of(facts)
    arguments = tuple(argue(criterion, environment) for criterion in criteria)
    return Judgement(status_of(arguments), arguments, _unknown(arguments))


def argue(criterion: Criterion, environment: Environment) -> Argument:
    """Return what one criterion says of the facts, with the whole trace."""
    trace = criterion.evaluate(environment)
    is_borderline = _is_borderline(trace)
    is_open = trace.verdict is Verdict.UNKNOWN and criterion.intent in BLOCKING
    return Argument(
        criterion=criterion.id,
        guideline=criterion.guideline,
        intent=criterion.intent,
        text=criterion.text,
        verdict=trace.verdict,
        facts=_facts_in(trace),
        citations=criterion.citations,
        trace=trace,
        is_borderline=is_borderline,
        is_blocking=is_open and criterion.if_unknown is IfUnknown.NEEDS_DATA,
    )


def _facts_in(trace: Trace) -> tuple[FactUsed, ...]:
    """Return every fact that was looked at, each once, in order.

    The number of lesions may be recorded although their list is not: what is known is shown.
    """
    found: dict[tuple[str, str], FactUsed] = {}
    waiting = [trace]
    while waiting:
        _, _, children, used = waiting.pop()
        if used is not None:
            before = found.setdefault((used.name, used.lesion), used)
            if isinstance(before.fact, Unknown) and not isinstance(used.fact, Unknown):
                found[used.name, used.lesion] = used
        waiting += children[::-1]
    return tuple(found.values())


def open_facts(trace: Trace) -> Iterator[FactUsed]:
    """Yield the facts that keep `trace` unknown; those below decided branches are left out."""
    if trace.verdict is not Verdict.UNKNOWN:
        return
    if trace.fact is not None:
        yield trace.fact
    for child in trace.children:
        yield from open_facts(child)


def _is_borderline(trace: Trace) -> bool:
    """Whether only intervals that span a threshold keep `trace` unknown."""
    if trace.verdict is not Verdict.UNKNOWN:
        return False
    return not any(isinstance(used.fact, Unknown) for used in open_facts(trace))


def status_of(arguments: Sequence[Argument]) -> Status:
    """Return the worst status that any argument gives; outside the evidence where there is none."""
    if not arguments:
        return Status.OUTSIDE_EVIDENCE
    return worst(map(_effect, arguments))


def _effect(argument: Argument) -> Status:
    if argument.verdict is not Verdict.UNKNOWN:
        return _proved(argument)
    if argument.intent not in AT_WORST:
        return Status.ELIGIBLE
    if not argument.is_blocking:
        return Status.ELIGIBLE_WITH_CAUTIONS
    return Status.BORDERLINE if argument.is_borderline else Status.NEEDS_DATA


def _proved(argument: Argument) -> Status:
    return PROVED.get((argument.intent, argument.verdict), Status.ELIGIBLE)


def _unknown(arguments: Sequence[Argument]) -> tuple[tuple[str, Unknown], ...]:
    """Return the unknown facts that could make the proved status worse, blocking ones first.

    Of two reasons for one fact (several lesions) the first is given.
    """
    proved = STATUS_RANK[worst(map(_proved, arguments))]
    found: dict[str, Unknown] = {}
    for argument in sorted(arguments, key=lambda argument: not argument.is_blocking):
        could = STATUS_RANK[AT_WORST.get(argument.intent, Status.ELIGIBLE)]
        if could < proved:
            found |= _open_unknowns(argument) | found
    return tuple(found.items())


def _open_unknowns(argument: Argument) -> dict[str, Unknown]:
    pairs = ((used.name, used.fact) for used in open_facts(argument.trace))
    return {name: fact for name, fact in pairs if isinstance(fact, Unknown)}


def blocking_facts(judgement: Judgement) -> tuple[str, ...]:
    """Return the unknown facts that keep the option waiting, each once."""
    blocking = (argument for argument in judgement.arguments if argument.is_blocking)
    return tuple(dict.fromkeys(name for one in blocking for name in _open_unknowns(one)))


def is_hard_stop(judgement: Judgement) -> bool:
    """Whether a contraindication is proved, so that planning is pointless."""
    return any(
        argument.intent is Intent.CONTRAINDICATES and argument.verdict is Verdict.YES
        for argument in judgement.arguments
    )


def awaits_plan(judgement: Judgement) -> bool:
    """Whether the option is open only because nobody has planned it yet.

    True where every fact that keeps it waiting is one that a plan measures.
    """
    names = blocking_facts(judgement)
    return bool(names) and all(spec_of(name).level is FactLevel.OPTION for name in names)
