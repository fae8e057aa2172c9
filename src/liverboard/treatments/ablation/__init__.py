"""Percutaneous ablation by microwaves, radiofrequency or cold."""

from liverboard.treatments.ablation.treatment import Ablation

__all__ = ["TREATMENT"]

TREATMENT = Ablation()
