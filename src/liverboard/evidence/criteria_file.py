"""One file of criteria, from its YAML entries to compiled criteria; every mistake has its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from liverboard.evidence.criterion import (
    Compare,
    CountLesions,
    ExistsLesion,
    ForAllLesions,
    Node,
    Ref,
    children_of,
    leaves_of,
)
from liverboard.evidence.fact import FactLevel, spec_of
from liverboard.evidence.guideline import (
    Applies,
    CriteriaFile,
    Criterion,
    Definition,
    IfUnknown,
)
from liverboard.evidence.judgement import Citation
from liverboard.evidence.parameter import Parameter
from liverboard.evidence.schema import (
    AppliesEntry,
    CriteriaFileEntry,
    CriterionEntry,
    DefinitionEntry,
    validated,
)
from liverboard.evidence.source import Source, citations_from
from liverboard.evidence.strict_yaml import YamlDocument
from liverboard.evidence.tree_yaml import TreeReader

__all__ = ["CriteriaReader"]


@dataclass(frozen=True, slots=True)
class CriteriaReader:
    """Reads files of criteria against known sources, parameters and shared definitions."""

    sources: Mapping[str, Source]
    parameters: Mapping[str, Parameter]
    shared: tuple[Definition, ...] = ()

    def read(self, document: YamlDocument) -> CriteriaFile:
        """Return the criteria of one file; raise EvidenceError with the place of a mistake."""
        entry = validated(CriteriaFileEntry, document)
        named = {item.id: Ref(item.id, item.text, item.when) for item in self.shared}
        page = _Page(self, document, entry, named)
        definitions = tuple(page.definition(*pair) for pair in entry.definitions.items())
        criteria = tuple(page.criterion(*pair) for pair in entry.criteria.items())
        return CriteriaFile(
            file=document.file,
            guideline=entry.guideline,
            room=entry.room,
            title=entry.title,
            version=entry.version,
            review_by=entry.review_by,
            definitions=definitions,
            criteria=criteria,
        )


@dataclass(frozen=True, slots=True)
class _Page:
    """One file while it is read: `named` grows, so that a node may refer to what stands above."""

    reader: CriteriaReader
    document: YamlDocument
    entry: CriteriaFileEntry
    named: dict[str, Ref]

    def definition(self, name: str, entry: DefinitionEntry) -> Definition:
        """Return one named condition."""
        path = ("definitions", name)
        when = self._tree(name, entry, path)
        citations = self._citations(entry, when, path)
        place = self.document.place_of(path)
        return Definition(name, entry.text, when, citations, place, entry.why)

    def criterion(self, name: str, entry: CriterionEntry) -> Criterion:
        """Return one criterion."""
        path = ("criteria", name)
        when = self._tree(name, entry, path)
        if entry.if_unknown not in list(IfUnknown):
            what = f"expected one of {', '.join(IfUnknown)}"
            raise self.document.error(what, (*path, "if_unknown"))
        return Criterion(
            id=name,
            guideline=self.entry.guideline,
            room=self.entry.room,
            intent=entry.intent,
            text=entry.text,
            when=when,
            citations=self._citations(entry, when, path),
            applies=_applies(entry.applies),
            if_unknown=IfUnknown(entry.if_unknown),
            place=self.document.place_of(path),
            why=entry.why,
        )

    def _tree(self, name: str, entry: DefinitionEntry, path: tuple[str, str]) -> Node:
        if name in self.named:
            raise self.document.error("this name is taken by a definition", path)
        reader = TreeReader(self.document, self.reader.parameters, self.named)
        node = reader.read(entry.when, (*path, "when"))
        for fact in _facts_outside_quantifiers(node):
            if spec_of(fact).level is FactLevel.LESION:
                what = f"{fact} is a fact of a lesion: ask it with exists_lesion or the like"
                raise self.document.error(what, (*path, "when"))
        self.named[name] = Ref(name, entry.text, node)
        return node

    def _citations(
        self, entry: DefinitionEntry, when: Node, path: tuple[str, str]
    ) -> tuple[Citation, ...]:
        """Return the sources of the entry and of every parameter in it, each once, all known."""
        own = citations_from(entry.sources)
        for index, citation in enumerate(own):
            if citation.ref not in self.reader.sources:
                what = f"no source is called {citation.ref!r}"
                raise self.document.error(what, (*path, "sources", index))
        return tuple(dict.fromkeys([*own, *self._of_parameters(when)]))

    def _of_parameters(self, when: Node) -> Iterator[Citation]:
        for leaf in leaves_of(when):
            if isinstance(leaf, Compare) and leaf.limit.parameter:
                yield from self.reader.parameters[leaf.limit.parameter].citations


def _facts_outside_quantifiers(node: Node) -> Iterator[str]:
    if isinstance(node, ExistsLesion | ForAllLesions | CountLesions):
        return
    fact = getattr(node, "fact", None)
    if fact is not None:
        yield fact
    for child in children_of(node):
        yield from _facts_outside_quantifiers(child)


def _applies(entry: AppliesEntry | list[str]) -> Applies:
    """Return the tags asked for; a plain list means any of them."""
    if isinstance(entry, list):
        return Applies(any=frozenset(entry))
    return Applies(frozenset(entry.any), frozenset(entry.all), frozenset(entry.none))
