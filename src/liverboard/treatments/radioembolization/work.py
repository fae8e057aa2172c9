"""A radioembolization worked out on the voxels of one liver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from liverboard.anatomy import Anatomy
from liverboard.errors import RequestError
from liverboard.evidence.fact import FactSheet
from liverboard.numerics.dvh import Dvh, dvh
from liverboard.numerics.grid import Array, Image, bounding_box, read_only
from liverboard.treatments.radioembolization.dose import (
    Basis,
    measured_basis,
    simulated_basis,
)
from liverboard.treatments.radioembolization.kernels.convolve import KernelKey
from liverboard.treatments.radioembolization.measured import measured_map
from liverboard.treatments.radioembolization.options import SirtOptions
from liverboard.treatments.radioembolization.prescribe import (
    ModelRow,
    Prescription,
    doses_per_gbq,
    model_rows,
    prescribe,
)
from liverboard.treatments.radioembolization.setting import Setting, Task
from liverboard.treatments.radioembolization.tables import Nuclide
from liverboard.treatments.radioembolization.territory import territory_mask
from liverboard.treatments.radioembolization.uncertainty import Draws, draw
from liverboard.values import Unknown

__all__ = ["Result", "near_liver", "territory_masks", "work_out"]

REACH_VOXELS = 12
"""Voxels kept round the liver: more than the reach of the kernel on the working grid."""


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """Everything a plan is written from.

    local, spread: (z, y, x) float32 Gy on the grid of `anatomy`. means_local, means_spread: mean
    Gy by region of `basis`. histograms: by lesion, and `normal` for the liver of the territories,
    of the spread dose.
    """

    anatomy: Anatomy
    task: Task
    setting: Setting
    basis: Basis
    prescription: Prescription
    models: tuple[ModelRow, ...]
    per_gbq: Array
    local: Array
    spread: Array
    means_local: Array
    means_spread: Array
    lung_gy: float
    draws: Draws
    histograms: Mapping[str, Dvh]
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("per_gbq", "local", "spread", "means_local", "means_spread"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def normal_rows(self) -> list[int]:
        """The regions that are normal liver of the territories."""
        return [self.basis.row(f"normal {t}") for t in range(len(self.basis.territories))]


@lru_cache(maxsize=1)
def near_liver(anatomy: Anatomy) -> Anatomy:
    """Return the anatomy cropped to the liver and the reach of the dose, once for all plans."""
    return anatomy.near_liver(REACH_VOXELS)


def territory_masks(anatomy: Anatomy, names: tuple[str, ...]) -> dict[str, Array] | Unknown:
    """Return the mask of every territory; the first of two that overlap keeps what both claim."""
    found: dict[str, Array] = {}
    for name in names:
        mask = territory_mask(anatomy, name)
        if isinstance(mask, Unknown):
            return mask
        for earlier in found.values():
            mask = mask & ~earlier
        found[name] = mask
    return found


def kernel_key(nuclide: Nuclide, anatomy: Anatomy, density: float) -> KernelKey:
    """Return the key of the voxel kernel for a grid."""
    return nuclide.id, nuclide.reach_mm, anatomy.grid.spacing_mm, density


@lru_cache(maxsize=8)
def _basis(
    anatomy: Anatomy, names: tuple[str, ...], nuclide: Nuclide, density: float
) -> Basis | Unknown:
    """Return the parts of a simulated map; kept for devices that share a nuclide."""
    masks = territory_masks(anatomy, names)
    if isinstance(masks, Unknown):
        return masks
    return simulated_basis(anatomy, masks, kernel_key(nuclide, anatomy, density), density)


@lru_cache(maxsize=8)
def _measured_basis(
    anatomy: Anatomy, names: tuple[str, ...], nuclide: Nuclide, density: float, source: Image
) -> tuple[Basis, tuple[str, ...]] | Unknown:
    """Return the parts of a measured map and its remarks; kept for devices that share a nuclide."""
    masks = territory_masks(anatomy, names)
    if isinstance(masks, Unknown):
        return masks
    found = measured_map(source, anatomy, "map of activity")
    key = kernel_key(nuclide, anatomy, density)
    try:
        return measured_basis(anatomy, masks, found.activity, key, density), found.remarks
    except ValueError as error:
        raise RequestError(
            str(error), where="map of activity", remedy="treat another territory"
        ) from None


def _parts(
    anatomy: Anatomy, task: Task, setting: Setting, image: Image | None
) -> tuple[Basis, tuple[str, ...]] | Unknown:
    """Return the parts of the activity, simulated or measured, and remarks about a map."""
    asked = (task.territories, setting.device.nuclide, setting.density.value)
    if task.map == "simulated":
        basis = _basis(anatomy, *asked)
        return basis if isinstance(basis, Unknown) else (basis, ())
    if image is None:
        raise RequestError(
            f"the case has no {task.map}", where="map", remedy="add it, or plan with simulated"
        )
    return _measured_basis(anatomy, *asked, image)


def work_out(
    anatomy: Anatomy,
    task: Task,
    setting: Setting,
    known: tuple[FactSheet, Image | None],
    options: SirtOptions,
) -> Result | Unknown:
    """Return a task worked out; Unknown where a territory cannot be drawn.

    anatomy: as `near_liver` gives it. known: the facts, and the map of activity where the task
    wants a measured one.
    """
    sheet, image = known
    found = _parts(anatomy, task, setting, image)
    if isinstance(found, Unknown):
        return found
    basis, remarks = found
    chosen = prescribe(basis, setting, task.activity_gbq)
    made = _result(anatomy, task, setting, (basis, chosen), (sheet, options))
    return replace(made, remarks=remarks)


def _result(
    anatomy: Anatomy,
    task: Task,
    setting: Setting,
    decided: tuple[Basis, Prescription],
    rest: tuple[FactSheet, SirtOptions],
) -> Result:
    """Put dose, intervals and histograms together."""
    basis, chosen = decided
    activity = np.array(chosen.activity_gbq)
    uptakes = basis.uptakes(setting.uptakes(basis.lesions))
    stays = setting.energy * (1.0 - setting.shunt.fraction) * activity
    doses = basis.concentrations(stays, uptakes)
    spread = basis.field(doses, is_spread=True)
    shunted = setting.energy * float(activity.sum()) * setting.shunt.fraction
    return Result(
        anatomy,
        task,
        setting,
        basis,
        chosen,
        model_rows(basis, setting, chosen, rest[0]),
        doses_per_gbq(basis, setting),
        basis.field(doses, is_spread=False),
        spread,
        basis.local_means @ doses,
        basis.spread_means @ doses,
        shunted / setting.lung_kg.value,
        draw(basis, chosen.activity_gbq, setting, rest[1]),
        _histograms(anatomy, basis, spread),
    )


def _histograms(anatomy: Anatomy, basis: Basis, dose: Array) -> dict[str, Dvh]:
    """Return the histogram of every lesion, and of the healthy liver as `normal`."""
    masks = {name: anatomy.mask_of(name) for name in basis.lesions}
    masks["normal"] = anatomy.healthy
    found = {}
    for name, mask in masks.items():
        if mask.any():
            box = bounding_box(mask, margin=2)
            field = Image(dose[box], anatomy.grid.crop(box))
            found[name] = dvh(field, mask[box], field.grid, box_mm=10.0)
    return found
