"""Scores of liver function from blood tests: ALBI, MELD, MELD-Na, MELD 3.0."""

from __future__ import annotations

import math

from liverboard.evidence.calculators.formula import Formula, formula, nearest
from liverboard.units import convert
from liverboard.values import Unknown

__all__ = ["albi_grade", "albi_score", "meld", "meld_3", "meld_na"]


def albi_score(bilirubin_umol_per_l: float, albumin_g_per_l: float) -> float | Unknown:
    """Return the ALBI score: 0.66 * log10(bilirubin) - 0.085 * albumin.

    Source: johnson-2015. Made for hepatocellular carcinoma; lower is better. Not modelled:
    blocked bile ducts, which raise bilirubin without loss of function.
    """
    spec = formula("albi")
    problem = spec.problem({"bilirubin": bilirubin_umol_per_l, "albumin": albumin_g_per_l})
    if problem:
        return problem
    weighed = spec["bilirubin"] * math.log10(bilirubin_umol_per_l)
    return weighed + spec["albumin"] * albumin_g_per_l


def albi_grade(score: float) -> float:
    """Return the ALBI grade: 1 up to -2.60, 2 up to -1.39, else 3. Source: johnson-2015."""
    spec = formula("albi")
    if score <= spec["grade_1_max"]:
        return 1.0
    return 2.0 if score <= spec["grade_2_max"] else 3.0


def meld(
    bilirubin_umol_per_l: float,
    inr: float,
    *,
    creatinine_umol_per_l: float,
    is_on_dialysis: bool = False,
) -> float | Unknown:
    """Return MELD (UNOS 2002), 6 to 40, rounded.

    10 * (0.957 ln creatinine + 0.378 ln bilirubin + 1.120 ln INR + 0.643), in mg/dL, each at least
    1; creatinine at most 4, and 4 on dialysis. Source: meld-unos. Not modelled: exceptions.
    """
    spec = formula("meld")
    problem = spec.problem(_inputs(bilirubin_umol_per_l, inr, creatinine_umol_per_l))
    if problem:
        return problem
    bilirubin = _bilirubin(spec, bilirubin_umol_per_l)
    creatinine = _creatinine(spec, creatinine_umol_per_l, is_on_dialysis=is_on_dialysis)
    raw = spec["creatinine"] * math.log(creatinine) + spec["bilirubin"] * math.log(bilirubin)
    raw += spec["inr"] * math.log(spec.clamp("inr", inr)) + spec["intercept"]
    return spec.clamp("score", nearest(10.0 * raw))


def meld_na(meld_points: float, sodium_mmol_per_l: float) -> float | Unknown:
    """Return MELD-Na (OPTN 2016), 6 to 40: MELD corrected for sodium where MELD exceeds 11.

    MELD + 1.32 (137 - Na) - 0.033 MELD (137 - Na), Na from 125 to 137. Source: meld-unos.
    """
    spec = formula("meld-na")
    problem = spec.problem({"meld": meld_points, "sodium": sodium_mmol_per_l})
    if problem:
        return problem
    if meld_points <= spec["applies_above"]:
        return meld_points
    lack = spec["sodium_max"] - spec.clamp("sodium", sodium_mmol_per_l)
    raw = meld_points + spec["lack"] * lack + spec["lack_by_meld"] * meld_points * lack
    return spec.clamp("score", nearest(raw))


def meld_3(
    bilirubin_umol_per_l: float,
    inr: float,
    *,
    creatinine_umol_per_l: float,
    sodium_mmol_per_l: float,
    albumin_g_per_l: float,
    is_female: bool,
    is_on_dialysis: bool = False,
) -> float | Unknown:
    """Return MELD 3.0 of an adult, 6 to 40, rounded.

    Bilirubin, INR and creatinine at least 1 (mg/dL); creatinine at most 3.0 and 3.0 on dialysis
    (not 4); sodium 125 to 137; albumin 1.5 to 3.5 g/dL. Source: kim-2021, optn-9-1-d. Not modelled:
    ages 12 to 17, which have no sex term and another constant.
    """
    spec = formula("meld-3")
    problem = spec.problem(_inputs(bilirubin_umol_per_l, inr, creatinine_umol_per_l))
    if problem:
        return problem
    log_bilirubin = math.log(_bilirubin(spec, bilirubin_umol_per_l))
    creatinine = _creatinine(spec, creatinine_umol_per_l, is_on_dialysis=is_on_dialysis)
    lack = spec["sodium_max"] - spec.clamp("sodium", sodium_mmol_per_l)
    albumin = convert(albumin_g_per_l, "g/L", to="g/dL", family="albumin")
    shortage = spec["albumin_max"] - spec.clamp("albumin", albumin)
    raw = spec["female"] * is_female + spec["intercept"]
    raw += spec["bilirubin"] * log_bilirubin + spec["inr"] * math.log(spec.clamp("inr", inr))
    raw += (spec["lack"] + spec["lack_by_bilirubin"] * log_bilirubin) * lack
    raw += spec["creatinine"] * math.log(creatinine)
    raw += (spec["shortage"] + spec["shortage_by_creatinine"] * math.log(creatinine)) * shortage
    return spec.clamp("score", nearest(raw))


def _inputs(bilirubin: float, inr: float, creatinine: float) -> dict[str, float]:
    return {"bilirubin": bilirubin, "inr": inr, "creatinine": creatinine}


def _bilirubin(spec: Formula, umol_per_l: float) -> float:
    value = convert(umol_per_l, "umol/L", to="mg/dL", family="bilirubin")
    return spec.clamp("bilirubin", value)


def _creatinine(spec: Formula, umol_per_l: float, *, is_on_dialysis: bool) -> float:
    if is_on_dialysis:
        return spec["creatinine_max"]
    value = convert(umol_per_l, "umol/L", to="mg/dL", family="creatinine")
    return spec.clamp("creatinine", value)


def times_limit(value: float, *, upper_limit: float) -> float | Unknown:
    """Return `value` as a multiple of the laboratory's own upper limit of normal.

    Both in the same unit. The limit is never assumed. Not modelled: that limits differ by age, sex
    and method within one laboratory.
    """
    problem = formula("times-limit").problem({"value": value, "limit": upper_limit})
    return problem or value / upper_limit
