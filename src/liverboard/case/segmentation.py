"""Mask files as pieces: one structure a file, many labels in one, DICOM SEG or RTSTRUCT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from liverboard.case.dicom_file import open_dicom, parsing, text_of
from liverboard.case.dicom_seg import SEG_CLASSES, read_seg
from liverboard.case.image_file import volume_of
from liverboard.case.imaging import Imaging
from liverboard.case.ledger import Ledger
from liverboard.case.lesions import with_touching
from liverboard.case.mask import as_labels, as_mask, distinct
from liverboard.case.model import Source, note, warning
from liverboard.case.names import (
    IGNORED,
    LESIONS,
    LIVER,
    Meaning,
    is_unused,
    labels_of,
    meaning_of,
    near_names,
    stem_of,
)
from liverboard.case.own_names import OwnNames
from liverboard.case.rtstruct import RTSTRUCT_CLASS, read_rtstruct
from liverboard.case.segment import Segments, Wanted
from liverboard.case.volume import Volume
from liverboard.errors import ImageError
from liverboard.numerics.grid import Image
from liverboard.values import Unknown

__all__ = ["Piece", "pieces_of"]

LABEL_FILES = frozenset({"segmentations", "segmentation", "labels", "multilabel"})
"""Names of files that hold many labels."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One mask as found: what it stands for, its voxels, and the file (and segment) it is from.

    Structures and single lesions are uint8 0/1; `lesions` as a whole are uint16 labels.
    """

    meaning: Meaning
    image: Image
    where: str


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What mask files are read against: the user's names, and the images."""

    own: OwnNames
    imaging: Imaging
    ledger: Ledger


def pieces_of(
    source: Source, own: OwnNames, imaging: Imaging, *, ledger: Ledger
) -> Iterator[Piece]:
    """Yield every mask of one file that has a known name; the others are noted as unknown."""
    scene = Scene(own, imaging, ledger)
    stem = stem_of(source.path.name)
    if source.name.lower().endswith(".dcm"):
        yield from _dicom_pieces(source, scene)
    elif _holds_many(stem, own):
        yield from _label_pieces(source, scene)
    else:
        yield from _single_piece(source, stem, scene)


def _holds_many(stem: str, own: OwnNames) -> bool:
    return stem.lower() in LABEL_FILES or bool(own.of_file(stem))


def _understood(label: str, where: str, scene: Scene) -> Meaning | None:
    """Return what a name means; None, with a remark, where it is not to be read."""
    meaning = meaning_of(label, scene.own.words)
    if meaning is not None:
        return None if meaning.name == IGNORED else meaning
    if is_unused(label):
        return None
    near = near_names(label)
    hint = f"did you mean {near}? " if near else ""
    text = f"no structure is called {label!r}: left out; {hint}Map it in labels.yaml"
    scene.ledger.remarks.append(warning(where, text))
    return None


def _single_piece(source: Source, stem: str, scene: Scene) -> Iterator[Piece]:
    meaning = _understood(stem, source.name, scene)
    if meaning is None:
        scene.ledger.unknown.append(source.name)
        return
    volume = volume_of(scene.ledger.content(source), source)
    is_labelled = meaning.name == LESIONS and not meaning.lesion
    reader = (
        as_labels(volume, source) if is_labelled else as_mask(volume, source, name=meaning.name)
    )
    scene.ledger.remarks.extend((*volume.remarks, *reader[1]))
    yield Piece(meaning, reader[0], source.name)


def _label_pieces(source: Source, scene: Scene) -> Iterator[Piece]:
    """Yield each named label of a file in which a voxel holds one label."""
    volume = volume_of(scene.ledger.content(source), source)
    image, remarks = as_labels(volume, source)
    scene.ledger.remarks.extend((*volume.remarks, *remarks))
    meanings = _meanings_in(image, volume, source, scene)
    lesions = [label for label, meaning in meanings.items() if meaning.name == LESIONS]
    for label, meaning in meanings.items():
        mask = (image.array == label).astype(np.uint8)
        if meaning.name == LIVER and lesions:
            mask = with_touching(mask, np.isin(image.array, lesions).astype(np.uint8))
            text = "a voxel holds one label: lesions that touch the liver were added to it"
            scene.ledger.remarks.append(note(source.name, text))
        yield _piece(meaning, Image(mask, image.grid), f"{source.name}#{label}")


def _piece(meaning: Meaning, image: Image, where: str) -> Piece:
    """Return a piece of a file with many structures; lesions as a whole become labels."""
    if meaning.name == LESIONS and not meaning.lesion:
        image = Image(image.array.astype(np.uint16), image.grid)
    return Piece(meaning, image, where)


def _meanings_in(image: Image, volume: Volume, source: Source, scene: Scene) -> dict[int, Meaning]:
    """Return what each label in the file means; labels without a name are reported."""
    present = distinct(image.array).tolist()
    names = _label_names(volume, source, scene)
    if present and not names:
        shown = ", ".join(str(label) for label in present[:10])
        raise ImageError(
            f"labels {shown} have no names",
            where=str(source),
            remedy="write them into segmentations/labels.yaml: `1: liver`",
        )
    unnamed = [str(label) for label in present if label not in names]
    if unnamed:
        text = f"labels {', '.join(unnamed[:20])} have no name: left out"
        scene.ledger.remarks.append(warning(source.name, text))
    found = {}
    for label in (label for label in present if label in names):
        meaning = _understood(names[label], f"{source.name}#{label}", scene)
        if meaning is not None:
            found[label] = meaning
    return found


def _label_names(volume: Volume, source: Source, scene: Scene) -> Mapping[int, str]:
    """Return the names of labels: for this file, for all, in the file itself, by its name."""
    stem = stem_of(source.path.name)
    named = scene.own.of_file(stem)
    if named and named != labels_of(stem):
        return named
    return scene.own.labels or volume.labels or named


def _dicom_pieces(source: Source, scene: Scene) -> Iterator[Piece]:
    found = _segments(source, scene)
    scene.ledger.remarks.extend(found.remarks)
    for label in found.unread:
        _understood(label, f"{source.name}#{label}", scene)
    for segment in found.parts:
        meaning = meaning_of(segment.label, scene.own.words)
        if meaning is not None:
            yield _piece(meaning, segment.image, f"{source.name}#{segment.label}")


def _segments(source: Source, scene: Scene) -> Segments:
    """Return the wanted segments of a DICOM SEG or RTSTRUCT."""
    dataset = open_dicom(scene.ledger.content(source), source)
    with parsing(source):
        kind = text_of(dataset, "SOPClassUID")
    frame = scene.imaging.frame
    if kind in SEG_CLASSES:
        return read_seg(dataset, source, ct_frame=frame, is_wanted=_wanted(scene))
    if kind != RTSTRUCT_CLASS:
        raise ImageError(
            "neither DICOM SEG nor RTSTRUCT",
            where=str(source),
            remedy="put images into imaging/, and keep only segmentations here",
        )
    if isinstance(scene.imaging.ct, Unknown):
        raise ImageError(
            "contours without the CT that they were drawn on",
            where=str(source),
            remedy="put the CT into imaging/ct/",
        )
    grid = scene.imaging.ct.grid
    return read_rtstruct(dataset, source, grid=grid, ct_frame=frame, is_wanted=_wanted(scene))


def _wanted(scene: Scene) -> Wanted:
    """Return the test whether a label has a meaning that is to be read."""

    def is_wanted(label: str) -> bool:
        meaning = meaning_of(label, scene.own.words)
        return meaning is not None and meaning.name != IGNORED

    return is_wanted
