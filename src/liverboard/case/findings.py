"""What a look at a case folder finds: everything read, everything unknown, everything wrong.

Unlike `read_case`, which stops at the first error, `check_case` goes on as far as it can and lists
every problem of the record and of each file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np

from liverboard.case.facts import RecordFacts
from liverboard.case.folder import take_inventory
from liverboard.case.ledger import Ledger
from liverboard.case.mask import distinct
from liverboard.case.model import Case, Remark, Severity
from liverboard.case.names import LESIONS, LIVER, canonical_names, folded, stem_of
from liverboard.case.problem import RecordError
from liverboard.case.reader import ReadRecord, read_record, with_images
from liverboard.case.record import CaseRecord
from liverboard.case.sections import SECTIONS, WORKED_OUT, further_facts, recorded_in
from liverboard.errors import CaseError
from liverboard.evidence.fact import FactSheet, Known, spec_of
from liverboard.numerics.grid import Image
from liverboard.values import Unknown

__all__ = ["CheckReport", "FoundFact", "FoundImage", "UnknownFact", "check_case", "report_lines"]

UNREADABLE = "unreadable"

MASK = "mask"
"""A fact whose way to be known speaks of a mask is measured: not asked for where there is one."""


@dataclass(frozen=True, slots=True)
class FoundImage:
    """An image or mask: its name, the files it is from, and its size in words."""

    name: str
    files: tuple[str, ...]
    size: str
    is_alias: bool = False


@dataclass(frozen=True, slots=True)
class FoundFact:
    """A fact that is known, as text with unit."""

    name: str
    label: str
    value: str
    origin: str
    date: dt.date | None


@dataclass(frozen=True, slots=True)
class UnknownFact:
    """A fact that is not known, why, and how it is obtained."""

    name: str
    label: str
    reason: str
    ask: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All that was found; a case with `problems` cannot be used, remarks do not hinder."""

    path: str
    id: str
    images: tuple[FoundImage, ...] = ()
    structures: tuple[FoundImage, ...] = ()
    absent_structures: tuple[str, ...] = ()
    facts: tuple[FoundFact, ...] = ()
    unknown_facts: tuple[UnknownFact, ...] = ()
    unknown_files: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    problems: tuple[CaseError, ...] = ()

    @property
    def is_usable(self) -> bool:
        """Whether `read_case` will read the folder."""
        return not self.problems

    @property
    def warnings(self) -> tuple[Remark, ...]:
        """The remarks that a person should look at."""
        return tuple(one for one in self.remarks if one.severity is Severity.WARNING)


def check_case(path: str | PathLike[str]) -> CheckReport:
    """Return everything there is to say of a case folder; never raises for a bad case."""
    problems: list[CaseError] = []
    try:
        inventory = take_inventory(Path(path))
    except CaseError as error:
        return CheckReport(str(path), UNREADABLE, problems=(error,))
    ledger = Ledger(inventory.folder, problems.append)
    read = ReadRecord(CaseRecord(id=UNREADABLE), RecordFacts(FactSheet(), None, ()))
    try:
        read = read_record(inventory, ledger)
    except RecordError as error:
        problems.extend(error.problems)
    except CaseError as error:
        problems.append(error)
    case = with_images(inventory, read, ledger)
    return _report(str(path), case, tuple(problems))


def _report(path: str, case: Case, problems: tuple[CaseError, ...]) -> CheckReport:
    present = {*case.structures, *(() if isinstance(case.lesions, Unknown) else (LESIONS,))}
    return CheckReport(
        path,
        case.id,
        tuple(_found_images(case)),
        tuple(_found_structures(case)),
        tuple(name for name in canonical_names() if name not in present),
        tuple(_known_facts(case.facts)),
        tuple(_unknown_facts(case.facts, has_masks={LIVER, LESIONS} <= present)),
        case.unknown_files,
        case.remarks,
        problems,
    )


def _found_images(case: Case) -> Iterator[FoundImage]:
    images = {} if isinstance(case.ct, Unknown) else {"ct": case.ct}
    for name, image in {**images, **case.others}.items():
        files = tuple(file for file in case.input_hashes if file.startswith(f"imaging/{name}"))
        shown = files if len(files) == 1 else (f"{len(files)} files",)
        yield FoundImage(name, shown, _extent(image))


