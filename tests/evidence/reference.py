"""The slow, obvious evaluation of a criterion, against which the compiled one is tested.

Verdicts only. An unknown is settled by trying: a node is yes (or no) where it is so in every way in
which its unknown parts could turn out, each part on its own. That is Kleene's logic by definition.
"""

import itertools

from liverboard.evidence.criterion import (
    All,
    Any,
    AtLeast,
    Between,
    Compare,
    CountLesions,
    ExistsLesion,
    ForAllLesions,
    Is,
    Not,
    Ref,
)
from liverboard.evidence.fact import Known
from liverboard.evidence.judgement import Verdict

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
HOLDS = {
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
    "==": lambda value, limit: value == limit,
}


def verdict_of(node, sheet):
    """Return the verdict of `node` on a fact sheet."""
    match node:
        case All(items):
            return settled(all, [verdict_of(item, sheet) for item in items])
        case Any(items):
            return settled(any, [verdict_of(item, sheet) for item in items])
        case AtLeast(count, items):
            met = [verdict_of(item, sheet) for item in items]
            return settled(lambda truths: sum(truths) >= count, met)
        case Not(item):
            return settled(lambda truths: not truths[0], [verdict_of(item, sheet)])
        case Ref(target=target):
            return verdict_of(target, sheet)
        case ExistsLesion(where):
            return of_lesions(any, where, sheet)
        case ForAllLesions(where):
            return of_lesions(all, where, sheet)
        case CountLesions(where, operator, count):
            return of_lesions(lambda truths: HOLDS[operator](sum(truths), count), where, sheet)
        case _:
            return leaf(node, sheet.facts)


def settled(rule, verdicts):
    """Try both truths for every unknown; what always comes out the same is settled."""
    ways = [(True, False) if one is UNKNOWN else (one is YES,) for one in verdicts]
    outcomes = {bool(rule(list(truths))) for truths in itertools.product(*ways)}
    return UNKNOWN if len(outcomes) > 1 else (YES if outcomes.pop() else NO)


def of_lesions(rule, where, sheet):
    """Ask every lesion; where some may be missing, try some more, of either kind."""
    known = [leaf_tree(where, facts) for facts in sheet.lesions.values()]
    if sheet.has_all_lesions:
        return settled(rule, known)
    missing = [[], *([truth] * number for truth in (YES, NO) for number in (1, 2, 3, 8))]
    outcomes = {settled(rule, known + more) for more in missing}
    return outcomes.pop() if len(outcomes) == 1 else UNKNOWN


def leaf_tree(node, facts):
    """Evaluate a node about one lesion."""
    match node:
        case All(items):
            return settled(all, [leaf_tree(item, facts) for item in items])
        case Any(items):
            return settled(any, [leaf_tree(item, facts) for item in items])
        case Not(item):
            return settled(lambda truths: not truths[0], [leaf_tree(item, facts)])
        case _:
            return leaf(node, facts)


def leaf(node, facts):
    """Decide a leaf by the ends and the middle of what is known."""
    fact = facts.get(node.fact)
    if not isinstance(fact, Known):
        return UNKNOWN
    if isinstance(node, Is):
        return YES if fact.value in node.values else NO
    outcomes = {truth(node, value) for value in points(node, fact)}
    return UNKNOWN if len(outcomes) > 1 else (YES if outcomes.pop() else NO)


def points(node, fact):
    """Return the values worth trying within the interval: its ends, and every limit inside it."""
    limits = [node.limit.value] if isinstance(node, Compare) else [node.low.value, node.high.value]
    inside = [value for value in limits if fact.low <= value <= fact.high]
    return [fact.low, fact.high, fact.value, *inside]


def truth(node, value):
    """Whether one number meets a leaf."""
    if isinstance(node, Between):
        return node.low.value <= value <= node.high.value
    return HOLDS[node.operator](value, node.limit.value)
