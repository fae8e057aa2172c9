"""The images of a case: the CT, and what else lies in `imaging/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from liverboard.case.dicom_series import read_series
from liverboard.case.folder import Inventory, files_in
from liverboard.case.image_file import volume_of
from liverboard.case.ledger import Ledger
from liverboard.case.mask import as_ct, as_scalar
from liverboard.case.model import Remark, Source, note, warning
from liverboard.case.volume import NOBODY, Person, Volume
from liverboard.errors import ImageError
from liverboard.numerics.grid import Image
from liverboard.values import Reason, Unknown

__all__ = ["NO_CT", "Imaging", "read_ct", "read_imaging"]

NO_CT = Unknown(Reason.NOT_RECORDED, "no CT: imaging/ct.nii.gz or a DICOM series in imaging/ct/")
UNREADABLE = Unknown(Reason.INDETERMINATE, "the CT cannot be read")

THICK_MM, COARSE_MM = 3.0, 5.0
"""Slices from `THICK_MM` make small lesions uncertain; above `COARSE_MM` a person is warned."""

EVEN = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Imaging:
    """The CT or why there is none, the other images, the CT's frame of reference and person."""

    ct: Image | Unknown
    others: Mapping[str, Image]
    frame: str = ""
    person: Person = NOBODY


def read_imaging(inventory: Inventory, ledger: Ledger) -> Imaging:
    """Return all images of a case; a bad one goes to the ledger's tolerance."""
    others = {}
    found: Imaging = Imaging(NO_CT, {})
    for name, source in sorted(inventory.images.items()):
        if name == "ct":
            found = Imaging(UNREADABLE, {})
        with ledger.trying():
            volume = _volume(source, name, inventory.folder, ledger)
            if name == "ct":
                found = _with_ct(volume, source, ledger)
            else:
                ledger.remarks.extend(volume.remarks)
                others[name] = as_scalar(volume)
    return Imaging(found.ct, others, found.frame, found.person)


def _with_ct(volume: Volume, source: Source, ledger: Ledger) -> Imaging:
    ct, remarks = as_ct(volume, source)
    ledger.remarks.extend((*remarks, *_slice_remarks(ct, source.name)))
    return Imaging(ct, {}, volume.frame, volume.person)


def _volume(source: Source, name: str, root: Path, ledger: Ledger) -> Volume:
    """Return an image from a file, or from the DICOM series in a folder."""
    if not source.path.is_dir():
        return volume_of(ledger.content(source), source)
    entries = list(files_in(source.path, root))
    files = [entry for entry in entries if entry.path.is_file() and not _is_index(entry)]
    series = read_series(files, source, kind=name)
    ledger.hashes.update(series.hashes)
    used = frozenset(series.hashes)
    ledger.unknown.extend(entry.name for entry in entries if entry.name not in used)
    return series.volume


def _is_index(source: Source) -> bool:
    return source.path.name.upper() == "DICOMDIR"


def _slice_remarks(ct: Image, where: str) -> list[Remark]:
    thickness = max(ct.grid.spacing_mm)
    if thickness < THICK_MM - EVEN:
        return []
    text = f"slices are {thickness:.3g} mm apart: sizes of small lesions are uncertain"
    return [warning(where, text) if thickness > COARSE_MM + EVEN else note(where, text)]


def read_ct(path: Path) -> Image:
    """Return a CT in Hounsfield units from one image file or a folder with one DICOM series.

    For library users and `init`; raises ImageError where it cannot be read.
    """
    source = Source(path, path.name)
    if not path.exists():
        raise ImageError("no such file or folder", where=str(path), remedy="check the path")
    return as_ct(_volume(source, "ct", path, Ledger()), source)[0]
