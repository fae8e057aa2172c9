"""What is known of a formula: coefficients, range of validity, sources."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from liverboard.errors import RequestError
from liverboard.evidence.data_files import our_files
from liverboard.evidence.judgement import Citation
from liverboard.evidence.schema import CalculatorFile, validated
from liverboard.evidence.source import citations_from
from liverboard.evidence.strict_yaml import read_document
from liverboard.values import Reason, Unknown

__all__ = ["Formula", "formula", "formulas", "nearest"]


@dataclass(frozen=True, slots=True)
class Formula:
    """One published formula; `valid` gives the range of an input where one is set."""

    name: str
    title: str
    formula: str
    unit: str
    coefficients: Mapping[str, float]
    valid: Mapping[str, tuple[float, float]]
    citations: tuple[Citation, ...]
    not_modelled: str
    note: str = ""

    def __getitem__(self, coefficient: str) -> float:
        """Return one coefficient."""
        return self.coefficients[coefficient]

    def problem(self, inputs: Mapping[str, float]) -> Unknown | None:
        """Return why `inputs` are outside the range of validity; None where they are within."""
        for name, value in inputs.items():
            low, high = self.valid[name]
            if not (math.isfinite(value) and low <= value <= high):
                detail = f"{self.title}: {name} {value:g} is not within {low:g} to {high:g}"
                return Unknown(Reason.OUT_OF_RANGE, detail)
        return None

    def clamp(self, name: str, value: float) -> float:
        """Return `value` held within the bounds that the formula itself sets for `name`."""
        low = self.coefficients.get(f"{name}_min", -math.inf)
        high = self.coefficients.get(f"{name}_max", math.inf)
        return min(max(value, low), high)


@cache
def formulas() -> Mapping[str, Formula]:
    """Return every formula by name, in the order of `calculators.yaml`."""
    document = read_document(our_files()["calculators.yaml"], "calculators.yaml")
    found = {}
    for name, entry in validated(CalculatorFile, document).calculators.items():
        fields = entry.model_dump(exclude={"sources"})
        found[name] = Formula(name=name, citations=citations_from(entry.sources), **fields)
    return found


def formula(name: str) -> Formula:
    """Return the formula `name`."""
    if name not in formulas():
        raise RequestError(f"no calculator is called {name!r}", where="calculators")
    return formulas()[name]


def nearest(value: float) -> float:
    """Return the whole number nearest to `value`, halves upwards (as allocation scores round)."""
    return float(math.floor(value + 0.5))
