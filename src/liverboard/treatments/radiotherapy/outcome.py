"""From dose to effect: biologically effective doses, local control, and harm to the liver.

Every figure keeps its source and caveat; beyond what was published it is unknown.
Source: method:radiotherapy-outcome (docs/radiotherapy.md#dose-and-effect).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from liverboard.evidence.fact import FactSheet, Known
from liverboard.numerics.bed import bed_gy, bed_lql_gy, dose_for_bed_gy, eqd2_gy
from liverboard.treatments.radiotherapy.options import Prescription
from liverboard.values import Estimate, Mark, Quantity, Reason, Unknown

__all__ = [
    "caveats",
    "control_2y_percent",
    "control_3y_percent",
    "effective_doses",
    "enzyme_risk_percent",
    "focal_loss_gy",
    "severe_harm",
    "table",
]

Doses = Mapping[str, float]


@cache
def table() -> Mapping[str, Any]:
    """Return the content of `data/outcome.yaml`."""
    folder = resources.files("liverboard.treatments.radiotherapy")
    found: Mapping[str, Any] = yaml.safe_load(
        folder.joinpath("data/outcome.yaml").read_text("utf-8")
    )
    return found


def effective_doses(dose_gy: float, fractions: int) -> Doses:
    """Return what a total dose amounts to in tumour: BED and EQD2 (LQ), and BED by LQ-L, in Gy."""
    ratio = float(table()["alpha_beta_gy"]["tumour"]["value"])
    bend = float(table()["lql_transition_gy"]["value"])
    bed = bed_gy(dose_gy, fractions, alpha_beta_gy=ratio)
    straight = bed_lql_gy(dose_gy, fractions, alpha_beta_gy=ratio, transition_gy=bend)
    return {
        "bed10_gy": bed,
        "bed10_lql_gy": straight,
        "eqd2_gy": eqd2_gy(bed, alpha_beta_gy=ratio),
    }


def control_2y_percent(
    prescription: Prescription, coldest_gy: float, hottest_gy: float
) -> Quantity:
    """Return local control at two years in percent (Ohri 2021, logistic in BED10).

    The interval is no confidence interval: it spans the target's own doses (D98 by the
    linear-quadratic-linear model to D2 by the linear-quadratic one). Unknown outside 60 to 180 Gy.
    """
    model = table()["local_control"]
    bed = prescription.bed10_gy
    low, high = float(model["from_bed10_gy"]), float(model["to_bed10_gy"])
    if not low <= bed <= high:
        return Unknown(
            Reason.OUT_OF_RANGE, f"BED10 {bed:.0f} Gy; published for {low:.0f} to {high:.0f} Gy"
        )
    cold = effective_doses(coldest_gy, prescription.fractions)["bed10_lql_gy"]
    hot = effective_doses(hottest_gy, prescription.fractions)["bed10_gy"]
    value = _logistic(bed, model)
    ends = [_logistic(min(max(dose, low), high), model) for dose in (cold, hot)]
    sources = (model["source"], "method:radiotherapy-outcome")
    return Estimate(
        value, min(value, *ends), max(value, *ends), "percent", sources, Mark(model["mark"])
    )


def _logistic(bed10_gy: float, model: Mapping[str, Any]) -> float:
    """Return 100 / (1 + exp((D50 - BED10) / scale))."""
    d50, scale = float(model["two_year_d50_gy"]), float(model["two_year_scale_gy"])
    return 100.0 / (1.0 + math.exp((d50 - bed10_gy) / scale))


def control_3y_percent(prescription: Prescription) -> Quantity:
    """Return local control at three years of the dose group that the prescription falls in."""
    model = table()["local_control"]
    groups = model["three_year_percent"]
    bed = prescription.bed10_gy
    if not float(model["from_bed10_gy"]) <= bed <= float(model["to_bed10_gy"]):
        return Unknown(Reason.OUT_OF_RANGE, f"BED10 {bed:.0f} Gy")
    value = float(groups["above" if bed > float(groups["cut_bed10_gy"]) else "below"])
    return Estimate(value, value, value, "percent", (model["source"],), Mark(model["mark"]))


def enzyme_risk_percent(mean_liver_gy: float, fractions: int) -> Quantity:
    """Return the probability of grade >= 3 enzyme change in percent (probit in mean dose).

    P = Phi((D / D50 - 1) m sqrt(2 pi)). Published for about three fractions, and not significant.
    """
    model = table()["enzymes"]
    if fractions != FEW_FRACTIONS:
        return Unknown(Reason.OUT_OF_RANGE, "published for three fractions")
    steep = float(model["slope"]) * math.sqrt(2.0 * math.pi)
    place = (mean_liver_gy / float(model["d50_gy"]) - 1.0) * steep
    value = 50.0 * (1.0 + math.erf(place / math.sqrt(2.0)))
    return Estimate(value, value, value, "percent", (model["source"],), Mark(model["mark"]))


FEW_FRACTIONS = 3
"""Fractions of the series behind the enzyme model (miften-2021)."""


def focal_loss_gy(sheet: FactSheet, fractions: int) -> float:
    """Return the total dose from which irradiated liver stops working, in Gy.

    BED with alpha/beta 2 of 70 Gy, in cirrhosis 40 Gy (focal-liver-reaction). Where cirrhosis is
    not recorded the threshold of normal liver is used and the plan says so.
    """
    entry = table()["focal_reaction_bed2_gy"]
    bed = float(entry["cirrhotic" if is_cirrhotic(sheet) else "normal"])
    ratio = float(table()["alpha_beta_gy"]["liver_focal"]["value"])
    return dose_for_bed_gy(bed, fractions, alpha_beta_gy=ratio)


def is_cirrhotic(sheet: FactSheet) -> bool:
    """Whether cirrhosis is recorded."""
    fact = sheet.facts.get("cirrhosis")
    return isinstance(fact, Known) and fact.value is True


def severe_harm() -> Estimate:
    """Return the share of patients with harm of grade 3 or more, in percent."""
    entry = table()["burden"]["severe_harm_percent"]
    return Estimate(
        float(entry["value"]),
        float(entry["low"]),
        float(entry["high"]),
        "percent",
        (entry["source"],),
        Mark(entry["mark"]),
    )


def caveats() -> tuple[str, str]:
    """Return what must stand beside local control, and beside the risk of enzyme change."""
    return str(table()["local_control"]["caveat"]), str(table()["enzymes"]["caveat"])
