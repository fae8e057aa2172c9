"""Trees of criteria as YAML, both ways: reading says where a mistake stands, writing loses nothing.

A node is a mapping of one key:

    {is: {primary_site: colorectal}}                       {is: {response: [partial, complete]}}
    {cmp: {fact: bilirubin, op: "<=", value: 34, unit: umol/L}}
    {cmp: {fact: flr_percent, op: ">=", parameter: remnant.healthy}}
    {between: {fact: cea, low: 20, high: 200, unit: ug/L}}
    {all: [...]}  {any: [...]}  {not: {...}}  {at_least: {count: 2, of: [...]}}
    {exists_lesion: {...}}  {for_all_lesions: {...}}
    {count_lesions: {where: {...}, op: "<=", count: 3}}
    {ref: a-named-definition}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any as Anything

from liverboard.errors import EvidenceError
from liverboard.evidence.criterion import (
    All,
    Any,
    AtLeast,
    Between,
    Compare,
    Constant,
    CountLesions,
    ExistsLesion,
    ForAllLesions,
    Is,
    Limit,
    Node,
    Not,
    Operator,
    Ref,
)
from liverboard.evidence.fact import FactSpec, spec_of
from liverboard.evidence.parameter import Parameter
from liverboard.evidence.strict_yaml import Path, YamlDocument

__all__ = ["TreeReader", "write_tree"]

UNITLESS = ("1", "points")


@dataclass(frozen=True, slots=True)
class TreeReader:
    """Reads the trees of one document; parameters and named nodes are looked up by name."""

    document: YamlDocument
    parameters: Mapping[str, Parameter]
    named: Mapping[str, Ref] = field(default_factory=dict)

    def read(self, content: Anything, path: Path) -> Node:
        """Return the node that `content` at `path` describes."""
        if not isinstance(content, dict) or len(content) != 1:
            raise self.document.error(f"expected one of {', '.join(READERS)}", path)
        [(kind, below)] = content.items()
        reader = READERS.get(kind)
        if reader is None:
            raise self.document.error(f"{kind!r} is not one of {', '.join(READERS)}", path)
        here = (*path, kind)
        try:
            return reader(self, below, here)
        except EvidenceError as error:
            if error.where.startswith(f"{self.document.file}:"):
                raise
            what = f"{error.where}: {error.what}" if error.where else error.what
            raise self.document.error(what, here, remedy=error.remedy) from None

    def fields(self, content: Anything, path: Path, required: set[str], other: set[str]) -> None:
        """Refuse `content` that is no mapping of the `required` and perhaps `other` keys."""
        if not isinstance(content, dict):
            raise self.document.error("expected a mapping", path)
        wrong = content.keys() - required - other
        lacking = required - content.keys()
        if wrong or lacking:
            known = ", ".join(sorted(required | other))
            what = (
                f"unknown key {min(wrong)!r}" if wrong else f"the key {min(lacking)!r} is missing"
            )
            raise self.document.error(f"{what}; expected {known}", path)

    def items(self, content: Anything, path: Path) -> tuple[Node, ...]:
        """Return the nodes that a list describes."""
        if not isinstance(content, list):
            raise self.document.error("expected a list", path)
        return tuple(self.read(item, (*path, index)) for index, item in enumerate(content))

    def operator(self, content: Mapping[str, Anything], path: Path) -> Operator:
        """Return the operator of a comparison."""
        if content["op"] not in list(Operator):
            raise self.document.error(f"op is one of {' '.join(Operator)}, in quotes", path)
        return Operator(content["op"])

    def word(self, content: Anything, path: Path) -> str:
        """Return `content` where it is a word."""
        if not isinstance(content, str):
            raise self.document.error(f"expected a name, got {content!r}", path)
        return content

    def number(self, content: Anything, path: Path) -> float:
        """Return `content` where it is a number."""
        if isinstance(content, bool) or not isinstance(content, int | float):
            raise self.document.error(f"expected a number, got {content!r}", path)
        return content

    def parameter(self, name: str, path: Path) -> Parameter:
        """Return the parameter `name`."""
        if name not in self.parameters:
            raise self.document.error(f"no parameter is called {name!r}", path)
        return self.parameters[name]

    def limit(self, content: Mapping[str, Anything], key: str, path: Path) -> Limit:
        """Return the limit that stands under `key`, or under `parameter`."""
        spec = spec_of(self.word(content["fact"], path))
        if "parameter" in content:
            named = self.parameter(self.word(content["parameter"], path), path)
            return _limit(spec, named.value, named.unit, named.name)
        unit = content.get("unit")
        if unit is None and spec.unit not in UNITLESS:
            raise self.document.error(f"the unit is missing; {spec.name} is in {spec.unit}", path)
        return _limit(spec, self.number(content[key], path), unit or spec.unit)


def _limit(spec: FactSpec, written: float, unit: str, parameter: str = "") -> Limit:
    return Limit(float(spec.from_unit(written, unit)), float(written), unit, parameter)


def _read_is(reader: TreeReader, content: Anything, path: Path) -> Node:
    if not isinstance(content, dict) or len(content) != 1:
        raise reader.document.error("expected one fact and its value, {fact: value}", path)
    [(fact, values)] = content.items()
    return Is(fact, tuple(values) if isinstance(values, list) else (values,))


def _read_compare(reader: TreeReader, content: Anything, path: Path) -> Node:
    reader.fields(content, path, {"fact", "op"}, {"value", "unit", "parameter"})
    if ("value" in content) is ("parameter" in content):
        raise reader.document.error("expected either value with unit, or parameter", path)
    if "parameter" in content and "unit" in content:
        raise reader.document.error("a parameter brings its own unit", path)
    limit = reader.limit(content, "value", path)
    return Compare(content["fact"], reader.operator(content, path), limit)


def _read_between(reader: TreeReader, content: Anything, path: Path) -> Node:
    reader.fields(content, path, {"fact", "low", "high"}, {"unit"})
    low, high = (reader.limit(content, key, path) for key in ("low", "high"))
    return Between(content["fact"], low, high)


def _read_all(reader: TreeReader, content: Anything, path: Path) -> Node:
    return All(reader.items(content, path))


def _read_any(reader: TreeReader, content: Anything, path: Path) -> Node:
    return Any(reader.items(content, path))


def _read_not(reader: TreeReader, content: Anything, path: Path) -> Node:
    return Not(reader.read(content, path))


def _read_at_least(reader: TreeReader, content: Anything, path: Path) -> Node:
    reader.fields(content, path, {"count", "of"}, set())
    items = reader.items(content["of"], (*path, "of"))
    return AtLeast(int(reader.number(content["count"], path)), items)


def _read_exists(reader: TreeReader, content: Anything, path: Path) -> Node:
    return ExistsLesion(reader.read(content, path))


def _read_for_all(reader: TreeReader, content: Anything, path: Path) -> Node:
    return ForAllLesions(reader.read(content, path))


def _read_count(reader: TreeReader, content: Anything, path: Path) -> Node:
    reader.fields(content, path, {"where", "op", "count"}, set())
    where = reader.read(content["where"], (*path, "where"))
    count = reader.number(content["count"], path)
    if not float(count).is_integer():
        raise reader.document.error("count is a whole number", path)
    return CountLesions(where, reader.operator(content, path), int(count))


def _read_ref(reader: TreeReader, content: Anything, path: Path) -> Node:
    if reader.word(content, path) not in reader.named:
        raise reader.document.error(f"no definition is called {content!r}", path)
    return reader.named[content]


READERS: dict[str, Callable[[TreeReader, Anything, Path], Node]] = {
    "all": _read_all,
    "any": _read_any,
    "not": _read_not,
    "at_least": _read_at_least,
    "is": _read_is,
    "cmp": _read_compare,
    "between": _read_between,
    "exists_lesion": _read_exists,
    "for_all_lesions": _read_for_all,
    "count_lesions": _read_count,
    "ref": _read_ref,
}


def write_tree(node: Node) -> dict[str, Anything]:
    """Return `node` as the plain values that `TreeReader` reads back to the same node."""
    return WRITERS[type(node)](node)


def _write_is(node: Is) -> dict[str, Anything]:
    values = list(node.values)
    return {"is": {node.fact: values if len(values) > 1 else values[0]}}


def _write_compare(node: Compare) -> dict[str, Anything]:
    head = {"fact": node.fact, "op": node.operator.value}
    if node.limit.parameter:
        return {"cmp": {**head, "parameter": node.limit.parameter}}
    return {"cmp": {**head, "value": node.limit.written, "unit": node.limit.unit}}


def _write_between(node: Between) -> dict[str, Anything]:
    low, high = node.low, node.high
    return {
        "between": {
            "fact": node.fact,
            "low": low.written,
            "high": high.written,
            "unit": low.unit,
        }
    }


def _write_items(node: All | Any) -> dict[str, Anything]:
    key = "all" if isinstance(node, All) else "any"
    return {key: [write_tree(item) for item in node.items]}


def _write_at_least(node: AtLeast) -> dict[str, Anything]:
    return {"at_least": {"count": node.count, "of": [write_tree(item) for item in node.items]}}


def _write_count(node: CountLesions) -> dict[str, Anything]:
    where = write_tree(node.where)
    return {"count_lesions": {"where": where, "op": node.operator.value, "count": node.count}}


def _write_constant(node: Constant) -> dict[str, Anything]:
    raise EvidenceError(f"the constant {node.value} cannot be written to a file")


WRITERS: dict[type[Node], Callable[..., dict[str, Anything]]] = {
    Is: _write_is,
    Compare: _write_compare,
    Between: _write_between,
    All: _write_items,
    Any: _write_items,
    Not: lambda node: {"not": write_tree(node.item)},
    AtLeast: _write_at_least,
    ExistsLesion: lambda node: {"exists_lesion": write_tree(node.where)},
    ForAllLesions: lambda node: {"for_all_lesions": write_tree(node.where)},
    CountLesions: _write_count,
    Ref: lambda node: {"ref": node.name},
    Constant: _write_constant,
}
