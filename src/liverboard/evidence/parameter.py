"""Named numbers of medicine: value, unit, source and mark, kept apart from the criteria."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from liverboard.evidence.judgement import Citation
from liverboard.evidence.schema import ParameterFile, validated
from liverboard.evidence.source import citations_from
from liverboard.evidence.strict_yaml import read_document
from liverboard.units import is_unit
from liverboard.values import Estimate, Mark

__all__ = ["Parameter", "read_parameters", "strongest"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number that criteria and rooms refer to by `name`, instead of writing it down."""

    name: str
    title: str
    value: float
    unit: str
    citations: tuple[Citation, ...]
    jurisdiction: str = "international"
    note: str = ""

    @property
    def mark(self) -> Mark:
        """Return how sure the number is: the best of its sources vouches for it."""
        return strongest(citation.mark for citation in self.citations)

    def estimate(self) -> Estimate:
        """Return the number as an estimate that carries its sources and mark."""
        sources = tuple(citation.ref for citation in self.citations)
        return Estimate(self.value, self.value, self.value, self.unit, sources, self.mark)


RANK = (Mark.VERIFIED, Mark.SECONDARY, Mark.UNVERIFIED)


def strongest(marks: Iterable[Mark]) -> Mark:
    """Return the surest of `marks`; unverified where there is none."""
    return min(marks, key=RANK.index, default=Mark.UNVERIFIED)


def read_parameters(text: str, file: str, *, known: Container[str]) -> Mapping[str, Parameter]:
    """Return the parameters of one file by name; every source must be one of the `known`."""
    document = read_document(text, file)
    found = {}
    for name, entry in validated(ParameterFile, document).parameters.items():
        if not is_unit(entry.unit):
            raise document.error(f"{entry.unit!r} is no unit", ("parameters", name, "unit"))
        for index, citation in enumerate(entry.sources):
            if citation.ref not in known:
                what = f"no source is called {citation.ref!r}"
                raise document.error(what, ("parameters", name, "sources", index))
        fields = entry.model_dump(exclude={"sources"})
        found[name] = Parameter(name=name, citations=citations_from(entry.sources), **fields)
    return found
