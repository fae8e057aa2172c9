"""Which voxels the optimiser looks at: all of the target, part of everything else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liverboard.numerics.distance import distance_mm
from liverboard.numerics.grid import Array, bounding_box
from liverboard.treatments.radiotherapy.body import Body
from liverboard.treatments.radiotherapy.goal import Scene
from liverboard.treatments.radiotherapy.structures import Structures

__all__ = ["Sampled", "sampled"]

SHELL_MM = 45.0
"""Tissue this near to the target is asked for a fall-off of dose."""

MOST_TARGET, MOST_ORGAN, MOST_NEAR, MOST_LIVER = 15_000, 2_500, 1_500, 8_000
"""Most voxels of the target, of an organ (over all of it; nearest to the target), of the liver."""

NEAR_SHELL_MM, SHARE_NEAR, SHARE_FAR = 8.0, 0.5, 0.06
"""Share of the shell's voxels that are looked at, near the target and beyond."""


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """Points (n, 3) LPS that dose is optimised at, and the scene that numbers them."""

    points_mm: Array
    scene: Scene


def sampled(
    body: Body, structures: Structures, hot_spot: float, seed: int, *, few: bool = False
) -> Sampled:
    """Return the optimiser's points; the same seed gives the same points.

    With `few` only about a tenth: enough to choose directions.
    """
    rng = np.random.default_rng(seed)
    thinner = 10 if few else 1
    box = _reach(structures.ptv, body)
    gap = np.full(body.grid.shape, np.inf, np.float32)
    gap[box] = distance_mm(structures.ptv[box], body.grid.spacing_mm)
    ptv = _some(np.flatnonzero(structures.ptv), MOST_TARGET // thinner, rng)
    shell = _shell(gap, body, rng, thinner)
    liver = _some(np.flatnonzero(structures.organ("liver")), MOST_LIVER // thinner, rng)
    organs, near = {}, {}
    slab = np.zeros(body.grid.shape, dtype=bool)
    slab[box[0]] = True
    for name, mask in structures.organs.items():
        voxels = np.flatnonzero(mask & (slab if name == "skin" else True))
        if voxels.size == 0:
            continue
        most = MOST_LIVER if name in ("liver", "skin") else MOST_ORGAN
        organs[name] = _some(voxels, most // thinner, rng)
        order = np.argsort(gap.reshape(-1)[voxels], kind="stable")
        near[name] = np.sort(voxels[order[: MOST_NEAR // thinner]])
        if name == "skin":  # beams enter anywhere: its hot spots need not lie near the target
            near[name] = organs[name]
    return _numbered(body, structures, (ptv, shell, liver, organs, near), gap, hot_spot)


def _numbered(
    body: Body,
    structures: Structures,
    chosen: tuple[Array, Array, Array, dict[str, Array], dict[str, Array]],
    gap: Array,
    hot_spot: float,
) -> Sampled:
    """Return chosen voxels as points and numbers into them."""
    ptv, shell, liver, organs, near = chosen
    voxels = np.unique(np.concatenate([ptv, shell, liver, *organs.values(), *near.values()]))

    def number(some: Array) -> Array:
        return np.searchsorted(voxels, some).astype(np.int32)

    voxel_ml = body.grid.voxel_ml
    ptv_ml = float(np.count_nonzero(structures.ptv)) * voxel_ml
    scene = Scene(
        ptv=number(ptv),
        shell=number(shell),
        shell_mm=gap.reshape(-1)[shell],
        liver=number(liver),
        organs={name: number(some) for name, some in organs.items()},
        near={name: number(some) for name, some in near.items()},
        volumes_ml={
            name: float(np.count_nonzero(mask)) * voxel_ml
            for name, mask in structures.organs.items()
        },
        radius_mm=float((ptv_ml * 1000.0 * 0.75 / np.pi) ** (1.0 / 3.0)),
        hot_spot=hot_spot,
    )
    index = np.column_stack(np.unravel_index(voxels, body.grid.shape))
    return Sampled(body.grid.points(index), scene)


def _reach(ptv: Array, body: Body) -> tuple[slice, slice, slice]:
    """Return the box round the target that its shell lies in."""
    margin = int(np.ceil(SHELL_MM / body.grid.spacing_mm[0])) + 1
    return bounding_box(ptv, margin=margin)


def _some(voxels: Array, most: int, rng: np.random.Generator) -> Array:
    """Return at most `most` of the voxels, in order."""
    if len(voxels) <= most:
        return voxels
    return np.asarray(np.sort(rng.choice(voxels, most, replace=False)))


def _shell(gap: Array, body: Body, rng: np.random.Generator, thinner: int) -> Array:
    """Return voxels round the target, dense where it is near."""
    flat, inside = gap.reshape(-1), body.mask.reshape(-1)
    near = np.flatnonzero((flat > 0.0) & (flat <= NEAR_SHELL_MM) & inside)
    far = np.flatnonzero((flat > NEAR_SHELL_MM) & (flat <= SHELL_MM) & inside)
    some_near = _some(near, int(len(near) * SHARE_NEAR / thinner) + 1, rng)
    some_far = _some(far, int(len(far) * SHARE_FAR / thinner) + 1, rng)
    return np.asarray(np.sort(np.concatenate([some_near, some_far])))
