"""Reading YAML strictly: no duplicate keys, no aliases, no tags, and every value has a place.

Of YAML 1.2 only what a clinician expects: `yes`, `no` and dates stay text, `true`, `false`, `null`
and numbers mean what they say. A file that another person wrote can neither blow up memory nor run
code. A file holds one or two documents, parted by a line `---`; the second is read on its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from liverboard.errors import EvidenceError

__all__ = ["Path", "YamlDocument", "documents_of", "read_document"]

Path: TypeAlias = Sequence[str | int]

MAX_CHARACTERS = 2_000_000
"""A file longer than this is refused: the longest of ours has about a tenth."""

MAX_DEPTH = 40
"""Deeper nesting than this is refused; criteria of people nest four or five deep."""

LONGEST_NUMBER = 40
"""Characters of a number at most; a longer row of digits is text."""

NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
CONSTANTS = {"true": True, "false": False, "null": None, "~": None, "": None}
PARTING = "\n---\n"
DEEP_DASHES = re.compile(rf"(?:[-?] ){{{MAX_DEPTH}}}")
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """One document: its content as plain values, and where each value stands.

    `first_line` is the line of the file on which the document starts, counted from 1.
    """

    file: str
    content: Any
    root: yaml.Node
    first_line: int = 1

    def line_of(self, path: Path) -> int:
        """Return the line of the value at `path`, or of the nearest value above it."""
        node = self.root
        line = node.start_mark.line
        for step in path:
            below = _child(node, step)
            if below is None:
                break
            line, node = below
        return int(line) + self.first_line

    def place_of(self, path: Path = ()) -> str:
        """Return `file:line: key.key` of the value at `path`, for messages."""
        keys = ".".join(str(step) for step in path)
        place = f"{self.file}:{self.line_of(path)}"
        return f"{place}: {keys}" if keys else place

    def error(self, what: str, path: Path = (), *, remedy: str = "") -> EvidenceError:
        """Return an error about the value at `path`, ready to be raised."""
        return EvidenceError(what, where=self.place_of(path), remedy=remedy)


def _child(node: yaml.Node, step: str | int) -> tuple[int, yaml.Node] | None:
    """Return line and node of the entry `step` of a collection; None where there is none."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item.start_mark.line, item
    return None


def documents_of(text: str) -> tuple[tuple[str, int], ...]:
    """Return the documents of a file as (text, first line), without reading them."""
    found, line = [], 1
    for part in text.split(PARTING):
        found.append((part, line))
        line += part.count("\n") + PARTING.count("\n")
    return tuple(found)


def read_document(text: str, file: str, *, first_line: int = 1) -> YamlDocument:
    """Return the one document in `text`; raise EvidenceError with file and line where it is bad."""
    _refuse_bombs(text, file)
    try:
        root = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        raise EvidenceError(*_what_is_wrong(error), where=_where(error, file, first_line)) from None
    if root is None:
        raise EvidenceError("the file is empty", where=f"{file}:{first_line}")
    return YamlDocument(file, _Builder(file, first_line).build(root, 0), root, first_line)


def _what_is_wrong(error: yaml.YAMLError) -> tuple[str]:
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return (f"this is not valid YAML: {problem}",)


def _where(error: yaml.YAMLError, file: str, first_line: int) -> str:
    mark = getattr(error, "problem_mark", None)
    return file if mark is None else f"{file}:{mark.line + first_line}"


def _refuse_bombs(text: str, file: str) -> None:
    """Refuse what could exhaust memory or stack before the parser sees it."""
    if len(text) > MAX_CHARACTERS:
        raise EvidenceError(f"longer than {MAX_CHARACTERS} characters", where=file)
    if DEEP_DASHES.search(text) or _bracket_depth(text) > MAX_DEPTH:
        raise EvidenceError(f"nested deeper than {MAX_DEPTH} levels", where=file)


def _bracket_depth(text: str) -> int:
    """Return how deep brackets nest; quotes are not looked at, so it never errs downwards."""
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth = depth + 1 if bracket in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest


@dataclass(frozen=True, slots=True)
class _Builder:
    """Turns composed nodes into plain values."""

    file: str
    first_line: int

    def fail(self, what: str, node: yaml.Node) -> EvidenceError:
        line = node.start_mark.line + self.first_line
        return EvidenceError(what, where=f"{self.file}:{line}")

    def build(self, root: yaml.Node, depth: int) -> Any:
        """Return the value of `root`; `depth` counts the levels above it."""
        return self._value(root, depth, set())

    def _value(self, node: yaml.Node, depth: int, seen: set[int]) -> Any:
        if not node.tag.startswith("tag:yaml.org,2002:") or node.tag[18:] not in TAGS:
            raise self.fail(f"tags are not allowed, got {node.tag}", node)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if id(node) in seen or depth > MAX_DEPTH:
            raise self.fail("aliases and deep nesting are not allowed; write it out", node)
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, depth + 1, seen) for item in node.value]
        return self._mapping(node, depth, seen)

    def _mapping(self, node: yaml.Node, depth: int, seen: set[int]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.fail("a key must be a word", key)
            if key.value in values:
                raise self.fail(f"the key {key.value!r} is given twice", key)
            values[key.value] = self._value(value, depth + 1, seen)
        return values


TAGS = frozenset({"str", "map", "seq"})


def _scalar(node: yaml.ScalarNode) -> Any:
    """Return the value of a scalar: only plain, unquoted words can be numbers or constants."""
    text: str = node.value
    if node.style:
        return text
    if text in CONSTANTS:
        return CONSTANTS[text]
    is_short = len(text) <= LONGEST_NUMBER
    if is_short and text[0] in "+-.0123456789" and NUMBER.fullmatch(text):
        return float(text) if any(mark in text for mark in ".eE") else int(text)
    return text
