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
from liverboard.evidence.derive import completed, is_calculated, raw_inputs_of
from liverboard.evidence.domain import cuts_of
from liverboard.evidence.environment import Environment
from liverboard.evidence.fact import Fact, FactSheet, FactSpec, Known, Scalar, spec_of
from liverboard.evidence.guideline import Criterion
from liverboard.evidence.judge import PROVED, argue, blocking_facts, judge_all
from liverboard.evidence.judgement import Argument, Status
from liverboard.evidence.outlook import is_standing
from liverboard.evidence.pivot import Cuts
from liverboard.evidence.score import scores
from liverboard.evidence.wording import quantity, word

__all__ = ["Change", "Possibility", "Way", "recorded", "ways_to"]

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
    """The obstacles of one option: those that nothing changes, and the ways round the others."""

    option: str
    status: Status
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
    option: str, criteria: Sequence[Criterion], environment: Environment, base: Environment
) -> Possibility:
    """Return what would make an option possible.

    `criteria` are those that apply; `environment` has what follows from the facts, `base` not.
    """
    now = judge_all(criteria, environment)
    obstacles = [one for one in criteria if _is_obstacle(one, environment)]
    fixed = tuple(argue(one, environment) for one in obstacles if not _levers((one,), environment))
    found: tuple[Way, ...] = ()
    if obstacles and not fixed:
        found = tuple(_ways(criteria, obstacles, environment, base))
    return Possibility(option, now.status, fixed, found, blocking_facts(now))


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


def _ways(
    criteria: Sequence[Criterion],
    obstacles: Sequence[Criterion],
    environment: Environment,
    base: Environment,
) -> Iterator[Way]:
    """Yield the ways of the smallest size at which there is one."""
    levers = tuple(_levers(obstacles, environment))
    cuts = Cuts.of(one.when for one in criteria)
    for size in range(1, LARGEST_WAY + 1):
        found = []
        for names in combinations(levers, size):
            found += list(_ways_by(names, criteria, environment, base, cuts))
        if found:
            yield from found[:MOST_WAYS]
            return


def _ways_by(
    names: tuple[str, ...],
    criteria: Sequence[Criterion],
    environment: Environment,
    base: Environment,
    cuts: Cuts,
) -> Iterator[Way]:
    """Yield the nearest changes of exactly the facts `names` that lift every obstacle."""
    options = [_other_choices(name, environment, cuts) for name in names]
    for chosen in sorted(product(*options), key=lambda places: sum(place for place, _ in places)):
        facts = {
            name: Known(choice.value, "what if")
            for name, (_, choice) in zip(names, chosen, strict=True)
        }
        changed = _changed(base, facts, criteria)
        if not any(_is_obstacle(one, changed) for one in criteria):
            after = judge_all(criteria, changed)
            changes = tuple(
                _change(name, environment, choice)
                for name, (_, choice) in zip(names, chosen, strict=True)
            )
            yield Way(changes, after.status, blocking_facts(after))
            return


def _changed(
    base: Environment, facts: Mapping[str, Fact], criteria: Sequence[Criterion]
) -> Environment:
    """Return the world with other facts, what follows from them worked out anew."""
    names = {name for one in criteria for name in one.facts} - set(facts)
    return completed(base.with_facts(facts), names)


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
