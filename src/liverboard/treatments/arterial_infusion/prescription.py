"""The prescription of a pump: drug, additives, calendar, checks; and the exposure it gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from liverboard.errors import RequestError
from liverboard.numerics.grid import Array
from liverboard.treatments.arterial_infusion.flows import draw_flows
from liverboard.treatments.arterial_infusion.kernels.pump import (
    dosing_weight_kg,
    fill_mg,
    ideal_weight_kg,
    rounded_mg,
    running_days,
)
from liverboard.treatments.arterial_infusion.kernels.steady import linear_steady
from liverboard.treatments.arterial_infusion.options import InfusionOptions
from liverboard.treatments.arterial_infusion.tables import drug, estimate, pump, table
from liverboard.values import Estimate, Mark

__all__ = ["Exposure", "Prescription", "exposure", "prescribe"]


@dataclass(frozen=True, slots=True)
class Prescription:
    """What goes into the pump, and when.

    `exact_mg` before rounding to what is weighed out. `calendar`: (day, what is done).
    """

    drug: str
    pump: str
    dose_mg_per_kg_day: float
    flow_ml_per_day: float
    weight_kg: float
    dosing_kg: float
    ideal_kg: float
    exact_mg: float
    fill_mg: float
    drug_ml: float
    reservoir_ml: float
    running_days: float
    concentration_mg_per_ml: float
    calendar: tuple[tuple[int, str], ...]
    problems: tuple[str, ...]


def prescribe(
    drug_id: str,
    pump_id: str,
    body: tuple[float, float, bool],
    *,
    flow_ml_per_day: float,
    dose_mg_per_kg_day: float = 0.0,
) -> Prescription:
    """Return the prescription for (weight kg, height cm, is male); 0 means the usual dose.

    RequestError for an unknown drug or pump, and a flow or dose that cannot be.
    """
    chosen, device = drug(drug_id), pump(pump_id)
    _check_flow(flow_ml_per_day)
    dose = dose_mg_per_kg_day or float(chosen["dose_mg_per_kg_day"]["value"])
    _check_dose(dose, float(chosen["label_mg_per_kg_day"]["high"]))
    weight, height, is_male = body
    ideal = ideal_weight_kg(height, is_male=is_male)
    kg = dosing_weight_kg(weight, ideal, factor=float(table()["obesity"]["factor"]))
    reservoir = float(device["reservoir_ml"])
    exact = fill_mg(dose, kg, reservoir_ml=reservoir, flow_ml_per_day=flow_ml_per_day)
    amount = rounded_mg(exact, float(chosen["round_mg"]["value"]))
    days = running_days(reservoir, flow_ml_per_day)
    return Prescription(
        drug_id,
        pump_id,
        dose,
        flow_ml_per_day,
        weight,
        kg,
        ideal,
        exact,
        amount,
        amount / float(chosen["vial_mg_per_ml"]["value"]),
        reservoir,
        days,
        amount / reservoir,
        tuple(_calendar(drug_id, reservoir, flow_ml_per_day)),
        tuple(_problems(drug_id, amount / reservoir, days, (weight, kg))),
    )


def _check_flow(flow: float) -> None:
    """Raise RequestError for a flow that no such pump has."""
    low, high = (float(table()["flow_ml_per_day"][name]) for name in ("low", "high"))
    if not low <= flow <= high:
        raise RequestError(
            f"a flow of {flow:g} ml per day is not possible",
            where="--flow",
            remedy=f"give the measured flow, {low:g} to {high:g} ml per day",
        )


def _check_dose(dose: float, most: float) -> None:
    """Raise RequestError for a dose beyond the label."""
    if not 0.0 < dose <= most:
        raise RequestError(
            f"a dose of {dose:g} mg/kg per day is beyond the label",
            where="--dose",
            remedy=f"give more than 0 and at most {most:g} mg/kg per day",
        )


def _calendar(drug_id: str, reservoir_ml: float, flow: float) -> Iterator[tuple[int, str]]:
    """Yield day and act of every visit to the pump, with what should be left in it."""
    chosen = drug(drug_id)
    cycle, infusion = int(chosen["cycle_days"]["value"]), int(chosen["infusion_days"]["value"])
    left = ""
    for number in range(int(chosen["cycles"]["value"])):
        yield number * cycle, f"cycle {number + 1}: empty{left}, fill with drug"
        left = f" ({_residual(reservoir_ml, flow, cycle - infusion)})"
        drug_left = _residual(reservoir_ml, flow, infusion)
        yield number * cycle + infusion, f"empty ({drug_left}), fill with heparin saline"


def _residual(reservoir_ml: float, flow: float, days: int) -> str:
    """Return in words what should be left after some days, and beyond what the flow is off."""
    off = float(table()["flow_deviation_percent"]["value"]) / 100.0
    expected, low, high = (
        max(0.0, reservoir_ml - flow * days * factor) for factor in (1.0, 1.0 + off, 1.0 - off)
    )
    return f"{expected:.1f} ml expected; flow off beyond {low:.1f} to {high:.1f}"


def _problems(
    drug_id: str, concentration: float, days: float, weights: tuple[float, float]
) -> Iterator[str]:
    """Yield what a pharmacist must look at."""
    chosen = drug(drug_id)
    actual, dosed = weights
    if dosed != actual:
        yield f"dosed by {dosed:.1f} kg, the mean of ideal and actual weight (obesity)"
    low, high = (float(chosen["stable_mg_per_ml"][name]) for name in ("low", "high"))
    if not low <= concentration <= high:
        yield f"{concentration:.2f} mg/ml is not known to be stable ({low:g} to {high:g} are)"
    infusion = float(chosen["infusion_days"]["value"])
    if days < infusion:
        yield f"the pump runs dry after {days:.1f} days, before day {infusion:g}"


@dataclass(frozen=True, slots=True)
class Exposure:
    """Steady concentrations in ug/l (ng/ml), and how many times the body's they are."""

    artery: Estimate
    liver: Estimate
    body: Estimate
    artery_gain: Estimate
    liver_gain: Estimate


def exposure(given: Prescription, options: InfusionOptions) -> Exposure:
    """Return what artery (tumour), liver and body see, from ranges of extraction and flow.

    Extraction is even over its published range, flows as volunteers differ. No clearance elsewhere.
    """
    rng = np.random.Generator(np.random.PCG64(options.seed))
    ranges = drug(given.drug)["extraction"]
    rate = given.dose_mg_per_kg_day * given.dosing_kg * 1000.0 / 1440.0
    count = options.draws
    extraction = rng.uniform(float(ranges["low"]), float(ranges["high"]), count)
    flow, share = draw_flows(rng, given.weight_kg, count)
    rates = np.full(count, rate)
    artery, liver, body = linear_steady(rates, extraction, flow, share, np.zeros(count))
    edge = (100.0 - options.interval_percent) / 2.0
    sources = ("method:hai-kinetics", str(ranges["source"]), "carlisle-1992")

    def spread(values: Array, unit: str) -> Estimate:
        low, middle, high = (float(n) for n in np.percentile(values, (edge, 50.0, 100.0 - edge)))
        return Estimate(middle, low, high, unit, sources, Mark.VERIFIED)

    return Exposure(
        spread(artery, "ng/mL"),
        spread(liver, "ng/mL"),
        spread(body, "ng/mL"),
        spread(artery / body, "1"),
        spread(liver / body, "1"),
    )


def systemic_check() -> Estimate:
    """Return the level that was measured in patients, kept apart as a test."""
    return estimate(table()["systemic_check"], "ng/mL")
