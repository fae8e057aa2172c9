"""Calculators: published formulas as pure functions, each with its range of validity and source.

Coefficients stand in `evidence/data/calculators.yaml`, with source and mark. A function returns a
number, or `Unknown` where an input lies outside the range for which the formula was made.
"""
