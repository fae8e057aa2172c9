"""What palliative care offers, read from `data/options.yaml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from liverboard.values import Estimate, Mark

__all__ = ["Advice", "Offer", "drug_rows", "figure", "offers", "performance_rows"]


@dataclass(frozen=True, slots=True)
class Advice:
    """One sentence of practice with its source and how sure it is."""

    text: str
    source: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing palliative care can do."""

    id: str
    title: str
    advice: tuple[Advice, ...]


@cache
def _data() -> Mapping[str, Any]:
    """Return the content of `data/options.yaml`."""
    folder = resources.files("liverboard.treatments.palliative")
    found: Mapping[str, Any] = yaml.safe_load(
        folder.joinpath("data/options.yaml").read_text("utf-8")
    )
    return found


@cache
def offers() -> Mapping[str, Offer]:
    """Return every offer by its id, in the order in which the board shows them."""
    return {name: _offer(name, entry) for name, entry in _data()["options"].items()}


def _offer(name: str, entry: Mapping[str, Any]) -> Offer:
    """Return one offer."""
    advice = tuple(Advice(one["text"], one["source"], Mark(one["mark"])) for one in entry["advice"])
    return Offer(name, entry["title"], advice)


def drug_rows() -> tuple[Sequence[tuple[str, str]], str, Mark]:
    """Return drugs with advice in liver failure, the source of all, and how sure it is."""
    rows = [(one["drug"], one["advice"]) for one in _data()["drugs"]]
    origin = _data()["drug_source"]
    return rows, origin["source"], Mark(origin["mark"])


def performance_rows() -> tuple[Sequence[tuple[int, str]], str, Mark]:
    """Return ECOG with the Karnofsky steps it stands for, the source, and how sure it is."""
    rows = [(one["ecog"], one["karnofsky"]) for one in _data()["performance"]]
    origin = _data()["performance_source"]
    return rows, origin["source"], Mark(origin["mark"])


def figure(*path: str, unit: str) -> Estimate:
    """Return a cited number of the file in `unit`, its interval where one is given."""
    entry: Any = _data()
    for name in path:
        entry = entry[name]
    value = float(entry["value"])
    low, high = float(entry.get("low", value)), float(entry.get("high", value))
    return Estimate(value, low, high, unit, (entry["source"],), Mark(entry["mark"]))
