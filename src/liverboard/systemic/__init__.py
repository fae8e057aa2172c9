"""Drugs as cited data, and the arithmetic of a dose for one patient; no treatment is proposed here.

Both rooms of drugs (chemotherapy, biologics) read the same drugs, regimens and dose rules, so a
drug has one dose rule wherever it is given.
"""
