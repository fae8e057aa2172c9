"""Palliative care."""

from liverboard.treatments.palliative.treatment import Palliative

__all__ = ["TREATMENT"]

TREATMENT = Palliative()
