"""Working out what follows from a fact sheet: implications, formulas, scores, parenchyma.

What is recorded is never overwritten. What cannot be worked out is unknown and says what is
missing. Learning a fact that was unknown never contradicts what had been worked out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from liverboard.evidence.calculators.recist import recist_sum
from liverboard.evidence.criterion import facts_of
from liverboard.evidence.derivation import DERIVATIONS, work_out
from liverboard.evidence.environment import Environment, environment_of
from liverboard.evidence.fact import Fact, FactSheet, Known
from liverboard.evidence.implication import following, implications
from liverboard.evidence.loader import Evidence, load_evidence
from liverboard.evidence.parenchyma import CLASSES, parenchyma_fact
from liverboard.evidence.score import score_of, scores
from liverboard.values import Reason, Unknown

__all__ = [
    "completed",
    "derive",
    "derived_facts",
    "inputs_of",
    "is_calculated",
    "missing_inputs",
    "raw_inputs_of",
]

STEPS = 4
"""Implications may follow from one another; no chain of ours is longer than three."""


def derive(sheet: FactSheet, evidence: Evidence | None = None) -> FactSheet:
    """Return `sheet` with every fact that follows from it, each naming its calculator as origin."""
    found = dict(_followed(environment_of(sheet), sheet, evidence or load_evidence()))
    return sheet.with_facts(found)


def _followed(
    environment: Environment, sheet: FactSheet, evidence: Evidence
) -> Iterator[tuple[str, Fact]]:
    """Yield fact after fact, each worked out with those before it."""
    for stage in (_implied, _calculated, _scored):
        found = dict(stage(environment, sheet))
        environment = environment.with_facts(found)
        yield from found.items()
    if _is_open(environment, "parenchyma"):
        yield "parenchyma", parenchyma_fact(environment, evidence)


def _is_open(environment: Environment, name: str) -> bool:
    return isinstance(environment.fact(name), Unknown)


def _implied(environment: Environment, sheet: FactSheet) -> Iterator[tuple[str, Fact]]:
    """Yield what implications say of facts that are unknown, and what follows from that."""
    del sheet
    for _ in range(STEPS):
        found: dict[str, Fact] = {}
        for rule, name, value in following(environment):
            if _is_open(environment, name) and name not in found:
                found[name] = Known(value, f"implication: {rule.name}")
        if not found:
            return
        environment = environment.with_facts(found)
        yield from found.items()


def _calculated(environment: Environment, sheet: FactSheet) -> Iterator[tuple[str, Fact]]:
    """Yield the results of formulas, in the order of the table, each usable by the next."""
    for derivation in DERIVATIONS:
        if _is_open(environment, derivation.output):
            inputs = [environment.fact(name) for name in derivation.inputs]
            fact = work_out(derivation, inputs)
            environment = environment.with_facts({derivation.output: fact})
            yield derivation.output, fact
    if _is_open(environment, "recist_sum"):
        yield "recist_sum", _recist(sheet)


def _scored(environment: Environment, sheet: FactSheet) -> Iterator[tuple[str, Fact]]:
    """Yield the scores that have items; the others are formulas."""
    del sheet
    for name, spec in scores().items():
        if spec.items and _is_open(environment, name):
            yield name, _score_fact(name, environment)


def _score_fact(name: str, environment: Environment) -> Fact:
    result = score_of(name, environment)
    total = result if isinstance(result, Unknown) else result.total
    return total if isinstance(total, Unknown) else Known(float(total), f"calculator: {name}")


def _recist(sheet: FactSheet) -> Fact:
    """Return the sum of target lesions where every lesion is listed with its diameter."""
    facts = [lesion.get("lesion_diameter") for lesion in sheet.lesions.values()]
    known = [fact for fact in facts if isinstance(fact, Known)]
    if not sheet.has_all_lesions or len(known) < len(facts):
        return Unknown(Reason.NOT_RECORDED, "needs the diameter of every lesion")
    low, value, high = (
        recist_sum([float(getattr(fact, end)) for fact in known])
        for end in ("low", "value", "high")
    )
    if isinstance(value, Unknown) or isinstance(low, Unknown) or isinstance(high, Unknown):
        return value if isinstance(value, Unknown) else Unknown(Reason.INDETERMINATE)
    return Known(value, "calculator: recist", None, low, high)


@cache
def _table() -> Mapping[str, tuple[str, ...]]:
    """Return the direct inputs of every fact that can be worked out."""
    table: dict[str, tuple[str, ...]] = {}
    for rule in implications():
        for name in rule.then:
            table[name] = table.get(name, ()) + rule.inputs
    table |= {one.output: one.inputs for one in DERIVATIONS}
    table["recist_sum"] = ("lesion_diameter",)
    table |= {name: spec.inputs for name, spec in scores().items() if spec.items}
    definitions = [load_evidence().definition(name) for name, _ in CLASSES]
    table["parenchyma"] = tuple(name for one in definitions for name in facts_of(one.when))
    return {name: tuple(dict.fromkeys(inputs)) for name, inputs in table.items()}


def derived_facts() -> tuple[str, ...]:
    """Return the names of all facts that can be worked out from others."""
    return tuple(_table())


def inputs_of(name: str) -> tuple[str, ...]:
    """Return the facts from which `name` is worked out directly; none for a raw fact."""
    return _table().get(name, ())


def raw_inputs_of(name: str) -> tuple[str, ...]:
    """Return the facts at the root of `name` that are not themselves calculated.

    A fact that implications merely can fill (cirrhosis from a stage of fibrosis) counts as raw.
    """
    calculated = inputs_of(name) if name in _calculated_names() else ()
    if not calculated:
        return (name,)
    roots = (root for one in calculated for root in raw_inputs_of(one))
    return tuple(dict.fromkeys(roots))


@cache
def _calculated_names() -> frozenset[str]:
    scored = {name for name, spec in scores().items() if spec.items}
    return frozenset({one.output for one in DERIVATIONS} | scored | {"parenchyma", "recist_sum"})


def is_calculated(name: str) -> bool:
    """Whether a formula, a score or the class of the parenchyma gives the fact."""
    return name in _calculated_names()


@cache
def _needed(names: frozenset[str]) -> frozenset[str]:
    """Return the calculated facts among `names`, and those that they are worked out from."""
    found = {name for name in names if name in _calculated_names()}
    below = frozenset(root for name in found for root in inputs_of(name))
    return frozenset(found) | (_needed(below) if below else frozenset())


def completed(
    environment: Environment, names: Iterable[str], evidence: Evidence | None = None
) -> Environment:
    """Return `environment` with those of `names` worked out that calculators can give.

    Like `derive`, but only for what is asked: branching over many worlds needs it quick. The sum
    of target lesions is left out, because the list of lesions does not change in a branch.
    """
    needed = _needed(frozenset(names))
    for derivation in DERIVATIONS:
        if derivation.output in needed and _is_open(environment, derivation.output):
            inputs = [environment.fact(name) for name in derivation.inputs]
            environment = environment.with_facts({derivation.output: work_out(derivation, inputs)})
    for name, spec in scores().items():
        if spec.items and name in needed and _is_open(environment, name):
            environment = environment.with_facts({name: _score_fact(name, environment)})
    if "parenchyma" in needed and _is_open(environment, "parenchyma"):
        fact = parenchyma_fact(environment, evidence or load_evidence())
        environment = environment.with_facts({"parenchyma": fact})
    return environment


def missing_inputs(name: str, sheet: FactSheet) -> tuple[tuple[str, Unknown], ...]:
    """Return the unknown raw facts that keep `name` unknown, with their reasons."""
    environment = environment_of(sheet)
    pairs = ((root, environment.fact(root)) for root in raw_inputs_of(name))
    return tuple((root, fact) for root, fact in pairs if isinstance(fact, Unknown))
