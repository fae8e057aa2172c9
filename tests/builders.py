"""A small liver with vessels of known course, made by hand, for tests of every room.

LPS millimetres: x to the left, y to the back, z to the head. The liver is an ellipsoid round the
origin; the vena cava runs upright behind it, the portal vein enters from below.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from liverboard.anatomy import examine
from liverboard.case import case_from_record
from liverboard.numerics.grid import Grid, Image
from liverboard.patient import patient_of

SEMI_AXES_MM = np.array([75.0, 55.0, 60.0])
HALF_BOX_MM = np.array([100.0, 80.0, 84.0])

PORTAL = (
    ((0, 5, -75), (0, 5, -15), 6.0),
    ((0, 5, -15), (-25, 5, -5), 5.0),
    ((-25, 5, -5), (-45, -15, 10), 3.5),
    ((-45, -15, 10), (-45, -15, 35), 2.5),
    ((-45, -15, 10), (-50, -20, -20), 2.5),
    ((-25, 5, -5), (-45, 25, 5), 3.5),
    ((-45, 25, 5), (-45, 25, 30), 2.5),
    ((-45, 25, 5), (-50, 25, -25), 2.5),
    ((0, 5, -15), (20, -5, -10), 5.0),
    ((20, -5, -10), (20, -30, -5), 4.0),
    ((20, -30, -5), (5, -38, 15), 2.5),
    ((20, -30, -5), (5, -38, -20), 2.5),
    ((20, -30, -5), (50, -15, 15), 2.5),
    ((20, -30, -5), (50, -15, -15), 2.5),
)
HEPATIC = (
    ((0, 45, 40), (-35, 20, 20), 4.5),
    ((-35, 20, 20), (-62, 5, -5), 3.0),
    ((-35, 20, 20), (-50, 30, -10), 2.5),
    ((0, 45, 40), (-8, 10, 25), 4.5),
    ((-8, 10, 25), (-12, -25, 5), 3.5),
    ((-12, -25, 5), (-15, -35, -20), 2.5),
    ((0, 45, 40), (18, 15, 30), 4.5),
    ((18, 15, 30), (45, -8, 5), 3.0),
    ((18, 15, 30), (30, -20, 20), 2.5),
)
CAVA = (((0, 55, -80), (0, 55, 80), 11.0),)

LESIONS = (((-60, 10, 0), 9.0), ((-48, -18, 28), 7.0), ((48, -12, 0), 8.0))
"""Centres and radii of the standard lesions: two right, one left."""

RECORD = {
    "schema": "liverboard/case/1",
    "id": "toy",
    "invented": True,
    "reference_date": "2026-01-15",
    "patient": {
        "age": {"value": 58, "unit": "year"},
        "sex": "male",
        "height": {"value": 175, "unit": "cm", "date": "2026-01-10"},
        "weight": {"value": 75, "unit": "kg", "date": "2026-01-10"},
    },
    "fitness": {"ecog": {"value": 0, "date": "2026-01-10"}},
    "liver": {"steatosis": "none", "fibrosis": "F0", "cirrhosis": False},
    "primary": {"site": "colorectal", "side": "left", "resected": True, "n": "N0"},
    "extent": {"extrahepatic_disease": "none"},
    "history": {"systemic": []},
}


def grid_of(spacing_mm=(2.0, 2.0, 2.0)) -> Grid:
    """Return the box of the toy patient at a spacing [z, y, x]."""
    size = 2 * HALF_BOX_MM[::-1] / np.array(spacing_mm)
    shape = tuple(round(n) + 1 for n in size)
    return Grid(shape, tuple(spacing_mm), tuple(float(-n) for n in HALF_BOX_MM))


def points_of(grid: Grid) -> np.ndarray:
    """Return the LPS point of every voxel: (voxels, 3)."""
    return grid.points(np.indices(grid.shape).reshape(3, -1).T)


def tubes(points: np.ndarray, runs) -> np.ndarray:
    """Return which points lie in any of the tubes (start, end, radius)."""
    inside = np.zeros(len(points), dtype=bool)
    for start, end, radius in runs:
        along = np.subtract(end, start).astype(float)
        away = points - np.array(start, float)
        share = np.clip((away @ along) / (along @ along), 0, 1)
        gap = away - share[:, None] * along
        inside |= (gap**2).sum(axis=1) <= radius**2
    return inside


def balls(points: np.ndarray, lesions) -> np.ndarray:
    """Return the number of the ball (centre, radius) that each point lies in, from 1."""
    labels = np.zeros(len(points), dtype=np.uint16)
    for number, (centre, radius) in enumerate(lesions, start=1):
        labels[((points - np.array(centre, float)) ** 2).sum(axis=1) <= radius**2] = number
    return labels


def case_of(lesions=LESIONS, *, spacing_mm=(2.0, 2.0, 2.0), grid=None, record=None, without=()):
    """Return the toy patient as a case; `without` names structures that are left out."""
    grid = grid or grid_of(spacing_mm)
    points = points_of(grid)
    masks = {
        "liver": ((points / SEMI_AXES_MM) ** 2).sum(axis=1) <= 1.0,
        "portal_vein": tubes(points, PORTAL),
        "hepatic_veins": tubes(points, HEPATIC) & ~tubes(points, CAVA),
        "inferior_vena_cava": tubes(points, CAVA),
        "gallbladder": balls(points, [((-28, -30, -62), 12.0)]) > 0,
    }
    masks["liver"] &= ~(masks["inferior_vena_cava"] | masks["gallbladder"])
    labels = balls(points, lesions).reshape(grid.shape)
    case = case_from_record(record or RECORD)
    return replace(
        case,
        structures={
            name: Image(mask.reshape(grid.shape).astype(np.uint8), grid)
            for name, mask in masks.items()
            if name not in without
        },
        lesions=case.lesions if "lesions" in without else Image(labels, grid),
    )


@cache
def toy_patient():
    """Return the standard toy patient, examined once."""
    case = case_of()
    return patient_of(case, examine(case))


def patient_with(lesions=LESIONS, **choices):
    """Return an examined toy patient with other lesions or masks."""
    case = case_of(lesions, **choices)
    return patient_of(case, examine(case))
