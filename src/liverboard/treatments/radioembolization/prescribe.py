"""How much activity: every limit as the activity at which it binds, every model side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from liverboard.evidence.calculators.body import bsa_dubois
from liverboard.evidence.fact import FactSheet
from liverboard.numerics.grid import Array
from liverboard.treatments.radioembolization.dose import Basis
from liverboard.treatments.radioembolization.kernels.activity import (
    activity_for_lung,
    bsa_activity,
    empiric_activity,
    shunt_factor,
    single_activity,
)
from liverboard.treatments.radioembolization.setting import Setting
from liverboard.treatments.radioembolization.tables import figure, rules
from liverboard.values import Mark, Unknown

__all__ = ["Limit", "ModelRow", "Prescription", "doses_per_gbq", "model_rows", "prescribe"]


@dataclass(frozen=True, slots=True)
class Limit:
    """One dose or amount, and the activity in GBq at which it is reached.

    `is_aim`: at least this much is wanted; otherwise at most this much is allowed. `territory` is
    empty for what counts over all of them.
    """

    name: str
    territory: str
    is_aim: bool
    amount: str
    activity_gbq: float
    source: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Prescription:
    """Activity by territory in GBq, every limit, and what decided it (by territory)."""

    activity_gbq: tuple[float, ...]
    limits: tuple[Limit, ...]
    binding: tuple[str, ...]

    @property
    def total_gbq(self) -> float:
        """Activity of all territories."""
        return sum(self.activity_gbq)


def doses_per_gbq(basis: Basis, setting: Setting, *, is_spread: bool = False) -> Array:
    """Return the mean dose (regions, territories) of every region per GBq into each territory."""
    uptakes = basis.uptakes(setting.uptakes(basis.lesions))
    means = basis.spread_means if is_spread else basis.local_means
    energy = setting.energy * (1.0 - setting.shunt.fraction)
    count = len(basis.territories)
    columns = [
        means @ basis.concentrations(energy * np.eye(count)[t], uptakes) for t in range(count)
    ]
    return np.stack(columns, axis=1)


def perfused_kg(basis: Basis) -> Array:
    """Return the mass (territories,) of every territory."""
    return np.asarray(basis.region_ml @ basis.shares * basis.density / 1000.0)


def prescribe(basis: Basis, setting: Setting, given_gbq: tuple[float, ...] = ()) -> Prescription:
    """Return the activity that meets the aims as far as the limits allow.

    `given_gbq`: the total, or one for each territory; then limits are only reported.
    """
    per_gbq = doses_per_gbq(basis, setting)
    limits = [
        limit
        for number in range(len(basis.territories))
        for limit in _territory_limits(basis, setting, per_gbq, number)
    ]
    limits += _common_limits(setting)
    if given_gbq:
        shared = _shared(basis, given_gbq)
        return Prescription(shared, tuple(limits), ("as asked",) * len(shared))
    wanted = [_wanted(limits, name) for name in basis.territories]
    activity = np.array([amount for amount, _ in wanted])
    binding = [name for _, name in wanted]
    for limit in limits:
        if not limit.territory and activity.sum() > limit.activity_gbq:
            activity *= limit.activity_gbq / activity.sum()
            binding = [limit.name] * len(binding)
    return Prescription(tuple(activity.tolist()), tuple(limits), tuple(binding))


def _shared(basis: Basis, given: tuple[float, ...]) -> tuple[float, ...]:
    """Return an activity for each territory: as given, or the total shared by mass."""
    if len(given) == len(basis.territories):
        return given
    mass = perfused_kg(basis)
    return tuple((sum(given) * mass / mass.sum()).tolist())


def _wanted(limits: list[Limit], territory: str) -> tuple[float, str]:
    """Return the activity for one territory and what decides it: its aims, or a limit below."""
    own = [limit for limit in limits if limit.territory == territory]
    aims = [limit for limit in own if limit.is_aim]
    most = [limit for limit in own if not limit.is_aim]
    aim = max(aims, key=lambda limit: limit.activity_gbq)
    first = min(most, key=lambda limit: limit.activity_gbq, default=aim)
    chosen = min(aim, first, key=lambda limit: limit.activity_gbq)
    return chosen.activity_gbq, chosen.name


def _territory_limits(
    basis: Basis, setting: Setting, per_gbq: Array, number: int
) -> Iterator[Limit]:
    """Yield the aims and limits of one territory."""
    territory = basis.territories[number]
    aims, limits = dict(setting.scenario.aims), setting.scenario.limits
    if "tumour" in aims and "perfused" in aims:
        del aims["perfused"]  # one compartment is a model of its own, see model_rows
    for is_aim, doses in ((True, aims), (False, limits)):
        for name, dose in doses.items():
            activity = _activity_at(basis, setting, per_gbq, (number, name, dose.value))
            amount = f"{dose.value:g} Gy"
            yield Limit(LABELS[name], territory, is_aim, amount, activity, dose.source, dose.mark)


LABELS = {
    "tumour": "coldest tumour",
    "perfused": "all of the territory",
    "liver": "all of the territory, no shunt",
    "normal": "normal liver of the territory",
}


def _activity_at(
    basis: Basis, setting: Setting, per_gbq: Array, wanted: tuple[int, str, float]
) -> float:
    """Return the activity in GBq at which one territory has a dose by name."""
    number, name, dose = wanted
    mass = float(perfused_kg(basis)[number])
    if name == "perfused":
        return single_activity(dose, mass, setting.shunt.fraction, energy=setting.energy)
    if name == "liver":
        return single_activity(dose, mass, 0.0, energy=setting.energy)
    if name == "normal":
        return dose / _or_small(float(per_gbq[basis.row(f"normal {number}"), number]))
    rows = [basis.row(lesion) for lesion in basis.lesions]
    inside = [row for row in rows if basis.shares[row, number] >= MOSTLY] or rows
    if not inside:
        return math.inf
    return dose / _or_small(min(float(per_gbq[row, number]) for row in inside))


MOSTLY = 0.5
"""Share of a lesion from which a territory is responsible for its dose."""


def _or_small(number: float) -> float:
    """Return a dose per GBq that can be divided by: what receives nothing needs very much."""
    return max(number, 1e-12)


def _common_limits(setting: Setting) -> Iterator[Limit]:
    """Yield the limits that count over all territories: lungs, vial."""
    shunt = setting.shunt.fraction
    for name, label in (("single", "lungs, one session"), ("cumulative", "lungs, all sessions")):
        dose = figure(rules("lungs", name))
        activity = activity_for_lung(
            dose.value, shunt, setting.lung_kg.value, energy=setting.energy
        )
        yield Limit(label, "", False, f"{dose.value:g} Gy", activity, dose.source, dose.mark)
    vials = setting.device.vials_gbq
    if vials:
        source = setting.device.diameter_um.source
        yield Limit(
            "largest vial", "", False, f"{max(vials):g} GBq", max(vials), source, Mark.VERIFIED
        )


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One activity model: what it prescribes by territory, or why it cannot."""

    model: str
    activity_gbq: tuple[float, ...]
    remark: str
    source: str
    mark: Mark


