"""What would make an option possible: the smallest changes of facts that can be changed.

Only facts whose registration names a way to change them are flipped; everything that follows from
them is worked out anew. A change of a number goes to the nearest class of values that helps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from liverboard.evidence.choice import Choice, choices_of, index_of
from liverboard.evidence.criterion import facts_of
from liverboard.evidence.derive import derive, is_calculated, raw_inputs_of
from liverboard.evidence.domain import cuts_of
from liverboard.evidence.environment import Environment, environment_of
from liverboard.evidence.fact import Fact, FactSheet, FactSpec, Known, Scalar, spec_of
from liverboard.evidence.guideline import Criterion
from liverboard.evidence.implication import following
from liverboard.evidence.judge import PROVED, argue, blocking_facts, judge_all
from liverboard.evidence.judgement import Argument, Status
from liverboard.evidence.outlook import is_standing
from liverboard.evidence.pivot import Cuts
from liverboard.evidence.score import scores
from liverboard.evidence.wording import quantity, word

__all__ = ["WHAT_IF", "Change", "Possibility", "Way", "changed_facts", "recorded", "ways_to"]

WHAT_IF = "what if"
"""Origin of facts that are assumed."""

LARGEST_WAY = 3
"""Changes that are combined at most."""

MOST_WAYS = 6
"""Ways that are shown of one size."""

WORKED_OUT = ("calculator: ", "implication: ", "method: parenchyma")
"""Origins of facts that follow from others."""


@dataclass(frozen=True, slots=True)
class Change:
    """One fact from what it is to what it would have to be, and how that can be done."""

    name: str
    label: str
    now: str
    to: str
    how: str


@dataclass(frozen=True, slots=True)
class Way:
    """Changes that together lift every proved obstacle; `status` is where the option then stands.

    `still_needs` are the unknown facts that would keep it waiting.
    """

    changes: tuple[Change, ...]
    status: Status
    still_needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Possibility:
    """The obstacles of one option: `fixed` those that nothing changes, `ways` round the others.

    `needs` are unknown facts for which it waits.
    """

    option: str
    status: Status
    obstacles: tuple[Argument, ...]
    fixed: tuple[Argument, ...]
    ways: tuple[Way, ...]
    needs: tuple[str, ...]


def recorded(sheet: FactSheet) -> FactSheet:
    """Return `sheet` without what calculators and implications worked out from it."""
    kept = {
        name: fact
        for name, fact in sheet.facts.items()
        if not (isinstance(fact, Known) and fact.origin.startswith(WORKED_OUT))
        and not (not isinstance(fact, Known) and is_calculated(name))
    }
    return FactSheet(kept, sheet.lesions, sheet.has_all_lesions)


def ways_to(
    option: str, criteria: Sequence[Criterion], facts: FactSheet, base: FactSheet
) -> Possibility:
    """Return what would make an option possible.

    `criteria` are those that apply; `facts` has what follows from the record, `base` has not.
    """
    environment = environment_of(facts)
    now = judge_all(criteria, environment)
    obstacles = [one for one in criteria if _is_obstacle(one, environment)]
    fixed = tuple(argue(one, environment) for one in obstacles if not _levers((one,), environment))
    found: tuple[Way, ...] = ()
    if obstacles and not fixed:
        found = tuple(_ways(_Case(criteria, obstacles, environment, base)))
    against = tuple(argue(one, environment) for one in obstacles)
    return Possibility(option, now.status, against, fixed, found, blocking_facts(now))


@dataclass(frozen=True, slots=True)
class _Case:
    """One option whose obstacles are to be lifted."""

    criteria: Sequence[Criterion]
    obstacles: Sequence[Criterion]
    environment: Environment
    base: FactSheet


def _is_obstacle(criterion: Criterion, environment: Environment) -> bool:
    verdict = criterion.evaluate(environment).verdict
    return not is_standing(PROVED.get((criterion.intent, verdict), Status.ELIGIBLE))


def _levers(criteria: Sequence[Criterion], environment: Environment) -> dict[str, None]:
    """Return the known facts behind criteria that a treatment could change."""
    found: dict[str, None] = {}
    for criterion in criteria:
        for name in facts_of(criterion.when):
            for root in raw_inputs_of(name):
                if spec_of(root).modifiable and isinstance(environment.fact(root), Known):
                    found[root] = None
            if spec_of(name).modifiable and isinstance(environment.fact(name), Known):
                found[name] = None
    return found


def _ways(case: _Case) -> Iterator[Way]:
    """Yield the ways of the smallest size at which there is one."""
    levers = tuple(_levers(case.obstacles, case.environment))
    touched = [set(_levers((one,), case.environment)) for one in case.obstacles]
    cuts = Cuts.of(one.when for one in case.criteria)
    for size in range(1, LARGEST_WAY + 1):
        found = []
        for names in combinations(levers, size):
            if all(not own.isdisjoint(names) for own in touched):
                found += list(_ways_by(names, case, cuts))
        if found:
            yield from found[:MOST_WAYS]
            return


def _ways_by(names: tuple[str, ...], case: _Case, cuts: Cuts) -> Iterator[Way]:
    """Yield the nearest changes of exactly the facts `names` that lift every obstacle."""
    options = [_other_choices(name, case.environment, cuts) for name in names]
    for chosen in sorted(product(*options), key=lambda places: sum(place for place, _ in places)):
        pairs = [(name, choice) for name, (_, choice) in zip(names, chosen, strict=True)]
        facts: dict[str, Fact] = {name: Known(choice.value, WHAT_IF) for name, choice in pairs}
        changed = environment_of(changed_facts(case.base, facts))
        if not any(_is_obstacle(one, changed) for one in case.criteria):
            after = judge_all(case.criteria, changed)
            changes = tuple(_change(name, case.environment, choice) for name, choice in pairs)
            yield Way(changes, after.status, blocking_facts(after))
            return


def changed_facts(base: FactSheet, facts: Mapping[str, Fact]) -> FactSheet:
    """Return the world in which `facts` replace those of `base`, all that follows worked out anew.

    What follows from the changes by the meaning of words wins over what was recorded: disease
    outside the liver that is gone leaves none in the lung.
    """
    said = dict(facts)
    for rule, name, value in following(environment_of(FactSheet(facts))):
        said.setdefault(name, Known(value, f"implication: {rule.name}"))
    return derive(base.with_facts(said))


def _other_choices(
    name: str, environment: Environment, cuts: Cuts
) -> tuple[tuple[int, Choice], ...]:
    """Return the other classes of a fact, nearest first, each with its distance."""
    fact = environment.fact(name)
    assert isinstance(fact, Known)
    choices = choices_of(spec_of(name), _all_cuts(name, cuts))
    here = index_of(choices, fact.value)
    others = [(abs(place - here), one) for place, one in enumerate(choices) if place != here]
    return tuple(sorted(others, key=lambda pair: pair[0]))


def _all_cuts(name: str, cuts: Cuts) -> tuple[float, ...]:
    """Return the thresholds of a fact, those of the items of scores that look at it included."""
    trees = [
        node for spec in scores().values() for item in spec.items for _, node, _ in item.levels
    ]
    return tuple(sorted({*cuts.get(name), *cuts_of(trees).get(name, ())}))


def _change(name: str, environment: Environment, choice: Choice) -> Change:
    spec = spec_of(name)
    fact = environment.fact(name)
    assert isinstance(fact, Known)
    now = _said(fact.value, spec.unit)
    return Change(name, spec.label, now, _target(spec, fact.value, choice), spec.modifiable)


def _target(spec: FactSpec, now: Scalar, choice: Choice) -> str:
    """Return where a fact has to go: a number at least as far as the nearest class that helps."""
    if isinstance(now, bool | str) or isinstance(choice.value, bool | str):
        return word(choice.value)
    if spec.is_integer:
        end = "or more" if choice.value > now else "or less"
        return f"{quantity(choice.value, spec.unit)} {end}"
    if choice.value > now:
        return (
            f"{quantity(choice.low, spec.unit)} or more"
            if choice.is_point
            else (f"above {quantity(choice.low, spec.unit)}")
        )
    return (
        f"{quantity(choice.high, spec.unit)} or less"
        if choice.is_point
        else (f"below {quantity(choice.high, spec.unit)}")
    )


def _said(value: Scalar, unit: str) -> str:
    return word(value) if isinstance(value, bool | str) else quantity(value, unit)
