"""Reading `data/published.yaml`: local failure where no room states it, and words of the rooms."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from liverboard.systemic.reader import span
from liverboard.treatments.protocol import LesionOutcome
from liverboard.values import Estimate

__all__ = ["anaesthetics", "failure_of", "measured_again", "sources_of", "table", "whole_of"]


@cache
def table(name: str) -> Mapping[str, Any]:
    """Return the content of one file of `data/`."""
    file = resources.files("liverboard.board.joint").joinpath(f"data/{name}.yaml")
    found: Mapping[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return found


def measured_again() -> frozenset[str]:
    """Return the facts that a mixed plan measures for itself."""
    return frozenset(table("published")["measured_again"])


SPANS = ("cytotoxic-gap", "restart-gap", "restaging")
"""Cited spans that a sequence uses."""


def sources_of() -> tuple[str, ...]:
    """Return the sources behind every joint decision."""
    rows = table("published")["resected"].values()
    steps = (row for row in table("steps").values() if "source" in row)
    named = {str(row["source"]) for row in (*rows, *steps, *table("anchors")["anchors"])}
    named.update(ref for name in SPANS for ref in span(name).estimate.sources)
    return ("method:joint-plan", "judgement:joint-plan", *sorted(named))


def anaesthetics(words: str) -> int:
    """Return 1 where the room's words for anaesthesia name one that counts, else 0."""
    return int(any(word in words for word in table("published")["anaesthetics"]))


def failure_of(outcome: LesionOutcome, kinds: frozenset[str]) -> tuple[float, float]:
    """Return the bounds of a lesion's chance to be uncontrolled at two years.

    What the room publishes comes first; then local recurrence after an operation by its margin
    (Source: data/published.yaml); with neither it may be anything from 0 to 1.
    """
    known = outcome.local_control_2y
    if isinstance(known, Estimate):
        whole = whole_of(known)
        return _share(1.0 - known.high / whole), _share(1.0 - known.low / whole)
    margin = outcome.margin_mm
    if kinds != {"resected"} or outcome.is_covered is not True:
        return 0.0, 1.0
    rows = table("published")["resected"]
    is_clear = isinstance(margin, Estimate) and margin.value >= rows["clear"]["from_mm"]
    return 0.0, float(rows["clear" if is_clear else "close"]["share"])


def whole_of(control: Estimate) -> float:
    """Return what stands for certainty in the unit of a local control: 100 percent, else 1."""
    return 100.0 if control.unit == "percent" else 1.0


def _share(value: float) -> float:
    """Return a share kept between 0 and 1."""
    return min(1.0, max(0.0, value))
