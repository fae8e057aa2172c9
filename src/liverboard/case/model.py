"""What we were given, as frozen values: the case, its remarks and the files they came from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from liverboard.evidence.fact import FactSheet
from liverboard.numerics.grid import Image
from liverboard.values import Unknown

if TYPE_CHECKING:
    from liverboard.case.record import CaseRecord

__all__ = ["BranchOverride", "Case", "Remark", "Severity", "Source", "note", "warning"]


class Severity(StrEnum):
    """How much a remark matters: a note explains, a warning wants a person to look."""

    NOTE = "note"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about the input that a reader should know; `where` is a file or key."""

    severity: Severity
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.text}"


def note(where: str, text: str) -> Remark:
    """Return a remark that explains what was done."""
    return Remark(Severity.NOTE, where, text)


def warning(where: str, text: str) -> Remark:
    """Return a remark that a person should look at."""
    return Remark(Severity.WARNING, where, text)


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be read: where it lies, and its name in the case folder (POSIX, relative).

    Errors show `path`, as the user wrote it; remarks and hashes show `name`, which is the same on
    every machine.
    """

    path: Path
    name: str

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class BranchOverride:
    """A user's correction: the branch of `system` nearest to `point_mm` (LPS) and all below it.

    `segment` is a Couinaud segment for portal branches; `name` a name for hepatic veins.
    """

    system: str
    point_mm: tuple[float, float, float]
    segment: str = ""
    name: str = ""


Hashes: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One patient as given: record, images and masks, with everything remarkable about them.

    `facts` are the patient's facts from the record; `ct` int16 HU on its own grid; `others` float32
    (`spect_maa`, `pet_y90`, `dose`); `structures` uint8 0/1 masks by canonical name, on the CT's
    grid where there is a CT, else each on its own; `lesions` uint16 labels, 0 outside. `sources`
    tells which files each structure was read from. `input_hashes` maps each file that was read to
    its SHA-256, `unknown_files` lists what was not used, `branch_names` the user's corrections of
    branches. Nothing here is computed beyond reading.
    """

    id: str
    folder: Path | None
    record: CaseRecord
    reference_date: dt.date | None
    facts: FactSheet
    ct: Image | Unknown
    lesions: Image | Unknown
    others: Mapping[str, Image] = field(default_factory=dict)
    structures: Mapping[str, Image] = field(default_factory=dict)
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    input_hashes: Hashes = field(default_factory=dict)
    unknown_files: tuple[str, ...] = ()
    branch_names: tuple[BranchOverride, ...] = ()

    def __post_init__(self) -> None:
        for name in ("others", "structures", "sources", "input_hashes"):
            ordered = dict(sorted(getattr(self, name).items()))
            object.__setattr__(self, name, MappingProxyType(ordered))

    @property
    def is_invented(self) -> bool:
        """Whether the record says that the patient is invented."""
        return self.record.invented

    @property
    def has_images(self) -> bool:
        """Whether there is anything to measure: a CT, a mask or lesions."""
        parts = (self.ct, self.lesions)
        return bool(self.structures) or not all(isinstance(part, Unknown) for part in parts)
