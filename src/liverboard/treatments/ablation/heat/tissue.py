"""What liver is made of, as far as heat and cold care."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from liverboard.errors import RequestError
from liverboard.treatments.ablation.kernels.heat import Curve
from liverboard.treatments.ablation.tables import estimate_of, table

__all__ = ["Tissue", "liver", "temperature_to_enthalpy"]


@dataclass(frozen=True, slots=True)
class Tissue:
    """Liver in SI units; temperatures in degC.

    `perfusion_per_s`: volume of blood through a volume of tissue each second. `nusselt`: of the
    flow in vessels that the grid resolves.
    """

    density: float
    capacity: float
    conductivity: float
    conductivity_per_k: float
    perfusion_per_s: float
    blood_j_m3k: float
    body_c: float
    boiling_j_m3: float
    boiling_c: tuple[float, float]
    ice_latent: float
    ice_c: tuple[float, float]
    ice_capacity: float
    ice_conductivity: float
    nusselt: float
    blood_conductivity: float

    def __post_init__(self) -> None:
        if self.perfusion_per_s < 0.0:
            raise RequestError(
                f"perfusion must not be negative, got {self.perfusion_per_s:g} 1/s",
                where="perfusion",
                remedy="0 is tissue without blood, 0.0155 a healthy liver",
            )

    @property
    def sink(self) -> float:
        """What perfusion carries away in W/m3/K."""
        return self.perfusion_per_s * self.blood_j_m3k

    @property
    def heat_capacity(self) -> float:
        """J/m3/K of wet tissue."""
        return self.density * self.capacity

    @property
    def hot(self) -> Curve:
        """Enthalpy above 0 degC through boiling.

        Dry tissue is given the capacity of wet tissue: its own, an eighth of it, would ask for
        steps an eighth as long and changes nothing at the edge of a zone, which is far from it.
        """
        low, high = self.boiling_c
        start, slope = low * self.heat_capacity, 1.0 / self.heat_capacity
        return (
            start,
            start + self.boiling_j_m3,
            low,
            slope,
            (high - low) / self.boiling_j_m3,
            slope,
        )

    @property
    def cold(self) -> Curve:
        """Enthalpy counted from ice at the lower end of its window, through freezing."""
        low, high = self.ice_c
        width = self.density * self.ice_latent
        ice, wet = self.density * self.ice_capacity, self.heat_capacity
        return (0.0, width, low, 1.0 / ice, (high - low) / width, 1.0 / wet)

    def but(self, **changes: float) -> Tissue:
        """Return this tissue with some values changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


def temperature_to_enthalpy(curve: Curve, temperature_c: float) -> float:
    """Return the enthalpy in J/m3 at which a curve reaches a temperature."""
    start, stop, at, below, between, above = curve
    top = at + between * (stop - start)
    if temperature_c <= at:
        return start + (temperature_c - at) / below
    if temperature_c <= top:
        return start + (temperature_c - at) / between
    return stop + (temperature_c - top) / above


@cache
def liver() -> Tissue:
    """Return liver as tabulated."""
    given: Mapping[str, Mapping[str, Any]] = table("heat")
    wet, ice, vessel = given["tissue"], given["ice"], given["vessel"]

    def number(entry: Mapping[str, Any]) -> float:
        return estimate_of(entry, "1").value

    return Tissue(
        number(wet["density"]),
        number(wet["capacity"]),
        number(wet["conductivity"]),
        number(wet["conductivity_per_k"]),
        number(wet["perfusion"]),
        number(wet["blood_density"]) * number(wet["blood_capacity"]),
        number(wet["body_c"]),
        number(wet["boiling"]),
        (float(wet["boiling_c"][0]), float(wet["boiling_c"][1])),
        number(ice["latent"]),
        (float(ice["window_c"][0]), float(ice["window_c"][1])),
        number(ice["capacity"]),
        number(ice["conductivity"]),
        number(vessel["nusselt"]),
        number(vessel["blood_conductivity"]),
    )
