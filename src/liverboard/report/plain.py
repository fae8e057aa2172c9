"""Answers as plain values for JSON: dataclasses become mappings, everything in a fixed order."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from liverboard.board.what_if import WhatIf
from liverboard.evidence.ask import Asked
from liverboard.evidence.flip import Possibility
from liverboard.evidence.judgement import Argument
from liverboard.report.versus import Versus

__all__ = ["asked_json", "compared_json", "possible_json", "what_if_json"]


def asked_json(asked: Asked, case: str) -> str:
    """Return what was found as JSON, schema `liverboard/ask/1`."""
    return _text("ask", case, _plain(asked))


def possible_json(found: tuple[Possibility, ...], case: str) -> str:
    """Return the ways as JSON, schema `liverboard/possible/1`."""
    return _text("possible", case, {"options": [_plain(one) for one in found]})


def what_if_json(found: WhatIf, case: str) -> str:
    """Return the difference as JSON, schema `liverboard/whatif/1`, without the two boards."""
    parts = {"facts": found.facts, "options": found.options, "unchanged": found.unchanged}
    statuses = {one.id: str(one.judgement.status) for one in found.after.options}
    return _text("whatif", case, {**{k: _plain(v) for k, v in parts.items()}, "after": statuses})


def compared_json(found: Versus) -> str:
    """Return a comparison as JSON, schema `liverboard/compare/1`."""
    rows = [_plain(row) for row in found.rows]
    return _text("compare", found.case, {"a": found.first, "b": found.second, "rows": rows})


def _text(kind: str, case: str, content: Mapping[str, Any]) -> str:
    document = {"schema": f"liverboard/{kind}/1", "case": case, **content}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _plain(value: object) -> Any:
    """Return a value of ours as what JSON knows."""
    if isinstance(value, Argument):
        return {
            "criterion": value.criterion,
            "text": value.text,
            "intent": str(value.intent),
            "verdict": str(value.verdict),
            "sources": [one.ref for one in value.citations],
        }
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"no plain form of {type(value).__name__}")
