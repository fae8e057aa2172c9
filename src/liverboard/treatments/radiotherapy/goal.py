"""What a plan asks of each structure, level by level.

Levels: cover the target; keep serial organs below their limits; spare the liver; let the dose fall
off. Doses are relative to the prescription. Weights within a level are house values; between levels
none are needed. Source: method:radiotherapy-optimiser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from liverboard.numerics.grid import Array
from liverboard.treatments.radiotherapy.limit import Kind, Limit
from liverboard.treatments.radiotherapy.objective import Aim, Goal

__all__ = ["Scene", "levels"]

BELOW = 0.96
"""Goals aim at this share of a limit, so that sampling does not miss it by a hair."""

COVER = 1.03
"""Dose that every target voxel is asked to reach, so that D95 stands at the prescription."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """The optimiser's points by structure.

    ptv, liver, shell: (k,) int32 of the dose vector; `shell_mm` (k,) distance of the shell's points
    from the target; organs by id, spread over the organ, and `near` those next to it;
    `radius_mm` that of a ball as large as the target; `hot_spot` relative to the prescription.
    """

    ptv: Array
    shell: Array
    shell_mm: Array
    liver: Array
    organs: Mapping[str, Array]
    near: Mapping[str, Array]
    volumes_ml: Mapping[str, float]
    radius_mm: float
    hot_spot: float


def levels(
    scene: Scene, limits: Sequence[Limit], prescribed_gy: float
) -> tuple[tuple[Goal, ...], ...]:
    """Return the goals of every level, the most important first."""
    first = (
        Goal("target covered", Aim.AT_LEAST, scene.ptv, np.array(COVER)),
        Goal("hot spot", Aim.AT_MOST, scene.ptv, np.array(scene.hot_spot), weight=0.3),
    )
    serial = tuple(
        goal
        for limit in limits
        if limit.organ.is_serial
        for goal in _organ_goals(scene, limit, prescribed_gy)
    )
    parallel = tuple(
        goal
        for limit in limits
        if not limit.organ.is_serial
        for goal in _organ_goals(scene, limit, prescribed_gy)
    )
    spared = (*parallel, *_liver_mean(scene))
    return tuple(level for level in (first, serial, (*spared, *_fall_off(scene))) if level)


def _organ_goals(scene: Scene, limit: Limit, prescribed_gy: float) -> list[Goal]:
    """Return the goal of one limit; none where the organ has no points near the target."""
    points = scene.organs.get(limit.organ.id)
    if points is None or len(points) == 0:
        return []
    name = f"{limit.organ.id} {limit.figure}"
    level = np.array(BELOW * limit.gy / prescribed_gy)
    whole = scene.volumes_ml[limit.organ.id]
    if limit.kind is Kind.MOST:
        return [Goal(name, Aim.AT_MOST, scene.near[limit.organ.id], level, weight=3.0)]
    if limit.kind is Kind.MEAN:
        mean = Goal(name, Aim.GENERALISED_MEAN, points, level, exponent=1.0)
        return [mean]
    share = limit.ml / whole if limit.kind is Kind.HOTTEST else 1.0 - limit.ml / whole
    if not 0.0 < share < 1.0:
        return []
    return [Goal(name, Aim.MOST_VOLUME, points, level, share=share)]


def _liver_mean(scene: Scene) -> tuple[Goal, ...]:
    """Return the goal of a low mean dose to the liver."""
    if len(scene.liver) == 0:
        return ()
    return (Goal("liver mean", Aim.MEAN, scene.liver, np.array(0.0), weight=0.02),)


def _fall_off(scene: Scene) -> tuple[Goal, ...]:
    """Return the goal of a dose that falls to half over a few millimetres."""
    if len(scene.shell) == 0:
        return ()
    half_mm = HALF_MM + HALF_OF_RADIUS * scene.radius_mm
    level = np.maximum(FLOOR, 1.0 * 0.5 ** (np.maximum(scene.shell_mm - 1.0, 0.0) / half_mm))
    return (Goal("fall-off", Aim.AT_MOST, scene.shell, level, weight=1.0),)


HALF_MM, HALF_OF_RADIUS = 4.0, 0.16
"""The dose is asked to halve over 4 mm and 0.16 of the target's radius: a little steeper than is
reached, so that the goal stays a goal."""

FLOOR = 0.12
"""Below this share of the prescription the fall-off asks for nothing more."""
