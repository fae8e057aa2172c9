"""Reading the options of `liverboard sirt` from words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from liverboard.errors import RequestError

__all__ = [
    "activity_from",
    "aims_from",
    "check_infusion",
    "goals_from",
    "map_or_uptake",
    "shunt_from",
    "tests_from",
    "uptake_from",
]


def _number(word: str, where: str, remedy: str) -> float:
    """Return a finite number in a word; RequestError where there is none."""
    try:
        found = float(word)
    except ValueError:
        found = float("nan")
    if not -1e9 < found < 1e9:
        raise RequestError(f"{word!r} is no number", where=where, remedy=remedy)
    return found


def shunt_from(word: str) -> list[float]:
    """Return the lung shunt in percent, as a list of one; empty where nothing is given.

    A bare number is a fraction: one of 1 or more is refused as a percentage.
    """
    from liverboard.treatments.radioembolization.setting import check_percent

    if not word:
        return []
    remedy = "write 0.06 or 6%"
    if word.endswith("%"):
        percent = _number(word[:-1], "--lsf", remedy)
        check_percent(percent, "--lsf")
        return [percent]
    found = _number(word, "--lsf", remedy)
    if found >= 1.0:
        raise RequestError(
            f"a lung shunt of {found:g} as a fraction is impossible; it looks like a percentage",
            where="--lsf",
            remedy=f"write {found / 100:g} or {found:g}%",
        )
    check_percent(100.0 * found, "--lsf")
    return [100.0 * found]


def goals_from(words: Sequence[str], most_gbq: float) -> tuple[list[float], dict[str, float]]:
    """Return the activity in GBq (a list of one, or empty) and the doses aimed at.

    A word with `=` is an aim, by what it is the mean of; any other is an activity.
    """
    aims = aims_from([word for word in words if "=" in word])
    amounts = [activity_from(word, most_gbq) for word in words if "=" not in word]
    if len(amounts) > 1 or (amounts and aims):
        raise RequestError(
            "the activity is either given or worked out from aims",
            where="--activity, --aim",
            remedy="give one --activity, or any number of --aim",
        )
    return amounts, aims


def activity_from(word: str, most_gbq: float) -> float:
    """Return an activity in GBq; RequestError where no vial holds it."""
    remedy = f"give GBq, more than 0 and at most {most_gbq:g}; or an aim such as tumour=120"
    found = _number(word, "--activity", remedy)
    if not 0.0 < found <= most_gbq:
        raise RequestError(f"{found:g} GBq is in no vial", where="--activity", remedy=remedy)
    return found


def aims_from(words: Sequence[str]) -> dict[str, float]:
    """Return the doses aimed at, by what they are the mean of."""
    found = {}
    for word in words:
        name, _, dose = word.partition("=")
        amount = _number(dose, "--aim", "write tumour=120")
        if amount <= 0.0 or not name:
            raise RequestError(f"{word!r} is no aim", where="--aim", remedy="write tumour=120")
        found[name] = amount
    return found


def map_or_uptake(words: Sequence[str]) -> tuple[Path | None, dict[str, float]]:
    """Return the file of a map, or the uptake of all lesions; a number or R=... is an uptake."""
    if len(words) > 1:
        raise RequestError(
            "a map of activity and a T/N exclude each other",
            where="--spect, --tn",
            remedy="give one: counts say what the T/N is",
        )
    word = words[0] if words else ""
    if word and (word[0].isalpha() or "/" in word or word.startswith(".")) and not _is_ratio(word):
        return Path(word), {}
    return None, uptake_from(word)


def _is_ratio(word: str) -> bool:
    """Whether a word names a ratio of activities."""
    return word.lower().startswith(("kao", "r=", "r:"))


def uptake_from(word: str) -> dict[str, float]:
    """Return the uptake of all lesions, empty where none is given.

    Only a ratio of concentrations is taken; Kao's R is one of activities, and refused.
    """
    if not word:
        return {}
    if _is_ratio(word):
        raise RequestError(
            "Kao's R compares activities, T/N concentrations: they differ by the ratio of masses",
            where="--tn",
            remedy="give R times the mass of normal liver over that of tumour",
        )
    ratio = _number(word, "--tn", "write 4.1")
    if not 0.0 < ratio <= MOST_UPTAKE:
        remedy = f"give more than 0 and at most {MOST_UPTAKE:g}"
        raise RequestError(f"a T/N of {ratio:g} is not possible", where="--tn", remedy=remedy)
    return {"": ratio}


MOST_UPTAKE = 50.0
"""Twice the largest T/N that was seen in any liver tumour, 26.5 (hong-kong-1997)."""


def tests_from(words: str) -> dict[str, tuple[float, float]]:
    """Return liver tests by name as reference value and value now; empty where none is given."""
    found = {}
    for word in (part.strip() for part in words.split(",") if part.strip()):
        name, equals, pair = word.partition("=")
        before, colon, now = pair.partition(":")
        if not (name and equals and colon):
            remedy = "write ast=40:160, reference before now"
            raise RequestError(f"{word!r} is no test", where="--tests", remedy=remedy)
        numbers = (_number(part, "--tests", "write ast=40:160") for part in (before, now))
        found[name.lower()] = (next(numbers), next(numbers))
    return found


def check_infusion(
    drug: str,
    pump: str,
    flow: float,
    *,
    dose: float,
    readings: Mapping[str, tuple[float, float]],
) -> None:
    """Raise RequestError for what no patient could be given."""
    from liverboard.treatments.arterial_infusion.modification import modified
    from liverboard.treatments.arterial_infusion.port import PORT
    from liverboard.treatments.arterial_infusion.prescription import prescribe
    from liverboard.treatments.arterial_infusion.tables import regimen, table

    modified(readings)
    if pump == PORT:
        regimen(drug)
        return
    if drug in table()["regimens"]:
        remedy = f"give --pump {PORT}"
        raise RequestError(f"{drug} is not for an implanted pump", where="--drug", remedy=remedy)
    prescribe(drug, pump, (75.0, 175.0, True), flow_ml_per_day=flow, dose_mg_per_kg_day=dose)
