"""External radiotherapy."""

from liverboard.treatments.radiotherapy.treatment import Radiotherapy

__all__ = ["TREATMENT"]

TREATMENT = Radiotherapy()
