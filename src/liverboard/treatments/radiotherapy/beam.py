"""Where a beam comes from: gantry, couch and collimator angles as vectors in the patient.

Angles follow IEC 61217: seen from the foot of the couch the gantry turns clockwise from 0 (above);
the couch turns counter-clockwise seen from above. How machine axes lie in the patient depends on
how the patient lies on the couch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np

from liverboard.errors import RequestError
from liverboard.numerics.grid import Array, read_only

__all__ = ["POSITIONS", "Beam", "BeamFrame", "Point", "frame_of"]

Point = tuple[float, float, float]

POSITIONS: Mapping[str, Array] = {
    "HFS": np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
    "HFP": np.array([[-1.0, 0, 0], [0, 0, 1], [0, 1, 0]]),
    "FFS": np.array([[-1.0, 0, 0], [0, 0, -1], [0, -1, 0]]),
    "FFP": np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]),
}
"""Patient positions: rows are the machine's x (right, facing the gantry), y (towards the gantry)
and z (up) in LPS."""


@dataclass(frozen=True, slots=True)
class Beam:
    """One direction of irradiation, angles in degrees, isocentre in LPS mm."""

    gantry_deg: float
    couch_deg: float
    isocentre_mm: Point
    collimator_deg: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class BeamFrame:
    """A beam's source and axes in LPS: `source_mm` (3,), `axes` (3, 3) rows.

    Rows: x along the leaves, y across them, and the direction of travel. A point at depth w along
    the third row from the source lies at (x, y) scaled by SAD / w to the plane of the isocentre.
    """

    source_mm: Array
    axes: Array
    sad_mm: float

    def __post_init__(self) -> None:
        for name in ("source_mm", "axes"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    def project(self, points_mm: Array) -> Array:
        """Return (n, 3) of LPS points: x and y at the plane of the isocentre, depth w in mm."""
        local = (np.asarray(points_mm, dtype=np.float64) - self.source_mm) @ self.axes.T
        scale = self.sad_mm / local[:, 2]
        return np.column_stack([local[:, 0] * scale, local[:, 1] * scale, local[:, 2]])


def frame_of(beam: Beam, sad_mm: float, position: str = "HFS") -> BeamFrame:
    """Return source and axes of `beam` for a patient lying as `position` says.

    Source: IEC 61217 (gantry, collimator and patient-support systems).
    """
    if position not in POSITIONS:
        raise RequestError(
            f"{position!r} is no patient position",
            where="--position",
            remedy=f"choose from {', '.join(POSITIONS)}",
        )
    gantry, couch, collimator = (
        radians(a) for a in (beam.gantry_deg, beam.couch_deg, beam.collimator_deg)
    )
    across = np.array([cos(gantry), 0.0, -sin(gantry)])
    along = np.array([0.0, 1.0, 0.0])
    to_source = np.array([sin(gantry), 0.0, cos(gantry)])
    x = cos(collimator) * across + sin(collimator) * along
    y = -sin(collimator) * across + cos(collimator) * along
    turn = np.array([[cos(couch), sin(couch), 0], [-sin(couch), cos(couch), 0], [0, 0, 1.0]])
    in_patient = np.stack([x, y, -to_source]) @ turn.T @ POSITIONS[position]
    source = np.array(beam.isocentre_mm) - sad_mm * in_patient[2]
    return BeamFrame(source, in_patient, sad_mm)
