"""NRRD single files, read from their bytes: raw or gzip voxels, any space that LPS can hold.

The header is read by us so that it is checked before a voxel is inflated and so that a header can
never point at another file. Names of 3D Slicer's segments are kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liverboard.case.model import Remark, Source, note
from liverboard.case.volume import (
    DEFLATE_RATIO,
    LPS_FROM_RAS,
    Volume,
    all_finite,
    check_claim,
    grid_of,
    inflated,
)
from liverboard.errors import ImageError
from liverboard.numerics.grid import Array, Image

__all__ = ["read_nrrd"]

TYPES: Mapping[str, str] = {
    name: code
    for code, names in {
        "i1": ("signed char", "int8", "int8_t"),
        "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
        "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
        "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
        "i4": ("int", "signed int", "int32", "int32_t"),
        "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
        "i8": ("longlong", "long long", "long long int", "int64", "int64_t"),
        "u8": ("ulonglong", "unsigned long long", "uint64", "uint64_t"),
        "f4": ("float",),
        "f8": ("double",),
    }.items()
    for name in names
}
"""NRRD type names as numpy types. Source: NRRD format definition, section 4."""

SPACES: Mapping[str, NDArray[np.float64]] = {
    "left-posterior-superior": np.eye(3),
    "lps": np.eye(3),
    "right-anterior-superior": LPS_FROM_RAS,
    "ras": LPS_FROM_RAS,
    "left-anterior-superior": np.diag([1.0, -1.0, 1.0]),
    "las": np.diag([1.0, -1.0, 1.0]),
}
"""What turns the space's millimetres into LPS."""

NUMBER = r"[-+0-9.eE]+"
VECTOR = re.compile(rf"\(\s*({NUMBER})\s*,\s*({NUMBER})\s*,\s*({NUMBER})\s*\)|(none)")
SEGMENT = re.compile(r"^Segment(\d{1,4})_(Name|LabelValue|Layer)$")
MAX_HEADER = 1_000_000


def read_nrrd(content: bytes, source: Source) -> Volume:
    """Return the volume in the bytes of a `.nrrd` or `.seg.nrrd` file."""
    fields, pairs, start = _header(content, source)
    sizes, vectors, remarks = _axes(fields, source)
    shape = (sizes[2], sizes[1], sizes[0])
    array = _voxels(content[start:], fields, shape, source=source)
    grid, moved = grid_of(shape, _affine(fields, vectors, source), source)
    image = Image(all_finite(array, source), grid)
    return Volume(image, (*remarks, *moved), _segments(pairs))


def _header(content: bytes, source: Source) -> tuple[dict[str, str], dict[str, str], int]:
    """Return fields, key/value pairs, and where the voxels begin."""
    match = re.search(rb"\r?\n\r?\n", content[:MAX_HEADER])
    if not content.startswith(b"NRRD000") or match is None:
        raise ImageError("not an NRRD file", where=str(source), remedy="save it as .nii.gz")
    fields, pairs = {}, {}
    for line in content[: match.start()].decode("utf-8", "replace").splitlines()[1:]:
        if ":=" in line:
            key, _, value = line.partition(":=")
            pairs[key.strip()] = value.strip()
        elif ": " in line and not line.startswith("#"):
            key, _, value = line.partition(": ")
            fields[key.strip().lower()] = value.strip()
    _check_single(fields, source)
    return fields, pairs, match.end()


def _check_single(fields: Mapping[str, str], source: Source) -> None:
    """Refuse a header whose voxels lie in another file or after a skip."""
    for name in ("data file", "datafile", "line skip", "lineskip", "byte skip", "byteskip"):
        if fields.get(name, "0") != "0":
            raise ImageError(
                f"`{name}: {fields[name]}`: voxels apart from the header are not read",
                where=str(source),
                remedy="save header and voxels in one .nrrd file",
            )


def _field(fields: Mapping[str, str], name: str, source: Source) -> str:
    if name not in fields:
        raise ImageError(
            f"no `{name}` in the header", where=str(source), remedy="save it with its orientation"
        )
    return fields[name]


