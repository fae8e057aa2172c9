"""What follows from facts by the meaning of words, read from `implications.yaml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from liverboard.evidence.criterion import Node, facts_of
from liverboard.evidence.data_files import our_files
from liverboard.evidence.environment import Environment
from liverboard.evidence.fact import Scalar, spec_of
from liverboard.evidence.judgement import Citation, Verdict
from liverboard.evidence.kleene import Evaluator, compile_node
from liverboard.evidence.schema import ImplicationFile, validated
from liverboard.evidence.source import citations_from
from liverboard.evidence.strict_yaml import read_document
from liverboard.evidence.tree_yaml import TreeReader

__all__ = ["Implication", "following", "implications"]


@dataclass(frozen=True, slots=True)
class Implication:
    """Where its condition is met, the facts in `then` are known."""

    name: str
    when: Node
    inputs: tuple[str, ...]
    evaluate: Evaluator
    then: Mapping[str, Scalar]
    why: str
    citations: tuple[Citation, ...]


@cache
def implications() -> tuple[Implication, ...]:
    """Return every implication in the order of the file."""
    document = read_document(our_files()["implications.yaml"], "implications.yaml")
    reader = TreeReader(document, {})
    found = []
    for name, entry in validated(ImplicationFile, document).implications.items():
        node = reader.read(entry.when, ("implications", name, "when"))
        then = {fact: spec_of(fact).check(value) for fact, value in entry.then.items()}
        sources = citations_from(entry.sources)
        inputs, evaluate = facts_of(node), compile_node(node)
        found.append(Implication(name, node, inputs, evaluate, then, entry.why, sources))
    return tuple(found)


def following(environment: Environment) -> Iterator[tuple[Implication, str, Scalar]]:
    """Yield what follows from the facts of `environment` by one step each, known or not."""
    for rule in implications():
        if rule.evaluate(environment).verdict is Verdict.YES:
            for fact, value in rule.then.items():
                yield rule, fact, value
