"""Chemotherapy and other drugs by primary tumour."""

from liverboard.treatments.chemotherapy.treatment import Chemotherapy

__all__ = ["TREATMENT"]

TREATMENT = Chemotherapy()
