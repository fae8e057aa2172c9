"""Which resections are worth working out for a patient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from liverboard.anatomy import Anatomy, Lesion
from liverboard.evidence.parenchyma import remnant_threshold
from liverboard.patient import Patient
from liverboard.treatments.protocol import Proposal
from liverboard.treatments.resection.growth import Technique, techniques
from liverboard.treatments.resection.operation import (
    Operation,
    UnitTable,
    covering_sets,
    operations,
    unit_table,
)
from liverboard.treatments.resection.options import ResectionOptions
from liverboard.values import Unknown

__all__ = ["operation_of", "propose"]

HEMIHEPATECTOMIES = ("right-hepatectomy", "left-hepatectomy")
"""Always offered where they take a lesion: the yardstick against which others are judged."""

FUNCTION_LOSS_PERCENT = 8.0
"""Remnant points that a major resection may lose to cut vessels beyond the volume removed: what
decides whether growing the remnant first is worked out at all. House value."""


def propose(patient: Patient, options: ResectionOptions) -> Sequence[Proposal]:
    """Return wedges, anatomical resections, a mix, and growth first where much is removed."""
    anatomy = patient.anatomy
    if isinstance(anatomy, Unknown):
        return (_undecided(),)
    lesions = [lesion for lesion in anatomy.known_lesions() if lesion.is_in_liver]
    if isinstance(anatomy.lesions, Unknown):
        return (_undecided(),)
    if not lesions:
        return ()
    table = unit_table(anatomy)
    found = list(_wedges(lesions, options))
    if not isinstance(anatomy.portal, Unknown):
        found.append(_mixed(lesions, options))
    if not isinstance(table, Unknown):
        chosen = list(_sensible(table, lesions, options))
        found += [_anatomical(operation, inside, lesions) for operation, inside in chosen]
        limit = remnant_threshold(patient.facts).high + FUNCTION_LOSS_PERCENT
        found += [
            _grown(_anatomical(operation, inside, lesions), operation, by)
            for operation, inside in _short(chosen, table, limit)
            for by in techniques()
            if _has(anatomy, by)
        ]
    return tuple(found)


def _undecided() -> Proposal:
    """Return the one proposal that can be argued without images."""
    title = "Liver resection (extent undecided: no images)"
    return Proposal("resection", title, tags=frozenset({"resection"}))


def _wedges(lesions: Sequence[Lesion], options: ResectionOptions) -> Iterator[Proposal]:
    """Yield wedges of all lesions, one proposal a margin."""
    for margin in options.margins_mm:
        yield Proposal(
            f"wedges-{margin:g}mm",
            f"Parenchyma-sparing wedges, margin {margin:g} mm",
            tuple(lesion.id for lesion in lesions),
            frozenset({"resection", "wedge", "minor"}),
            {"kind": "wedges", "margin_mm": margin},
        )


def _mixed(lesions: Sequence[Lesion], options: ResectionOptions) -> Proposal:
    """Return the mix of divided pedicles and wedges."""
    margin = options.anatomical_margin_mm
    return Proposal(
        f"mixed-{margin:g}mm",
        f"Portal pedicles and wedges, margin {margin:g} mm",
        tuple(lesion.id for lesion in lesions),
        frozenset({"resection", "anatomical", "wedge", "minor"}),
        {"kind": "mixed", "margin_mm": margin},
    )


def _sensible(
    table: UnitTable, lesions: Sequence[Lesion], options: ResectionOptions
) -> Iterator[tuple[Operation, tuple[str, ...]]]:
    """Yield the operations worth offering, each with the lesions inside its units.

    An operation is left out if a smaller one holds the same lesions, or if it holds few of many:
    wedges serve those better. Sets of units without a name follow, where they hold all lesions.
    """
    names = [lesion.id for lesion in lesions]
    held = {
        operation: tuple(
            name
            for name in names
            if table.share_removed(name, operation.units) >= options.covered_share
        )
        for operation in operations()
    }
    few = max(1, round(len(names) / 4))
    for operation, inside in held.items():
        is_yardstick = operation.id in HEMIHEPATECTOMIES and bool(inside)
        is_beaten = any(other.units < operation.units and held[other] == inside for other in held)
        if is_yardstick or (len(inside) >= few and not is_beaten):
            yield operation, inside
    known = {operation.units for operation in held}
    for units in covering_sets(table, options.covered_share, limit=options.subset_limit):
        if units not in known and len({unit[:2] for unit in units}) <= MOST_SEGMENTS:
            yield _unnamed(units), tuple(names)


MOST_SEGMENTS = 6
"""More than six segments involved is one definition of unresectable (resectability-2022)."""


def _unnamed(units: frozenset[str]) -> Operation:
    """Return an operation for a set of units that has no name of its own."""
    listed = sorted(units)
    numbers = [unit[1:] for unit in listed]
    return Operation(
        f"segments-{'-'.join(numbers)}",
        f"Resection of segments {', '.join(numbers)}",
        f"H{''.join(numbers)}",
        units,
    )


def _anatomical(operation: Operation, inside: Sequence[str], lesions: Sequence[Lesion]) -> Proposal:
    """Return one anatomical resection, with wedges for the lesions outside it."""
    beyond = [lesion.id for lesion in lesions if lesion.id not in inside]
    title = operation.title + (f" + wedges of {', '.join(beyond)}" if beyond else "")
    tags = {"resection", "anatomical", "major" if operation.is_major else "minor"}
    return Proposal(
        operation.id,
        title,
        tuple(lesion.id for lesion in lesions),
        frozenset(tags | ({"wedge"} if beyond else set())),
        {
            "kind": "anatomical",
            "units": sorted(operation.units),
            "new_world": operation.new_world,
            "inside": list(inside),
        },
    )


def _grown(base: Proposal, operation: Operation, by: Technique) -> Proposal:
    """Return a resection after the remnant has been made to grow."""
    beyond = len(base.targets) > len(list(base.parameters["inside"] or ()))  # type: ignore[arg-type]
    is_staged = by.id == "alpps" or beyond
    tags = {"augmented", by.id, *(("two-stage",) if is_staged else ())}
    start = "Two-stage: " if beyond and by.id != "alpps" else ""
    return Proposal(
        f"{operation.id}-after-{by.id}",
        f"{start}{base.title} after {by.title}",
        base.targets,
        base.tags | frozenset(tags),
        {**base.parameters, "technique": by.id, "is_two_stage": is_staged},
    )


def _short(
    chosen: Sequence[tuple[Operation, tuple[str, ...]]], table: UnitTable, limit: float
) -> list[tuple[Operation, tuple[str, ...]]]:
    """Return the major operations whose remnant may be short, those that leave most first."""
    short = [
        (operation, inside)
        for operation, inside in chosen
        if operation.is_major and table.remnant_percent(operation.units) < limit
    ]
    short.sort(key=lambda entry: (-table.remnant_percent(entry[0].units), entry[0].id))
    return short[:MOST_GROWN]


MOST_GROWN = 2
"""Operations for which growing the remnant first is worked out: those nearest to enough."""


def _has(anatomy: Anatomy, by: Technique) -> bool:
    """Whether the vessels that a technique occludes are known."""
    trees = {"portal_vein": anatomy.portal, "hepatic_veins": anatomy.hepatic}
    return not any(isinstance(trees[name], Unknown) for name in by.needs)


def operation_of(proposal: Proposal) -> frozenset[str]:
    """Return the units that a proposal removes, none for wedges."""
    units = proposal.parameters.get("units", ())
    assert isinstance(units, Sequence)
    return frozenset(str(unit) for unit in units)
