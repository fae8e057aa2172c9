"""A trunk with organs at risk round the toy liver, for tests of radiotherapy.

Ellipse of the body 190 x 130 mm half axes, liver of `builders` at the origin, cord behind, stomach
on the left, lungs above, a kidney; water outside the lungs.
"""

from dataclasses import replace
from functools import cache

import numpy as np

from builders import case_of, points_of
from liverboard.anatomy import examine
from liverboard.numerics.grid import Grid, Image
from liverboard.patient import patient_of

BODY_MM = np.array([190.0, 130.0])
MIDDLE_MM = np.array([20.0, 15.0])

LESION = (((-40.0, -5.0, 5.0), 15.0),)
TWO = (((-40.0, -5.0, 5.0), 14.0), ((35.0, -10.0, 0.0), 9.0))

ORGANS = {
    "spinal_cord": ((0.0, 95.0, 0.0), (7.0, 7.0, 1e4)),
    "stomach": ((105.0, -10.0, 10.0), (35.0, 40.0, 45.0)),
    "duodenum": ((30.0, 20.0, -70.0), (25.0, 15.0, 15.0)),
    "kidney_right": ((-60.0, 85.0, -50.0), (34.0, 24.0, 40.0)),
    "kidney_left": ((75.0, 85.0, -40.0), (34.0, 24.0, 40.0)),
    "heart": ((25.0, -40.0, 110.0), (50.0, 40.0, 40.0)),
}


def trunk_grid(spacing_mm=4.0, half_z_mm=140.0) -> Grid:
    """Return a box round the trunk."""
    half = np.array([half_z_mm, 140.0, 204.0])
    shape = tuple(int(n) for n in 2 * half / spacing_mm + 1)
    origin = (MIDDLE_MM[0] - half[2], MIDDLE_MM[1] - half[1], -half[0])
    return Grid(shape, (spacing_mm,) * 3, tuple(float(v) for v in origin))


def trunk_case(lesions=LESION, *, spacing_mm=4.0, without=(), half_z_mm=140.0, lung_hu=-750):
    """Return a case with CT, body, organs and the toy liver."""
    grid = trunk_grid(spacing_mm, half_z_mm)
    case = case_of(lesions, grid=grid)
    points = points_of(grid)
    body = (((points[:, :2] - MIDDLE_MM) / BODY_MM) ** 2).sum(axis=1) <= 1.0
    masks = {"body": body}
    for name, (middle, half) in ORGANS.items():
        masks[name] = (((points - np.array(middle)) / np.array(half)) ** 2).sum(axis=1) <= 1.0
    liver = np.asarray(case.structures["liver"].array, bool).reshape(-1)
    dome = (points[:, 2] > 62.0) & body & ~liver & ~masks["heart"]
    across = ((points[:, :2] - MIDDLE_MM) / (BODY_MM - 25.0)) ** 2
    masks["lungs"] = dome & (across.sum(axis=1) <= 1.0) & (np.abs(points[:, 0] - 10.0) > 30.0)
    hu = np.where(body, 30, -1000)
    hu[masks["lungs"]] = lung_hu
    extra = {
        name: Image(
            (mask & ~liver if name != "body" else mask).reshape(grid.shape).astype(np.uint8), grid
        )
        for name, mask in masks.items()
        if name not in without
    }
    structures = {k: v for k, v in case.structures.items() if k not in without}
    ct = Image(hu.reshape(grid.shape).astype(np.int16), grid)
    return replace(case, ct=ct, structures={**structures, **extra})


@cache
def trunk_patient(lesions=LESION, spacing_mm=4.0, without=(), half_z_mm=140.0):
    """Return the examined trunk."""
    case = trunk_case(lesions, spacing_mm=spacing_mm, without=without, half_z_mm=half_z_mm)
    return patient_of(case, examine(case))
