"""What a linear accelerator's beam does in water, as tables: Bortfeld's pencil-beam kernels.

A pencil of fluence deposits sum_i K_i(r) D_i(d),
D_i(d) = b_i / (b_i - m) (exp(-m d) - exp(-b_i d)),
with depth d in mm of water and distance r from the pencil in the plane of the isocentre.
Source: bortfeld-1993; table: pyradplan-2026.

Not modelled: head scatter, collimator transmission, spectrum changes off axis.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from liverboard.errors import RequestError
from liverboard.numerics.grid import Array, read_only

__all__ = ["BeamData", "generic_beam", "read_beam_data", "tables"]

KEYS = {
    "kernels_per_mm2": 3,
    "ssd_mm": 1,
    "radius_mm": 1,
    "betas_per_mm": 1,
    "attenuation_per_mm": 0,
    "sad_mm": 0,
    "energy_mv": 0,
    "penumbra_mm": 0,
    "profile": 2,
}
"""Entries of a beam data file and how many axes each has."""


@dataclass(frozen=True, slots=True, eq=False)
class BeamData:
    """Kernels of one beam quality.

    kernels: (ssd, component, radius) float32 per mm2, the first radius standing for a square of
    `lattice_mm`; betas_per_mm: (component,); profile: (n, 2) mm off axis at the isocentre and
    fluence relative to the axis. `penumbra_mm` is the width (FWHM) of the source's blur.
    """

    name: str
    kernels: Array
    ssd_mm: Array
    radius_mm: Array
    betas_per_mm: Array
    attenuation_per_mm: float
    sad_mm: float
    energy_mv: float
    penumbra_mm: float
    profile: Array
    sha256: str

    def __post_init__(self) -> None:
        for name in ("kernels", "ssd_mm", "radius_mm", "betas_per_mm", "profile"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def lattice_mm(self) -> float:
        """Spacing of the radii: the kernel's centre stands for a square of this side."""
        return float(self.radius_mm[1] - self.radius_mm[0])

    def kernels_at(self, ssd_mm: float) -> Array:
        """Return the kernels (component, radius) at a source-to-surface distance, clipped to it."""
        place = np.interp(ssd_mm, self.ssd_mm, np.arange(len(self.ssd_mm)))
        low = min(int(place), len(self.ssd_mm) - 2) if len(self.ssd_mm) > 1 else 0
        high = min(low + 1, len(self.ssd_mm) - 1)
        share = place - low
        return np.asarray((1.0 - share) * self.kernels[low] + share * self.kernels[high])

    def depth_terms(self, depth_mm: Array) -> Array:
        """Return D_i (component, ...) at water depths in mm."""
        m = self.attenuation_per_mm
        shape = (-1,) + (1,) * np.ndim(depth_mm)
        b = self.betas_per_mm.reshape(shape)
        depth = np.asarray(depth_mm, dtype=np.float64)[None]
        return np.asarray(b / (b - m) * (np.exp(-m * depth) - np.exp(-b * depth)))


@cache
def tables() -> Mapping[str, Any]:
    """Return the content of `data/beams.yaml`."""
    folder = resources.files("liverboard.treatments.radiotherapy")
    found: Mapping[str, Any] = yaml.safe_load(folder.joinpath("data/beams.yaml").read_text("utf-8"))
    return found


@cache
def generic_beam() -> BeamData:
    """Return the generic 6 MV beam that comes with liverboard; its checksum is checked."""
    entry = tables()["generic-6mv"]
    folder = resources.files("liverboard.treatments.radiotherapy")
    content = folder.joinpath("data", entry["file"]).read_bytes()
    found = _from_npz(content, "generic-6mv")
    if found.sha256 != entry["sha256"]:
        raise RequestError(
            f"the beam table has checksum {found.sha256[:12]}, expected {entry['sha256'][:12]}",
            where=entry["file"],
            remedy="install liverboard again",
        )
    return found


def read_beam_data(path: Path) -> BeamData:
    """Return the beam in a file of the user: `.npz` with our keys, or matRad's machine `.mat`.

    Raises RequestError where the file is missing, of another kind, or its numbers cannot be.
    """
    if not path.is_file():
        raise RequestError("no such file", where=str(path), remedy="check the path of --beam-data")
    content = path.read_bytes()
    if path.suffix == ".npz":
        return _from_npz(content, str(path))
    if path.suffix == ".mat":
        return _from_mat(content, str(path))
    raise RequestError(
        f"beam data ending in {path.suffix!r} are not read",
        where=str(path),
        remedy="give a .npz or a machine .mat of matRad",
    )


