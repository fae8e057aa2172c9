"""The table of `data/infusion.yaml`: pumps, drugs, published figures."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from liverboard.errors import RequestError
from liverboard.values import Estimate, Mark

__all__ = ["drug", "estimate", "pump", "table"]


@cache
def table() -> Mapping[str, Any]:
    """Return the whole table."""
    folder = resources.files("liverboard.treatments.arterial_infusion")
    text = folder.joinpath("data/infusion.yaml").read_text("utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found


def _named(kind: str, name: str, where: str) -> Mapping[str, Any]:
    """Return an entry by name; RequestError where there is none."""
    entries = table()[kind]
    if name not in entries:
        raise RequestError(
            f"{name!r} is not known", where=where, remedy=f"choose from {', '.join(entries)}"
        )
    found: Mapping[str, Any] = entries[name]
    return found


def pump(name: str) -> Mapping[str, Any]:
    """Return a pump by name; RequestError where there is none."""
    return _named("pumps", name, "--pump")


def drug(name: str) -> Mapping[str, Any]:
    """Return a drug by name; RequestError where there is none."""
    return _named("drugs", name, "--drug")


def estimate(entry: Mapping[str, Any], unit: str) -> Estimate:
    """Return an entry as an estimate; without a value it is the middle of its range."""
    low = float(entry.get("low", entry.get("value")))
    high = float(entry.get("high", entry.get("value")))
    value = float(entry.get("value", (low + high) / 2.0))
    return Estimate(value, low, high, unit, (str(entry["source"]),), Mark(entry["mark"]))
