"""Choices of ablation planning, each default naming its source."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULTS", "AblationOptions"]


@dataclass(frozen=True, slots=True)
class AblationOptions:
    """Choices of ablation planning.

    `device` by modality. `margin_mm` is that of A0 (chlorogiannis-2023), `goal_mm` what is aimed at
    first. A plan uses the fewest needles with which P(A0) reaches `enough_a0`, at most
    `most_needles`, while P(organ hit) stays within `most_organ_hit` (issue: 1 %). `samples`: draws
    for ranking, `final_samples` for the chosen plan, `thermal_samples` of these heated or
    frozen (0: heat is left out), on voxels of
    `thermal_grid_mm` for the plan as drawn. `grid_mm`: planning grid of the body.
    `seed` fixes every draw. `supine`: no entry from the table side. House defaults where no source
    is named, see docs/ablation.md.
    """

    devices: tuple[str, ...] = ("emprint", "wet-rf", "cryo-17g")
    margin_mm: float = 5.0
    goal_mm: float = 10.0
    enough_a0: float = 0.9
    most_organ_hit: float = 0.01
    most_needles: int = 5
    largest_mm: float = 60.0
    paths_kept: int = 20
    samples: int = 1000
    final_samples: int = 10_000
    thermal_samples: int = 32
    thermal_grid_mm: float = 1.5
    grid_mm: float = 2.0
    points_mm: float = 2.5
    seed: int = 20261124
    supine: bool = True

    def __post_init__(self) -> None:
        if not 0.0 < self.margin_mm <= self.goal_mm:
            raise ValueError(f"margins must be positive and the goal no smaller, got {self}")
        if min(self.samples, self.final_samples, self.most_needles, self.paths_kept) < 1:
            raise ValueError(f"counts must be positive, got {self}")


DEFAULTS = AblationOptions()
