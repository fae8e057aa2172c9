"""Which fact is worked out from which, as data: one table of calculators and their inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from liverboard.evidence.calculators import (
    body,
    burden,
    fibrosis,
    liver_function,
    liver_volume,
    renal,
)
from liverboard.evidence.fact import Fact, Known, spec_of
from liverboard.values import Reason, Unknown

__all__ = ["DERIVATIONS", "Derivation", "work_out"]

Number: TypeAlias = float | Unknown


@dataclass(frozen=True, slots=True)
class Derivation:
    """One fact worked out from others by a calculator.

    `run` takes the inputs in their order and units of `facts.yaml`; sex comes as "female" or
    "male". It rises or falls with each input all the way, so that the ends of intervals give the
    ends of the result.
    """

    output: str
    calculator: str
    inputs: tuple[str, ...]
    run: Callable[..., Number]


def _meld(bilirubin: float, inr: float, creatinine: float) -> Number:
    return liver_function.meld(bilirubin, inr, creatinine_umol_per_l=creatinine)


def _meld_3(*values: float | str) -> Number:
    bilirubin, inr, creatinine, sodium, albumin, sex = values
    return liver_function.meld_3(
        float(bilirubin),
        float(inr),
        creatinine_umol_per_l=float(creatinine),
        sodium_mmol_per_l=float(sodium),
        albumin_g_per_l=float(albumin),
        is_female=sex == "female",
    )


def _apri(ast: float, platelets: float, limit: float) -> Number:
    return fibrosis.apri(ast, platelets, ast_upper_limit=limit)


def _times(value: float, limit: float) -> Number:
    return liver_function.times_limit(value, upper_limit=limit)


def _fib4(age: float, ast: float, alt: float, platelets: float) -> Number:
    return fibrosis.fib4(age, ast, alt_u_per_l=alt, platelets=platelets)


def _clearance(age: float, weight: float, creatinine: float, sex: str) -> Number:
    is_female = sex == "female"
    return renal.creatinine_clearance(
        age, weight, creatinine_umol_per_l=creatinine, is_female=is_female
    )


DERIVATIONS: tuple[Derivation, ...] = (
    Derivation("bmi", "bmi", ("height", "weight"), body.body_mass_index),
    Derivation("bsa", "bsa-mosteller", ("height", "weight"), body.bsa_mosteller),
    Derivation(
        "estimated_liver_volume", "tlv-vauthey", ("bsa",), liver_volume.total_liver_volume_vauthey
    ),
    Derivation("albi_score", "albi", ("bilirubin", "albumin"), liver_function.albi_score),
    Derivation("albi_grade", "albi", ("albi_score",), liver_function.albi_grade),
    Derivation("meld", "meld", ("bilirubin", "inr", "creatinine"), _meld),
    Derivation("meld_na", "meld-na", ("meld", "sodium"), liver_function.meld_na),
    Derivation(
        "meld_3",
        "meld-3",
        ("bilirubin", "inr", "creatinine", "sodium", "albumin", "sex"),
        _meld_3,
    ),
    Derivation("apri", "apri", ("ast", "platelets", "ast_upper_limit"), _apri),
    Derivation(
        "bilirubin_times_limit",
        "times-limit",
        ("bilirubin", "bilirubin_upper_limit"),
        _times,
    ),
    Derivation("ast_times_limit", "times-limit", ("ast", "ast_upper_limit"), _times),
    Derivation("fib4", "fib4", ("age", "ast", "alt", "platelets"), _fib4),
    Derivation(
        "creatinine_clearance",
        "creatinine-clearance",
        ("age", "weight", "creatinine", "sex"),
        _clearance,
    ),
    Derivation(
        "tumour_burden_score",
        "tumour-burden-score",
        ("largest_lesion", "lesion_count"),
        burden.tumour_burden_score,
    ),
)


def work_out(derivation: Derivation, inputs: Sequence[Fact]) -> Fact:
    """Return the fact that `derivation` makes of `inputs`, its interval from theirs.

    Unknown, naming what is missing, where an input is; unknown where a formula is outside its
    range, be it for one end of an interval only.
    """
    missing = _missing(derivation, inputs)
    if missing is not None:
        return missing
    known = [fact for fact in inputs if isinstance(fact, Known)]
    value = derivation.run(*(fact.value for fact in known))
    ends = [derivation.run(*corner) for corner in _corners(known)]
    for result in (value, *ends):
        if isinstance(result, Unknown):
            return result
    numbers = [float(number) for number in (value, *ends) if not isinstance(number, Unknown)]
    return _known(derivation, known, numbers)


def _known(derivation: Derivation, inputs: Sequence[Known], numbers: Sequence[float]) -> Fact:
    """Return the first of `numbers` with the others as its interval; unknown beyond the range."""
    spec = spec_of(derivation.output)
    if not spec.low <= numbers[0] <= spec.high:
        what = f"{spec.label}: {numbers[0]:g} is beyond what it can be"
        return Unknown(Reason.OUT_OF_RANGE, what)
    dates = [fact.date for fact in inputs if fact.date is not None]
    origin = f"calculator: {derivation.calculator}"
    oldest = min(dates, default=None)
    return Known(numbers[0], origin, oldest, min(numbers), max(numbers))


def _corners(inputs: Sequence[Known]) -> list[tuple[object, ...]]:
    """Return every combination of the ends of the intervals; none where all inputs are exact."""
    ends: list[tuple[object, ...]] = [
        (fact.value,) if fact.low is None or fact.low == fact.high else (fact.low, fact.high)
        for fact in inputs
    ]
    return list(product(*ends)) if any(len(pair) > 1 for pair in ends) else []


def _missing(derivation: Derivation, inputs: Sequence[Fact]) -> Unknown | None:
    """Return what is missing: `needs height`; the reason is that of the only missing input."""
    lacking = [
        (name, fact)
        for name, fact in zip(derivation.inputs, inputs, strict=True)
        if isinstance(fact, Unknown)
    ]
    if not lacking:
        return None
    labels = ", ".join(spec_of(name).label for name, _ in lacking)
    reason = lacking[0][1].reason if len(lacking) == 1 else Reason.NOT_RECORDED
    return Unknown(reason, f"needs {labels}")
