"""The record of the digital patient, as it stands in case.yaml: invented, and marked as such."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from liverboard.phantom.habitus import Habitus, generator

__all__ = ["draw_record"]

REFERENCE = date(2026, 1, 15)
VISIT = date(2026, 1, 10)

LABORATORY = (
    ("bilirubin", 6, 17, "umol/L", 0),
    ("albumin", 37, 46, "g/L", 0),
    ("inr", 0.9, 1.15, "", 2),
    ("creatinine", 55, 95, "umol/L", 0),
    ("sodium", 136, 143, "mmol/L", 0),
    ("ast", 16, 42, "U/L", 0),
    ("alt", 14, 48, "U/L", 0),
    ("alp", 55, 125, "U/L", 0),
    ("platelets", 165, 320, "10^9/L", 0),
    ("haemoglobin", 112, 150, "g/L", 0),
    ("cea", 3, 60, "ug/L", 1),
)
"""Blood tests: name, lowest and highest value drawn, unit, decimals. Sane, not epidemiology."""


def draw_record(seed: int, habitus: Habitus) -> dict[str, Any]:
    """Return the record of the patient of `seed`, in the shape of `liverboard/case/1`."""
    rng = generator(seed, "record")
    return {
        "schema": "liverboard/case/1",
        "id": f"digital-{seed}",
        "invented": True,
        "reference_date": REFERENCE,
        "patient": _patient(habitus),
        "fitness": {
            "ecog": _dated(int(rng.integers(0, 2))),
            "asa": _dated(int(rng.integers(2, 4))),
        },
        "laboratory": {row[0]: _test(row, rng) for row in LABORATORY},
        "liver": _liver(habitus),
        **_disease(rng),
    }


def _dated(value: float, unit: str = "") -> dict[str, Any]:
    named = {"unit": unit} if unit else {}
    return {"value": value, **named, "date": VISIT}


def _patient(habitus: Habitus) -> dict[str, Any]:
    return {
        "age": {"value": habitus.age_years, "unit": "year"},
        "sex": habitus.sex,
        "height": _dated(habitus.height_cm, "cm"),
        "weight": _dated(habitus.weight_kg, "kg"),
    }


def _test(row: tuple[str, float, float, str, int], rng: np.random.Generator) -> dict[str, Any]:
    _, low, high, unit, decimals = row
    value = round(float(rng.uniform(low, high)), decimals)
    return _dated(value if decimals else int(value), unit)


def _liver(habitus: Habitus) -> dict[str, Any]:
    return {
        "ascites": "none",
        "encephalopathy": "none",
        "steatosis": habitus.steatosis,
        "fibrosis": "F0",
        "cirrhosis": False,
    }


def _disease(rng: np.random.Generator) -> Mapping[str, Any]:
    side, node = str(rng.choice(["left", "right", "rectum"])), str(rng.choice(["N0", "N1", "N2"]))
    cycles = int(rng.integers(4, 9))
    systemic = {
        "line": 1,
        "drugs": ["oxaliplatin", "capecitabine"],
        "start": date(2025, 8, 1),
        "last_dose": date(2025, 12, 10),
        "cycles": cycles,
        "response": str(rng.choice(["partial", "stable"])),
    }
    primary = {
        "site": "colorectal",
        "side": side,
        "histology": "adenocarcinoma",
        "t": str(rng.choice(["T2", "T3", "T4a"], p=[0.2, 0.6, 0.2])),
        "n": node,
        "grade": "moderate",
        "resected": True,
        "resection_r0": True,
        "disease_free_interval": {"value": 0, "unit": "month"},
        "synchronous": True,
    }
    return {
        "primary": primary,
        "molecular": {"ras": {"unknown": "not tested"}, "braf_v600e": False, "msi": "stable"},
        "extent": {"extrahepatic_disease": "none"},
        "history": {"systemic": [systemic], "liver": []},
    }
