"""Organs as data: what stands in `data/*.yaml`, read and varied with the seed.

A `Layer` is one tissue in one place. Layers lie over one another like sheets, the foremost first:
where two overlap the one that comes first wins, and the other keeps its gap of fat.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from liverboard.phantom.shape import Joint, Kind, Point, Shape, tube

__all__ = ["Layer", "read_layers", "read_yaml", "smooth_path", "varied"]

NO_GAS_MM = -1.0e6
"""Front of a fluid level that nothing lies before."""

LIES_ON_MM = -2.0
"""Gap of a layer that touches what lies before it: it goes on a little beneath its edge."""

STEP_MM = 7.0
"""Length of the straight pieces that a curved tube is cut into."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One tissue in one place, in mm of the template patient.

    `owner` is the structure whose mask it belongs to. `within` names regions and how far inside
    them it stays; `gap_mm` is the fat kept to what lies before it. `sway_mm`, `swell` and
    `bumps_mm` say how it varies between patients; layers of one `group` move together.
    """

    name: str
    owner: str
    tissue: str
    shapes: tuple[Shape, ...]
    group: str
    within: tuple[tuple[str, float], ...] = ()
    gap_mm: float = LIES_ON_MM
    gas_y_mm: float = NO_GAS_MM
    sway_mm: float = 0.0
    swell: float = 0.0
    bumps_mm: float = 0.0


def read_yaml(name: str) -> Any:
    """Return what stands in the package's file `data/<name>.yaml`."""
    text = (files("liverboard.phantom") / "data" / f"{name}.yaml").read_text("utf-8")
    return yaml.safe_load(text)


def read_layers(name: str) -> tuple[Layer, ...]:
    """Return the layers of the package's file `data/<name>.yaml`, foremost first."""
    found = read_yaml(name)
    rows = found["layers"] if isinstance(found, Mapping) else found
    return tuple(_layer(row) for row in rows)


def _layer(row: Mapping[str, Any]) -> Layer:
    owner = row.get("owner", row["name"])
    return Layer(
        row["name"],
        owner,
        row.get("tissue", owner),
        tuple(shape for given in row.get("shapes", ()) for shape in read_shape(given)),
        row.get("moves_with", row["name"]),
        within=tuple((region, float(mm)) for region, mm in row.get("within", {}).items()),
        gap_mm=float(row.get("gap", LIES_ON_MM)),
        gas_y_mm=float(row.get("gas_y", NO_GAS_MM)),
        sway_mm=float(row.get("sway", 0.0)),
        swell=float(row.get("swell", 0.0)),
        bumps_mm=float(row.get("bumps", 0.0)),
    )


def read_shape(given: Mapping[str, Any]) -> list[Shape]:
    """Return the solids that one entry `{add|cut|keep: kind, ...}` describes."""
    joint = next(joint for joint in Joint if joint.name.lower() in given)
    kind = given[joint.name.lower()]
    pieces = _BUILDERS[kind](given)
    blend = float(given.get("blend", 0.0))
    return [replace(piece, joint=joint, blend_mm=blend) for piece in pieces]


def _read_ellipsoid(given: Mapping[str, Any]) -> list[Shape]:
    return [
        Shape(
            Kind.ELLIPSOID,
            (_point(given["at"]),),
            tuple(float(size) for size in given["axes"]),
            turn_deg=_point(given.get("turn", (0, 0, 0))),
            power=float(given.get("power", 2.0)),
            is_bottomless=bool(given.get("bottomless", False)),
        )
    ]


def _read_tube(given: Mapping[str, Any]) -> list[Shape]:
    return tube(smooth_path(np.array(given["path"], dtype=float)), squash=given.get("squash", 1.0))


def _read_plane(given: Mapping[str, Any]) -> list[Shape]:
    return [Shape(Kind.PLANE, (_point(given["at"]), _point(given["toward"])))]


_BUILDERS = {"ellipsoid": _read_ellipsoid, "tube": _read_tube, "plane": _read_plane}


def _point(numbers: Iterable[float]) -> Point:
    x, y, z = (float(number) for number in numbers)
    return x, y, z


def smooth_path(knots: NDArray[np.float64], *, step_mm: float = STEP_MM) -> NDArray[np.float64]:
    """Return the Catmull-Rom curve (m, d) through `knots` (n, d), points about `step_mm` apart.

    The first three columns are x, y, z; further columns (a radius) are carried along.
    """
    padded = np.vstack([2 * knots[0] - knots[1], knots, 2 * knots[-1] - knots[-2]])
    parts = [_arc(padded[n : n + 4], step_mm) for n in range(len(knots) - 1)]
    return np.vstack([*parts, knots[-1:]])


def _arc(four: NDArray[np.float64], step_mm: float) -> NDArray[np.float64]:
    """Return the curve between the middle two of `four` knots (4, d), without its end."""
    length = float(np.linalg.norm(four[2, :3] - four[1, :3]))
    t = np.linspace(0, 1, max(1, round(length / step_mm)), endpoint=False)[:, None]
    a, b, c, d = four
    cubic = 3 * (b - c) + d - a
    curve = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * cubic))
    return np.asarray(curve)


def varied(layer: Layer, seed: int) -> Layer:
    """Return `layer` as the patient of `seed` has it: shifted and swollen.

    Each group of layers draws from a generator of its own, so that a new organ changes no other.
    """
    rng = np.random.default_rng([seed, zlib.crc32(layer.group.encode())])
    shift = np.clip(rng.normal(size=3), -2, 2) * layer.sway_mm
    swell = 1.0 + layer.swell * float(np.clip(rng.normal(), -2, 2))
    if not layer.shapes:
        return layer
    about = _point(np.mean([shape.points[0] for shape in layer.shapes], axis=0))
    shapes = tuple(shape.moved(_point(shift), scale=swell, about=about) for shape in layer.shapes)
    return replace(layer, shapes=shapes)
