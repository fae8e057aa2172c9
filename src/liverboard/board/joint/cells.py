"""From pieces to the integers of the solver: liver cut into cells by which pieces take them."""

from __future__ import annotations

from math import ceil

import numpy as np

from liverboard.board.joint.options import JointOptions
from liverboard.board.joint.pieces import Stock
from liverboard.board.joint.problem import Item, Problem
from liverboard.board.joint.schedule import gap_between_days
from liverboard.numerics.grid import Array

__all__ = ["cells_of", "problem_of"]

KEY_SEED = 20261124
"""Seed of the random keys by which cells are told apart; any value gives the same cells."""


def cells_of(lost: tuple[Array, ...], voxels: int) -> tuple[Array, Array]:
    """Return the cells: volume (cells,) int64 in voxels and members (cells, pieces) bool.

    lost: for each piece the sorted numbers of the voxels it takes. Voxels that the same pieces take
    are one cell. Two different sets share a key of 64 random bits with a chance below 1e-9.
    """
    random = np.random.default_rng(KEY_SEED)
    keys = random.integers(1, 2**63, size=len(lost), dtype=np.uint64)
    mixed = np.zeros(voxels, dtype=np.uint64)
    for key, places in zip(keys, lost, strict=True):
        mixed[places] ^= key
    taken = np.flatnonzero(mixed)
    _, first, volume = np.unique(mixed[taken], return_index=True, return_counts=True)
    where = taken[first]
    members = np.zeros((len(where), len(lost)), dtype=bool)
    for number, places in enumerate(lost):
        spot = np.minimum(np.searchsorted(places, where), max(0, len(places) - 1))
        members[:, number] = places[spot] == where if len(places) else False
    return volume.astype(np.int64), members


def problem_of(
    stock: Stock,
    needed_percent: float,
    options: JointOptions,
    extra: tuple[tuple[frozenset[int], int], ...] = (),
) -> Problem:
    """Return the choice of pieces as integers; a unit of liver is one voxel."""
    healthy = len(stock.places)
    number = {name: n for n, name in enumerate(stock.lesions)}
    treatments = list(dict.fromkeys(course.treatment for course in stock.courses))
    one = round(1.0 / options.failure_step)
    items = tuple(
        Item(
            tuple(number[name] for name in piece.lesions),
            piece.course,
            round(sum(ends[0] for ends in piece.failure.values()) * one),
            round(sum(ends[1] for ends in piece.failure.values()) * one),
            ceil(piece.shortfall_mm / options.margin_step_mm - 1e-9),
            piece.punctures,
            piece.regrown,
        )
        for piece in stock.pieces
    )
    courses = tuple(
        (treatments.index(one.treatment), one.anaesthetics, one.nights, one.days)
        for one in stock.courses
    )
    volume, members = cells_of(tuple(piece.lost for piece in stock.pieces), healthy)
    return Problem(
        len(stock.lesions),
        one,
        items,
        courses,
        volume,
        members,
        most_loss=int(healthy * (100.0 - needed_percent) // 100.0),
        step=max(1, round(healthy * options.remnant_step_percent / 100.0)),
        gap_days=gap_between_days(),
        most_punctures=options.most_punctures,
        extra=extra,
    )
