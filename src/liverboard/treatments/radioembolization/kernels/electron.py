"""How electrons lose energy and direction in water: cross-sections as tables over energy.

Collisions that pass on more than a cut-off are taken one by one (Moller), the rest as a continuous
loss; deflections beyond a cut-off angle are taken one by one, the rest as one small turn a step.
So energy-loss straggling and single large-angle scattering need no model of their own.
Lengths are g/cm2, energies MeV. Valid from 1 keV to about 5 MeV.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liverboard.numerics.grid import Array
from liverboard.treatments.radioembolization.kernels.spectrum import ELECTRON_MEV, FINE_STRUCTURE

__all__ = ["Tables", "collision_loss", "csda_range", "radiative_loss", "tables"]

RUTHERFORD = 0.153536
"""2 pi r_e^2 m c^2 N_A in MeV cm2/mol."""

ELECTRONS_PER_GRAM = 0.555087
"""Z/A of water in mol/g."""

EXCITATION_MEV = 75e-6
"""Mean excitation energy of water (ICRU 37; ICRU 90 says 78 eV: 0.3 % less stopping at 1 MeV)."""

STERNHEIMER = (0.2400, 2.8004, 3.5017, 0.09116, 3.4773)
"""Density effect of water: x0, x1, C, a, m (Sternheimer, Berger and Seltzer 1984)."""

RADIATION = 3.4895e-4
"""alpha r_e^2 N_A in cm2/mol."""

ELEMENTS = ((1.0, 2.0 / 18.0153), (8.0, 1.0 / 18.0153))
"""Charge and moles of atoms per gram of water."""

BOHR_ELECTRON = 1.0 / FINE_STRUCTURE
"""Bohr radius over the reduced Compton wavelength of the electron."""

LOWEST_MEV, HIGHEST_MEV, POINTS = 1e-3, 4.0, 400


def _beta2(tau: Array) -> Array:
    """Return the squared speed, in units of that of light, at kinetic energy tau m c^2."""
    return np.asarray(tau * (tau + 2.0) / (tau + 1.0) ** 2)


def _density_effect(tau: Array) -> Array:
    """Return the density effect correction of water."""
    x0, x1, c, a, m = STERNHEIMER
    x = 0.5 * np.log10(tau * (tau + 2.0))
    full = 2.0 * np.log(10.0) * x - c
    return np.where(x < x0, 0.0, np.where(x < x1, full + a * np.clip(x1 - x, 0, None) ** m, full))


def collision_loss(energy_mev: Array, cut_mev: float = np.inf) -> Array:
    """Return the energy lost in collisions of at most `cut_mev`: (n,) MeV cm2/g.

    Without a cut it is the collision stopping power. Source: icru-37 (Bethe with Moller's limit).
    """
    tau = energy_mev / ELECTRON_MEV
    beta2 = _beta2(tau)
    eta = np.minimum(cut_mev / energy_mev, 0.5)
    limit = (
        -1.0
        - beta2
        + np.log(4.0 * eta * (1.0 - eta))
        + 1.0 / (1.0 - eta)
        + (1.0 - beta2) * (tau**2 * eta**2 / 2.0 + (2.0 * tau + 1.0) * np.log(1.0 - eta))
    )
    bracket = 2.0 * np.log(energy_mev / EXCITATION_MEV) + np.log(1.0 + tau / 2.0) + limit
    found = RUTHERFORD * ELECTRONS_PER_GRAM / beta2 * (bracket - _density_effect(tau))
    return np.asarray(found, dtype=np.float64)


def radiative_loss(energy_mev: Array) -> Array:
    """Return the energy lost as bremsstrahlung: (n,) MeV cm2/g, within about 5 % above 0.5 MeV.

    Source: attix-1986, alpha r_e^2 N_A Z (Z + 1)/A (T + m c^2) B with B from 16/3 to 6 at 1 MeV.
    """
    weight = sum(moles * charge * (charge + 1.0) for charge, moles in ELEMENTS)
    slow = 16.0 / 3.0
    growth = slow + (6.0 - slow) * energy_mev
    return np.asarray(RADIATION * weight * (energy_mev + ELECTRON_MEV) * growth)


def csda_range(energy_mev: float, points: int = 2000) -> float:
    """Return the range in g/cm2 of an electron that slows down continuously to 1 keV."""
    energy = np.geomspace(LOWEST_MEV, energy_mev, points)
    loss = collision_loss(energy) + radiative_loss(energy)
    return float(np.trapezoid(1.0 / loss, energy))


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Cross-sections on a logarithmic grid of energies, and the cut-offs they are made for.

    log_lowest, log_step: the grid, ln(MeV). soft_loss: MeV cm2/g of collisions below `cut_mev`.
    hard_collision: cm2/g of those above. soft_turn: first transport coefficient cm2/g of
    deflections with (1 - cos)/2 below `cut_turn`; hard_turn: cm2/g of those above, without the
    spin factor. screening: Moliere's, that of oxygen. radiated: MeV cm2/g.
    """

    cut_mev: float
    cut_turn: float
    log_lowest: float
    log_step: float
    soft_loss: Array
    hard_collision: Array
    soft_turn: Array
    hard_turn: Array
    radiated: Array


def tables(cut_mev: float = 0.005, cut_turn: float = 0.01) -> Tables:
    """Return the cross-sections of water for cut-offs in passed-on energy and in turn."""
    energy = np.geomspace(LOWEST_MEV, HIGHEST_MEV, POINTS)
    soft, hard = _turns(energy, cut_turn, cut_mev)
    return Tables(
        cut_mev,
        cut_turn,
        float(np.log(LOWEST_MEV)),
        float(np.log(HIGHEST_MEV / LOWEST_MEV)) / (POINTS - 1),
        collision_loss(energy, cut_mev),
        _hard_collisions(energy, cut_mev),
        soft,
        hard,
        radiative_loss(energy),
    )


def _hard_collisions(energy: Array, cut_mev: float) -> Array:
    """Return the cross-section (n,) cm2/g of collisions that pass on more than `cut_mev`."""
    tau = energy / ELECTRON_MEV
    least = np.minimum(cut_mev / energy, 0.5)
    mixed = (2.0 * tau + 1.0) / (tau + 1.0) ** 2
    integral = (
        1.0 / least
        - 1.0 / (1.0 - least)
        + (tau / (tau + 1.0)) ** 2 * (0.5 - least)
        - mixed * np.log((1.0 - least) / least)
    )
    found = RUTHERFORD * ELECTRONS_PER_GRAM / (_beta2(tau) * energy) * integral
    return np.where(least >= 0.5, 0.0, found)


def _turns(energy: Array, cut_turn: float, cut_mev: float) -> tuple[Array, Array]:
    """Return the soft transport coefficient and the hard cross-section of elastic scattering.

    Screened Rutherford with Moliere's screening. Atomic electrons add to the nucleus what soft
    collisions turn: Z (Z + x), x the share of the logarithm below the cut-off.
    """
    tau = energy / ELECTRON_MEV
    beta2 = _beta2(tau)
    momentum2 = tau * (tau + 2.0)
    share = np.log(np.minimum(cut_mev, energy / 2.0) / EXCITATION_MEV)
    share = np.clip(share / np.log(energy / 2.0 / EXCITATION_MEV), 0.0, 1.0)
    soft, hard = np.zeros_like(energy), np.zeros_like(energy)
    for charge, moles in ELEMENTS:
        radius = 0.88534 * BOHR_ELECTRON * charge ** (-1.0 / 3.0)
        moliere = 1.13 + 3.76 * (FINE_STRUCTURE * charge) ** 2 / beta2
        screen = moliere / (4.0 * momentum2 * radius**2)
        # pi r_e^2 N_A = RUTHERFORD / (2 m c^2)
        size = RUTHERFORD / (2.0 * ELECTRON_MEV) * moles * charge * (charge + share)
        size = size / (momentum2 * beta2)
        soft += 2.0 * size * (np.log1p(cut_turn / screen) - cut_turn / (cut_turn + screen))
        hard += size * (1.0 / (cut_turn + screen) - 1.0 / (1.0 + screen))
    return soft, hard
