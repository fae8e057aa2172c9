"""Prognostic scores as data: items that are small criteria, groups, and published outcomes.

An item gives the points of the first level that is met. While a fact is missing the item gives a
range of points, and so does the score: the total is unknown, its bounds and the missing facts are
shown. The published outcomes of a score are what its own patients had, not a forecast.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from liverboard.errors import RequestError
from liverboard.evidence.criterion import Node, facts_of
from liverboard.evidence.data_files import our_files
from liverboard.evidence.environment import Environment, environment_of
from liverboard.evidence.fact import FactSheet, spec_of
from liverboard.evidence.judge import open_facts
from liverboard.evidence.judgement import Citation, Trace, Verdict
from liverboard.evidence.kleene import Evaluator, compile_node
from liverboard.evidence.parameter import strongest
from liverboard.evidence.schema import ItemEntry, OutcomeEntry, ScoreEntry, validated
from liverboard.evidence.source import citations_from
from liverboard.evidence.strict_yaml import YamlDocument, read_document
from liverboard.evidence.tree_yaml import TreeReader
from liverboard.values import Estimate, Mark, Reason, Unknown

__all__ = [
    "Group",
    "Item",
    "ItemResult",
    "Outcome",
    "Score",
    "ScoreResult",
    "score",
    "score_of",
    "scores",
]


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a score: levels of points and condition, and the points where none is met."""

    name: str
    levels: tuple[tuple[float, Node, Evaluator], ...]
    otherwise: float


@dataclass(frozen=True, slots=True)
class Group:
    """A group of scores from `at_least` up to, not including, `below`."""

    label: str
    at_least: float
    below: float

    def holds(self, points: float) -> bool:
        """Whether `points` belong to the group."""
        return self.at_least <= points < self.below


@dataclass(frozen=True, slots=True)
class Outcome:
    """A published figure for patients with such a score."""

    group: Group
    what: str
    figure: Estimate
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """One prognostic score; `scope` says of whom it speaks, `traps` how definitions differ."""

    name: str
    title: str
    scope: Node | None
    items: tuple[Item, ...]
    groups: tuple[Group, ...]
    outcomes: tuple[Outcome, ...]
    citations: tuple[Citation, ...]
    traps: tuple[str, ...]
    not_modelled: str

    @property
    def mark(self) -> Mark:
        """Return how sure the definition is: the first citation is where it was taken from."""
        return self.citations[0].mark

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return the facts that the score looks at."""
        trees = [] if self.scope is None else [self.scope]
        trees += [node for item in self.items for _, node, _ in item.levels]
        return tuple(dict.fromkeys(name for tree in trees for name in facts_of(tree)))

    def group_of(self, low: float, high: float) -> Group | Unknown:
        """Return the group that holds every score from `low` to `high`."""
        for group in self.groups:
            if group.holds(low) and group.holds(high):
                return group
        return Unknown(Reason.INDETERMINATE, f"{self.title}: {low:g} to {high:g}")

    def outcomes_of(self, points: float) -> tuple[Outcome, ...]:
        """Return the published outcomes of patients with `points`."""
        return tuple(outcome for outcome in self.outcomes if outcome.group.holds(points))


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What one item gives: points from `low` to `high`, equal where it is settled."""

    name: str
    low: float
    high: float
    traces: tuple[Trace, ...]


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """A score worked out: its bounds, its items, and the facts that are missing."""

    score: Score
    low: float
    high: float
    items: tuple[ItemResult, ...]
    missing: tuple[str, ...]

    @property
    def total(self) -> float | Unknown:
        """Return the points; unknown, with bounds and missing facts, while items are open."""
        if self.low == self.high:
            return self.low
        reason = Reason.NOT_RECORDED if self.missing else Reason.INDETERMINATE
        labels = ", ".join(spec_of(name).label for name in self.missing)
        detail = f"between {self.low:g} and {self.high:g}"
        return Unknown(reason, f"{detail}: {labels} not known" if labels else detail)


