"""Liver transplantation for metastases."""

from liverboard.treatments.transplant.treatment import Transplant

__all__ = ["TREATMENT"]

TREATMENT = Transplant()
