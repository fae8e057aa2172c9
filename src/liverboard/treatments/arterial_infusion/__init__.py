"""Hepatic arterial infusion by pump."""

from liverboard.treatments.arterial_infusion.treatment import ArterialInfusion

__all__ = ["TREATMENT"]

TREATMENT = ArterialInfusion()
