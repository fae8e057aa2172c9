"""Steady concentrations of a drug of constant extraction: closed form, nothing to compile."""

from __future__ import annotations

from liverboard.numerics.grid import Array

__all__ = ["linear_steady"]


def linear_steady(
    rate: Array, extraction: Array, flow: Array, arterial_share: Array, clearance: Array
) -> tuple[Array, Array, Array]:
    """Return steady concentrations (artery, liver inflow, body) of a drug of constant extraction.

    rate: amount per min into the artery; flow: l/min through the liver; all (n,). Body:
    rate (1 - E) / (Q E + CL). Source: docs/arterial_infusion.md#kinetics.
    """
    body = rate * (1.0 - extraction) / (flow * extraction + clearance)
    return body + rate / (flow * arterial_share), body + rate / flow, body
