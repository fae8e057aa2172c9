"""What an option can still become: exact branching over the facts that keep it open.

Every criterion that is open is tabled over its own pivots, so that a table stays small. Criteria
that share a pivot form a group; groups are independent of one another, so an option stands where
every group stands. Worlds that contradict the meaning of words (implications) are left out.

Kleene's logic cannot see that `ras wild type or ras mutated` is always met; a table can. A group
with more pivots than PIVOTS or more worlds than WORLDS is left to Kleene's logic, and says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import numpy as np
import numpy.typing as npt

from liverboard.evidence.choice import index_of
from liverboard.evidence.criterion import (
    All,
    Any,
    AtLeast,
    Constant,
    Node,
    Not,
    Quantifier,
    Ref,
)
from liverboard.evidence.derive import completed, is_calculated
from liverboard.evidence.environment import Environment
from liverboard.evidence.fact import Fact, Known, Scalar
from liverboard.evidence.guideline import Criterion, IfUnknown
from liverboard.evidence.implication import implications
from liverboard.evidence.judge import BLOCKING, PROVED, open_facts
from liverboard.evidence.judgement import STATUS_RANK, Intent, Status, Trace, Verdict
from liverboard.evidence.kleene import Evaluator, compile_node
from liverboard.evidence.pivot import Cuts, Pivot, open_parts, pivot_of
from liverboard.values import Unknown

__all__ = [
    "PIVOTS",
    "WORLDS",
    "Group",
    "Matter",
    "Memory",
    "Outlook",
    "Table",
    "connected",
    "is_standing",
    "outlook_of",
]

PIVOTS = 12
"""Pivots of one group that are branched over at most."""

WORLDS = 400_000
"""Worlds of one group that are enumerated at most."""

Worlds = npt.NDArray[np.bool_]
BRANCH = "a possible world"

STANDING = STATUS_RANK[Status.BORDERLINE]
"""An option of this rank or better can be chosen by a board."""


def is_standing(status: Status) -> bool:
    """Whether a board could choose an option of this status."""
    return STATUS_RANK[status] >= STANDING


@dataclass(frozen=True, slots=True)
class Matter:
    """One option as the criteria see it: those that apply, and the facts with what follows."""

    id: str
    criteria: tuple[Criterion, ...]
    environment: Environment


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One open criterion over its pivots: in which worlds it lets the option stand."""

    criterion: Criterion
    pivots: tuple[str, ...]
    stands: Worlds

    @property
    def is_waiting(self) -> bool:
        """Whether the option waits while the criterion is unknown."""
        return self.criterion.if_unknown is IfUnknown.NEEDS_DATA


@dataclass(frozen=True, eq=False)
class Group:
    """Pivots that decide together: arrays over their choices, in their order.

    `stands`: no criterion closes the option. `waits`: none that keeps the option waiting while it
    is unknown closes it; those that a board may leave open are not counted. `possible`: the meaning
    of words allows it; `ties` are the pivots that such a meaning holds together. `is_exact` is
    False where there are too many worlds; then the arrays hold none, and `tables` tell what each
    criterion alone says.
    """

    pivots: tuple[Pivot, ...]
    stands: Worlds
    waits: Worlds
    possible: Worlds
    tables: tuple[Table, ...]
    ties: tuple[frozenset[str], ...] = ()
    is_exact: bool = True

    @cached_property
    def can_stand(self) -> bool:
        """Whether the group lets the option stand in some possible world."""
        return not self.is_exact or bool((self.stands & self.possible).any())

    @cached_property
    def must_stand(self) -> bool:
        """Whether nothing in the group keeps the option waiting in any possible world."""
        return self.is_exact and bool((self.waits | ~self.possible).all())


@dataclass(frozen=True, eq=False)
class Outlook:
    """What one option can still become.

    `is_closed`: proved already. `cautions` are what could only add or lift a caution. `unlearnable`
    are criteria that stay open whatever is learned.
    """

    id: str
    is_closed: bool
    groups: tuple[Group, ...]
    cautions: tuple[Pivot, ...] = ()
    unlearnable: tuple[str, ...] = ()

    @cached_property
    def can_stand(self) -> bool:
        """Whether the option can stand in some possible world."""
        is_open = not self.is_closed and not self.unlearnable
        return is_open and all(group.can_stand for group in self.groups)

    @cached_property
    def must_stand(self) -> bool:
        """Whether a board can choose the option already, whatever it may learn on the way."""
        is_open = not self.is_closed and not self.unlearnable
        return is_open and all(group.must_stand for group in self.groups)

    @cached_property
    def is_exact(self) -> bool:
        """Whether every group was enumerated."""
        return all(group.is_exact for group in self.groups)


@dataclass(frozen=True, slots=True)
class Memory:
    """Tables made before: options share criteria, and most share the facts that they look at."""

    made: dict[tuple[int, int], tuple[tuple[Pivot, ...], Table]] = field(default_factory=dict)

    def table(
        self, criterion: Criterion, environment: Environment, cuts: Cuts
    ) -> tuple[tuple[Pivot, ...], Table]:
        """Return the pivots of a criterion and its table, made once for one environment."""
        key = (id(criterion), id(environment))
        if key not in self.made:
            found = _pivots(criterion, environment, cuts)
            self.made[key] = (found, _table(criterion, found, environment))
        return self.made[key]


