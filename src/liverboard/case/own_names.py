"""`labels.yaml`: the user's names for structures, and what the labels of a file mean.

lever: liver                   # a file or segment called `lever` is the liver
old_scan: ignore               # leave it out without a remark
1: liver                       # label 1 of the file with many labels
my_labels: {1: liver, 2: ...}  # labels of segmentations/my_labels.nii.gz
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from liverboard.case.ledger import Ledger
from liverboard.case.model import Source
from liverboard.case.names import folded, labels_of, meaning_of, near_names
from liverboard.case.strict_yaml import Document, KeyPath, read_yaml
from liverboard.errors import CaseError

__all__ = ["OwnNames", "read_own_names"]


@dataclass(frozen=True, slots=True)
class OwnNames:
    """Names by word, names by label, and names by label of single files."""

    words: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[int, str] = field(default_factory=dict)
    files: Mapping[str, Mapping[int, str]] = field(default_factory=dict)

    def of_file(self, stem: str) -> Mapping[int, str]:
        """Return what the labels of one file mean: its own entry, else its name, else all's."""
        return self.files.get(folded(stem)) or labels_of(stem)


def read_own_names(sources: Sequence[Source], ledger: Ledger) -> OwnNames:
    """Return the names of all `labels.yaml`; every name must be one of ours or `ignore`."""
    words: dict[str, str] = {}
    labels: dict[int, str] = {}
    files: dict[str, Mapping[int, str]] = {}
    for source in sources:
        document = read_yaml(ledger.content(source), str(source))
        for key, value in _entries(document, source).items():
            if isinstance(value, Mapping):
                files[folded(str(key))] = _label_map(value, document, source, path=(key,))
            elif isinstance(key, int):
                labels[key] = _name(value, document, source, path=(key,))
            else:
                words[key] = _name(value, document, source, path=(key,))
    return OwnNames(words, labels, files)


def _entries(document: Document, source: Source) -> Mapping[str | int, Any]:
    if document.value is None:
        return {}
    if not isinstance(document.value, dict):
        raise CaseError("no list of names", where=str(source), remedy="write `1: liver` per line")
    return document.value


def _label_map(
    entries: Mapping[str | int, Any], document: Document, source: Source, *, path: KeyPath
) -> Mapping[int, str]:
    found = {}
    for key, value in entries.items():
        if not isinstance(key, int):
            raise _wrong(f"label {key!r}", "write a number", document, source, path=(*path, key))
        found[key] = _name(value, document, source, path=(*path, key))
    return found


def _name(value: Any, document: Document, source: Source, *, path: KeyPath) -> str:
    """Return a name of ours; raise where it is none."""
    if isinstance(value, str) and (value == "ignore" or meaning_of(value) is not None):
        return value
    near = near_names(str(value))
    remedy = f"did you mean {near}?" if near else "use a canonical name, or `ignore`"
    raise _wrong(f"{value!r} is no name of a structure", remedy, document, source, path=path)


def _wrong(
    what: str, remedy: str, document: Document, source: Source, *, path: KeyPath
) -> CaseError:
    place = f"{source}:{document.line_of(path)}: {path[-1]}"
    return CaseError(what, where=place, remedy=remedy)
