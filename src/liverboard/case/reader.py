"""Reading a case: record, images, masks, and what they say of one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

from liverboard.case.branch_names import read_branch_names
from liverboard.case.consistency import image_remarks, person_remarks
from liverboard.case.facts import RecordFacts, record_facts
from liverboard.case.folder import Inventory, take_inventory
from liverboard.case.imaging import NO_CT, Imaging, read_imaging
from liverboard.case.ledger import Ledger
from liverboard.case.model import BranchOverride, Case, Remark, warning
from liverboard.case.names import LIVER
from liverboard.case.own_names import OwnNames, read_own_names
from liverboard.case.problem import validated
from liverboard.case.record import CaseRecord
from liverboard.case.strict_yaml import Document, read_yaml
from liverboard.case.structures import NO_LESIONS, Structures, read_structures
from liverboard.values import Unknown

__all__ = ["case_from_record", "read_case"]


def read_case(path: str | PathLike[str]) -> Case:
    """Return the case in the folder `path`; raise CaseError, in one line, where it cannot be read.

    Reads everything and writes nothing. Cost: about a second for a CT of 13 million voxels with a
    dozen masks.
    """
    inventory = take_inventory(Path(path))
    ledger = Ledger(inventory.folder)
    record = read_record(inventory, ledger)
    return with_images(inventory, record, ledger)


def case_from_record(record: Mapping[str, Any]) -> Case:
    """Return a case without images from the values of a `case.yaml`."""
    read = validated(Document(dict(record), {}), "record")
    facts = record_facts(read, origin="record")
    return Case(
        read.id,
        None,
        read,
        facts.reference_date,
        facts.facts,
        ct=NO_CT,
        lesions=NO_LESIONS,
        remarks=facts.remarks,
    )


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """The record with the facts that it states."""

    record: CaseRecord
    facts: RecordFacts


def read_record(inventory: Inventory, ledger: Ledger) -> ReadRecord:
    """Return the record of a case folder; raise RecordError with every problem in it."""
    source = inventory.record
    record = validated(read_yaml(ledger.content(source), str(source)), str(source))
    return ReadRecord(record, record_facts(record))


def with_images(inventory: Inventory, read: ReadRecord, ledger: Ledger) -> Case:
    """Return the case of a record with the images and masks of its folder."""
    own = OwnNames()
    branches: tuple[BranchOverride, ...] = ()
    with ledger.trying():
        own = read_own_names(inventory.names, ledger)
    with ledger.trying():
        branches = read_branch_names(inventory.branches, ledger)
    imaging = read_imaging(inventory, ledger)
    structures = read_structures(inventory, own, imaging, ledger=ledger)
    found = _case(inventory, read, imaging, structures, ledger=ledger)
    return replace(found, branch_names=branches)


def _case(
    inventory: Inventory,
    read: ReadRecord,
    imaging: Imaging,
    structures: Structures,
    *,
    ledger: Ledger,
) -> Case:
    facts = read.facts
    seen = image_remarks(imaging.ct, structures.masks, structures.lesions, facts=facts.facts)
    known = person_remarks(imaging.person, facts)
    return Case(
        read.record.id,
        inventory.folder,
        read.record,
        facts.reference_date,
        facts.facts,
        ct=imaging.ct,
        lesions=structures.lesions,
        others=imaging.others,
        structures=structures.masks,
        sources={name: tuple(sorted(found)) for name, found in ledger.sources.items()},
        remarks=(*facts.remarks, *ledger.remarks, *known, *seen, *_absences(imaging, structures)),
        input_hashes=ledger.hashes,
        unknown_files=tuple(sorted({*inventory.unknown, *ledger.unknown})),
    )


def _absences(imaging: Imaging, structures: Structures) -> Iterator[Remark]:
    """Yield what stays unknown where there are images, but no mask of liver or lesions."""
    has_images = not isinstance(imaging.ct, Unknown) or bool(structures.masks)
    if has_images and LIVER not in structures.masks:
        yield warning("segmentations", "no mask of the liver: volumes and distances stay unknown")
    if has_images and isinstance(structures.lesions, Unknown):
        yield warning("segmentations", "no mask of lesions: whatever needs them stays unknown")
