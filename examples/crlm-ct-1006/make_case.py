"""Make the case folder of crlm-ct-1006 from a copy of its images.

    python make_case.py SOURCE DESTINATION

SOURCE holds `ct.nii.gz` and `labels/`, or the DICOM copy with `ct/` and `seg.dcm` or
`rtstruct.dcm`. Where the images come from and under which licence is in README.md, which is copied
into the case folder.
"""

from __future__ import annotations

import sys
from pathlib import Path

from liverboard.case import init_case, read_case
from liverboard.errors import CaseError, LiverboardError

HERE = Path(__file__).parent


def images_in(source: Path) -> tuple[Path, Path]:
    """Return CT and segmentations in `source`: NIfTI where it is there, else DICOM."""
    for ct, masks in (("ct.nii.gz", "labels"), ("ct", "seg.dcm"), ("ct", "rtstruct.dcm")):
        if (source / ct).exists() and (source / masks).exists():
            return source / ct, source / masks
    raise CaseError(
        "no images of crlm-ct-1006",
        where=str(source),
        remedy="give a folder with ct.nii.gz and labels/, or with ct/ and seg.dcm",
    )


def make_case(source: Path, destination: Path) -> Path:
    """Return the case folder made at `destination` from the images in `source`."""
    ct, masks = images_in(source)
    folder = init_case(destination, ct=ct, segmentations=masks)
    (folder / "case.yaml").write_bytes((HERE / "case.yaml").read_bytes())
    (folder / "README.md").write_bytes((HERE / "README.md").read_bytes())
    return folder


def main(arguments: list[str]) -> int:
    """Make the folder, say what is in it, and return the exit code."""
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        case = read_case(make_case(Path(arguments[0]), Path(arguments[1])))
    except LiverboardError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{case.folder}: {', '.join(case.structures)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
