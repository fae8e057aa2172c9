"""Choices of radiotherapy planning, each default naming its source."""

from __future__ import annotations

from dataclasses import dataclass

from liverboard.errors import RequestError
from liverboard.numerics.bed import bed_gy

__all__ = ["DEFAULTS", "TECHNIQUES", "Prescription", "RadiotherapyOptions", "parse_prescription"]

TECHNIQUES = ("sbrt", "imrt", "arc", "whole-liver")

MOST_FRACTIONS, LEAST_GY, MOST_GY = 40, 1.0, 60.0
"""Fractions and Gy a fraction beyond which a prescription is taken for a slip."""

MOST_BED10_GY = 420.0
"""No liver series has gone beyond 3 x 25 Gy (BED10 262) or 1 x 60 Gy: more is a slip."""


@dataclass(frozen=True, slots=True)
class Prescription:
    """So many fractions of so many Gy to the planning target."""

    fractions: int
    fraction_gy: float

    def __post_init__(self) -> None:
        is_sane = 1 <= self.fractions <= MOST_FRACTIONS and LEAST_GY <= self.fraction_gy <= MOST_GY
        if not is_sane or self.bed10_gy > MOST_BED10_GY:
            raise RequestError(
                f"{self.fractions} x {self.fraction_gy:g} Gy is no prescription",
                where="--prescription",
                remedy="write fractions x Gy a fraction, such as 3x15, 5x10 or 25x2",
            )

    @property
    def total_gy(self) -> float:
        """Total dose."""
        return self.fractions * self.fraction_gy

    @property
    def bed10_gy(self) -> float:
        """BED at alpha/beta 10."""
        return bed_gy(self.total_gy, self.fractions, alpha_beta_gy=10.0)

    @property
    def is_ablative(self) -> bool:
        """Whether fractions are large, as in stereotactic treatment."""
        return self.fraction_gy >= SBRT_FROM_GY

    def __str__(self) -> str:
        return f"{self.fractions}x{self.fraction_gy:g}"


SBRT_FROM_GY = 5.0
"""Fractions from here on count as stereotactic (house word, no limit of biology)."""


def parse_prescription(word: str) -> Prescription:
    """Return the prescription in a word such as `3x15`; RequestError where it is none."""
    parts = word.lower().replace("gy", "").replace("*", "x").replace("\u00d7", "x").split("x")
    try:
        count, each = parts
        return Prescription(int(count), float(each))
    except ValueError:
        raise RequestError(
            f"{word!r} is no prescription",
            where="--prescription",
            remedy="write fractions x Gy a fraction, such as 3x15, 5x10 or 25x2",
        ) from None


@dataclass(frozen=True, slots=True)
class RadiotherapyOptions:
    """Choices of planning.

    `grid_mm`: dose grid. `beams`: static beams; `arc_step_deg`: spacing of an arc's control points.
    `penumbra_mm`: FWHM of the beam's blur; the generic table's 5 mm is too wide for stereotactic
    fields (a baseline of pyRadPlan's authors forces 1.8 mm; 3.5 mm lies between, a house value).
    `itv_margin_mm` and `ptv_margin_mm` (x, y, z half axes): motion and set-up; the default is what
    was measured for deep-inspiration breath hold, right-left 3.0, anterior-posterior 5.7,
    superior-inferior 6.3 mm (oliver-2020). `hot_spot`: largest target dose over the prescription
    that is not penalised, stereotactic and conventional (house values; ICRU 91 lets it be high).
    `setup_mm`, `range_percent`: shifts and density errors of the robustness check (house values).
    `tests_robustness`: whether static beams are tried in nine scenarios. `delivers`: whether static
    beams become leaf openings too.
    `sampling`: share of points of ring, liver and body that the optimiser sees.
    `effort`: scales the iterations of all stages.
    """

    grid_mm: float = 2.5
    beams: int = 9
    arc_step_deg: float = 5.0
    penumbra_mm: float = 3.5
    cell_mm: float = 5.0
    itv_margin_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    ptv_margin_mm: tuple[float, float, float] = (3.0, 5.7, 6.3)
    hot_spot: tuple[float, float] = (1.35, 1.07)
    setup_mm: float = 3.0
    range_percent: float = 3.0
    effort: float = 1.0
    is_flattened: bool = True
    allows_noncoplanar: bool = False
    reduces_dose: bool = True
    tests_robustness: bool = False
    delivers: bool = False
    position: str = "HFS"
    metal_density: float | None = None
    beam_file: str = ""
    seed: int = 1

    def __post_init__(self) -> None:
        if not 3 <= self.beams <= 25:
            raise RequestError(
                f"{self.beams} beams are not planned with", where="--beams", remedy="choose 3 to 25"
            )
        if not 1.0 <= self.penumbra_mm <= 15.0:
            raise RequestError(
                f"a penumbra of {self.penumbra_mm:g} mm is none", where="--penumbra",
                remedy="choose 1 to 15 mm",
            )  # fmt: skip
        if min(*self.itv_margin_mm, *self.ptv_margin_mm) < 0 or max(self.ptv_margin_mm) > 30:
            raise RequestError(
                f"margins of {self.ptv_margin_mm} mm are none", where="--margin",
                remedy="choose 0 to 30 mm",
            )  # fmt: skip


DEFAULTS = RadiotherapyOptions()
