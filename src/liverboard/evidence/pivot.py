"""What a criterion waits for: open facts, calculated facts with their missing inputs, open lists.

A pivot is one thing that could be learned and that decides. A raw fact is its own pivot. A
calculated fact of which one input is missing waits for that input, cut where the result crosses a
threshold; where two or more are missing, the result itself is the pivot and names them. A question
to lesions whose list or facts are not complete is a pivot with the answers yes and no.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from liverboard.evidence.choice import Choice, choices_of
from liverboard.evidence.criterion import Node, Quantifier, Ref, children_of
from liverboard.evidence.derivation import DERIVATIONS
from liverboard.evidence.derive import completed, inputs_of, is_calculated, raw_inputs_of
from liverboard.evidence.domain import cuts_of
from liverboard.evidence.environment import Environment
from liverboard.evidence.fact import FactKind, Known, spec_of
from liverboard.evidence.implication import implications
from liverboard.evidence.judgement import Trace, Verdict
from liverboard.evidence.score import ScoreResult, score_of, scores
from liverboard.evidence.wording import sentence_of
from liverboard.values import Unknown

__all__ = ["Cuts", "Pivot", "open_parts", "pivot_of"]

POINTS, BISECTIONS = 24, 24
"""Points tried over a range, and halvings between two of them, to find a threshold."""


@dataclass(frozen=True, slots=True)
class Pivot:
    """One thing that could be learned; `missing` are the raw facts that would tell it.

    `node` is set where the pivot is a question to the lesions rather than a fact.
    """

    name: str
    label: str
    choices: tuple[Choice, ...]
    missing: tuple[str, ...]
    node: Node | None = None


@dataclass(frozen=True, slots=True)
class Cuts:
    """The thresholds at which a set of criteria cuts each number."""

    of_fact: Mapping[str, tuple[float, ...]]

    @staticmethod
    def of(nodes: Iterable[Node]) -> Cuts:
        """Return the thresholds of `nodes`, and those of what the words themselves mean."""
        return Cuts(cuts_of([*nodes, *(rule.when for rule in implications())]))

    def get(self, name: str) -> tuple[float, ...]:
        """Return the thresholds of one fact."""
        return self.of_fact.get(name, ())


def open_parts(node: Node, trace: Trace) -> Iterator[Node | str]:
    """Yield what keeps `node` open: names of facts, and questions to the lesions.

    What stands below a decided branch is left out, and so are intervals that span a threshold.
    """
    if trace.verdict is not Verdict.UNKNOWN:
        return
    if isinstance(node, Quantifier):
        yield node
        return
    if trace.fact is not None and isinstance(trace.fact.fact, Unknown):
        yield trace.fact.name
    below = (node.target,) if isinstance(node, Ref) else children_of(node)
    for child, told in zip(below, trace.children, strict=True):
        yield from open_parts(child, told)


def pivot_of(part: Node | str, environment: Environment, cuts: Cuts) -> tuple[Pivot, ...]:
    """Return the pivots of one open part; none where nothing that can be learned would tell it."""
    if not isinstance(part, str):
        text = sentence_of(part)
        return (Pivot(text, text, (Choice(True), Choice(False)), ("lesion_count",), part),)
    missing = _missing(part, environment)
    if not missing:
        return ()
    if len(missing) == 1:
        return (_raw(missing[0], environment, cuts),)
    return (_calculated(part, missing, environment, cuts),)


def _missing(name: str, environment: Environment) -> tuple[str, ...]:
    roots = raw_inputs_of(name)
    return tuple(root for root in roots if isinstance(environment.fact(root), Unknown))


def _raw(name: str, environment: Environment, cuts: Cuts) -> Pivot:
    spec = spec_of(name)
    points = set(cuts.get(name))
    if spec.kind is not FactKind.NUMBER:
        return Pivot(name, spec.label, choices_of(spec, points), (name,))
    points |= set(_through_calculators(name, environment, cuts))
    results = [one for one in _dependents(name) if _missing(one, environment) == (name,)]
    choices = choices_of(spec, points)
    told = tuple(_told(one, name, results, environment) for one in choices)
    return Pivot(name, spec.label, told, (name,))


def _told(choice: Choice, name: str, results: list[str], environment: Environment) -> Choice:
    """Return a class with a value, if there is one, at which formulas are within their range.

    The middle of a class of ages may be no age that a formula was made for; another one is.
    """
    if choice.is_point or not results:
        return choice
    spec = spec_of(name)
    low, high = max(choice.low, spec.low), min(choice.high, spec.high)
    inside = [one for one in _spread(max(low, 1e-3), min(high, 1e6)) if low < one < high]
    values = [round(one) for one in inside] if spec.is_integer else inside
    for value in (choice.value, *(float(one) for one in values if low < one < high)):
        if all(_result(name, float(value), one, environment) is not None for one in results):
            return replace(choice, value=value)
    return choice


def _calculated(name: str, missing: tuple[str, ...], environment: Environment, cuts: Cuts) -> Pivot:
    spec = spec_of(name)
    choices = choices_of(spec, (*cuts.get(name), *_item_cuts(name)))
    low, high = _bounds(name, environment)
    possible = tuple(one for one in choices if _may_lie(one, low, high))
    return Pivot(name, spec.label, possible or choices, missing)


def _may_lie(choice: Choice, low: float, high: float) -> bool:
    if isinstance(choice.value, bool | str):
        return True
    return (
        choice.high >= low
        and choice.low <= high
        and not (not choice.is_point and (choice.high == low or choice.low == high))
    )


def _bounds(name: str, environment: Environment) -> tuple[float, float]:
    """Return what is known of a score already, from the items that are settled."""
    spec = spec_of(name)
    if name in scores() and scores()[name].items:
        result = score_of(name, environment)
        if isinstance(result, ScoreResult):
            return result.low, result.high
    return spec.low, spec.high


def _through_calculators(name: str, environment: Environment, cuts: Cuts) -> Iterator[float]:
    """Yield the thresholds of a raw number that cuts of what is calculated from it amount to."""
    for result in _dependents(name):
        if _missing(result, environment) != (name,):
            continue
        if result in scores() and scores()[result].items:
            yield from _item_cuts_for(result, name)
        else:
            for cut in cuts.get(result):
                yield from _crossing(name, result, cut, environment)


def _dependents(name: str) -> Iterator[str]:
    for derivation in DERIVATIONS:
        if name in raw_inputs_of(derivation.output):
            yield derivation.output
    for result, spec in scores().items():
        if spec.items and name in raw_inputs_of(result):
            yield result


def _item_cuts_for(score: str, name: str) -> tuple[float, ...]:
    nodes = [node for item in scores()[score].items for _, node, _ in item.levels]
    return cuts_of(nodes).get(name, ())


def _item_cuts(name: str) -> tuple[float, ...]:
    """Return where the items of scores cut a calculated number."""
    found: tuple[float, ...] = ()
    for score, spec in scores().items():
        if spec.items and name in inputs_of(score) and is_calculated(name):
            found += _item_cuts_for(score, name)
    return found


def _crossing(name: str, result: str, cut: float, environment: Environment) -> Iterator[float]:
    """Yield where `result`, which rises or falls all the way with `name`, reaches `cut`."""
    spec = spec_of(name)
    ends = (max(spec.low, 1e-3), min(spec.high, 1e6))
    known = [
        (point, value)
        for point in _spread(*ends)
        if (value := _result(name, point, result, environment)) is not None
    ]
    for (low, at_low), (high, at_high) in pairwise(known):
        if (at_low < cut) != (at_high < cut):
            yield _bisected(name, result, cut, environment, bracket=(low, high))


def _spread(low: float, high: float) -> list[float]:
    """Return points from `low` to `high`, each by the same factor above the one before."""
    step = (high / low) ** (1.0 / POINTS)
    return [low * step**n for n in range(POINTS)] + [high]


def _bisected(
    name: str, result: str, cut: float, environment: Environment, *, bracket: tuple[float, float]
) -> float:
    low, high = bracket
    is_low_below = (_result(name, low, result, environment) or 0.0) < cut
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        value = _result(name, middle, result, environment)
        if value is not None and (value < cut) == is_low_below:
            low = middle
        else:
            high = middle
    return float(f"{high:.4g}")


def _result(name: str, value: float, result: str, environment: Environment) -> float | None:
    branch = environment.with_facts({name: Known(value, "a possible world")})
    fact = completed(branch, (result,)).fact(result)
    return float(fact.value) if isinstance(fact, Known) else None
