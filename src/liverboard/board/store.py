"""Keeping frozen values on disk: anatomy and plans as JSON with their arrays beside it, no pickle.

Only the classes listed here can be read back, so a tampered file can do no more than fail to load.
File: magic, length of the JSON, the JSON, then each array deflated.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np

from liverboard import values as values_model
from liverboard.anatomy import model as anatomy_model
from liverboard.board.joint import model as joint_model
from liverboard.evidence import fact as fact_model
from liverboard.numerics import grid as grid_model
from liverboard.treatments import exhibit as exhibit_model
from liverboard.treatments import protocol as protocol_model

__all__ = ["StoreError", "dump", "load"]

MAGIC = b"liverboard-store-1\n"

MODULES = (
    anatomy_model,
    exhibit_model,
    fact_model,
    grid_model,
    joint_model,
    protocol_model,
    values_model,
)
"""Modules whose frozen dataclasses and enumerations may be kept."""


class StoreError(ValueError):
    """The bytes are no stored value of this version."""


@cache
def _classes() -> Mapping[str, type]:
    """Return every class that may be kept, by name."""
    found: dict[str, type] = {}
    for module in MODULES:
        for name, value in vars(module).items():
            is_own = isinstance(value, type) and value.__module__ == module.__name__
            if is_own and (is_dataclass(value) or issubclass(value, Enum)):
                found[name] = value
    return MappingProxyType(found)


def dump(value: object) -> bytes:
    """Return a frozen value of known classes as bytes; TypeError for anything else."""
    arrays: list[bytes] = []
    text = json.dumps(_encoded(value, arrays), separators=(",", ":")).encode()
    return b"".join([MAGIC, len(text).to_bytes(8, "little"), text, *arrays])


def load(content: bytes) -> Any:
    """Return the value that `dump` turned into `content`; StoreError where that is impossible."""
    try:
        if not content.startswith(MAGIC):
            raise StoreError("not a stored value")
        start = len(MAGIC) + 8
        size = int.from_bytes(content[len(MAGIC) : start], "little")
        tree = json.loads(content[start : start + size])
        return _decoded(tree, memoryview(content)[start + size :])
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise StoreError(str(error)) from error


def _encoded(value: object, arrays: list[bytes]) -> Any:
    """Return plain JSON values for `value`, its arrays appended to `arrays`."""
    if isinstance(value, Enum):
        return {"$enum": [type(value).__name__, value.value]}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray):
        return {"$array": _packed(value, arrays)}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, np.integer | np.floating | np.bool_):
        return value.item()
    return _encoded_group(value, arrays)


def _encoded_group(value: object, arrays: list[bytes]) -> Any:
    """Return plain JSON values for something that holds other values."""
    if isinstance(value, Mapping):
        return {"$map": [[_encoded(k, arrays), _encoded(v, arrays)] for k, v in value.items()]}
    if isinstance(value, frozenset):
        items = [_encoded(item, arrays) for item in value]
        return {"$set": sorted(items, key=json.dumps)}
    if isinstance(value, tuple):
        return {"$tuple": [_encoded(item, arrays) for item in value]}
    if isinstance(value, list):
        return [_encoded(item, arrays) for item in value]
    name = type(value).__name__
    if _classes().get(name) is not type(value):
        raise TypeError(f"{name} is not kept")
    given = [entry.name for entry in fields(value) if entry.init]  # type: ignore[arg-type]
    return {"$class": name, **{key: _encoded(getattr(value, key), arrays) for key in given}}


def _packed(array: np.ndarray[Any, Any], arrays: list[bytes]) -> list[Any]:
    """Append an array and return where it lies: type, shape, offset and length."""
    plain = np.ascontiguousarray(array)
    offset = sum(len(part) for part in arrays)
    arrays.append(zlib.compress(plain.tobytes(), 1))
    return [plain.dtype.str, list(plain.shape), offset, len(arrays[-1])]


def _decoded(tree: Any, body: memoryview) -> Any:
    """Return the value that plain JSON values stand for."""
    if isinstance(tree, list):
        return [_decoded(item, body) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if "$class" in tree:
        kind = _classes()[tree["$class"]]
        return kind(**{key: _decoded(item, body) for key, item in tree.items() if key != "$class"})
    mark, content = next(iter(tree.items()))
    if mark == "$enum":
        return _classes()[content[0]](content[1])
    if mark == "$array":
        return _unpacked(content, body)
    if mark == "$date":
        return date.fromisoformat(content)
    if mark == "$map":
        return {_decoded(key, body): _decoded(item, body) for key, item in content}
    items = [_decoded(item, body) for item in content]
    return frozenset(items) if mark == "$set" else tuple(items)


def _unpacked(entry: list[Any], body: memoryview) -> np.ndarray[Any, Any]:
    """Return one array."""
    kind, shape, offset, size = entry
    content = zlib.decompress(body[offset : offset + size])
    return np.frombuffer(content, dtype=np.dtype(kind)).reshape(shape)
