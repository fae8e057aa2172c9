"""The case folder of a digital patient on disk, with its truth beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from liverboard.errors import OutputError
from liverboard.phantom.model import STRUCTURES, LesionTruth, Phantom
from liverboard.phantom.nifti import nifti_bytes
from liverboard.phantom.parallel import in_threads
from liverboard.phantom.tree import Branch

__all__ = ["MANIFEST", "write_phantom"]

MANIFEST = "truth/manifest.json"
"""Names of all files that were written; what stands in it may be replaced, nothing else."""

Maker = Callable[[], bytes]


def write_phantom(phantom: Phantom, folder: str | Path, *, is_replacing: bool = False) -> Path:
    """Write `phantom` as a case folder and return the folder.

    A folder that holds anything is refused, unless `is_replacing`: then the files of an earlier
    digital patient are removed first, and anything else in the folder stays as it is. Every file
    appears whole or not at all.
    """
    root = Path(folder)
    makers = _makers(phantom)
    _clear(root, sorted(makers), is_replacing=is_replacing)
    names = json.dumps({"files": sorted(makers)}, indent=1) + "\n"
    _write(root / MANIFEST, names.encode())

    def write(name: str) -> None:
        _write(root / name, makers[name]())

    in_threads(write, makers)
    return root


def _makers(phantom: Phantom) -> dict[str, Maker]:
    """Return what makes the bytes of every file, by its name in the folder."""
    truth, grid = phantom.truth, phantom.grid

    def image(array: np.ndarray[Any, Any]) -> Maker:
        return lambda: nifti_bytes(array, grid)

    def mask(name: str) -> Maker:
        return lambda: nifti_bytes(phantom.mask(name), grid)

    return {
        "imaging/ct.nii.gz": image(phantom.hu),
        **{f"segmentations/{name}.nii.gz": mask(name) for name in STRUCTURES},
        "truth/segments.nii.gz": image(truth.segments),
        "truth/portal_territories.nii.gz": image(truth.portal),
        "truth/hepatic_territories.nii.gz": image(truth.hepatic),
        "truth/vessels.json": lambda: _json(vessel_truth(phantom)),
        "truth/lesions.json": lambda: _json([lesion_truth(one) for one in truth.lesions]),
        "truth/truth.json": lambda: _json(summary(phantom)),
        "case.yaml": lambda: _yaml(phantom.record),
    }


def _clear(root: Path, names: list[str], *, is_replacing: bool) -> None:
    """Make room for the files `names`, or raise OutputError before anything was changed."""
    if root.is_symlink() or (root.exists() and not root.is_dir()):
        raise OutputError("is no folder", where=str(root), remedy="name another folder")
    held = sorted(one.name for one in root.iterdir()) if root.exists() else []
    if held and not is_replacing:
        raise OutputError(
            f"the folder is not empty (it holds {held[0]})",
            where=str(root),
            remedy="name another folder or ask to replace the digital patient in it",
        )
    known = _known(root) if held else []
    foreign = [name for name in names if (root / name).exists() and name not in known]
    if foreign:
        raise OutputError(
            f"{foreign[0]} was not written by liverboard",
            where=str(root),
            remedy="name another folder, or move that file away",
        )
    for name in known:
        (root / name).unlink(missing_ok=True)


def _known(root: Path) -> list[str]:
    """Return the names in the manifest of an earlier digital patient that lie in the folder."""
    path = root / MANIFEST
    if not path.is_file():
        return []
    try:
        names = json.loads(path.read_text("utf-8"))["files"]
    except (ValueError, KeyError, TypeError) as error:
        raise OutputError(
            "the list of files cannot be read", where=str(path), remedy="name another folder"
        ) from error
    inside = [name for name in names if isinstance(name, str) and _is_ours(root, name)]
    return [*inside, MANIFEST]


def _is_ours(root: Path, name: str) -> bool:
    """Whether `name` is a plain file's place within one of the folders that are written here."""
    parts = Path(name).parts
    is_placed = len(parts) == 1 or parts[0] in ("imaging", "segmentations", "truth")
    is_direct = len(parts) <= 2 and ".." not in parts and not Path(name).is_absolute()
    return is_placed and is_direct and not (root / name).parent.is_symlink()


def _write(path: Path, content: bytes) -> None:
    """Write a file so that it is never seen half-written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.write_bytes(content)
        os.replace(part, path)  # noqa: PTH105
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"cannot be written: {reason}", where=str(path)) from error


def _json(content: object) -> bytes:
    return (json.dumps(content, indent=1, sort_keys=True) + "\n").encode()


class _PlainDumper(yaml.SafeDumper):
    """A dumper that repeats equal values in full, as a person would."""

    def ignore_aliases(self, data: object) -> bool:
        """Tell that no value is named and referred to."""
        del data
        return True


def _yaml(record: object) -> bytes:
    text = yaml.dump(
        record, Dumper=_PlainDumper, sort_keys=False, default_flow_style=None, width=100
    )
    return f"# An invented patient, made by liverboard's phantom; not a person.\n{text}".encode()


def vessel_truth(phantom: Phantom) -> dict[str, Any]:
    """Return what stands in truth/vessels.json; lengths in LPS mm."""
    vessels = phantom.truth.vessels
    return {
        "portal": [_branch(one) for one in vessels.portal],
        "hepatic": [_branch(one) for one in vessels.hepatic],
        "tributaries": [
            {"name": vein.name, "path_mm": [row[:3] for row in vein.path],
             "radius_mm": [row[3] for row in vein.path]}
            for vein in vessels.tributaries
        ],
    }  # fmt: skip


def _branch(branch: Branch) -> dict[str, Any]:
    return {**asdict(branch), "segment": branch.segment or None}


def lesion_truth(lesion: LesionTruth) -> dict[str, Any]:
    """Return the entry of a lesion in truth/lesions.json."""
    shape = lesion.shape
    return {
        "id": lesion.id,
        "centre_mm": shape.centre_mm,
        "semi_axes_mm": [round(axis, 4) for axis in shape.semi_axes_mm],
        "axes": [[round(number, 8) for number in row] for row in shape.rows],
        "analytic_volume_ml": round(shape.volume_ml, 5),
        "rasterised_volume_ml": round(lesion.voxel_volume_ml, 5),
        "longest_axial_diameter_mm": round(shape.longest_axial_mm, 3),
        "segment": lesion.segment,
        "encases_vessel": lesion.encases_vessel,
    }


def summary(phantom: Phantom) -> dict[str, Any]:
    """Return what stands in truth/truth.json: seed, options and volumes in ml."""
    voxels = np.bincount(phantom.truth.segments.ravel(), minlength=9)
    segments = {str(n): round(float(voxels[n]) * phantom.grid.voxel_ml, 3) for n in range(1, 9)}
    return {
        "seed": phantom.options.seed,
        "options": asdict(phantom.options),
        "portal_variant": phantom.truth.portal_variant,
        "liver_volume_ml": round(phantom.volume_ml("liver"), 3),
        "segment_volumes_ml": segments,
        "territories": "label = id of the branch with the nearest centreline + 1; 0 outside",
        "segments": "segment of the nearest portal branch that supplies a single segment",
    }
