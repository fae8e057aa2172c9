"""Reading the options of `liverboard phantom` from words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liverboard.errors import RequestError

if TYPE_CHECKING:
    from liverboard.phantom import PhantomOptions

__all__ = ["options_from"]

Point = tuple[float, float, float]


def options_from(seed: int, lesions: int, *, diameters: str, places: str) -> PhantomOptions:
    """Return the options; RequestError names what cannot be read."""
    from liverboard.phantom import PhantomOptions

    sizes = tuple(_number(word, "--diameters") for word in diameters.split(",") if word.strip())
    spots = tuple(_place(word.strip()) for word in places.split(";") if word.strip())
    return PhantomOptions(
        seed=seed,
        lesions=lesions,
        lesion_diameters_mm=sizes,
        lesion_places=spots,
    )


def _number(word: str, where: str) -> float:
    """Return a number in a word."""
    try:
        return float(word)
    except ValueError:
        raise RequestError(
            f"{word.strip()!r} is no number", where=where, remedy="write 12,25,30"
        ) from None


def _place(word: str) -> str | Point:
    """Return a segment's name, or an LPS point of three numbers."""
    if "," not in word:
        return word
    numbers = [_number(part, "--places") for part in word.split(",")]
    if len(numbers) != 3:
        raise RequestError(
            f"{word!r} is no point", where="--places", remedy="write x,y,z in LPS millimetres"
        )
    return numbers[0], numbers[1], numbers[2]