def _from_npz(content: bytes, where: str) -> BeamData:
    """Return the beam in the bytes of an npz archive."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            entries = {key: np.asarray(archive[key]) for key in archive.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise RequestError(
            f"cannot be read as npz ({type(error).__name__})", where=where
        ) from error
    return _checked(entries, content, where)


def _from_mat(content: bytes, where: str) -> BeamData:
    """Return the beam in the bytes of a matRad machine file."""
    from scipy.io import loadmat

    try:
        machine = loadmat(io.BytesIO(content), squeeze_me=True, struct_as_record=False)["machine"]
        data = machine.data
        rows = [[entry.kernel1, entry.kernel2, entry.kernel3] for entry in data.kernel]
        entries: dict[str, Array] = {
            "kernels_per_mm2": np.array(rows, dtype=np.float32),
            "ssd_mm": np.array([entry.SSD for entry in data.kernel], dtype=np.float64),
            "radius_mm": np.asarray(data.kernelPos, dtype=np.float64),
            "betas_per_mm": np.asarray(data.betas, dtype=np.float64),
            "attenuation_per_mm": np.asarray(float(data.m)),
            "sad_mm": np.asarray(float(machine.meta.SAD)),
            "energy_mv": np.asarray(float(data.energy)),
            "penumbra_mm": np.asarray(float(data.penumbraFWHMatIso)),
            "profile": np.asarray(data.primaryFluence, dtype=np.float64),
        }
    except (AttributeError, KeyError, TypeError, ValueError, OSError) as error:
        what = f"no photon machine of matRad ({type(error).__name__}: {error})"
        raise RequestError(what, where=where) from error
    return _checked(entries, content, where)


def _checked(entries: Mapping[str, Array], content: bytes, where: str) -> BeamData:
    """Return the beam of checked entries; RequestError says what is wrong."""

    def refuse(what: str) -> RequestError:
        remedy = "see docs/radiotherapy.md#beam-data"
        return RequestError(what, where=where, remedy=remedy)

    for key, axes in KEYS.items():
        if key not in entries:
            raise refuse(f"{key} is missing")
        if entries[key].ndim != axes or not np.isfinite(entries[key]).all():
            raise refuse(f"{key} must be {axes}-dimensional and finite")
    for problem, is_wrong in _problems(entries):
        if is_wrong:
            raise refuse(problem)
    return BeamData(
        Path(where).stem,
        entries["kernels_per_mm2"].astype(np.float32),
        entries["ssd_mm"],
        entries["radius_mm"],
        entries["betas_per_mm"],
        float(entries["attenuation_per_mm"]),
        float(entries["sad_mm"]),
        float(entries["energy_mv"]),
        float(entries["penumbra_mm"]),
        entries["profile"],
        hashlib.sha256(content).hexdigest(),
    )


def _problems(entries: Mapping[str, Array]) -> list[tuple[str, bool]]:
    """Return what can be wrong with beam data, and whether it is."""
    kernels, ssd, radius = (entries[k] for k in ("kernels_per_mm2", "ssd_mm", "radius_mm"))
    betas, m = entries["betas_per_mm"], float(entries["attenuation_per_mm"])
    steps = np.diff(radius)
    shape = (len(ssd), len(betas), len(radius))
    is_even = len(steps) > 0 and bool(np.allclose(steps, steps[0]) and steps[0] > 0)
    profile = entries["profile"]
    return [
        (f"kernels_per_mm2 has shape {kernels.shape}, expected {shape}", kernels.shape != shape),
        ("radius_mm must rise from 0 in equal steps", not is_even or float(radius[0]) != 0.0),
        ("ssd_mm must rise", bool((np.diff(ssd) <= 0).any()) or float(ssd[0]) <= 0),
        ("betas_per_mm and attenuation_per_mm must be positive", min(float(betas.min()), m) <= 0),
        ("a beta equals attenuation_per_mm", bool(np.isclose(betas, m, rtol=1e-6).any())),
        ("sad_mm must be 500 to 2000 mm", not 500 <= float(entries["sad_mm"]) <= 2000),
        ("penumbra_mm must be 0.5 to 20 mm", not 0.5 <= float(entries["penumbra_mm"]) <= 20),
        ("profile must be rows of mm off axis, fluence >= 0",
         profile.shape[1] != 2 or bool((profile < 0).any())
         or bool((np.diff(profile[:, 0]) <= 0).any())),
    ]  # fmt: skip
