"""Counting a mixed plan again on the voxels, vessels included."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from liverboard.board.joint.model import Piece
from liverboard.board.joint.pieces import Stock
from liverboard.numerics.distance import dilate_mm
from liverboard.numerics.grid import Array, bounding_box

__all__ = ["recounted_voxels", "union_of"]


def union_of(stock: Stock, chosen: Sequence[int]) -> dict[str, Array]:
    """Return what the chosen pieces take together, by role: (z, y, x) bool."""
    whole: dict[str, Array] = {}
    for number in chosen:
        piece: Piece = stock.pieces[number]
        for role, mask in piece.masks.items():
            whole[role] = whole[role] | mask if role in whole else mask
    return whole


def recounted_voxels(stock: Stock, chosen: Sequence[int], *, wider_mm: float = 0.0) -> int:
    """Return the healthy voxels that keep their function, growth credited.

    wider_mm: everything taken is widened by so much, for the low end of an interval.
    """
    masks = union_of(stock, chosen)
    if wider_mm > 0:
        spacing = stock.anatomy.grid.spacing_mm
        masks = {role: _wider(mask, wider_mm, spacing) for role, mask in masks.items()}
    grown = sum(stock.pieces[number].regrown for number in chosen)
    return len(stock.places) - len(stock.flow.lost(masks)) + grown


def _wider(mask: Array, wider_mm: float, spacing_mm: tuple[float, float, float]) -> Array:
    """Return a mask widened by so many mm, worked out near it alone."""
    if not mask.any():
        return mask
    box = bounding_box(mask, margin=int(wider_mm / min(spacing_mm)) + 2)
    found = np.zeros_like(mask)
    found[box] = dilate_mm(mask[box], wider_mm, spacing_mm)
    return found
