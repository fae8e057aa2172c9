"""Thermal ablation: radiofrequency, microwave and cryo."""

from liverboard.treatments.ablation.treatment import Ablation

__all__ = ["TREATMENT"]

TREATMENT = Ablation()