def outlook_of(matter: Matter, cuts: Cuts, memory: Memory | None = None) -> Outlook:
    """Return what an option can still become, by exact branching over its pivots.

    `memory` may be shared by matters that are alive together, with the same `cuts`.
    """
    known = memory or Memory()
    told = [(one, one.evaluate(matter.environment)) for one in matter.criteria]
    if any(_closes(one, trace.verdict) for one, trace in told):
        return Outlook(matter.id, is_closed=True, groups=())
    open_ = [one for one, trace in told if trace.verdict is Verdict.UNKNOWN]
    pivots: dict[str, Pivot] = {}
    tables = []
    for criterion in open_:
        if criterion.intent in BLOCKING:
            found, table = known.table(criterion, matter.environment, cuts)
            pivots |= {pivot.name: pivot for pivot in found}
            tables.append(table)
    return Outlook(
        matter.id,
        is_closed=False,
        groups=tuple(_groups(tables, pivots, matter.environment)),
        cautions=_cautions(open_, matter.environment, cuts),
        unlearnable=tuple(
            table.criterion.id for table in tables if not table.pivots and not table.stands.all()
        ),
    )


def _cautions(
    open_: Iterable[Criterion], environment: Environment, cuts: Cuts
) -> tuple[Pivot, ...]:
    """Return the pivots of open cautions, each once."""
    found = [
        pivot
        for criterion in open_
        if criterion.intent is Intent.CAUTIONS
        for pivot in _pivots(criterion, environment, cuts)
    ]
    return tuple({pivot.name: pivot for pivot in found}.values())


def _closes(criterion: Criterion, verdict: Verdict) -> bool:
    return not is_standing(PROVED.get((criterion.intent, verdict), Status.ELIGIBLE))


def _lets_stand(criterion: Criterion, trace: Trace) -> bool:
    """Whether a criterion lets the option stand in a world where all that can be known is known.

    What is open even then waits for something that nobody can learn; intervals do not count.
    """
    if trace.verdict is not Verdict.UNKNOWN:
        return not _closes(criterion, trace.verdict)
    if criterion.if_unknown is IfUnknown.CAUTION:
        return True
    return not any(isinstance(used.fact, Unknown) for used in open_facts(trace))


def _pivots(criterion: Criterion, environment: Environment, cuts: Cuts) -> tuple[Pivot, ...]:
    parts = dict.fromkeys(open_parts(criterion.when, criterion.evaluate(environment)))
    found = [pivot for part in parts for pivot in pivot_of(part, environment, cuts)]
    return tuple({pivot.name: pivot for pivot in found}.values())