def score_of(name: str, facts: FactSheet | Environment) -> ScoreResult | Unknown:
    """Return the score `name` of a patient; unknown where the patient is not of its kind."""
    spec, environment = score(name), environment_of(facts)
    outside = _outside(spec, environment)
    if outside is not None:
        return outside
    items = tuple(_item(item, environment) for item in spec.items)
    low, high = sum(item.low for item in items), sum(item.high for item in items)
    return ScoreResult(spec, low, high, items, _missing(items))


def _outside(spec: Score, environment: Environment) -> Unknown | None:
    if spec.scope is None:
        return None
    trace = compile_node(spec.scope)(environment)
    if trace.verdict is Verdict.YES:
        return None
    if trace.verdict is Verdict.NO:
        return Unknown(Reason.OUT_OF_RANGE, f"{spec.title} is not made for such patients")
    open_ = ", ".join(dict.fromkeys(spec_of(used.name).label for used in open_facts(trace)))
    return Unknown(Reason.NOT_RECORDED, f"{open_} not known")


def _item(item: Item, environment: Environment) -> ItemResult:
    """Return the points of one item; every level above the first settled one may still count."""
    possible, traces = [], []
    for points, _, evaluator in item.levels:
        traces.append(evaluator(environment))
        if traces[-1].verdict is not Verdict.NO:
            possible.append(points)
        if traces[-1].verdict is Verdict.YES:
            break
    else:
        possible.append(item.otherwise)
    return ItemResult(item.name, min(possible), max(possible), tuple(traces))


def _missing(items: tuple[ItemResult, ...]) -> tuple[str, ...]:
    names = (
        used.name
        for item in items
        if item.low != item.high
        for trace in item.traces
        for used in open_facts(trace)
        if isinstance(used.fact, Unknown)
    )
    return tuple(dict.fromkeys(names))


@cache
def scores() -> Mapping[str, Score]:
    """Return every score by the name of its fact."""
    files = (path for path in our_files() if path.startswith("scores/"))
    found = (_read(path) for path in files)
    return {item.name: item for item in found}


def score(name: str) -> Score:
    """Return the score `name`."""
    if name not in scores():
        raise RequestError(f"no score is called {name!r}", where="scores")
    return scores()[name]


def _read(path: str) -> Score:
    document = read_document(our_files()[path], path)
    entry = validated(ScoreEntry, document)
    spec_of(entry.score)
    reader = TreeReader(document, {})
    return Score(
        name=entry.score,
        title=entry.title,
        scope=None if entry.scope is None else reader.read(entry.scope, ("scope",)),
        items=tuple(_read_item(reader, n, item) for n, item in enumerate(entry.items)),
        groups=tuple(Group(group.label, group.at_least, group.below) for group in entry.groups),
        outcomes=tuple(_read_outcome(document, n, one) for n, one in enumerate(entry.outcomes)),
        citations=citations_from(entry.sources),
        traps=tuple(entry.traps),
        not_modelled=entry.not_modelled,
    )


def _read_item(reader: TreeReader, number: int, entry: ItemEntry) -> Item:
    levels = []
    for index, level in enumerate(entry.levels):
        node = reader.read(level.when, ("items", number, "levels", index, "when"))
        levels.append((level.points, node, compile_node(node)))
    return Item(entry.name, tuple(levels), entry.otherwise)


def _read_outcome(document: YamlDocument, number: int, entry: OutcomeEntry) -> Outcome:
    citations = citations_from(entry.sources)
    low = entry.value if entry.low is None else entry.low
    high = entry.value if entry.high is None else entry.high
    if not low <= entry.value <= high:
        raise document.error("the value must lie in its interval", ("outcomes", number))
    refs = tuple(citation.ref for citation in citations)
    mark = strongest(citation.mark for citation in citations)
    figure = Estimate(entry.value, low, high, entry.unit, refs, mark)
    return Outcome(Group("", entry.at_least, entry.below), entry.what, figure, citations)
