"""The clinical record on its own: read in milliseconds, no image is opened.

What images would tell stays unknown, and says that they were not read.
"""

from __future__ import annotations

import hashlib
from os import PathLike
from pathlib import Path

from liverboard.case.facts import record_facts
from liverboard.case.folder import RECORD, take_inventory
from liverboard.case.model import Case, Source
from liverboard.case.problem import validated
from liverboard.case.strict_yaml import read_yaml
from liverboard.case.volume import read_content
from liverboard.values import Reason, Unknown

__all__ = ["read_record_alone"]

NOT_READ = Unknown(Reason.NO_MASK, "images were not read")


def read_record_alone(path: str | PathLike[str]) -> Case:
    """Return the case that a folder's `case.yaml`, or one such file, tells without images.

    Raises CaseError, in one line, where there is none or it cannot be read.
    """
    given = Path(path)
    source = Source(given, given.name) if given.is_file() else take_inventory(given).record
    content = read_content(source)
    record = validated(read_yaml(content, str(source)), str(source))
    told = record_facts(record, origin=RECORD)
    return Case(
        record.id,
        None,
        record,
        told.reference_date,
        told.facts,
        ct=NOT_READ,
        lesions=NOT_READ,
        remarks=told.remarks,
        input_hashes={RECORD: hashlib.sha256(content).hexdigest()},
    )
