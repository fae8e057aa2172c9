"""Estimated liver volume, and remnants relative to it, to the measured liver and to the body."""

from __future__ import annotations

from liverboard.evidence.calculators.formula import formula
from liverboard.values import Unknown

__all__ = [
    "degree_of_hypertrophy",
    "kinetic_growth_rate",
    "remnant_of_body_weight",
    "remnant_of_estimated_volume",
    "remnant_of_measured_volume",
    "total_liver_volume_urata",
    "total_liver_volume_vauthey",
]


def total_liver_volume_vauthey(bsa_m2: float) -> float | Unknown:
    """Return the estimated total liver volume in ml: -794.41 + 1267.28 * BSA.

    Valid: adults of 1.2 to 3 m2. Source: vauthey-2002 through kawaguchi-2019, table 1 (which prints
    -794). Which BSA formula its authors used is not said there: Mosteller is used, DuBois differs
    by 0.5 to 2 %. Not modelled: cirrhosis and large tumours, where measured volumes differ widely.
    """
    spec = formula("tlv-vauthey")
    return spec.problem({"bsa": bsa_m2}) or spec["intercept"] + spec["slope"] * bsa_m2


def total_liver_volume_urata(bsa_m2: float) -> float | Unknown:
    """Return the standard liver volume in ml of Japanese adults: 706.2 * BSA + 2.4.

    Valid: 1.2 to 3 m2. Source: Urata in kawaguchi-2019, table 1. Not modelled: other
    populations, in whom it runs low by about a tenth.
    """
    spec = formula("slv-urata")
    return spec.problem({"bsa": bsa_m2}) or spec["intercept"] + spec["slope"] * bsa_m2


def remnant_of_estimated_volume(remnant_ml: float, estimated_ml: float) -> float | Unknown:
    """Return the standardised remnant (sFLR) in percent of the estimated total liver volume.

    Source: definition in shindoh-2013. Can exceed 100 where the liver is larger than estimated.
    """
    spec = formula("sflr")
    problem = spec.problem({"remnant": remnant_ml, "estimated": estimated_ml})
    return problem or 100.0 * remnant_ml / estimated_ml


def remnant_of_measured_volume(
    remnant_ml: float, liver_ml: float, *, tumour_ml: float
) -> float | Unknown:
    """Return the remnant in percent of the measured liver without tumour.

    Source: kawaguchi-2019, table 1 (the CT-based definition). Not modelled: bile ducts and vessels
    within the liver, which count as liver.
    """
    spec = formula("flr-measured")
    healthy = liver_ml - tumour_ml
    problem = spec.problem({"remnant": remnant_ml, "healthy": healthy})
    return problem or 100.0 * remnant_ml / healthy


def remnant_of_body_weight(remnant_ml: float, weight_kg: float) -> float | Unknown:
    """Return the remnant in percent of body weight, a millilitre of liver taken as a gram.

    Source: truant-2007. Not modelled: ascites and oedema.
    """
    spec = formula("flr-body-weight")
    problem = spec.problem({"remnant": remnant_ml, "weight": weight_kg})
    return problem or 100.0 * remnant_ml / (1000.0 * weight_kg)


def degree_of_hypertrophy(before_percent: float, after_percent: float) -> float | Unknown:
    """Return the growth of the standardised remnant in percentage points: after - before.

    Source: shindoh-2013. Not to be confused with relative growth in percent of the former volume,
    which reports of ALPPS give.
    """
    spec = formula("degree-of-hypertrophy")
    problem = spec.problem({"before": before_percent, "after": after_percent})
    return problem or after_percent - before_percent


def kinetic_growth_rate(growth_points: float, weeks: float) -> float | Unknown:
    """Return the growth of the remnant in percentage points a week since the embolisation.

    Valid: first volumetry 1 to 12 weeks after it. Source: shindoh-2013. Not modelled: growth slows
    (5.4 points in week 1, then 1.5), so a rate must never be drawn on as a straight line.
    """
    spec = formula("kinetic-growth-rate")
    problem = spec.problem({"growth": growth_points, "weeks": weeks})
    return problem or growth_points / weeks
