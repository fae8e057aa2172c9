"""The toy patient with skin, and with ribs where a test wants them."""

from dataclasses import replace

import numpy as np

from builders import LESIONS, case_of, points_of
from liverboard.anatomy import examine
from liverboard.numerics.grid import Image
from liverboard.patient import patient_of
from liverboard.treatments.ablation.options import AblationOptions

QUICK = AblationOptions(samples=300, final_samples=2000, paths_kept=6, grid_mm=3.0, most_needles=2)


def body_of(grid):
    """Return a body: an upright tube of elliptic section, the table at its back."""
    points = points_of(grid)
    inside = (points[:, 0] / 95.0) ** 2 + (points[:, 1] / 75.0) ** 2 <= 1.0
    return Image(inside.reshape(grid.shape).astype(np.uint8), grid)


def shell_of(grid, inner, outer):
    """Return what lies between two ellipses round the trunk, open at no side."""
    points = points_of(grid)
    size = np.sqrt((points[:, 0] / 95.0) ** 2 + (points[:, 1] / 75.0) ** 2)
    inside = (size >= inner) & (size <= outer)
    return Image(inside.reshape(grid.shape).astype(np.uint8), grid)


def case_with_skin(lesions=LESIONS, **more):
    """Return the toy case with a body mask and further masks by name."""
    case = case_of(lesions, spacing_mm=(3.0, 3.0, 3.0))
    grid = case.structures["liver"].grid
    masks = {"body": body_of(grid), **{name: make(grid) for name, make in more.items()}}
    return replace(case, structures={**case.structures, **masks})


def patient_with_skin(lesions=LESIONS, **more):
    """Return the toy patient with skin, examined."""
    case = case_with_skin(lesions, **more)
    return patient_of(case, examine(case))
