"""The bibliography: what was read, how far, and how sure it is.

Three kinds of id: `fong-1999` is a publication; `method:remnant` a method of ours, described in the
documentation; `judgement:plan-margin` a default of the house, never dressed up as literature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from liverboard.evidence.judgement import Citation
from liverboard.evidence.schema import CitationEntry, OwnEntry, SourceEntry, SourceFile, validated
from liverboard.evidence.strict_yaml import YamlDocument, read_document
from liverboard.values import Mark

__all__ = ["Reading", "Source", "SourceKind", "citations_from", "read_sources"]


class SourceKind(StrEnum):
    """What a source is."""

    TRIAL = "trial"
    COHORT = "cohort"
    REVIEW = "review"
    GUIDELINE = "guideline"
    LABEL = "label"
    WEB = "web"
    METHOD = "method"
    JUDGEMENT = "judgement"


class Reading(StrEnum):
    """How far a source was read by whoever entered it."""

    FULL = "full text"
    TABLE = "table"
    ABSTRACT = "abstract"
    SECONDARY = "through another source"
    NOT_READ = "not read"


OURS = {SourceKind.METHOD: "Method of liverboard", SourceKind.JUDGEMENT: "House judgement"}


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of the bibliography; `mark` is the best that a citation of it can have."""

    id: str
    title: str
    kind: SourceKind
    reading: Reading
    mark: Mark
    checked: str = ""
    authors: str = ""
    journal: str = ""
    year: int | None = None
    doi: str = ""
    pmid: str = ""
    url: str = ""
    note: str = ""

    @property
    def cite(self) -> str:
        """Return the source in one line; what is ours says so before anything else."""
        if self.kind in OURS:
            return f"{OURS[self.kind]}: {self.title.rstrip('.')}"
        parts = (self.authors, self.journal, str(self.year or ""))
        return ", ".join(part for part in parts if part) or self.title

    @property
    def link(self) -> str:
        """Return where it can be found: the DOI first, then PubMed, then the page that was read."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        if self.pmid:
            return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/"
        return self.url


def read_sources(text: str, file: str) -> Mapping[str, Source]:
    """Return the sources of one `sources.yaml` by id; raise EvidenceError where it is wrong."""
    document = read_document(text, file)
    entries = validated(SourceFile, document)
    found = {name: _source(document, name, entry) for name, entry in entries.sources.items()}
    found |= _own("method", entries.methods, SourceKind.METHOD, Mark.VERIFIED)
    found |= _own("judgement", entries.judgements, SourceKind.JUDGEMENT, Mark.UNVERIFIED)
    return found


def _source(document: YamlDocument, name: str, entry: SourceEntry) -> Source:
    fields = entry.model_dump(exclude={"kind", "read"})
    for key, allowed in (("kind", SourceKind), ("read", Reading)):
        if getattr(entry, key) not in list(allowed):
            what = f"expected one of {', '.join(allowed)}"
            raise document.error(what, ("sources", name, key))
    return Source(id=name, kind=SourceKind(entry.kind), reading=Reading(entry.read), **fields)


def _own(
    prefix: str, entries: Mapping[str, OwnEntry], kind: SourceKind, mark: Mark
) -> dict[str, Source]:
    """Return methods or judgements of the house as sources, `prefix:` before their names."""
    found = {}
    for name, entry in entries.items():
        key = f"{prefix}:{name}"
        found[key] = Source(key, entry.says, kind, Reading.FULL, mark, url=entry.docs)
    return found


def citations_from(entries: list[CitationEntry]) -> tuple[Citation, ...]:
    """Return the citations that a file lists."""
    return tuple(Citation(entry.ref, entry.locator, entry.mark, entry.checked) for entry in entries)
