"""How many criteria are evaluated in a second, the whole trace kept: aim 200 000 on one core.

Every shipped criterion on a hundred random, partly known patients; three repeats, the best counts
(other work on the machine only ever slows it). Run: python -m benchmarks.criteria
"""

from __future__ import annotations

import platform
import random
import time

from liverboard.evidence.criterion import facts_of, nodes_of
from liverboard.evidence.domain import cuts_of, representatives
from liverboard.evidence.environment import Environment, environment_of
from liverboard.evidence.fact import FactSheet, Known, fact_registry
from liverboard.evidence.guideline import Criterion
from liverboard.evidence.judge import judge
from liverboard.evidence.loader import load_evidence

PATIENTS = 100
REPEATS = 5
SHARE_KNOWN = 0.7


def patients(criteria: tuple[Criterion, ...]) -> list[Environment]:
    """Return random patients, each fact of the criteria known with the same chance."""
    chance = random.Random(17)
    cuts = cuts_of(criterion.when for criterion in criteria)
    names = sorted({name for criterion in criteria for name in facts_of(criterion.when)})
    return [environment_of(patient(chance, names, cuts)) for _ in range(PATIENTS)]


def patient(
    chance: random.Random, names: list[str], cuts: dict[str, tuple[float, ...]]
) -> FactSheet:
    """Return one random patient with two lesions."""
    own, lesion = {}, {}
    for name in names:
        spec = fact_registry()[name]
        if chance.random() < SHARE_KNOWN:
            value = chance.choice(representatives(spec, cuts.get(name, ())))
            (lesion if spec.level == "lesion" else own)[name] = Known(value, "benchmark")
    return FactSheet(own, {"L1": lesion, "L2": lesion}, has_all_lesions=True)


def evaluations_per_second(criteria: tuple[Criterion, ...], people: list[Environment]) -> float:
    """Return criteria evaluated in a second, trace kept, in the best of the repeats."""
    best = 0.0
    for _ in range(REPEATS):
        start = time.perf_counter()
        kept = [one.evaluate(person) for person in people for one in criteria]
        best = max(best, len(kept) / (time.perf_counter() - start))
    return best


def judgements_per_second(criteria: tuple[Criterion, ...], people: list[Environment]) -> float:
    """Return whole judgements made in a second, arguments and unknown facts included."""
    tags = frozenset({"resection", "major"})
    start = time.perf_counter()
    for person in people:
        judge(criteria, person, tags)
    return len(people) / (time.perf_counter() - start)


def main() -> None:
    """Print the speeds."""
    start = time.perf_counter()
    evidence = load_evidence()
    criteria = evidence.criteria("resection")
    loaded = time.perf_counter() - start
    people = patients(criteria)
    nodes = sum(1 for one in criteria for _ in nodes_of(one.when)) / len(criteria)
    print(f"{platform.machine()}, Python {platform.python_version()}, one core")
    print(f"{len(criteria)} criteria with {nodes:.1f} nodes each, read in {loaded * 1000:.0f} ms")
    print(f"{evaluations_per_second(criteria, people):,.0f} criteria a second with full trace")
    print(f"{judgements_per_second(criteria, people):,.0f} judgements a second")


if __name__ == "__main__":
    main()
