"""Ablation devices: what zone a setting promises, and how far that may be believed.

A zone is an ellipsoid of revolution about the needle. Between the rows of a table it is
interpolated monotonically in power and in the square root of time; beyond them there is nothing.
Not modelled here: vessels, shape other than ellipsoidal (see the heat simulation for both).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from liverboard.errors import RequestError
from liverboard.numerics.grid import Array
from liverboard.treatments.ablation.tables import estimate_of, table
from liverboard.values import Estimate, Mark

__all__ = ["MODALITIES", "Device", "Setting", "Zone", "device", "devices", "settings", "zone_of"]

MODALITIES = ("microwave", "radiofrequency", "cryo")
"""In the order in which they are proposed."""


@dataclass(frozen=True, slots=True)
class Device:
    """One device.

    `rows` are (power W, minutes, long mm, short mm); `clusters` (probes, long mm, short mm).
    `centre_behind_tip_mm` is measured along the needle; `scale` is what the axes of its table are
    multiplied by to stand for living liver.
    """

    id: str
    title: str
    modality: str
    shaft_mm: float
    shaft_radius_mm: float
    medium: str
    rows: tuple[tuple[float, float, float, float], ...]
    clusters: tuple[tuple[int, float, float], ...]
    spacing_mm: float
    lethal_share: tuple[float, ...]
    centre_behind_tip_mm: Estimate
    scale: Estimate
    source: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Setting:
    """What is chosen on a generator, and how many probes stand together."""

    power_w: float
    minutes: float
    probes: int = 1


@dataclass(frozen=True, slots=True)
class Zone:
    """The zone of one setting in living liver, and the axes that the table promises.

    `long_mm` lies along the needle. `reach_scale`: outer edge of what is changed at all (ice) as a
    multiple of the lethal short axis; 1 for heat.
    """

    long_mm: float
    short_mm: float
    behind_tip_mm: float
    table_long_mm: float
    table_short_mm: float
    reach_scale: float = 1.0

    @property
    def volume_ml(self) -> float:
        """Volume of the ellipsoid."""
        return float(np.pi / 6.0 * self.long_mm * self.short_mm**2 / 1000.0)


def _device(name: str, entry: Mapping[str, Any], scales: Mapping[str, Any]) -> Device:
    """Build one device from its entry."""
    return Device(
        name,
        entry["title"],
        entry["modality"],
        float(max(entry["shaft_mm"])),
        float(entry["shaft_radius_mm"]),
        entry["medium"],
        tuple((float(p), float(t), float(a), float(b)) for p, t, a, b in entry["rows"]),
        tuple((int(n), float(a), float(b)) for n, a, b in entry.get("clusters", ())),
        float(entry.get("spacing_mm", 0.0)),
        tuple(float(share) for share in entry.get("lethal_share", ())),
        estimate_of(entry["centre_behind_tip_mm"], "mm"),
        estimate_of(scales[entry["medium"]], "1"),
        entry["source"],
        Mark(entry["mark"]),
    )


@cache
def devices() -> Mapping[str, Device]:
    """Return every device by its id, in the order of the table."""
    content = table("devices")
    scales = content["scale"]
    return {name: _device(name, entry, scales) for name, entry in content["devices"].items()}


def device(name: str) -> Device:
    """Return the device called `name`; RequestError where there is none."""
    known = devices()
    if name not in known:
        raise RequestError(
            f"no device is called {name!r}", remedy=f"choose from {', '.join(known)}"
        )
    return known[name]


def settings(of: Device) -> Iterator[Setting]:
    """Yield every setting that stands in the table of a device."""
    for power, minutes, _, _ in of.rows:
        yield Setting(power, minutes)
    for probes, _, _ in of.clusters:
        yield Setting(of.rows[0][0], of.rows[0][1], probes)


def zone_of(of: Device, setting: Setting) -> Zone:
    """Return the zone of a setting; RequestError where the table does not reach it."""
    if setting.probes > 1:
        long_mm, short_mm = _cluster_axes(of, setting)
    else:
        long_mm, short_mm = _axes(of, setting.power_w, setting.minutes)
    scale = of.scale.value
    return Zone(
        long_mm * scale,
        short_mm * scale,
        of.centre_behind_tip_mm.value,
        long_mm,
        short_mm,
        _reach(of, setting.probes),
    )


def _reach(of: Device, probes: int) -> float:
    """Return how much wider than the lethal zone everything that freezes is."""
    if probes > len(of.lethal_share):
        return 1.0
    return float(1.0 / np.sqrt(of.lethal_share[probes - 1]))


def _cluster_axes(of: Device, setting: Setting) -> tuple[float, float]:
    """Return the axes of several probes together, as tabulated."""
    _axes(of, setting.power_w, setting.minutes)
    for probes, long_mm, short_mm in of.clusters:
        if probes == setting.probes:
            return long_mm, short_mm
    counts = ", ".join(str(n) for n, _, _ in of.clusters) or "none"
    raise RequestError(
        f"{of.title} has no table for {setting.probes} probes together",
        remedy=f"tabulated: 1, {counts}",
    )


def _axes(of: Device, power_w: float, minutes: float) -> tuple[float, float]:
    """Return long and short axis at a power and time within the table."""
    powers = sorted({row[0] for row in of.rows})
    times = sorted({row[1] for row in of.rows})
    _check_within("--power", power_w, powers, f"W for {of.title}")
    _check_within("--minutes", minutes, times, f"minutes for {of.title}")
    at_power = [_at_time([row for row in of.rows if row[0] == power], minutes) for power in powers]
    axes = np.array(at_power)
    if len(powers) == 1:
        return float(axes[0, 0]), float(axes[0, 1])
    found = _between(powers, axes, power_w)
    return float(found[0]), float(found[1])


def _at_time(rows: Sequence[tuple[float, float, float, float]], minutes: float) -> Sequence[float]:
    """Return the axes at a time from rows of one power."""
    ordered = sorted(rows, key=lambda row: row[1])
    if len(ordered) == 1:
        return ordered[0][2:]
    roots = np.sqrt([row[1] for row in ordered])
    axes = np.array([row[2:] for row in ordered])
    return _between(roots, axes, float(np.sqrt(minutes)))


def _between(places: Sequence[float] | Array, values: Array, place: float) -> Sequence[float]:
    """Return values (n, k) between their rising places (n,), monotone (Fritsch and Carlson)."""
    from scipy.interpolate import PchipInterpolator  # slow to load, the record alone needs none

    found: Sequence[float] = PchipInterpolator(places, values, axis=0)(place)
    return found


def _check_within(where: str, value: float, known: Sequence[float], unit: str) -> None:
    """Raise where `value` lies outside the table."""
    if known[0] <= value <= known[-1]:
        return
    span = f"{known[0]:g}" if len(known) == 1 else f"{known[0]:g} to {known[-1]:g}"
    raise RequestError(
        f"{value:g} is outside the table", where=where, remedy=f"known: {span} {unit}"
    )