def _table(criterion: Criterion, pivots: tuple[Pivot, ...], environment: Environment) -> Table:
    """Return in which worlds of its pivots a criterion lets the option stand."""
    shape = tuple(len(pivot.choices) for pivot in pivots)
    stands = np.ones(shape, dtype=bool)
    if math.prod(shape) <= WORLDS:
        judge = _Judge.of(criterion, pivots, environment)
        for place in np.ndindex(*shape):
            values = [pivot.choices[n].value for pivot, n in zip(pivots, place, strict=True)]
            stands[place] = _lets_stand(criterion, judge.trace(values))
    return Table(criterion, tuple(pivot.name for pivot in pivots), stands)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Evaluates one criterion in worlds: facts by the environment, lists by trees of their own."""

    pivots: tuple[Pivot, ...]
    environment: Environment
    calculated: tuple[str, ...]
    evaluators: Mapping[tuple[Scalar, ...], Evaluator]

    @staticmethod
    def of(criterion: Criterion, pivots: tuple[Pivot, ...], environment: Environment) -> _Judge:
        """Prepare the trees of a criterion for every answer of its questions to lesions."""
        lists = [pivot.node for pivot in pivots if pivot.node is not None]
        named = tuple(name for name in criterion.facts if is_calculated(name))
        trees: dict[tuple[Scalar, ...], Evaluator] = {}
        for answers in product((True, False), repeat=len(lists)):
            fixed = dict(zip(lists, answers, strict=True))
            trees[answers] = compile_node(_replaced(criterion.when, fixed))
        return _Judge(pivots, environment, named, trees)

    def trace(self, values: Sequence[Scalar]) -> Trace:
        """Return the evaluated tree in the world where the pivots have `values`."""
        pairs = list(zip(self.pivots, values, strict=True))
        answers = tuple(value for pivot, value in pairs if pivot.node is not None)
        facts: dict[str, Fact] = {
            pivot.name: Known(value, BRANCH) for pivot, value in pairs if pivot.node is None
        }
        branch = self.environment.with_facts(facts)
        if self.calculated:
            branch = completed(branch, self.calculated)
        return self.evaluators[answers](branch)


def _replaced(node: Node, fixed: Mapping[Node, bool]) -> Node:
    """Return `node` with questions to the lesions answered."""
    if node in fixed and isinstance(node, Quantifier):
        return Constant(fixed[node])
    match node:
        case All(items):
            return All(tuple(_replaced(item, fixed) for item in items))
        case Any(items):
            return Any(tuple(_replaced(item, fixed) for item in items))
        case AtLeast(count, items):
            return AtLeast(count, tuple(_replaced(item, fixed) for item in items))
        case Not(item):
            return Not(_replaced(item, fixed))
        case Ref(name, text, target):
            return Ref(name, text, _replaced(target, fixed))
        case _:
            return node


def _groups(
    tables: Sequence[Table], pivots: Mapping[str, Pivot], environment: Environment
) -> Iterator[Group]:
    """Yield the pivots that decide together, in the order in which criteria ask for them."""
    rules = tuple(_constraints(pivots, environment))
    links = [table.pivots for table in tables] + [names for names, _ in rules]
    for names in connected(links):
        own = tuple(pivots[name] for name in pivots if name in names)
        mine = tuple(table for table in tables if set(table.pivots) <= names)
        worlds = math.prod(len(pivot.choices) for pivot in own)
        if len(own) > PIVOTS or worlds > WORLDS:
            nothing = np.zeros(0, dtype=bool)
            yield Group(own, nothing, nothing, nothing, mine, is_exact=False)
            continue
        yield Group(
            own,
            stands=_joined(own, [(table.pivots, table.stands) for table in mine]),
            waits=_joined(own, [(one.pivots, one.stands) for one in mine if one.is_waiting]),
            possible=_joined(own, [rule for rule in rules if set(rule[0]) <= names]),
            tables=mine,
            ties=tuple(frozenset(linked) for linked, _ in rules if set(linked) <= names),
        )


def connected(links: Iterable[tuple[str, ...]]) -> list[set[str]]:
    """Return the sets of names that links hold together."""
    found: list[set[str]] = []
    for names in links:
        touched = [group for group in found if not group.isdisjoint(names)]
        merged = set(names).union(*touched)
        found = [group for group in found if group not in touched] + [merged]
    return [group for group in found if group]


def _joined(pivots: Sequence[Pivot], parts: Iterable[tuple[tuple[str, ...], Worlds]]) -> Worlds:
    """Return the worlds of `pivots` in which every part holds."""
    names = [pivot.name for pivot in pivots]
    joint = np.ones(tuple(len(pivot.choices) for pivot in pivots), dtype=bool)
    for own, holds in parts:
        order = sorted(range(len(own)), key=lambda axis: names.index(own[axis]))
        shape = [1] * len(names)
        for axis in order:
            shape[names.index(own[axis])] = holds.shape[axis]
        joint &= holds.transpose(order).reshape(shape)
    return joint


def _constraints(
    pivots: Mapping[str, Pivot], environment: Environment
) -> Iterator[tuple[tuple[str, ...], Worlds]]:
    """Yield the worlds that implications leave possible, over the pivots that they speak of."""
    for rule in implications():
        inputs = [name for name in rule.inputs if name in pivots]
        if not inputs or not _are_known(rule.inputs, pivots, environment):
            continue
        for name, value in rule.then.items():
            known = environment.fact(name)
            if name in pivots and name not in inputs:
                names = (*inputs, name)
            elif isinstance(known, Known) and known.value != value:
                names = tuple(inputs)
            else:
                continue
            yield names, _allowed(rule.evaluate, names, pivots, environment, (name, value))


def _are_known(names: Iterable[str], pivots: Mapping[str, Pivot], environment: Environment) -> bool:
    return all(name in pivots or isinstance(environment.fact(name), Known) for name in names)


def _allowed(
    evaluate: Evaluator,
    names: tuple[str, ...],
    pivots: Mapping[str, Pivot],
    environment: Environment,
    then: tuple[str, Scalar],
) -> Worlds:
    """Return where a rule is not contradicted: not met, or its consequence true."""
    chosen = [pivots[name] for name in names]
    allowed = np.ones(tuple(len(pivot.choices) for pivot in chosen), dtype=bool)
    for place in np.ndindex(*allowed.shape):
        pairs = [(pivot, pivot.choices[n].value) for pivot, n in zip(chosen, place, strict=True)]
        facts: dict[str, Fact] = {pivot.name: Known(value, BRANCH) for pivot, value in pairs}
        holds = evaluate(environment.with_facts(facts)).verdict is Verdict.YES
        allowed[place] = not holds or _is_so(then, pairs)
    return allowed


def _is_so(then: tuple[str, Scalar], pairs: Sequence[tuple[Pivot, Scalar]]) -> bool:
    """Whether the pivot that a rule concludes on is in the class of the value concluded.

    Where no pivot is concluded on, the known fact differs: else there would be no constraint.
    """
    for pivot, value in pairs:
        if pivot.name == then[0]:
            told = index_of(pivot.choices, then[1])
            return pivot.choices[told].value == value
    return False
