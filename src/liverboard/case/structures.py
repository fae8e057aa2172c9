"""Pieces put together: structures by canonical name, and the lesions.

With a CT everything lies on the CT's grid; a mask on another grid is placed there by geometry.
Two masks of one structure are refused; parts (lobes of the lungs, ribs) are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from liverboard.case.folder import Inventory
from liverboard.case.imaging import Imaging
from liverboard.case.ledger import Ledger
from liverboard.case.lesions import joined, labelled
from liverboard.case.mask import distinct
from liverboard.case.model import Remark, note, warning
from liverboard.case.names import LESIONS, LIVER
from liverboard.case.own_names import OwnNames
from liverboard.case.resample import brought_to, placed, share_kept
from liverboard.case.segmentation import Piece, pieces_of
from liverboard.errors import CaseError, ImageError
from liverboard.numerics.grid import Image
from liverboard.values import Reason, Unknown

__all__ = ["NO_LESIONS", "Structures", "read_structures"]

NO_LESIONS = Unknown(Reason.NO_MASK, "no lesion mask: segmentations/lesions.nii.gz")

VOLUME_TOLERANCE = 0.05
"""Share of a mask's volume that may be lost or gained on another grid without a warning."""


@dataclass(frozen=True, slots=True, eq=False)
class Structures:
    """All masks of a case: structures by canonical name, and the lesions."""

    masks: Mapping[str, Image]
    lesions: Image | Unknown


@dataclass(slots=True)
class Shelf:
    """Pieces as they come in: whole structures, parts merged so far, and single lesions."""

    whole: dict[str, Piece] = field(default_factory=dict)
    parts: dict[str, Piece] = field(default_factory=dict)
    single: dict[int, Piece] = field(default_factory=dict)


def read_structures(
    inventory: Inventory, own: OwnNames, imaging: Imaging, *, ledger: Ledger
) -> Structures:
    """Return the masks of a case; a bad file goes to the ledger's tolerance."""
    shelf = Shelf()
    for source in inventory.masks:
        with ledger.trying():
            _shelve_all(shelf, pieces_of(source, own, imaging, ledger=ledger), imaging, ledger)
    masks = _masks(shelf, ledger)
    lesions: Image | Unknown = NO_LESIONS
    with ledger.trying():
        lesions = _lesions(shelf, ledger)
    return Structures(masks, lesions)


def _shelve_all(shelf: Shelf, pieces: Iterable[Piece], imaging: Imaging, ledger: Ledger) -> None:
    for piece in pieces:
        fitted = _fitted(piece, imaging.ct, ledger)
        _shelve(shelf, fitted, ledger)
        ledger.sources.setdefault(piece.meaning.name, []).append(piece.where)


def _shelve(shelf: Shelf, piece: Piece, ledger: Ledger) -> None:
    """Put a piece on its shelf; a second mask of the same thing is refused."""
    name, number = piece.meaning.name, piece.meaning.lesion
    if number:
        _check_new(shelf.single.get(number), piece, f"lesion {number}", ledger=ledger)
        shelf.single[number] = piece
    elif piece.meaning.is_part:
        before = shelf.parts.get(name)
        shelf.parts[name] = piece if before is None else _merged(before, piece)
    else:
        _check_new(shelf.whole.get(name), piece, name, ledger=ledger)
        shelf.whole[name] = piece


def _check_new(before: Piece | None, piece: Piece, name: str, *, ledger: Ledger) -> None:
    if before is not None:
        raise CaseError(
            f"two masks for {name}: {before.where} and {piece.where}",
            where=ledger.place(piece.where),
            remedy="keep one, or write `ignore` for the other in labels.yaml",
        )


def _merged(before: Piece, piece: Piece) -> Piece:
    image = brought_to(piece.image, before.image.grid, piece.where)
    both = Image(before.image.array | image.array, before.image.grid)
    return Piece(before.meaning, both, before.where)


def _fitted(piece: Piece, ct: Image | Unknown, ledger: Ledger) -> Piece:
    """Return a piece on the CT's grid where there is a CT."""
    if isinstance(ct, Unknown):
        return piece
    if piece.image.grid.matches(ct.grid):
        return Piece(piece.meaning, Image(piece.image.array, ct.grid), piece.where)
    image = placed(piece.image, ct.grid)
    _check_kept(piece, image, ledger)
    return Piece(piece.meaning, image, piece.where)


def _check_kept(piece: Piece, image: Image, ledger: Ledger) -> None:
    """Note that a mask was placed by geometry; warn or refuse where volume was lost."""
    share = share_kept(piece.image, image)
    if share == 0:
        raise ImageError(
            f"the mask of {piece.meaning.name} lies wholly outside the CT",
            where=ledger.place(piece.where),
            remedy="check that both are of one patient and one scan",
        )
    if abs(share - 1) > VOLUME_TOLERANCE:
        text = f"{share:.0%} of its volume is left on the grid of the CT"
        ledger.remarks.append(warning(piece.where, text))
    elif "#" not in piece.where:
        ledger.remarks.append(note(piece.where, "on another grid: placed by geometry"))
    if piece.meaning.name == LESIONS:
        ledger.remarks.extend(_lost_lesions(piece, image))


def _lost_lesions(piece: Piece, image: Image) -> Iterator[Remark]:
    lost = np.setdiff1d(distinct(piece.image.array), distinct(image.array))
    if lost.size:
        shown = ", ".join(str(label) for label in lost)
        text = f"lesions {shown} vanish on the grid of the CT: too small or outside it"
        yield warning(piece.where, text)


def _masks(shelf: Shelf, ledger: Ledger) -> dict[str, Image]:
    """Return the structures; an empty mask counts as absent, an empty liver is an error."""
    merged = {name: piece for name, piece in shelf.parts.items() if name not in shelf.whole}
    for name in sorted(set(shelf.parts) & set(shelf.whole)):
        text = f"given whole: its parts ({shelf.parts[name].where}, ...) are left out"
        ledger.remarks.append(note(name, text))
    found = {}
    for name, piece in sorted({**merged, **shelf.whole}.items()):
        if name == LESIONS:
            continue
        if piece.image.array.any():
            found[name] = piece.image
            continue
        with ledger.trying():
            _check_not_liver(piece, ledger)
        ledger.remarks.append(note(piece.where, f"empty: {name} counts as absent"))
        ledger.sources.pop(name, None)
    return found


def _check_not_liver(piece: Piece, ledger: Ledger) -> None:
    if piece.meaning.name == LIVER:
        raise ImageError(
            "the liver mask is empty",
            where=ledger.place(piece.where),
            remedy="segment the liver again, or remove the file",
        )


def _lesions(shelf: Shelf, ledger: Ledger) -> Image | Unknown:
    """Return the lesions as labels from whichever way they were given."""
    whole = shelf.whole.get(LESIONS)
    if whole is not None and shelf.single:
        other = next(iter(shelf.single.values())).where
        raise CaseError(
            f"lesions given twice: {whole.where} and {other}",
            where=ledger.place(other),
            remedy="keep one of both",
        )
    if shelf.single:
        image, remarks = joined({number: one.image for number, one in shelf.single.items()})
    elif whole is not None:
        image, remarks = labelled(whole.image, whole.where)
    else:
        return NO_LESIONS
    ledger.remarks.extend(remarks)
    return image
