"""The tables of `data/` as frozen values: nuclides, devices, thresholds, published figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from liverboard.errors import RequestError
from liverboard.values import Estimate, Mark

__all__ = [
    "DEVICES",
    "Device",
    "Figure",
    "Nuclide",
    "Scenario",
    "device",
    "figure",
    "published",
    "rules",
    "scenario",
]

DEVICES = ("resin", "glass", "holmium")


@dataclass(frozen=True, slots=True)
class Figure:
    """One published number with its interval, source, place and mark."""

    value: float
    low: float
    high: float
    source: str
    locator: str
    mark: Mark

    def estimate(self, unit: str) -> Estimate:
        """Return the figure as an estimate."""
        return Estimate(self.value, self.low, self.high, unit, (self.source,), self.mark)


@dataclass(frozen=True, slots=True)
class Nuclide:
    """What the microspheres carry; `energy` is Gy kg per GBq."""

    id: str
    title: str
    half_life_h: float
    energy: Figure
    reach_mm: float


@dataclass(frozen=True, slots=True)
class Device:
    """Microspheres as they are sold; `vials_gbq` is empty where they are made to order."""

    id: str
    title: str
    nuclide: Nuclide
    diameter_um: Figure
    per_sphere_bq: Figure
    vials_gbq: tuple[float, ...]
    is_divisible: bool
    embolic: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """Doses aimed at and allowed, by what they are the mean of.

    `aims`: perfused, tumour, normal (lobectomy), liver. `limits`: normal (liver of the territory).
    `is_own` tells whether they were published for this primary.
    """

    id: str
    primary: str
    aims: Mapping[str, Figure]
    limits: Mapping[str, Figure]
    is_own: bool


@cache
def _data(name: str) -> dict[str, Any]:
    """Return the content of `data/<name>.yaml`."""
    folder = resources.files("liverboard.treatments.radioembolization")
    found: dict[str, Any] = yaml.safe_load(folder.joinpath(f"data/{name}.yaml").read_text("utf-8"))
    return found


def figure(entry: Mapping[str, Any], default: Mapping[str, Any] | None = None) -> Figure:
    """Return a table entry as a figure; without a value it is the middle of its range."""
    whole = {**(default or {}), **entry}
    low, high = whole.get("low"), whole.get("high")
    value = float(
        whole["value"] if "value" in whole else sum(whole[k] for k in ("low", "high")) / 2
    )
    return Figure(
        value,
        min(value, float(value if low is None else low)),
        max(value, float(value if high is None else high)),
        str(whole.get("ref", whole.get("source"))),
        str(whole.get("locator", "")),
        Mark(whole["mark"]),
    )


@cache
def _nuclide(name: str) -> Nuclide:
    """Return one nuclide."""
    entry = _data("nuclides")[name]
    return Nuclide(
        name,
        entry["title"],
        float(entry["half_life_h"]["value"]),
        figure(entry["energy_gy_kg_per_gbq"]),
        float(entry["reach_mm"]["value"]),
    )


@cache
def device(name: str) -> Device:
    """Return one device; RequestError where there is none of that name."""
    if name not in DEVICES:
        raise RequestError(
            f"no device is called {name!r}",
            where="--device",
            remedy=f"choose from {', '.join(DEVICES)}",
        )
    entry = _data("devices")[name]
    return Device(
        name,
        entry["title"],
        _nuclide(entry["nuclide"]),
        figure(entry["diameter_um"]),
        figure(entry["per_sphere_bq"]),
        tuple(float(vial) for vial in entry["vials_gbq"]["values"]),
        bool(entry["is_divisible"]),
        str(entry["embolic"]),
    )


@cache
def scenario(name: str, device_id: str, primary: str) -> Scenario:
    """Return the doses of a scenario for device and primary, colorectal where none is published."""
    given = _data("thresholds")
    groups = given["scenarios"]
    for group in (primary, "any", "colorectal"):
        entry = groups.get(group, {}).get(device_id, {}).get(name)
        if entry is not None:
            break
    else:
        raise RequestError(
            f"no doses are published for {name} with {device_id}", where="--scenario"
        )
    named = {key: figure(value, given["source"]) for key, value in entry.items()}
    limits = {"normal": named.pop("normal")} if "normal" in named else {}
    if "normal_least" in named:
        named["normal"] = named.pop("normal_least")
    return Scenario(name, group, named, limits, group in (primary, "any"))


def published(*path: str) -> Any:
    """Return an entry of `published.yaml` by its keys."""
    return _entry("published", path)


def rules(*path: str) -> Any:
    """Return an entry of `thresholds.yaml` by its keys."""
    return _entry("thresholds", path)


def _entry(file: str, path: tuple[str, ...]) -> Any:
    """Follow keys into a file."""
    found: Any = _data(file)
    for key in path:
        found = found[key]
    return found
