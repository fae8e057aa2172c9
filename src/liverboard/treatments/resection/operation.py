"""Anatomical resections by name, and which of all 512 sets of units make sense for a patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import combinations

import numpy as np

from liverboard.anatomy import Anatomy
from liverboard.numerics.grid import Array
from liverboard.table_file import read_table
from liverboard.values import Unknown

__all__ = ["UNITS", "Operation", "covering_sets", "operations", "unit_labels", "unit_table"]

UNITS = ("S1", "S2", "S3", "S4a", "S4b", "S5", "S6", "S7", "S8")
"""Units that anatomical resections are made of; label n of a unit map is UNITS[n - 1]."""

UNIT_OF_SEGMENT = np.array([0, 1, 2, 3, 4, 6, 7, 8, 9], dtype=np.uint8)
"""Unit label of each segment label; segment 4 is 4a until its lower part is marked 4b."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One anatomical resection: Brisbane name, New World name, units removed."""

    id: str
    title: str
    new_world: str
    units: frozenset[str]

    @property
    def segments(self) -> frozenset[str]:
        """The Couinaud segments that are removed whole or in part."""
        return frozenset(unit[:2] for unit in self.units)

    @property
    def is_major(self) -> bool:
        """Whether three or more segments are removed."""
        return len(self.segments) >= 3


@cache
def operations() -> tuple[Operation, ...]:
    """Return the named resections of `data/operations.yaml`, in its order."""
    folder = resources.files("liverboard.treatments.resection")
    given = read_table(folder.joinpath("data/operations.yaml").read_text("utf-8"))
    return tuple(
        Operation(entry["id"], entry["brisbane"], entry["new_world"], frozenset(entry["units"]))
        for entry in given["operations"]
    )


def unit_labels(anatomy: Anatomy) -> Array | Unknown:
    """Return the unit of every liver voxel: (z, y, x) uint8, 0 outside, n for UNITS[n - 1]."""
    if isinstance(anatomy.segments, Unknown):
        return anatomy.segments
    labels = UNIT_OF_SEGMENT[anatomy.segments.labels]
    labels[(anatomy.segments.labels == 4) & ~anatomy.segments.is_upper] = 5
    return labels


@dataclass(frozen=True, slots=True, eq=False)
class UnitTable:
    """Volumes by unit: healthy_ml (9,), and lesion_ml by lesion id (9,)."""

    healthy_ml: Array
    lesion_ml: Mapping[str, Array]

    def share_removed(self, lesion: str, units: frozenset[str]) -> float:
        """Return the share of a lesion that lies in `units`."""
        volume = self.lesion_ml[lesion]
        total = float(volume.sum())
        return float(volume[_columns(units)].sum()) / total if total else 0.0

    def remnant_percent(self, units: frozenset[str]) -> float:
        """Return the healthy liver outside `units` in percent of all healthy liver."""
        total = float(self.healthy_ml.sum())
        return 100.0 * (1.0 - float(self.healthy_ml[_columns(units)].sum()) / total)


def _columns(units: frozenset[str]) -> list[int]:
    """Return the indices of `units`."""
    return [UNITS.index(unit) for unit in sorted(units)]


def unit_table(anatomy: Anatomy) -> UnitTable | Unknown:
    """Return how much healthy liver and lesion lies in each unit."""
    labels = unit_labels(anatomy)
    if isinstance(labels, Unknown):
        return labels
    voxel = anatomy.grid.voxel_ml
    healthy = np.bincount(labels[anatomy.healthy], minlength=10)[1:] * voxel
    lesions = {
        lesion.id: np.bincount(labels[anatomy.mask_of(lesion.id)], minlength=10)[1:] * voxel
        for lesion in anatomy.known_lesions()
    }
    return UnitTable(healthy, lesions)


def covering_sets(table: UnitTable, share: float, *, limit: int) -> tuple[frozenset[str], ...]:
    """Return the smallest sets of units that hold at least `share` of every lesion.

    All 512 sets are tried; a set is left out if a unit could be dropped from it. Those that leave
    most healthy liver come first, `limit` at most.
    """
    found: list[frozenset[str]] = []
    for size in range(1, len(UNITS)):
        for chosen in combinations(UNITS, size):
            units = frozenset(chosen)
            if any(smaller <= units for smaller in found):
                continue
            if all(table.share_removed(name, units) >= share for name in table.lesion_ml):
                found.append(units)
    found.sort(key=lambda units: (-table.remnant_percent(units), sorted(units)))
    return tuple(found[:limit])
