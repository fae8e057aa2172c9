"""The digital patient of the tests."""

from liverboard.phantom import PhantomOptions

COARSE = PhantomOptions(
    seed=11,
    lesions=3,
    lesion_diameters_mm=(24.0, 14.0),
    lesion_places=("S6", "S3"),
    spacing_mm=(4.0, 1.6, 1.6),
)
"""A patient on a coarse grid: as whole as the usual one, and made more quickly."""
