"""Pedicle or wedge: dividing a small portal branch takes its whole territory at once.

The liver falls into cells by the portal branch that supplies them and the wedges that would take
them. CP-SAT chooses which branches to divide and which wedges to cut so that every target goes, the
least functional liver is lost, and every separate piece costs a little: exact on the cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from liverboard.anatomy import Anatomy, Territories, VesselTree, remnant_after
from liverboard.anatomy.territory import branch_map
from liverboard.numerics.grid import Array
from liverboard.treatments.resection.options import ResectionOptions
from liverboard.treatments.resection.target import Target
from liverboard.treatments.resection.wedge import Wedge
from liverboard.treatments.resection.work import Removal, remove_wedges
from liverboard.values import Reason, Unknown

__all__ = ["remove_mixed"]

TOLERATED_VOXELS = 0.02
"""Share of a target that may lie beyond the divided territories; the rest is added as a margin."""

LARGEST_PEDICLE_SHARE = 0.35
"""A branch that supplies more than this share of the liver is no pedicle but a hemiliver."""

SOLVE_SECONDS = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Cells of equal branch and equal set of wedges: volume in voxels, branch, wedge bits."""

    volume: Array
    branch: Array
    wedges: Array


def remove_mixed(
    anatomy: Anatomy, lesions: Sequence[str], margin_mm: float, options: ResectionOptions
) -> Removal | Unknown:
    """Return the best removal that divides at least one portal pedicle; Unknown without a tree.

    A second Unknown arises where no pedicle takes any target whole.
    """
    tree, found = anatomy.portal, anatomy.portal_territories
    if isinstance(tree, Unknown):
        return tree
    if isinstance(found, Unknown):
        return found
    base = remove_wedges(anatomy, lesions, margin_mm, options)
    branches = branch_map(tree, found)
    cells = _cells(anatomy, base.wedges, branches)
    chosen = _solve(tree, cells, _needs(base.targets, branches), options)
    if chosen is None:
        return Unknown(Reason.NOT_COMPUTED, "no portal pedicle takes a lesion with its margin")
    pedicles, kept = chosen
    return _removal(base, (tree, found), branches, pedicles, kept)


def _cells(anatomy: Anatomy, pieces: Sequence[Wedge], branches: Array) -> _Cells:
    """Return the cells of the healthy liver; a wedge stands for all it takes out of function."""
    bits = np.zeros(anatomy.grid.shape, dtype=np.int64)
    for n, piece in enumerate(pieces):
        remnant = remnant_after(anatomy, piece.removed)
        left = remnant.geometric if isinstance(remnant.functional, Unknown) else remnant.functional
        bits[anatomy.healthy & ~left] |= 1 << n
    healthy = anatomy.healthy
    key = branches[healthy].astype(np.int64) << len(pieces) | bits[healthy]
    distinct, volume = np.unique(key, return_counts=True)
    return _Cells(volume, distinct >> len(pieces), distinct & ((1 << len(pieces)) - 1))


def _needs(targets: Sequence[Target], branches: Array) -> dict[str, frozenset[int]]:
    """Return the branches whose territories hold a lesion with its margin, crumbs left out."""
    found = {}
    for target in targets:
        there = branches[target.required]
        counts = np.bincount(there[there >= 0])
        enough = counts > TOLERATED_VOXELS * max(counts.sum(), 1)
        found[target.lesion] = frozenset(np.flatnonzero(enough).tolist())
    return found


def _solve(
    tree: VesselTree,
    cells: _Cells,
    needs: dict[str, frozenset[int]],
    options: ResectionOptions,
) -> tuple[tuple[int, ...], frozenset[int]] | None:
    """Return the branches to divide and the numbers of the wedges to cut, None if impossible."""
    model = cp_model.CpModel()
    whole = float(cells.volume.sum())
    cut, taken = _branch_variables(model, tree, cells, whole)
    wedge = [model.new_bool_var(f"wedge {lesion}") for lesion in needs]
    for piece, branches in zip(wedge, needs.values(), strict=True):
        for branch in sorted(branches):
            model.add_bool_or(piece, taken[branch])
    removed = []
    for volume, branch, bits in zip(cells.volume, cells.branch, cells.wedges, strict=True):
        causes = [taken[branch], *(w for n, w in enumerate(wedge) if bits >> n & 1)]
        gone = model.new_bool_var("") if len(causes) > 1 else causes[0]
        for cause in causes[1:] and causes:
            model.add_implication(cause, gone)
        removed.append(int(volume) * gone)
    model.add_bool_or([piece.negated() for piece in wedge])  # a pedicle takes a lesion whole
    penalty = round(options.piece_penalty_ml / ML_PER_VOXEL)
    model.minimize(sum(removed) + penalty * (sum(wedge) + sum(cut.values())))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1  # one worker: the same answer every time
    solver.parameters.max_time_in_seconds = SOLVE_SECONDS
    if not cut or solver.solve(model) != cp_model.OPTIMAL:
        return None
    divided = tuple(branch for branch, variable in cut.items() if solver.value(variable))
    return divided, frozenset(n for n, piece in enumerate(wedge) if solver.value(piece))


ML_PER_VOXEL = 0.003375
"""Volume of a voxel of the 1.5 mm working grid, for turning a penalty in ml into voxels."""


def _branch_variables(
    model: cp_model.CpModel, tree: VesselTree, cells: _Cells, whole: float
) -> tuple[dict[int, cp_model.IntVar], list[cp_model.IntVar]]:
    """Return which branches are divided (pedicles only) and which lose their territory."""
    own = np.bincount(cells.branch, cells.volume, minlength=len(tree.branches))
    below = own.copy()
    for branch in reversed(tree.branches):
        if branch.parent >= 0:
            below[branch.parent] += below[branch.id]
    cut: dict[int, cp_model.IntVar] = {}
    taken = [model.new_bool_var(f"taken {branch.id}") for branch in tree.branches]
    for branch in tree.branches:
        causes = [] if branch.parent < 0 else [taken[branch.parent]]
        if branch.order >= 2 and below[branch.id] <= LARGEST_PEDICLE_SHARE * whole:
            cut[branch.id] = model.new_bool_var(f"cut {branch.id}")
            causes.append(cut[branch.id])
        for cause in causes:
            model.add_implication(cause, taken[branch.id])
        model.add_bool_or([*causes, taken[branch.id].negated()])
    return cut, taken


def _removal(
    base: Removal,
    portal: tuple[VesselTree, Territories],
    branches: Array,
    pedicles: tuple[int, ...],
    kept: frozenset[int],
) -> Removal:
    """Return the removal of the chosen territories and wedges; targets in territories are kept."""
    tree, _ = portal
    gone = np.zeros(len(tree.branches), dtype=bool)
    for branch in tree.branches:
        gone[branch.id] = branch.id in pedicles or (branch.parent >= 0 and gone[branch.parent])
    removed = (branches >= 0) & gone[branches]
    pieces = tuple(piece for n, piece in enumerate(base.wedges) if n in kept)
    for piece in pieces:
        removed |= piece.removed
    for target in base.targets:
        removed |= target.required
    return Removal(removed, base.spared, base.targets, pieces, pedicles=pedicles)
