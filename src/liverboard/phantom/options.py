"""What a digital patient may be asked for."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TypeAlias

from liverboard.errors import RequestError

__all__ = ["SEED_CHOOSES", "VARIANTS", "PhantomOptions", "Place"]

Place: TypeAlias = str | tuple[float, float, float]
"""Where a lesion goes: a segment such as "S6", or an LPS point in mm."""

SEED_CHOOSES = "by seed"
"""A choice left to the seed."""

VARIANTS = ("standard", "trifurcation", "posterior_first")
"""How the main portal vein divides: in two; in three; the right posterior branch first."""

MOST_LESIONS = 40
DIAMETERS_MM = (4.0, 130.0)
NOISE_HU = (0.0, 100.0)
SPACINGS_MM = ((0.5, 5.0), (0.4, 2.5), (0.4, 2.5))
"""Allowed spacing along z, y and x; beyond it the vessels or the array are lost."""

SEGMENT = re.compile(r"S[1-8]")


@dataclass(frozen=True, slots=True)
class PhantomOptions:
    """A digital patient to be made; everything not asked for is drawn from the seed.

    `lesions`: how many. `lesion_diameters_mm`: diameters of spheres of the same volume, at most one
    each; the rest are drawn from 10 to 35 mm. `lesion_places`: for the first lesions, a segment
    ("S6") or an LPS point (mm) of the centre. `is_bilobar`: lesions that were given no place lie in
    both hemilivers, else in the right one alone. `spacing_mm` is (z, y, x).
    """

    seed: int = 7
    lesions: int = 5
    lesion_diameters_mm: tuple[float, ...] = ()
    lesion_places: tuple[Place, ...] = ()
    is_bilobar: bool = True
    has_accessory_right_hepatic_vein: bool = False
    portal_variant: str = SEED_CHOOSES
    noise_hu: float = 12.0
    spacing_mm: tuple[float, float, float] = (2.5, 0.8, 0.8)

    def __post_init__(self) -> None:
        _check_whole("seed", self.seed, 0, 2**32 - 1)
        _check_whole("lesions", self.lesions, 0, MOST_LESIONS)
        self._check_lists()
        for diameter in self.lesion_diameters_mm:
            _check_within("lesion_diameters_mm", diameter, *DIAMETERS_MM)
        for place in self.lesion_places:
            _check_place(place)
        _check_within("noise_hu", self.noise_hu, *NOISE_HU)
        if self.portal_variant not in (SEED_CHOOSES, *VARIANTS):
            raise _refusal("portal_variant", self.portal_variant, ", ".join(VARIANTS))
        self._check_spacing()

    def _check_lists(self) -> None:
        for name in ("lesion_diameters_mm", "lesion_places"):
            if len(getattr(self, name)) > self.lesions:
                count = len(getattr(self, name))
                raise _refusal(name, f"{count} entries", f"at most one per lesion ({self.lesions})")

    def _check_spacing(self) -> None:
        if len(self.spacing_mm) != 3:
            raise _refusal("spacing_mm", self.spacing_mm, "three numbers: z, y, x")
        for spacing, limits in zip(self.spacing_mm, SPACINGS_MM, strict=True):
            _check_within("spacing_mm", spacing, *limits)
        if not math.isclose(self.spacing_mm[1], self.spacing_mm[2], rel_tol=1e-6):
            raise _refusal("spacing_mm", self.spacing_mm, "the same spacing along y and x")


def _refusal(name: str, received: object, expected: str) -> RequestError:
    return RequestError(f"received {received}, expected {expected}", where=f"phantom option {name}")


def _check_whole(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _refusal(name, value, f"a whole number from {low} to {high}")


def _check_within(name: str, value: object, low: float, high: float) -> None:
    if not isinstance(value, (int, float)) or not low <= value <= high:
        raise _refusal(name, value, f"{low:g} to {high:g}")


def _check_place(place: object) -> None:
    if isinstance(place, str) and SEGMENT.fullmatch(place):
        return
    if isinstance(place, tuple) and len(place) == 3 and all(_is_finite(one) for one in place):
        return
    raise _refusal("lesion_places", place, "a segment S1 to S8 or an LPS point (x, y, z) in mm")


def _is_finite(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)
