"""The command about needles: ablate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liverboard.cli.show import progress_to_stderr, refuse_future

if TYPE_CHECKING:
    from liverboard.patient import Patient
    from liverboard.treatments.protocol import Json, Plan, Proposal

__all__ = ["ablate"]


def ablate(
    folder: Annotated[Path, typer.Argument(help="A case folder.", metavar="CASE")],
    lesion: Annotated[str, typer.Argument(help="A lesion: L3.", metavar="LESION")],
    device: Annotated[str, typer.Option(help="emprint, amica, wet-rf, cryo-17g, ...")] = "emprint",
    power: Annotated[float | None, typer.Option(help="W; with --minutes.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Minutes; with --power.")] = None,
    entry: Annotated[str, typer.Option(help="Where the needle enters the skin: x,y,z LPS.")] = "",
    tip: Annotated[str, typer.Option(help="Where its tip is: x,y,z LPS mm.")] = "",
) -> None:
    """Work out one lesion: best needles, or margins of a needle that is already placed."""
    from liverboard.errors import RequestError
    from liverboard.treatments.ablation.asked import asked_setting
    from liverboard.treatments.ablation.device import device as known_device
    from liverboard.treatments.protocol import Proposal

    of = known_device(device)
    parameters: dict[str, Json] = {"device": device}
    if (power is None) != (minutes is None):
        raise RequestError("--power and --minutes belong together")
    if power is not None:
        parameters |= {"power_w": power, "minutes": minutes}
    if bool(entry) != bool(tip):
        raise RequestError("--entry and --tip belong together")
    if tip:
        if power is None:
            raise RequestError("a needle that is placed needs --power and --minutes")
        parameters |= {"entry_mm": _point(entry, "--entry"), "tip_mm": _point(tip, "--tip")}
    proposal = Proposal("ablate", f"{device}, {lesion}", (lesion,), parameters=parameters)
    # a power or time outside the table is named before the case is read
    asked_setting(proposal, of)
    _show(_planned(proposal, _patient(folder, lesion)))


def _point(text: str, where: str) -> list[Json]:
    """Return a point that was written x,y,z."""
    from liverboard.errors import RequestError

    try:
        found: list[Json] = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    if len(found) != 3:
        raise RequestError(f"{text!r} is no point", where=where, remedy="write x,y,z in LPS mm")
    return found


def _patient(folder: Path, lesion: str) -> Patient:
    """Return the patient of a folder; RequestError where there is no such lesion."""
    from liverboard.anatomy import examine
    from liverboard.case import read_case
    from liverboard.errors import RequestError
    from liverboard.patient import patient_of
    from liverboard.values import Unknown

    progress = progress_to_stderr()
    progress(f"reading {folder}")
    case = refuse_future(read_case(folder))
    progress("examining the anatomy")
    anatomy = examine(case)
    known = [] if isinstance(anatomy, Unknown) else [one.id for one in anatomy.known_lesions()]
    if lesion not in known:
        raise RequestError(
            f"there is no lesion {lesion!r}",
            where=str(folder),
            remedy=f"choose from {', '.join(known)}"
            if known
            else "give masks of liver and lesions",
        )
    return patient_of(case, anatomy)


def _planned(proposal: Proposal, patient: Patient) -> Plan:
    """Return the plan; RequestError says why there is none."""
    from liverboard.errors import RequestError
    from liverboard.treatments.ablation import TREATMENT
    from liverboard.treatments.protocol import NoPlan

    plan = TREATMENT.plan(proposal, patient, progress_to_stderr())
    if isinstance(plan, NoPlan):
        raise RequestError(plan.reason)
    missed = plan.details["missed"]
    if missed:
        assert isinstance(missed, dict)
        raise RequestError("; ".join(f"{name}: {reason}" for name, reason in missed.items()))
    return plan


def _show(plan: Plan) -> None:
    """Print tables and cautions of a plan."""
    from liverboard.treatments.exhibit import Table

    for exhibit in plan.exhibits:
        if isinstance(exhibit, Table):
            typer.echo(f"\n{exhibit.title}")
            typer.echo("  " + " | ".join(exhibit.columns))
            for row in exhibit.rows:
                typer.echo("  " + " | ".join("-" if cell is None else str(cell) for cell in row))
            if exhibit.note:
                typer.echo(f"  ({exhibit.note})")
    typer.echo("")
    for caution in plan.cautions:
        typer.echo(f"caution: {caution}")
