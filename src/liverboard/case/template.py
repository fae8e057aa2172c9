"""An empty case folder to fill in; its record explains every key from the registry of facts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from liverboard.case.entry import needs_unit
from liverboard.case.folder import IMAGING, RECORD, SEGMENTATIONS
from liverboard.case.imaging import read_ct
from liverboard.case.model import Source
from liverboard.case.names import stem_of
from liverboard.case.record import SCHEMA
from liverboard.case.sections import SECTIONS, Section, further_facts, recorded_in
from liverboard.case.volume import read_content
from liverboard.case.writer import write_bytes, write_image
from liverboard.errors import CaseError, OutputError
from liverboard.evidence.fact import FactKind, FactSpec
from liverboard.units import units_like

__all__ = ["allowed", "explanation", "init_case", "template_text"]

HEAD = """\
# The clinical record of one patient. Everything but the id is optional: what is not written is
# unknown, and liverboard says what it would change. Remove the `#` before a key and fill it in.
#   a value:            {{value: 11, unit: umol/L, date: 2026-01-10, source: laboratory}}
#   several dated ones: [{{value: 18, unit: ug/L, date: 2025-11-02}}, {{value: 9, ...}}]
#   not known:          {{unknown: not tested}}   (or: not recorded, pending, indeterminate)
# A bare value will do where no unit is needed. Write no name and no date of birth.
schema: {schema}
id: {id}
#invented: true                 # where the patient is invented
#reference_date: 2026-01-15     # the day to judge on; without it the newest date below
"""

HISTORY = """\
#  systemic:                   # one entry per line of therapy; [] means none was ever given
#    - {line: 1, regimen: FOLFOX+bev, drugs: [], start: , last_dose: , cycles: , response: }
#                               # last_bevacizumab: where it ended before the line
#                               # response: complete | partial | stable | progression
#  liver:                      # earlier treatment of the liver; [] means none
#    - {kind: , date: , detail: }
#                               # kind: resection | ablation | sbrt | radiotherapy | sirt
#                               #       | hai | pve | tace | transplant
#  measurements:               # sizes on follow-up scans; without `lesion` the sum of targets
#    - {date: , lesion: , diameter: {value: , unit: mm}, modality: CT}
"""

FOOT = """\
#notes:
#  - free text; it is shown, never interpreted
"""

COLUMN = 58
OTHER = "\nother:  # Facts that are measured on images or asked for by single rooms.\n"
DIAGNOSED = f"{'#  diagnosed:':<{COLUMN}}  # Date of diagnosis of the primary\n"


def template_text(case_id: str) -> str:
    """Return an empty, commented record; it reads without error as it is."""
    parts = [HEAD.format(schema=SCHEMA, id=case_id)]
    for name, section in SECTIONS.items():
        summary = (section.__doc__ or "").splitlines()[0]
        parts.append(f"\n{name}:  # {summary}\n{''.join(_lines(name, section))}")
    return "".join(
        [*parts, OTHER, *(_line(spec.name, spec) for spec in further_facts()), "\n", FOOT]
    )


def _lines(name: str, section: type[Section]) -> Iterator[str]:
    if name == "history":
        yield HISTORY
    for key, marker in recorded_in(section):
        yield _line(key, marker.spec)
    if name == "primary":
        yield DIAGNOSED


def _line(key: str, spec: FactSpec) -> str:
    entry = f"#  {key}: {_form(spec)}"
    return f"{entry:<{COLUMN}}  # {explanation(spec)}\n"


def _form(spec: FactSpec) -> str:
    """Return how an entry of this fact is best written, without its value."""
    unit = f", unit: {spec.unit}" if needs_unit(spec) else ""
    date = "" if spec.stale_after_days is None else ", date: "
    return f"{{value: {unit}{date}}}" if unit or date else ""


def explanation(spec: FactSpec) -> str:
    """Return label, allowed values or units, and for how long a value counts."""
    parts = [spec.label, allowed(spec)]
    if spec.stale_after_days is not None:
        parts.append(f"counts for {spec.stale_after_days} days")
    return "; ".join(parts)


def allowed(spec: FactSpec) -> str:
    """Return the values or units that an entry of this fact may have."""
    if spec.kind is FactKind.CATEGORY:
        return " | ".join(spec.domain)
    if spec.kind is FactKind.FLAG:
        return "true | false"
    if needs_unit(spec):
        return " or ".join(units_like(spec.family))
    return f"{spec.low:g} to {spec.high:g}"


def init_case(
    folder: str | os.PathLike[str],
    *,
    ct: str | os.PathLike[str] | None = None,
    segmentations: str | os.PathLike[str] | None = None,
) -> Path:
    """Make an empty case folder with a commented `case.yaml`, and return its path.

    `ct` is an image file or a folder with a DICOM series, written as `imaging/ct.nii.gz` without
    any header text of the person; `segmentations` a file or a folder of masks, copied as they are.
    Everything is read before anything is written; a folder that holds something is refused.
    """
    target = Path(folder)
    _check_free(target)
    image = None if ct is None else read_ct(Path(ct))
    masks = {} if segmentations is None else _mask_contents(Path(segmentations))
    _make_folders(target)
    write_bytes(template_text(_id_from(target.name)).encode(), target / RECORD)
    if image is not None:
        write_image(image, target / IMAGING / "ct.nii.gz")
    for name, content in masks.items():
        write_bytes(content, target / SEGMENTATIONS / name)
    return target


def _check_free(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise OutputError(
            "there is something already", where=str(target), remedy="choose a new folder"
        )


def _make_folders(target: Path) -> None:
    try:
        for folder in (target, target / IMAGING, target / SEGMENTATIONS):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot be made: {error.strerror}", where=str(target), remedy="choose another folder"
        ) from error


def _mask_contents(path: Path) -> dict[str, bytes]:
    """Return the mask files at `path` by name."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    chosen = [file for file in files if file.is_file() and stem_of(file.name)]
    if not chosen:
        what = "no mask files" if path.exists() else "no such file or folder"
        raise CaseError(what, where=str(path), remedy="give .nii.gz, .nrrd or .dcm masks")
    return {file.name: read_content(Source(file, file.name)) for file in chosen}


def _id_from(name: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-_")[:64]
    return plain or "case"