def _axes(
    fields: Mapping[str, str], source: Source
) -> tuple[list[int], list[list[float]], tuple[Remark, ...]]:
    """Return sizes and direction vectors of the three axes in space, x first."""
    sizes = [int(word) for word in re.findall(r"-?\d+", _field(fields, "sizes", source)[:200])]
    vectors = _vectors(_field(fields, "space directions", source))
    spatial = [axis for axis, vector in enumerate(vectors) if vector is not None]
    frames = [sizes[axis] for axis in range(len(sizes)) if axis not in spatial]
    if len(sizes) != len(vectors) or len(spatial) != 3 or any(size != 1 for size in frames):
        raise ImageError(
            f"a {len(sizes)}-D image (sizes {' '.join(map(str, sizes))}) where a volume is needed",
            where=str(source),
            remedy="save one 3-D volume per file; export overlapping segments one by one",
        )
    remarks = (note(source.name, "one frame: read as a volume"),) if frames else ()
    found = [vector for vector in vectors if vector is not None]
    return [sizes[axis] for axis in spatial], found, remarks


def _vectors(text: str) -> list[list[float] | None]:
    return [
        None if match[4] else [_number(match[part]) for part in (1, 2, 3)]
        for match in VECTOR.finditer(text)
    ]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _affine(
    fields: Mapping[str, str], vectors: list[list[float]], source: Source
) -> NDArray[np.float64]:
    space = _field(fields, "space", source).lower()
    if space not in SPACES:
        raise ImageError(
            f"space {space!r} is not read", where=str(source), remedy="save it in LPS or RAS"
        )
    origin = _vectors(fields.get("space origin", ""))
    if len(origin) != 1 or origin[0] is None:
        raise ImageError("no `space origin`", where=str(source), remedy="save it with its origin")
    columns = np.array([*vectors, origin[0]], dtype=np.float64).T
    return np.asarray(SPACES[space] @ columns, dtype=np.float64)


def _voxels(
    packed: bytes, fields: Mapping[str, str], shape: tuple[int, int, int], *, source: Source
) -> Array:
    """Return the voxels [z, y, x] in native byte order."""
    kind = _type(fields, source)
    is_packed = _is_packed(_field(fields, "encoding", source).lower(), source)
    held = len(packed) * (DEFLATE_RATIO if is_packed else 1)
    check_claim(shape, kind.itemsize, held, source=source)
    needed = int(np.prod(shape)) * kind.itemsize
    body = inflated(packed, needed + 64, source) if is_packed else packed
    if len(body) < needed:
        what = f"cut short: {len(body):,} of {needed:,} bytes"
        raise ImageError(what, where=str(source), remedy="copy it again")
    array = np.frombuffer(body, kind, int(np.prod(shape))).reshape(shape)
    return array.astype(kind.newbyteorder("="), copy=False)


def _type(fields: Mapping[str, str], source: Source) -> np.dtype[Any]:
    name = _field(fields, "type", source).lower()
    if name not in TYPES:
        raise ImageError(f"type {name!r} is not read", where=str(source), remedy="save as int16")
    order = ">" if fields.get("endian", "little").lower() == "big" else "<"
    return np.dtype(order + TYPES[name])


def _is_packed(encoding: str, source: Source) -> bool:
    if encoding not in ("raw", "gzip", "gz"):
        raise ImageError(
            f"encoding {encoding!r} is not read", where=str(source), remedy="save it raw or gzipped"
        )
    return encoding != "raw"


def _segments(pairs: Mapping[str, str]) -> Mapping[int, str]:
    """Return names by label value as 3D Slicer writes them, empty where there are none."""
    found: dict[str, dict[str, str]] = {}
    for key, value in pairs.items():
        match = SEGMENT.match(key)
        if match is not None:
            found.setdefault(match[1], {})[match[2]] = value
    return {
        int(entry["LabelValue"]): entry["Name"]
        for entry in found.values()
        if "Name" in entry and entry.get("LabelValue", "").isdigit()
    }
