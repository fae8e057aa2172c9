"""Steady concentrations of a drug infused into the hepatic artery: nothing to compile."""

from __future__ import annotations

import numpy as np

from liverboard.numerics.grid import Array

__all__ = ["linear_steady", "saturable_steady"]


def linear_steady(
    rate: Array, extraction: Array, flow: Array, arterial_share: Array, clearance: Array
) -> tuple[Array, Array, Array]:
    """Return steady concentrations (artery, liver inflow, body) of a drug of constant extraction.

    rate: amount per min into the artery; flow: l/min through the liver; all (n,). Body:
    rate (1 - E) / (Q E + CL). Source: docs/arterial_infusion.md#kinetics.
    """
    body = rate * (1.0 - extraction) / (flow * extraction + clearance)
    return body + rate / (flow * arterial_share), body + rate / flow, body


def saturable_steady(
    rate: Array, flow: Array, saturation: tuple[float, float], clearance: Array
) -> Array:
    """Return the steady body concentration (n,) of a drug whose extraction saturates.

    rate: umol/min into the artery; flow: l/min through the liver; clearance: l/min elsewhere.
    saturation: Vmax / Q and Km in umol/l along a sinusoid (see `extraction_tube`). What leaves the
    liver is what the body holds and clears: outflow (C + R/Q) = (1 + CL/Q) C, by bisection.
    """
    from scipy.special import wrightomega  # slow to load, only regimens by port need it

    most, half = saturation
    low, high = np.zeros_like(rate), rate / np.maximum(clearance, 1e-9)
    for _ in range(100):
        middle = (low + high) / 2.0
        inflow = middle + rate / flow
        # Cout + Km ln Cout = Cin + Km ln Cin - Vmax/Q, solved by Wright's omega
        outflow = half * wrightomega(np.log(inflow / half) + (inflow - most) / half).real
        is_below = outflow > (1.0 + clearance / flow) * middle
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    return np.asarray((low + high) / 2.0)
