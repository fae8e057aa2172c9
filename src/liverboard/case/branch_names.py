"""`anatomy.yaml`: the user's corrections of which branch is which.

branches:
  - {system: portal, point_mm: [-61, 12, 40], segment: S6}
  - {system: hepatic, point_mm: [-30, 25, 70], name: right hepatic vein}
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from liverboard.case.ledger import Ledger
from liverboard.case.model import BranchOverride, Source
from liverboard.case.strict_yaml import Document, KeyPath, read_yaml
from liverboard.case.vocabulary import closest
from liverboard.errors import CaseError

__all__ = ["read_branch_names"]

SEGMENTS = tuple(f"S{n}" for n in range(1, 9))
VEINS = ("right hepatic vein", "middle hepatic vein", "left hepatic vein")
VALUES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "portal": ("segment", SEGMENTS),
    "hepatic": ("name", VEINS),
}
"""For each system the key that corrects a branch, and what it may say."""


def read_branch_names(sources: tuple[Source, ...], ledger: Ledger) -> tuple[BranchOverride, ...]:
    """Return the corrections of `anatomy.yaml`, none where there is no such file."""
    return tuple(entry for source in sources for entry in _entries(source, ledger))


def _entries(source: Source, ledger: Ledger) -> Iterator[BranchOverride]:
    document = read_yaml(ledger.content(source), str(source))
    file = _File(document, source)
    content = document.value or {}
    if not isinstance(content, Mapping) or set(content) - {"branches"}:
        found = sorted(set(content) - {"branches"}) if isinstance(content, Mapping) else content
        raise file.wrong(
            f"expected the key `branches` alone, got {found!r:.60}", "see docs/case.md"
        )
    entries = content.get("branches") or []
    if not isinstance(entries, list):
        raise file.wrong("expected a list", "start each branch with `- `", ("branches",))
    for place in range(len(entries)):
        yield file.override(entries[place], ("branches", place))


@dataclass(frozen=True, slots=True)
class _File:
    """One `anatomy.yaml` while it is read."""

    document: Document
    source: Source

    def override(self, entry: Any, path: KeyPath) -> BranchOverride:
        """Return one correction; raise CaseError where it is none."""
        if not isinstance(entry, Mapping):
            raise self.wrong(
                f"expected keys with values, got {entry!r:.60}", "see docs/case.md", path
            )
        system = str(entry.get("system"))
        if system not in VALUES:
            raise self.wrong(f"system {system!r}", "write portal or hepatic", path)
        key, allowed = VALUES[system]
        odd = sorted(str(name) for name in set(entry) ^ {"system", "point_mm", key})
        if odd:
            raise self.wrong(
                f"{odd[0]}: unknown or missing", f"write system, point_mm and {key}", path
            )
        value = str(entry[key])
        if value not in allowed:
            near = closest(value, list(allowed))
            remedy = f"did you mean {near}?" if near else f"one of {', '.join(allowed)}"
            raise self.wrong(f"{key} {value!r}", remedy, (*path, key))
        point = self._point(entry["point_mm"], (*path, "point_mm"))
        return BranchOverride(system, point, **{key: value})

    def _point(self, raw: Any, path: KeyPath) -> tuple[float, float, float]:
        is_point = isinstance(raw, list) and len(raw) == 3 and all(map(_is_number, raw))
        if not is_point:
            raise self.wrong(f"got {raw!r:.60}", "write three numbers: LPS x, y, z in mm", path)
        x, y, z = (float(part) for part in raw)
        return x, y, z

    def wrong(self, what: str, remedy: str, path: KeyPath = ()) -> CaseError:
        """Return the error that names file, line and key."""
        keys = [str(part) for part in path if isinstance(part, str)]
        place = f"{self.source}:{self.document.line_of(path)}"
        return CaseError(what, where=": ".join([place, *keys[-1:]]), remedy=remedy)


def _is_number(raw: Any) -> bool:
    return isinstance(raw, int | float) and not isinstance(raw, bool) and math.isfinite(raw)
