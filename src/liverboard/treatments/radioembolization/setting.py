"""What a prescription starts from: device, doses, shunt, uptake, lungs, each with its origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from liverboard.errors import RequestError
from liverboard.evidence.fact import FactSheet
from liverboard.treatments.protocol import Json, Proposal
from liverboard.treatments.radioembolization.tables import (
    Device,
    Figure,
    Scenario,
    device,
    figure,
    published,
    scenario,
)
from liverboard.values import Mark, Unknown

__all__ = ["Setting", "Shunt", "Task", "setting_of", "shunt_of"]

LEAST_SHUNT_PERCENT = 0.5
"""A recorded shunt above zero but below this is a fraction taken for a percentage."""


@dataclass(frozen=True, slots=True)
class Shunt:
    """Lung shunt as a fraction; `is_measured` says whether it is this patient's own."""

    fraction: float
    is_measured: bool
    origin: str
    source: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Task:
    """What a proposal asks for, read from its parameters.

    `activity_gbq` and `aim_gy` are empty where the room decides. `uptake` overrides T/N for all
    lesions (key "") or one. `map` is simulated, spect_maa or pet_y90.
    """

    device: str
    territories: tuple[str, ...]
    scenario: str
    map: str = "simulated"
    activity_gbq: tuple[float, ...] = ()
    aim_gy: Mapping[str, float] = field(default_factory=dict)
    shunt_percent: tuple[float, ...] = ()
    uptake: Mapping[str, float] = field(default_factory=dict)

    @staticmethod
    def of(proposal: Proposal) -> Task:
        """Read the task of a proposal."""
        given = proposal.parameters
        return Task(
            str(given["device"]),
            tuple(str(name) for name in _listed(given["territories"])),
            str(given["scenario"]),
            str(given.get("map", "simulated")),
            tuple(_numbers(given.get("activity_gbq", []))),
            MappingProxyType(_named(given.get("aim_gy", {}))),
            tuple(_numbers(given.get("shunt_percent", []))),
            MappingProxyType(_named(given.get("uptake", {}))),
        )


def _listed(value: Json) -> list[Json]:
    """Return a parameter that is a list."""
    assert isinstance(value, list | tuple)
    return list(value)


def _numbers(value: Json) -> list[float]:
    """Return a parameter that is a list of numbers."""
    found = []
    for number in _listed(value):
        assert isinstance(number, int | float)
        found.append(float(number))
    return found


def _named(value: Json) -> dict[str, float]:
    """Return a parameter that is a table of numbers."""
    assert isinstance(value, Mapping)
    return dict(zip(value, _numbers(list(value.values())), strict=True))


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything besides the anatomy that a prescription depends on."""

    device: Device
    scenario: Scenario
    shunt: Shunt
    uptake: Figure
    own_uptake: Mapping[str, float]
    lung_kg: Figure
    density: Figure

    @property
    def energy(self) -> float:
        """Gy kg per GBq."""
        return self.device.nuclide.energy.value

    def uptakes(self, lesions: tuple[str, ...]) -> dict[str, float]:
        """Return the uptake of every lesion."""
        middle = self.own_uptake.get("", self.uptake.value)
        return {lesion: self.own_uptake.get(lesion, middle) for lesion in lesions}


def setting_of(task: Task, sheet: FactSheet) -> Setting:
    """Return the setting of a task for a patient."""
    primary = sheet.category("primary_site")
    site = "colorectal" if isinstance(primary, Unknown) else primary
    shunt = shunt_of(task, sheet)
    ratios = published("uptake_ratio")
    return Setting(
        device(task.device),
        _with_aims(scenario(task.scenario, task.device, site), task.aim_gy),
        shunt,
        figure(ratios.get(site, ratios["other"])),
        task.uptake,
        figure(published("lungs", "mass_kg")),
        figure(published("density_g_per_ml", "liver")),
    )


def _with_aims(chosen: Scenario, wanted: Mapping[str, float]) -> Scenario:
    """Return a scenario whose aims are those that were asked for, where any were."""
    if not wanted:
        return chosen
    allowed = ("tumour", "perfused", "normal", "liver")
    unknown = sorted(set(wanted) - set(allowed))
    if unknown:
        raise RequestError(
            f"no dose can be aimed at {', '.join(unknown)}",
            where="--aim",
            remedy=f"choose from {', '.join(allowed)}",
        )
    aims = {
        name: Figure(dose, dose, dose, "judgement:sirt-request", "as asked", Mark.UNVERIFIED)
        for name, dose in wanted.items()
    }
    return Scenario(chosen.id, chosen.primary, aims, chosen.limits, chosen.is_own)


def shunt_of(task: Task, sheet: FactSheet) -> Shunt:
    """Return the lung shunt: as asked, as recorded, else what is usual.

    RequestError where a percentage looks like a fraction.
    """
    if task.shunt_percent:
        return _own(task.shunt_percent[0], "--lsf")
    recorded = sheet.number("lung_shunt")
    if not isinstance(recorded, Unknown):
        return _own(recorded, "lung_shunt in the record")
    usual = figure(published("lung_shunt_percent", "usual"))
    return Shunt(usual.value / 100.0, False, "usual of other patients", usual.source, usual.mark)


def _own(percent: float, origin: str) -> Shunt:
    """Return the patient's own shunt; RequestError where it is out of range."""
    if 0.0 < percent < LEAST_SHUNT_PERCENT:
        raise RequestError(
            f"a lung shunt of {percent:g} percent looks like a fraction",
            where=origin,
            remedy=f"write {100 * percent:g} percent, or 0 where none was seen",
        )
    if not 0.0 <= percent < 100.0:
        raise RequestError(
            f"a lung shunt of {percent:g} percent is impossible",
            where=origin,
            remedy="give the share of counts in the lungs, 0 to below 100 percent",
        )
    return Shunt(percent / 100.0, True, origin, "method:sirt-activity", Mark.VERIFIED)