def model_rows(
    basis: Basis, setting: Setting, chosen: Prescription, sheet: FactSheet
) -> tuple[ModelRow, ...]:
    """Return the activity models side by side, the partition that the plan uses first."""
    decided = " / ".join(dict.fromkeys(chosen.binding))
    rows = [
        ModelRow(
            "partition by territory",
            chosen.activity_gbq,
            f"decided by {decided}",
            "moran-2020",
            Mark.VERIFIED,
        )
    ]
    rows += _single_row(basis, setting)
    if setting.device.id == "resin":
        rows += [_bsa_row(basis, setting, sheet), _empiric_row(basis)]
    return tuple(rows)


def _single_row(basis: Basis, setting: Setting) -> Iterator[ModelRow]:
    """Yield the single-compartment model where a dose of the whole territory is published."""
    for name, shunt in (("perfused", setting.shunt.fraction), ("liver", 0.0)):
        aim = setting.scenario.aims.get(name)
        if aim is None:
            continue
        activity = [
            single_activity(aim.value, float(mass), shunt, energy=setting.energy)
            for mass in perfused_kg(basis)
        ]
        upper = f" to {aim.high:g}" if aim.high > aim.value else ""
        remark = f"{aim.value:g}{upper} Gy to all of the territory"
        yield ModelRow("one compartment (MIRD)", tuple(activity), remark, aim.source, aim.mark)


def _tumour_share(basis: Basis) -> Array:
    """Return the tumour fraction (territories,) of each territory by volume."""
    count = len(basis.lesions)
    tumour = basis.region_ml[:count] @ basis.shares[:count]
    return np.asarray(tumour / (basis.region_ml @ basis.shares))


def _bsa_row(basis: Basis, setting: Setting, sheet: FactSheet) -> ModelRow:
    """Return the model by body surface, each territory scaled by its share of the liver."""
    height, weight = sheet.number("height"), sheet.number("weight")
    name, source = "body surface area", "roekel-thesis"
    if isinstance(height, Unknown) or isinstance(weight, Unknown):
        return ModelRow(name, (), "needs height and weight", source, Mark.VERIFIED)
    surface = bsa_dubois(height, weight)
    if isinstance(surface, Unknown):
        return ModelRow(name, (), surface.detail, source, Mark.VERIFIED)
    steps = [(float(s["below"]), float(s["factor"])) for s in rules("shunt_reduction", "steps")]
    factor = shunt_factor(100.0 * setting.shunt.fraction, steps)
    offset = float(rules("bsa_offset_m2", "value"))
    treated = perfused_kg(basis) * 1000.0 / basis.density / basis.region_ml.sum()
    activity = [
        factor * bsa_activity(surface, float(share), offset_m2=offset, treated_fraction=float(part))
        for share, part in zip(_tumour_share(basis), treated, strict=True)
    ]
    remark = f"BSA {surface:.3f} m2 (DuBois), lung shunt factor {factor:g} (cut-offs unverified)"
    return ModelRow(name, tuple(activity), remark, source, Mark.UNVERIFIED)


def _empiric_row(basis: Basis) -> ModelRow:
    """Return the empiric model: obsolete, for comparison."""
    count = len(basis.lesions)
    percent = 100.0 * float(basis.region_ml[:count].sum() / basis.region_ml.sum())
    steps = [(float(s["tumour_share_up_to"]), float(s["gbq"])) for s in rules("empiric", "steps")]
    activity = empiric_activity(percent, steps)
    treated = perfused_kg(basis) * 1000.0 / basis.density / basis.region_ml.sum()
    remark = f"tumour {percent:.1f} % of the liver; obsolete, for comparison only"
    shares = tuple((activity * treated).tolist())
    return ModelRow("empiric", shares, remark, "sir-spheres-ifu", Mark.UNVERIFIED)
