"""What was delivered: the dose of a Y-90 PET after treatment, beside the plan.

Either the voxels are taken as they are, in Bq/ml some hours after the injection, or the given
activity is shared out as the counts in the liver lie. Local deposition and the kernel, as before
treatment. Not modelled: scatter, noise and partial volume of the PET, which blur small lesions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from liverboard.anatomy import Anatomy
from liverboard.errors import RequestError
from liverboard.numerics.grid import Array, Image, bounding_box, read_only
from liverboard.treatments.exhibit import Cell, Table
from liverboard.treatments.protocol import Json, Layer, LayerKind
from liverboard.treatments.radioembolization.histogram import histogram
from liverboard.treatments.radioembolization.kernels.activity import decayed
from liverboard.treatments.radioembolization.kernels.convolve import spread
from liverboard.treatments.radioembolization.measured import measured_map
from liverboard.treatments.radioembolization.options import SirtOptions
from liverboard.treatments.radioembolization.setting import Setting, Task
from liverboard.treatments.radioembolization.work import Result, kernel_key, near_liver

__all__ = ["Delivered", "delivered", "delivered_details", "delivered_layers", "delivered_table"]

POSSIBLE_GBQ = (0.05, 30.0)
"""Activity in a liver after treatment; beyond it the voxels are not in Bq/ml."""

LATEST_H = 240.0
"""Ten days after the injection too little is left of Y-90 to be seen."""

NAME = "Y-90 PET"


@dataclass(frozen=True, slots=True, eq=False)
class Delivered:
    """Dose of what was given: local and spread (z, y, x) float32 Gy on the grid of the anatomy.

    activity_gbq: in the liver at the time of injection. how: in words. rows: by lesion and for
    `normal`, mean local, mean kernel and D70 kernel in Gy.
    """

    local: Array
    spread: Array
    activity_gbq: float
    how: str
    rows: Mapping[str, tuple[float, float, float]]
    remarks: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in ("local", "spread"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def delivered(anatomy: Anatomy, task: Task, setting: Setting, image: Image | None) -> Delivered:
    """Return the dose of a PET; RequestError where it cannot be of this treatment.

    task: `given_gbq` or `hours_after` says how the PET is read.
    """
    if image is None:
        raise RequestError("the case has no pet_y90", where=NAME, remedy="add it, or name a file")
    near = near_liver(anatomy)
    found = measured_map(image, near, NAME)
    inside = np.where(near.liver, found.activity, 0.0).astype(np.float32)
    gbq_per_ml, how = _concentration(inside, near.grid.voxel_ml, task, setting)
    per_ml = setting.energy * 1000.0 / setting.density.value
    local = gbq_per_ml * np.float32(per_ml)
    field = np.zeros_like(local)
    box, reached = spread(local, kernel_key(setting.device.nuclide, near, setting.density.value))
    field[box] = reached
    total = float(gbq_per_ml.sum(dtype=np.float64)) * near.grid.voxel_ml
    return Delivered(local, field, total, how, dict(_rows(near, local, field)), found.remarks)


def _concentration(
    inside: Array, voxel_ml: float, task: Task, setting: Setting
) -> tuple[Array, str]:
    """Return GBq per ml (z, y, x) float32 at the time of injection, and how it was found."""
    total = float(inside.sum(dtype=np.float64)) * voxel_ml
    if task.given_gbq:
        given = task.given_gbq[0]
        stays = given * (1.0 - setting.shunt.fraction)
        how = f"{given:g} GBq given, less the lung shunt, shared out as the counts in the liver lie"
        return inside * np.float32(stays / total), how
    hours = task.hours_after[0]
    if not 0.0 < hours <= LATEST_H:
        raise RequestError(
            f"{hours:g} hours after the injection are not possible",
            where="--hours",
            remedy=f"give hours from injection to PET, more than 0 and at most {LATEST_H:g}",
        )
    back = decayed(1.0, -hours, setting.device.nuclide.half_life_h)
    activity = 1e-9 * total * back
    if not POSSIBLE_GBQ[0] <= activity <= POSSIBLE_GBQ[1]:
        raise RequestError(
            f"the liver would hold {activity:.3g} GBq",
            where=NAME,
            remedy="voxels must be in Bq/ml at the time of the PET; else give --activity",
        )
    how = f"voxels in Bq/ml, {hours:g} h after the injection"
    return inside * np.float32(1e-9 * back), how


def _rows(
    anatomy: Anatomy, local: Array, field: Array
) -> Iterator[tuple[str, tuple[float, float, float]]]:
    """Yield mean local, mean kernel and D70 kernel of every lesion and of normal liver."""
    masks = {one.id: anatomy.mask_of(one.id) for one in anatomy.known_lesions() if one.is_in_liver}
    for name, mask in {**masks, "normal": anatomy.healthy}.items():
        if not mask.any():
            continue
        deep = histogram(field, mask, anatomy.grid).dose_at_percent(70)
        near, far = (float(part[mask].mean(dtype=np.float64)) for part in (local, field))
        yield name, (near, far, deep)


def delivered_table(given: Delivered, result: Result, options: SirtOptions) -> Table:
    """Return delivered beside planned dose, lesion by lesion."""
    aim = result.setting.scenario.aims.get("tumour")
    level = 100.0 if aim is None else aim.value
    rows = [
        _row(name, figures, result, (level, options.small_lesion_ml))
        for name, figures in given.rows.items()
    ]
    return Table(
        "Delivered, beside the plan",
        (
            "",
            "planned local Gy",
            "delivered local Gy",
            "of the plan",
            "delivered kernel Gy",
            "D70 delivered, kernel Gy",
            f"{level:g} Gy reached",
            "remark",
        ),
        tuple(rows),
        note=f"{given.how}; {given.activity_gbq:.2f} GBq in the liver at injection, "
        f"{result.prescription.total_gbq:.2f} GBq planned",
        sources=("method:sirt-delivered", result.setting.device.nuclide.energy.source),
    )


def _row(
    name: str, figures: tuple[float, float, float], result: Result, limits: tuple[float, float]
) -> tuple[Cell, ...]:
    """Return one row: a lesion, or all normal liver."""
    level, small_ml = limits
    local, kernel, deep = figures
    planned = _planned(name, result)
    reached, remark = "", ""
    if name != "normal":
        by = [word for word, dose in (("local", local), ("kernel", kernel)) if dose >= level]
        reached = " and ".join(by) or "no"
        volume = next(one.volume_ml for one in result.anatomy.known_lesions() if one.id == name)
        remark = f"under {small_ml:g} ml: partial volume" if volume < small_ml else ""
    return (
        "all normal liver" if name == "normal" else name,
        f"{planned:.0f}",
        f"{local:.0f}",
        f"{100 * local / planned:.0f} %" if planned > 0 else "-",
        f"{kernel:.0f}",
        f"{deep:.0f}",
        reached,
        remark,
    )


def _planned(name: str, result: Result) -> float:
    """Return the planned mean local dose of a lesion, or of all normal liver."""
    anatomy = result.anatomy
    mask = anatomy.healthy if name == "normal" else anatomy.mask_of(name)
    return float(result.local[mask].mean(dtype=np.float64))


def delivered_layers(given: Delivered, result: Result) -> Iterator[Layer]:
    """Yield the delivered dose by both methods."""
    for name, dose in (("delivered-kernel", given.spread), ("delivered-local", given.local)):
        box = bounding_box(dose > 0)
        image = Image(np.maximum(dose[box], 0.0), result.anatomy.grid.crop(box))
        yield Layer(name, LayerKind.SCALAR, image, "dose", "Gy")


def delivered_details(given: Delivered) -> dict[str, Json]:
    """Return what was delivered as plain values."""
    return {
        "how": given.how,
        "activity_gbq": round(given.activity_gbq, 4),
        "gy": {
            name: {"local": round(local, 3), "kernel": round(kernel, 3), "d70_kernel": round(d, 3)}
            for name, (local, kernel, d) in given.rows.items()
        },
    }
