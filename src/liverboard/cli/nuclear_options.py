"""Reading the options of `liverboard sirt` from words."""

from __future__ import annotations

from collections.abc import Sequence

from liverboard.errors import RequestError

__all__ = ["aims_from", "shunt_from", "uptake_from"]


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
    if not word:
        return []
    remedy = "write 0.06 or 6%"
    if word.endswith("%"):
        return [_number(word[:-1], "--lsf", remedy)]
    found = _number(word, "--lsf", remedy)
    if found >= 1.0:
        raise RequestError(
            f"a lung shunt of {found:g} as a fraction is impossible; it looks like a percentage",
            where="--lsf",
            remedy=f"write {found / 100:g} or {found:g}%",
        )
    return [100.0 * found]


def aims_from(words: Sequence[str]) -> dict[str, float]:
    """Return the doses aimed at, by what they are the mean of."""
    found = {}
    for word in words:
        name, sign, dose = word.partition("=")
        amount = _number(dose, "--aim", "write tumour=120") if sign else 0.0
        if amount <= 0.0:
            raise RequestError(f"{word!r} is no aim", where="--aim", remedy="write tumour=120")
        found[name] = amount
    return found


def uptake_from(word: str) -> dict[str, float]:
    """Return the uptake of all lesions, empty where none is given.

    Only a ratio of concentrations is taken; Kao's R is one of activities, and refused.
    """
    if not word:
        return {}
    if word.lower().startswith(("kao", "r=", "r:")):
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
