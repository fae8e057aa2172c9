"""The command about external radiotherapy: irradiate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liverboard.cli.show import progress_to_stderr, refuse_future

if TYPE_CHECKING:
    from liverboard.patient import Patient
    from liverboard.treatments.exhibit import Table
    from liverboard.treatments.protocol import Json, Plan

__all__ = ["irradiate"]


LEAVES = ("sbrt", "imrt")
"""Techniques of static beams, which become leaf openings."""


def irradiate(
    folder: Annotated[Path, typer.Argument(help="A case folder.", metavar="CASE")],
    lesions: Annotated[str, typer.Argument(help="Lesions, such as L1,L4.", metavar="LESIONS")],
    prescription: Annotated[
        str, typer.Option(help="Fractions x Gy a fraction, such as 3x15.")
    ] = "3x15",
    technique: Annotated[str, typer.Option(help="sbrt, imrt, arc or whole-liver.")] = "sbrt",
    beams: Annotated[int, typer.Option(help="Static beams.")] = 9,
    *,
    beam_data: Annotated[
        str, typer.Option(help="Beam data of your own: .npz, or a machine .mat of matRad.")
    ] = "",
    keep_dose: Annotated[
        bool, typer.Option(help="Plan the dose asked for even where organs forbid it.")
    ] = False,
    leaves: Annotated[
        bool, typer.Option(help="Turn static beams into leaf openings and report the loss.")
    ] = False,
    dicom: Annotated[
        Path | None, typer.Option(help="Folder for RT Plan, RT Structure Set and RT Dose.")
    ] = None,
) -> None:
    """Plan external radiotherapy of chosen lesions and print dose, limits and effect."""
    from liverboard.anatomy import examine
    from liverboard.case import read_case
    from liverboard.errors import RequestError
    from liverboard.patient import patient_of
    from liverboard.treatments.protocol import NoPlan
    from liverboard.treatments.registry import chosen_treatments

    if (leaves or dicom is not None) and technique not in LEAVES:
        raise RequestError(
            f"{technique} has no leaf openings",
            where="--dicom" if dicom is not None else "--leaves",
            remedy=f"choose --technique {' or '.join(LEAVES)}",
        )
    progress = progress_to_stderr()
    room = chosen_treatments(("radiotherapy",))[0]
    case = refuse_future(read_case(folder))
    patient = patient_of(case, examine(case, progress=progress))
    targets = tuple(word.strip() for word in lesions.split(",") if word.strip())
    _check_targets(patient, targets)
    base = next(iter(room.propose(patient)))
    parameters: dict[str, Json] = {
        "technique": technique,
        "prescription": prescription,
        "beams": beams,
        "beam_file": beam_data,
        "reduces_dose": not keep_dose,
        "tests_robustness": True,
        "delivers": leaves or dicom is not None,
    }
    proposal = replace(base, id="irradiate", targets=targets, parameters=parameters)
    plan = room.plan(proposal, patient, progress)
    if isinstance(plan, NoPlan):
        raise RequestError(plan.reason, where=str(folder))
    _print(plan)
    if dicom is not None:
        from liverboard.report.rtplan import write_rt

        for path in write_rt(plan, case, f"{lesions} {prescription} {technique}", dicom):
            typer.echo(str(path))


def _check_targets(patient: Patient, targets: tuple[str, ...]) -> None:
    """Raise RequestError unless the targets are lesions of the patient."""
    from liverboard.errors import RequestError
    from liverboard.values import Unknown

    anatomy = patient.anatomy
    if isinstance(anatomy, Unknown):
        raise RequestError("there is no liver mask, so no lesion can be aimed at", where="LESIONS")
    known = [lesion.id for lesion in anatomy.known_lesions()]
    wrong = [name for name in targets if name not in known]
    if wrong or not targets:
        raise RequestError(
            f"no lesion is called {', '.join(wrong) or 'nothing'}",
            where="LESIONS",
            remedy=f"choose from {', '.join(known) or 'none'}",
        )


def _print(plan: Plan) -> None:
    """Print tables and cautions of a plan."""
    from liverboard.treatments.exhibit import Table

    for exhibit in plan.exhibits:
        if isinstance(exhibit, Table):
            _print_table(exhibit)
    for caution in plan.cautions:
        typer.echo(f"! {caution}")


def _print_table(table: Table) -> None:
    """Print one table in columns."""
    typer.echo(f"\n{table.title}")
    rows = [table.columns, *table.rows]
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(len(row[n]) for row in cells) for n in range(len(table.columns))]
    for row in cells:
        typer.echo(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )
    if table.note:
        typer.echo(f"({table.note})")
