"""The radial kernel of a nuclide in water: energy per decay in thin shells round a point."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np

from liverboard.numerics.grid import Array, read_only
from liverboard.treatments.radioembolization.kernels.spectrum import Branch, beta_spectrum
from liverboard.treatments.radioembolization.kernels.transport import (
    NEAR_CM,
    deposit,
    sampled_energies,
)

__all__ = [
    "SHELL_MM",
    "RadialKernel",
    "build_radial",
    "radial_kernel",
    "read_radial",
    "write_radial",
]

SHELL_MM = 10.0 * NEAR_CM

SPECTRUM_POINTS = 4000
LEAST_HISTORIES = 150_000
"""Enough for 0.2 % of the cumulative energy at every radius; the shipped tables have 27 times."""

SEED = 20261123


@dataclass(frozen=True, slots=True, eq=False)
class RadialKernel:
    """Energy per decay in MeV in shells of 0.1 mm of water, from the centre outwards.

    `far_mev` is what photons carry beyond the shells. The sum of both is the emitted energy.
    """

    nuclide: str
    shell_mev: Array
    far_mev: float
    histories: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "shell_mev", read_only(self.shell_mev))

    @property
    def emitted_mev(self) -> float:
        """Electron energy per decay in MeV."""
        return float(self.shell_mev.sum()) + self.far_mev

    def within(self, radius_mm: float) -> float:
        """Return the share of the emitted energy that stays within a radius in mm of water."""
        edges = np.arange(self.shell_mev.size + 1) * SHELL_MM
        cumulative = np.concatenate([[0.0], np.cumsum(self.shell_mev)])
        return float(np.interp(radius_mm, edges, cumulative)) / self.emitted_mev

    def shares(self, reach_mm: float) -> Array:
        """Return the share (shells,) of energy in each shell up to `reach_mm`, summing to one.

        What photons carry beyond (under half a percent for Y-90) is shared out over the shells.
        """
        count = min(self.shell_mev.size, round(reach_mm / SHELL_MM))
        kept = self.shell_mev[:count]
        return np.asarray(kept / kept.sum(), dtype=np.float64)


def build_radial(
    nuclide: str,
    branches: tuple[Branch, ...],
    *,
    local_mev: float = 0.0,
    histories: int = LEAST_HISTORIES,
    seed: int = SEED,
) -> RadialKernel:
    """Return the radial kernel of a nuclide from its beta branches, by Monte Carlo.

    `local_mev` per decay is put into the first shell. Cost: about 4 s of one core.
    """
    energy = np.linspace(0.0, max(branch.endpoint_mev for branch in branches), SPECTRUM_POINTS)
    spectrum = beta_spectrum(branches, energy)
    decays = float(np.trapezoid(spectrum, energy))
    tally = deposit(sampled_energies(spectrum, energy, histories), seed)
    near = tally.near * decays
    near[0] += local_mev
    far = (float(tally.far.sum()) + tally.escaped) * decays
    return RadialKernel(nuclide, near, far, histories)


def write_radial(kernel: RadialKernel) -> str:
    """Return a radial kernel as the text of a table that `read_radial` reads."""
    head = (
        f"# {kernel.nuclide}: energy per decay in MeV by shell of {SHELL_MM:g} mm of water\n"
        f"# made by kernels/radial.py: build_radial, {kernel.histories} histories, seed {SEED}\n"
        f"far,{kernel.far_mev:.6e}\nouter_mm,mev\n"
    )
    rows = (
        f"{(shell + 1) * SHELL_MM:.1f},{energy:.6e}"
        for shell, energy in enumerate(kernel.shell_mev)
    )
    return head + "\n".join(rows) + "\n"


def read_radial(nuclide: str, text: str) -> RadialKernel:
    """Return the radial kernel that `write_radial` wrote."""
    lines = text.splitlines()
    histories = int(lines[1].split(",")[1].split()[0])
    far = float(lines[2].split(",")[1])
    shells = np.array([float(line.split(",")[1]) for line in lines[4:]])
    return RadialKernel(nuclide, shells, far, histories)


@lru_cache(maxsize=4)
def radial_kernel(nuclide: str) -> RadialKernel:
    """Return the radial kernel that comes with liverboard: the same code, many more histories.

    Kept so that nobody waits and every machine has the same numbers; a test builds it anew.
    """
    folder = resources.files("liverboard.treatments.radioembolization")
    return read_radial(nuclide, folder.joinpath(f"data/radial_{nuclide}.csv").read_text("utf-8"))
