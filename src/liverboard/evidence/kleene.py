"""Kleene's three-valued evaluation of a criterion, with the trace always on.

A tree is compiled once into nested functions; evaluating costs about a microsecond a node and
always yields the whole trace, never a shortened one. Unknown is never read as no: a fact that is
not known leaves open whatever it could still decide, and nothing else. A number with an interval
decides only where the whole interval agrees.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TypeAlias

from liverboard.evidence.criterion import (
    All,
    Any,
    AtLeast,
    Between,
    Compare,
    Constant,
    CountLesions,
    ExistsLesion,
    ForAllLesions,
    Is,
    Node,
    Not,
    Operator,
    Ref,
)
from liverboard.evidence.environment import Environment, environment_of, missing_fact
from liverboard.evidence.fact import FactSheet, Known
from liverboard.evidence.judgement import FactUsed, Trace, Verdict
from liverboard.evidence.wording import heading_of
from liverboard.values import Reason, Unknown

__all__ = ["Evaluator", "compile_node", "decision_of", "evaluate", "settlement_of"]

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
OPPOSITE = {YES: NO, NO: YES, UNKNOWN: UNKNOWN}
LESION_LIST = "lesion_count"
"""The fact that is named as unknown where the list of lesions may be incomplete."""

Evaluator: TypeAlias = Callable[[Environment], Trace]


def evaluate(node: Node, facts: FactSheet | Environment) -> Trace:
    """Return the evaluated tree of `node`; compile once with `compile_node` to do it often."""
    return compile_node(node)(environment_of(facts))


def compile_node(node: Node) -> Evaluator:
    """Return the function that evaluates `node` in an environment."""
    return COMPILERS[type(node)](node)


def _trace(
    text: str, verdict: Verdict, children: tuple[Trace, ...], used: FactUsed | None = None
) -> Trace:
    """Make a trace without the argument handling of its class: half the time of a plain call."""
    return tuple.__new__(Trace, (text, verdict, children, used))


Decide: TypeAlias = Callable[[Known], Verdict]


def _leaf(leaf: Is | Compare | Between) -> Evaluator:
    name, text, decide = leaf.fact, heading_of(leaf), decision_of(leaf)
    missing = missing_fact(name)
    unsaid = Trace(text, UNKNOWN, (), missing)
    new = tuple.__new__

    def run(environment: Environment) -> Trace:
        used = environment.facts.get(name)
        if used is None:
            return unsaid
        fact = used.fact
        verdict = UNKNOWN if fact.__class__ is Unknown else decide(fact)  # type: ignore[arg-type]
        return new(Trace, (text, verdict, (), used))

    return run


def decision_of(leaf: Is | Compare | Between) -> Decide:
    """Return how a known value decides `leaf`; no unknown value ever gets here."""
    match leaf:
        case Is(values=values):
            wanted = frozenset(values)
            return lambda known: YES if known.value in wanted else NO
        case Between(low=low, high=high):
            return _between(low.value, high.value)
        case Compare(operator=Operator.EQUAL, limit=limit):
            return _between(limit.value, limit.value)
        case Compare(operator=sign, limit=limit):
            return _beyond(sign, limit.value)


COMPARES: dict[Operator, Callable[[float, float], bool]] = {
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.MORE: operator.gt,
    Operator.AT_LEAST: operator.ge,
    Operator.EQUAL: operator.eq,
}


def _beyond(sign: Operator, limit: float) -> Decide:
    """Decide by both ends of the interval: yes where both agree, unknown where they differ."""
    compare = COMPARES[sign]

    def decide(known: Known) -> Verdict:
        low = compare(known.low, limit)  # type: ignore[arg-type]
        if low is compare(known.high, limit):  # type: ignore[arg-type]
            return YES if low else NO
        return UNKNOWN

    return decide


def _between(low: float, high: float) -> Decide:
    def decide(known: Known) -> Verdict:
        least, most = float(known.low or 0.0), float(known.high or 0.0)
        if low <= least and most <= high:
            return YES
        return NO if most < low or least > high else UNKNOWN

    return decide


def _connective(node: All | Any) -> Evaluator:
    """`deciding` in one item settles the whole; otherwise one unknown item leaves it open."""
    deciding, otherwise = (NO, YES) if isinstance(node, All) else (YES, NO)
    text, parts = heading_of(node), [compile_node(item) for item in node.items]
    new = tuple.__new__

    def run(environment: Environment) -> Trace:
        children = tuple([part(environment) for part in parts])
        verdict = otherwise
        for child in children:
            found = child[1]
            if found is deciding:
                verdict = deciding
                break
            if found is UNKNOWN:
                verdict = UNKNOWN
        return new(Trace, (text, verdict, children, None))

    return run


def _at_least(node: AtLeast) -> Evaluator:
    text, count = heading_of(node), node.count
    parts = [compile_node(item) for item in node.items]

    def run(environment: Environment) -> Trace:
        children = tuple([part(environment) for part in parts])
        met, open_ = _counted(children)
        verdict = YES if met >= count else (NO if met + open_ < count else UNKNOWN)
        return _trace(text, verdict, children)

    return run


def _counted(children: tuple[Trace, ...]) -> tuple[int, int]:
    """Return how many are yes and how many unknown."""
    verdicts = [child.verdict for child in children]
    return verdicts.count(YES), verdicts.count(UNKNOWN)


def _not(node: Not) -> Evaluator:
    text, item = heading_of(node), compile_node(node.item)

    def run(environment: Environment) -> Trace:
        child = item(environment)
        return _trace(text, OPPOSITE[child.verdict], (child,))

    return run


def _ref(node: Ref) -> Evaluator:
    text, target = heading_of(node), compile_node(node.target)

    def run(environment: Environment) -> Trace:
        child = target(environment)
        return _trace(text, child.verdict, (child,))

    return run


def _quantifier(node: ExistsLesion | ForAllLesions | CountLesions) -> Evaluator:
    """Ask every lesion; what a missing lesion could still change stays unknown."""
    text, where = heading_of(node), compile_node(node.where)
    settle = settlement_of(node)
    missing = FactUsed(
        LESION_LIST, Unknown(Reason.NO_MASK, "the list of lesions may be incomplete")
    )

    def run(environment: Environment) -> Trace:
        children = tuple([where(Environment(lesion)) for lesion in environment.lesions])
        met, open_ = _counted(children)
        verdict = settle(met, open_, len(children) - met - open_, environment.has_all_lesions)
        is_list_open = verdict is UNKNOWN and not environment.has_all_lesions
        return _trace(text, verdict, children, missing if is_list_open else None)

    return run


Settle: TypeAlias = Callable[[int, int, int, bool], Verdict]


def settlement_of(node: ExistsLesion | ForAllLesions | CountLesions) -> Settle:
    """Return what `met` yes, `open_` unknown and `failed` no among the known lesions amount to."""
    match node:
        case CountLesions(_, sign, count):
            return _count_settlement(sign, count)
        case ExistsLesion():
            return _count_settlement(Operator.AT_LEAST, 1)
        case ForAllLesions():
            return _for_all


def _for_all(met: int, open_: int, failed: int, is_complete: bool) -> Verdict:
    del met
    if failed:
        return NO
    return YES if is_complete and not open_ else UNKNOWN


def _count_settlement(sign: Operator, count: int) -> Settle:
    decide = _between(count, count) if sign is Operator.EQUAL else _beyond(sign, count)

    def settle(met: int, open_: int, failed: int, is_complete: bool) -> Verdict:
        del failed
        most = float(met + open_) if is_complete else float("inf")
        return decide(Known(float(met), "lesions", low=float(met), high=most))

    return settle


def _constant(node: Constant) -> Evaluator:
    fixed = Trace(heading_of(node), YES if node.value else NO)
    return lambda _: fixed


COMPILERS: dict[type[Node], Callable[..., Evaluator]] = {
    Is: _leaf,
    Compare: _leaf,
    Between: _leaf,
    All: _connective,
    Any: _connective,
    AtLeast: _at_least,
    Not: _not,
    Ref: _ref,
    ExistsLesion: _quantifier,
    ForAllLesions: _quantifier,
    CountLesions: _quantifier,
    Constant: _constant,
}
