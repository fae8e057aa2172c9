"""What lies in a case folder: found by name, sorted, and never followed out of the folder.

`derived/` and `truth/` are left alone, hidden files too. A symbolic link that leads out of the
folder is refused: a case is what its folder holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from liverboard.case.model import Source
from liverboard.case.names import image_name, stem_of
from liverboard.errors import CaseError

__all__ = ["RECORD", "Inventory", "files_in", "take_inventory"]

RECORD = "case.yaml"
NAMES = ("labels.yaml", "labels.yml")
BRANCHES = ("anatomy.yaml", "anatomy.yml")
IMAGING, SEGMENTATIONS = "imaging", "segmentations"
LEFT_ALONE = frozenset({"derived", "truth"})
MAX_ENTRIES = 20_000
"""Most entries of one folder; a series of thin slices holds some two thousand files."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a case folder holds: record, names, branches, images by name, masks, and the rest."""

    folder: Path
    record: Source
    names: tuple[Source, ...]
    branches: tuple[Source, ...]
    images: Mapping[str, Source]
    masks: tuple[Source, ...]
    unknown: tuple[str, ...]


def take_inventory(folder: Path) -> Inventory:
    """Return what `folder` holds; raise CaseError where it is no case folder."""
    if not folder.is_dir():
        what = "not a folder" if folder.exists() else "no such folder"
        raise CaseError(what, where=str(folder), remedy="give the folder that holds case.yaml")
    top = list(files_in(folder, folder))
    names = [source.path.name for source in top]
    if RECORD not in names:
        raise CaseError(
            "missing",
            where=str(folder / RECORD),
            remedy="write at least `id: <name>`, or run `liverboard init` for an empty one",
        )
    return _sorted_out(folder, top)


def _sorted_out(folder: Path, top: list[Source]) -> Inventory:
    record = next(source for source in top if source.path.name == RECORD)
    imaging, masks = _below(folder, top, IMAGING), _below(folder, top, SEGMENTATIONS)
    images = _images(imaging)
    found = [source for source in (*top, *masks) if _is_mask(source)]
    names = [source for source in (*top, *masks) if source.path.name in NAMES]
    branches = tuple(source for source in top if source.path.name in BRANCHES)
    used = {source.name for source in (record, *names, *branches, *images.values(), *found)}
    folders = {IMAGING, SEGMENTATIONS, *LEFT_ALONE}
    rest = [source for source in (*top, *imaging, *masks) if source.name not in used | folders]
    unknown = tuple(f"{one.name}/" if one.path.is_dir() else one.name for one in rest)
    return Inventory(folder, record, tuple(names), branches, images, tuple(found), unknown)


def _below(folder: Path, top: list[Source], name: str) -> list[Source]:
    here = [source for source in top if source.name == name and source.path.is_dir()]
    return list(files_in(here[0].path, folder)) if here else []


def files_in(folder: Path, root: Path) -> Iterator[Source]:
    """Yield the entries of `folder` in order of name; refuse links that lead out of `root`."""
    inside = root.resolve()
    entries = _entries(folder)
    if len(entries) > MAX_ENTRIES:
        raise CaseError(f"{len(entries):,} entries", where=str(folder), remedy="tidy the folder")
    for path in entries:
        if path.name.startswith("."):
            continue
        if path.is_symlink() and not path.resolve().is_relative_to(inside):
            raise CaseError(
                "a symbolic link that leads out of the case folder",
                where=str(path),
                remedy="copy the file into the folder",
            )
        yield Source(path, path.relative_to(root).as_posix())


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise CaseError(
            f"cannot be listed: {error.strerror}", where=str(folder), remedy="mend its rights"
        ) from error


def _is_mask(source: Source) -> bool:
    """Whether a file of the top folder or of `segmentations/` may hold masks."""
    return bool(stem_of(source.path.name)) and not source.path.is_dir()


def _images(imaging: list[Source]) -> dict[str, Source]:
    """Return the images of `imaging/` by canonical name; two of one name are refused."""
    found: dict[str, Source] = {}
    for source in imaging:
        stem = source.path.name if source.path.is_dir() else stem_of(source.path.name)
        name = image_name(stem)
        if name is None:
            continue
        if name in found:
            raise CaseError(
                f"two images for {name}: {found[name].name} and {source.name}",
                where=str(source.path.parent),
                remedy="keep one",
            )
        found[name] = source
    return found
