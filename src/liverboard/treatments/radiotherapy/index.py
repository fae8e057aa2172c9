"""Figures of a target's dose, each with the formula it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from liverboard.numerics.dvh import Dvh
from liverboard.numerics.grid import Array

__all__ = ["FORMULAS", "Indices", "indices_of"]

FORMULAS: Mapping[str, str] = {
    "d98_gy": "dose to the coldest 2 % (D98)",
    "d95_gy": "smallest dose in the hottest 95 % (D95)",
    "d50_gy": "median dose (D50)",
    "d2_gy": "smallest dose in the hottest 2 % (D2)",
    "mean_gy": "mean dose",
    "coverage_percent": "share of the PTV at the prescription or more (V100)",
    "paddick": "Paddick conformity = (PTV in Rx)^2 / (PTV x PIV)",
    "rtog_conformity": "RTOG conformity = PIV / PTV",
    "gradient": "gradient index = V(Rx/2) / PIV",
    "r50": "R50 = V(Rx/2) / PTV",
    "homogeneity_icru": "homogeneity ICRU 83 = (D2 - D98) / D50",
    "homogeneity_rtog": "homogeneity RTOG = largest dose / Rx",
}
"""What each figure is; PIV is the volume of the body at the prescription (Rx) or more."""


@dataclass(frozen=True, slots=True)
class Indices:
    """Figures of one planning target; names and formulas in `FORMULAS`."""

    d98_gy: float
    d95_gy: float
    d50_gy: float
    d2_gy: float
    mean_gy: float
    coverage_percent: float
    paddick: float
    rtog_conformity: float
    gradient: float
    r50: float
    homogeneity_icru: float
    homogeneity_rtog: float


def indices_of(histogram: Dvh, dose: Array, prescribed_gy: float, voxel_ml: float) -> Indices:
    """Return the figures of a target.

    histogram: of the PTV; dose: (n,) Gy of the body's voxels that belong to this target (all of
    them for a single target). Source: method:radiotherapy-indices.
    """
    covered = histogram.volume_at(prescribed_gy)
    whole = float(np.count_nonzero(dose >= prescribed_gy)) * voxel_ml
    half = float(np.count_nonzero(dose >= prescribed_gy / 2.0)) * voxel_ml
    target = histogram.total_ml
    d98, d50, d2 = (histogram.dose_at_percent(p) for p in (98.0, 50.0, 2.0))
    return Indices(
        d98,
        histogram.dose_at_percent(95.0),
        d50,
        d2,
        histogram.mean_gy,
        histogram.share_at(prescribed_gy),
        covered**2 / (target * whole) if whole else 0.0,
        whole / target,
        half / whole if whole else 0.0,
        half / target,
        (d2 - d98) / d50 if d50 else 0.0,
        histogram.most_gy / prescribed_gy,
    )
