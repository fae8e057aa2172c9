"""Antibodies and targeted drugs, alone or with their partner regimen."""

from liverboard.treatments.biologics.treatment import Biologics

__all__ = ["TREATMENT"]

TREATMENT = Biologics()
