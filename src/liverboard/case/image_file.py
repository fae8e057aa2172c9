"""One image file by its ending: NIfTI or NRRD."""

from __future__ import annotations

from liverboard.case.model import Source
from liverboard.case.nifti import read_nifti
from liverboard.case.nrrd import read_nrrd
from liverboard.case.volume import Volume
from liverboard.errors import ImageError

__all__ = ["volume_of"]


def volume_of(content: bytes, source: Source) -> Volume:
    """Return the volume in the bytes of `source`, read by the ending of its name."""
    name = source.name.lower()
    if name.endswith((".nii", ".nii.gz")):
        return read_nifti(content, source)
    if name.endswith(".nrrd"):
        return read_nrrd(content, source)
    raise ImageError(
        f"files ending in {source.path.suffix!r} are not read here",
        where=str(source),
        remedy="save it as .nii.gz or .nrrd",
    )
