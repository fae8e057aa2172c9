"""YAML read strictly: plain values only, and the line of every key.

Refused, each with its line: duplicate keys, anchors and aliases, tags, deep nesting, large files.
Dates stay text (the record checks them), numbers are decimal (`010` and `1:30` stay text), so
nothing is turned into a value that its writer did not mean.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from liverboard.errors import CaseError

__all__ = ["Document", "KeyPath", "dotted", "read_yaml"]

KeyPath: TypeAlias = tuple[str | int, ...]

MAX_BYTES = 250_000
"""Largest record that is read; a patient's record is a few kilobytes."""

MAX_DEPTH = 12
"""Deepest nesting that is read; a record needs five levels."""

MAP, LIST = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"

WORDS = re.compile(r"^(?:true|True|TRUE|yes|Yes|YES|false|False|FALSE|no|No|NO)$")
INTEGER = re.compile(r"^[-+]?(?:0|[1-9][0-9]{0,17})$")
DECIMAL = re.compile(
    r"^[-+]?(?:(?:0|[1-9][0-9]*)?\.[0-9]+|(?:0|[1-9][0-9]*)\.?)(?:[eE][-+]?[0-9]{1,3})?$"
)
NOTHING = re.compile(r"^(?:~|null|Null|NULL|)$")


class StrictLoader(yaml.SafeLoader):
    """Composes YAML nodes; refuses anchors and deep nesting before they cost anything."""

    depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        """Compose one node, refusing aliases, anchors and deep nesting."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _refusal("anchors and aliases are not read", event, "write the value out")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _refusal(f"nested deeper than {MAX_DEPTH} levels", event, "flatten it")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


StrictLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _starts in (
    ("bool", WORDS, "tTfFyYnN"),
    ("int", INTEGER, "-+0123456789"),
    ("float", DECIMAL, "-+0123456789."),
    ("null", NOTHING, ["~", "n", "N", ""]),
):
    StrictLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _pattern, list(_starts))


@dataclass(frozen=True, slots=True)
class Document:
    """Plain values of a YAML file, and the line on which each key path begins."""

    value: Any
    lines: Mapping[KeyPath, int]

    def line_of(self, path: KeyPath) -> int:
        """Return the line of `path`, or of the nearest part of it that was written."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


def dotted(path: KeyPath) -> str:
    """Return `path` as a reader writes it: `history.systemic[1].start` counts from 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def read_yaml(content: bytes, where: str) -> Document:
    """Return what `content` says; raise CaseError with file and line where it cannot be read."""
    if len(content) > MAX_BYTES:
        raise CaseError(
            f"{len(content):,} bytes, more than the {MAX_BYTES:,} that are read",
            where=where,
            remedy="keep notes and documents outside the record",
        )
    try:
        node = yaml.compose(_decoded(content, where), Loader=StrictLoader)
    except yaml.YAMLError as error:
        raise _syntax_error(error, where) from error
    lines: dict[KeyPath, int] = {}
    value = None if node is None else _plain(node, (), lines, where)
    return Document(value, lines)


def _decoded(content: bytes, where: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise CaseError(
            "not UTF-8 text", where=f"{where}:{line}", remedy="save the file as UTF-8"
        ) from error


def _refusal(what: str, event: yaml.Event, remedy: str) -> yaml.MarkedYAMLError:
    mark: Any = event.start_mark
    return yaml.MarkedYAMLError(problem=what, problem_mark=mark, note=remedy)


def _syntax_error(error: yaml.YAMLError, where: str) -> CaseError:
    mark = getattr(error, "problem_mark", None)
    place = where if mark is None else f"{where}:{mark.line + 1}"
    what = " ".join(str(getattr(error, "problem", None) or error).split())
    if "\\t" in what:
        return CaseError("a tab where YAML wants spaces", where=place, remedy="indent with spaces")
    remedy = getattr(error, "note", None) or "mend the YAML there or just above"
    return CaseError(f"cannot be read as YAML: {what}", where=place, remedy=remedy)


def _plain(node: Node, path: KeyPath, lines: dict[KeyPath, int], where: str) -> Any:
    """Return the value of `node`, noting the line of every path below it."""
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, MappingNode) and node.tag == MAP:
        return _plain_mapping(node, path, lines, where)
    if isinstance(node, SequenceNode) and node.tag == LIST:
        parts = enumerate(node.value)
        return [_plain(part, (*path, index), lines, where) for index, part in parts]
    return _plain_scalar(node, where)


def _plain_mapping(
    node: MappingNode, path: KeyPath, lines: dict[KeyPath, int], where: str
) -> dict[str | int, Any]:
    found: dict[str | int, Any] = {}
    for key_node, value_node in node.value:
        key, line = _key(key_node, where), key_node.start_mark.line + 1
        here = (*path, key)
        if key in found:
            raise CaseError(
                f"key {key!r} is written twice, first in line {lines[here]}",
                where=f"{where}:{line}",
                remedy="keep one of them",
            )
        lines[here] = line
        found[key] = _plain(value_node, here, lines, where)
    return found


def _key(node: Node, where: str) -> str | int:
    key = _plain_scalar(node, where) if isinstance(node, ScalarNode) else None
    if isinstance(key, bool) or not isinstance(key, str | int):
        raise CaseError(
            "a key must be a plain word",
            where=f"{where}:{node.start_mark.line + 1}",
            remedy="write `key: value`",
        )
    return key


def _plain_scalar(node: Node, where: str) -> str | int | float | bool | None:
    """Return the value of a scalar by its resolved tag; explicit tags are refused."""
    text, kind = str(node.value), str(node.tag).rpartition(":")[2]
    if isinstance(node, ScalarNode):
        if kind == "str":
            return text
        if kind == "null" and NOTHING.match(text):
            return None
        if kind == "bool" and WORDS.match(text):
            return text.lower() in ("true", "yes")
        if kind in ("int", "float") and (INTEGER.match(text) or DECIMAL.match(text)):
            return int(text) if kind == "int" and INTEGER.match(text) else float(text)
    raise CaseError(
        f"the tag {node.tag!r} is not read here",
        where=f"{where}:{node.start_mark.line + 1}",
        remedy="write plain values",
    )
