"""Everything that evidence knows, read from `data/` and, beside or over it, from a local folder.

    data/ or <local>/
      sources.yaml   sources/*.yaml   parameters/*.yaml   criteria/<guideline set>/<room>.yaml

A local file of criteria takes the place of ours of the same set and room, or stands beside as a set
of its own; local sources and parameters join ours and win where names are the same. Files of
criteria are read when they are first asked for. `content_hash` changes with any byte of any file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from liverboard.errors import EvidenceError, RequestError
from liverboard.evidence.criteria_file import CriteriaReader
from liverboard.evidence.data_files import our_files, texts_below
from liverboard.evidence.guideline import CriteriaFile, Criterion, Definition
from liverboard.evidence.parameter import Parameter, read_parameters
from liverboard.evidence.source import Source, read_sources
from liverboard.evidence.strict_yaml import YamlDocument, documents_of, read_document

__all__ = ["CORE", "DEFINITIONS", "Evidence", "load_evidence"]

CORE = "core"
"""The guideline set that comes with liverboard."""

DEFINITIONS = "definitions"
"""The file of a guideline set whose named conditions every room of the set may refer to."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Sources, parameters and criteria; `texts` are the files by path below `data/`.

    `content_hash` is over all bytes of all files and stands in the provenance of every result.
    """

    sources: Mapping[str, Source]
    parameters: Mapping[str, Parameter]
    texts: Mapping[str, str]
    content_hash: str
    _files: dict[str, CriteriaFile] = field(default_factory=dict, compare=False, repr=False)

    @property
    def guidelines(self) -> tuple[str, ...]:
        """Return the names of the guideline sets."""
        paths = (path.split("/") for path in self.texts)
        return tuple(sorted({parts[1] for parts in paths if parts[0] == "criteria"}))

    def rooms(self, guideline: str = CORE) -> tuple[str, ...]:
        """Return the rooms that one guideline set speaks of."""
        start = f"criteria/{guideline}/"
        names = (path.removeprefix(start) for path in self.texts if path.startswith(start))
        return tuple(sorted(name.removesuffix(".yaml") for name in names))

    def criteria(self, room: str, guideline: str = CORE) -> tuple[Criterion, ...]:
        """Return the criteria of one room; none where the set says nothing of it."""
        return self.file(room, guideline).criteria if room in self.rooms(guideline) else ()

    def definition(self, name: str, guideline: str = CORE) -> Definition:
        """Return a named condition of the shared definitions of a guideline set."""
        for definition in self.file(DEFINITIONS, guideline).definitions:
            if definition.id == name:
                return definition
        raise RequestError(f"no definition is called {name!r}", where=f"{guideline}/{DEFINITIONS}")

    def parameter(self, name: str) -> Parameter:
        """Return the parameter `name`."""
        if name not in self.parameters:
            raise RequestError(f"no parameter is called {name!r}", where="parameters")
        return self.parameters[name]

    def file(self, room: str, guideline: str = CORE) -> CriteriaFile:
        """Return the file of one room, read on first use."""
        path = _path_of(room, guideline)
        if path not in self._files:
            self._files[path] = self._read(room, guideline)
        return self._files[path]

    def _read(self, room: str, guideline: str) -> CriteriaFile:
        document = self.document(room, guideline)
        has_shared = room != DEFINITIONS and DEFINITIONS in self.rooms(guideline)
        shared = self.file(DEFINITIONS, guideline).definitions if has_shared else ()
        found = CriteriaReader(self.sources, self.parameters, shared).read(document)
        if (found.guideline, found.room) != (guideline, room):
            what = f"expected guideline {guideline} and room {room}, as the path says"
            raise document.error(what)
        return found

    def document(self, room: str, guideline: str = CORE) -> YamlDocument:
        """Return the document of the criteria of one room."""
        return self._part(room, guideline, 0)

    def test_document(self, room: str, guideline: str = CORE) -> YamlDocument | None:
        """Return the document of the tests of one room; None where the file has none."""
        path = _path_of(room, guideline)
        has_tests = len(documents_of(self.texts.get(path, ""))) > 1
        return self._part(room, guideline, 1) if has_tests else None

    def _part(self, room: str, guideline: str, index: int) -> YamlDocument:
        path = _path_of(room, guideline)
        if path not in self.texts:
            raise RequestError(f"there are no criteria for {room!r}", where=f"criteria/{guideline}")
        text, line = documents_of(self.texts[path])[index]
        return read_document(text, path, first_line=line)


def _path_of(room: str, guideline: str) -> str:
    return f"criteria/{guideline}/{room}.yaml"


def load_evidence(local: Path | None = None) -> Evidence:
    """Return all evidence: ours, and that of the folder `local` beside and over it."""
    if local is None:
        return _ours()
    if not local.is_dir():
        raise EvidenceError("there is no such folder", where=str(local))
    return _load(our_files(), dict(texts_below(local)))


@cache
def _ours() -> Evidence:
    return _load(our_files(), {})


def _load(ours: Mapping[str, str], local: Mapping[str, str]) -> Evidence:
    """Read sources and parameters of both; local ones win, and local criteria replace ours."""
    sources: dict[str, Source] = {}
    parameters: dict[str, Parameter] = {}
    for texts in (ours, local):
        for path in texts:
            if path == "sources.yaml" or path.startswith("sources/"):
                sources |= read_sources(texts[path], path)
        for path in texts:
            if path.startswith("parameters/"):
                parameters |= read_parameters(texts[path], path, known=sources)
    return Evidence(sources, parameters, {**ours, **local}, _hash_of(ours, local))


def _hash_of(ours: Mapping[str, str], local: Mapping[str, str]) -> str:
    """Return the SHA-256 of paths and texts of all files, in the order of their paths."""
    digest = hashlib.sha256()
    for texts in (ours, local):
        for path in sorted(texts):
            digest.update(f"{path}\0{len(texts[path])}\0{texts[path]}\0".encode())
    return digest.hexdigest()
