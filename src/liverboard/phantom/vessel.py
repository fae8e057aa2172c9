"""The vessels of a patient, finished: both trees, and what the portal vein arises from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liverboard.phantom.layer import smooth_path
from liverboard.phantom.shape import Shape, tube
from liverboard.phantom.tree import Branch

__all__ = ["Tributary", "Vessels", "lines", "read_tributaries"]

Path = tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Tributary:
    """A vein that joins the portal vein: its name and path, rows x, y, z and radius, LPS mm."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Vessels:
    """The portal tree and the hepatic veins, parents before children, and portal tributaries."""

    portal: tuple[Branch, ...]
    hepatic: tuple[Branch, ...]
    tributaries: tuple[Tributary, ...]

    def tubes(self) -> dict[str, list[Shape]]:
        """Return the solids of the portal vein with its tributaries, and of the hepatic veins."""
        portal = [_piece(branch) for branch in self.portal]
        for vein in self.tributaries:
            portal += tube(np.array(vein.path))
        return {"portal_vein": portal, "hepatic_vein": [_piece(one) for one in self.hepatic]}


def _piece(branch: Branch) -> Shape:
    rows = [[*branch.from_mm, branch.radius_mm], [*branch.to_mm, branch.radius_mm]]
    return tube(np.array(rows))[0]


def lines(
    branches: tuple[Branch, ...],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the starts and ends (n, 3) of the branches' centrelines, LPS mm."""
    start = np.array([branch.from_mm for branch in branches]).reshape(-1, 3)
    return start, np.array([branch.to_mm for branch in branches]).reshape(-1, 3)


def _tributary(name: str, rows: NDArray[np.float64], scale: float) -> Tributary:
    """Return the vein along the smooth curve through template `rows` (n, 4), scaled."""
    path = smooth_path(rows * np.array([scale, scale, scale, 1.0]))
    return Tributary(name, tuple(_row(row) for row in path))


def read_tributaries(
    places: Mapping[str, list[list[float]]], scale: float
) -> tuple[Tributary, ...]:
    """Return the splenic and the superior mesenteric vein."""
    return tuple(
        _tributary(name, np.array(places[name], dtype=float), scale)
        for name in ("splenic", "mesenteric")
    )


def _row(row: NDArray[np.float64]) -> tuple[float, float, float, float]:
    x, y, z, radius = (round(float(number), 4) for number in row)
    return x, y, z, radius
