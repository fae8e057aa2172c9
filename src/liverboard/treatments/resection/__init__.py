"""Hepatic resection."""

from liverboard.treatments.resection.treatment import Resection

__all__ = ["TREATMENT"]

TREATMENT = Resection()