def _extent(image: Image) -> str:
    z, y, x = image.grid.shape
    dz, dy, dx = image.grid.spacing_mm
    return f"{x} x {y} x {z} voxels of {dx:.3g} x {dy:.3g} x {dz:.3g} mm"


def _found_structures(case: Case) -> Iterator[FoundImage]:
    for name, image in case.structures.items():
        yield _structure(name, image, case)
    if not isinstance(case.lesions, Unknown):
        count = distinct(case.lesions.array).size
        files = case.sources.get(LESIONS, ())
        yield FoundImage(
            LESIONS, files, f"{count} lesions, {_ml(case.lesions)}", _alias(LESIONS, files)
        )


def _structure(name: str, image: Image, case: Case) -> FoundImage:
    files = case.sources.get(name, ())
    return FoundImage(name, files, _ml(image), _alias(name, files))


def _ml(image: Image) -> str:
    return f"{np.count_nonzero(image.array) * image.grid.voxel_ml:.1f} ml by voxel count"


def _alias(name: str, files: tuple[str, ...]) -> bool:
    """Whether a structure was read under another name than its own."""
    written = [
        where.rpartition("#")[2] if "#" in where else stem_of(Path(where).name) for where in files
    ]
    return any(folded(one) != folded(name) for one in written)


def _known_facts(facts: FactSheet) -> Iterator[FoundFact]:
    for name in _askable():
        fact = facts.get(name)
        if isinstance(fact, Known):
            spec = spec_of(name)
            yield FoundFact(name, spec.label, _shown(fact, spec.unit), fact.origin, fact.date)


def _shown(fact: Known, unit: str) -> str:
    if isinstance(fact.value, bool):
        return "yes" if fact.value else "no"
    if isinstance(fact.value, str):
        return fact.value
    return f"{fact.value:.4g}" if unit in ("1", "points") else f"{fact.value:.4g} {unit}"


def _unknown_facts(facts: FactSheet, *, has_masks: bool) -> Iterator[UnknownFact]:
    for name in _askable():
        fact, spec = facts.get(name), spec_of(name)
        if isinstance(fact, Unknown) and not (has_masks and MASK in spec.ask):
            detail = fact.detail if name in facts.facts else ""
            reason = f"{fact.reason}: {detail}" if detail else str(fact.reason)
            yield UnknownFact(name, spec.label, reason, spec.ask)


def _askable() -> tuple[str, ...]:
    """Return every fact that the record can tell, in the order of its sections."""
    written = [marker.fact for section in SECTIONS.values() for _, marker in recorded_in(section)]
    return (*written, *WORKED_OUT, *(spec.name for spec in further_facts()))


def report_lines(report: CheckReport) -> tuple[str, ...]:
    """Return the report as plain lines, problems first."""
    return tuple(_lines(report))


def _lines(report: CheckReport) -> Iterator[str]:
    yield f"case {report.id} in {report.path}"
    yield from _block("cannot be used as it is", [str(problem) for problem in report.problems])
    yield from _block("looks wrong", [f"{one.where}: {one.text}" for one in report.warnings])
    yield from _block("images", [_image_line(one) for one in report.images])
    yield from _block("structures", [_image_line(one) for one in report.structures])
    yield from _block("known", [_fact_line(one) for one in report.facts])
    yield from _block(
        "unknown, and how to find out", [_unknown_line(one) for one in report.unknown_facts]
    )
    yield from _block("no mask of", [", ".join(report.absent_structures)])
    yield from _block("files not used", report.unknown_files)
    notes = [one for one in report.remarks if one.severity is Severity.NOTE]
    yield from _block("notes", [f"{one.where}: {one.text}" for one in notes])
    yield f"{len(report.problems)} problems, {len(report.warnings)} warnings"


def _block(title: str, lines: list[str] | tuple[str, ...]) -> Iterator[str]:
    if any(lines):
        yield f"{title}:"
        yield from (f"  {line}" for line in lines)


def _image_line(one: FoundImage) -> str:
    alias = ", by its alias" if one.is_alias else ""
    told = f" (from {', '.join(one.files)}{alias})" if one.files else ""
    return f"{one.name}: {one.size}{told}"


def _fact_line(one: FoundFact) -> str:
    date = "" if one.date is None else f", {one.date}"
    return f"{one.label}: {one.value}{date} ({one.origin})"


def _unknown_line(one: UnknownFact) -> str:
    return f"{one.label}: {one.reason}" + (f" -> {one.ask}" if one.ask else "")
