"""The room's tables as read from its YAML files, once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from liverboard.values import Estimate, Mark

__all__ = ["estimate_of", "table"]


@cache
def table(name: str) -> Mapping[str, Any]:
    """Return the content of `data/<name>.yaml`."""
    folder = resources.files("liverboard.treatments.ablation")
    found: Mapping[str, Any] = yaml.safe_load(
        folder.joinpath(f"data/{name}.yaml").read_text("utf-8")
    )
    return found


def estimate_of(entry: Mapping[str, Any], unit: str) -> Estimate:
    """Return an entry of a table; the middle where only a range is given."""
    value = float(entry.get("value", (entry.get("low", 0.0) + entry.get("high", 0.0)) / 2.0))
    low, high = float(entry.get("low", value)), float(entry.get("high", value))
    return Estimate(value, low, high, unit, (entry["source"],), Mark(entry["mark"]))
