"""Radioembolization with Y-90 or Ho-166 microspheres."""

from liverboard.treatments.radioembolization.treatment import Radioembolization

__all__ = ["TREATMENT"]

TREATMENT = Radioembolization()
