"""Commands about drugs and microspheres in the hepatic artery: sirt, infuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liverboard.cli.show import progress_to_stderr

if TYPE_CHECKING:
    from liverboard.case import Case
    from liverboard.numerics.grid import Image
    from liverboard.patient import Patient
    from liverboard.treatments.protocol import Json, Plan, Proposal, Treatment

__all__ = ["infuse", "sirt"]

CaseFolder = Annotated[Path, typer.Argument(help="A case folder.", metavar="CASE")]


def sirt(
    folder: CaseFolder,
    device: Annotated[str, typer.Option(help="resin, glass or holmium.")] = "resin",
    *,
    territory: Annotated[str, typer.Option(help="whole, right, left, or S6+S7.")] = "whole",
    activity: Annotated[float | None, typer.Option(help="GBq in all.")] = None,
    aim: Annotated[list[str] | None, typer.Option(help="A mean dose: tumour=120.")] = None,
    spect: Annotated[Path | None, typer.Option(help="Map of activity on the CT's frame.")] = None,
    lsf: Annotated[str, typer.Option(help="Lung shunt: 0.06 or 6%.")] = "",
    tn: Annotated[
        str, typer.Option(help="T/N: activity per mass, tumour to perfused liver. Not Kao's R.")
    ] = "",
) -> None:
    """Work out one radioembolization: activity by every model, dose by lesion."""
    from liverboard.cli.nuclear_options import aims_from, shunt_from, uptake_from
    from liverboard.treatments.protocol import Proposal
    from liverboard.treatments.radioembolization import TREATMENT
    from liverboard.treatments.radioembolization.options import DEFAULTS
    from liverboard.treatments.radioembolization.propose import scenario_of
    from liverboard.treatments.radioembolization.tables import device as known_device
    from liverboard.treatments.radioembolization.territory import segments_of

    known_device(device)
    segments_of(territory)
    uptake, aims, shunt = uptake_from(tn), aims_from(aim or []), shunt_from(lsf)
    asked = [] if activity is None else [_activity(activity, device)]
    patient = _patient(folder, spect)
    names = _injections(territory, patient)
    parameters: dict[str, Json] = {
        "device": device,
        "territories": names,
        "scenario": scenario_of(names, DEFAULTS),
        "map": "spect_maa" if "spect_maa" in patient.case.others else "simulated",
        "activity_gbq": asked,
        "aim_gy": aims,
        "shunt_percent": shunt,
        "uptake": uptake,
    }
    proposal = Proposal("sirt", f"{device}, {territory}", parameters=parameters)
    _show(_planned(TREATMENT, proposal, patient))


def _injections(territory: str, patient: Patient) -> list[str]:
    """Return the arteries that are injected: both lobes for the whole liver, where known."""
    from liverboard.values import Unknown

    anatomy = patient.anatomy
    if isinstance(anatomy, Unknown) or isinstance(anatomy.segments, Unknown):
        return [territory]
    return ["right", "left"] if territory == "whole" else [territory]


def _activity(given_gbq: float, device: str) -> float:
    """Return an activity; RequestError where no vial holds it."""
    from liverboard.errors import RequestError
    from liverboard.treatments.radioembolization.tables import device as known_device

    most = max(known_device(device).vials_gbq, default=20.0)
    if not 0.0 < given_gbq <= most:
        raise RequestError(
            f"{given_gbq:g} GBq is not in a vial of {device}",
            where="--activity",
            remedy=f"give GBq, more than 0 and at most {most:g}",
        )
    return given_gbq


def infuse(
    folder: CaseFolder,
    drug: Annotated[str, typer.Option(help="fudr.")] = "fudr",
    pump: Annotated[str, typer.Option(help="intera-3000, synchromed-ii.")] = "intera-3000",
    flow: Annotated[float, typer.Option(help="Measured flow of the pump, ml per day.")] = 1.3,
    dose: Annotated[float, typer.Option(help="mg/kg per day; 0: the usual one.")] = 0.0,
) -> None:
    """Write the prescription of an implanted pump, and the exposure it gives."""
    from liverboard.treatments.arterial_infusion import TREATMENT
    from liverboard.treatments.arterial_infusion.prescription import prescribe
    from liverboard.treatments.protocol import Proposal

    # a wrong drug, pump, flow or dose is named before the case is read
    prescribe(drug, pump, (75.0, 175.0, True), flow_ml_per_day=flow, dose_mg_per_kg_day=dose)
    parameters: dict[str, Json] = {
        "drug": drug,
        "pump": pump,
        "flow_ml_per_day": flow,
        "dose_mg_per_kg_day": dose,
    }
    proposal = Proposal("infuse", f"{drug} by {pump}", parameters=parameters)
    _show(_planned(TREATMENT, proposal, _patient(folder, None, measures=False)))


def _patient(folder: Path, spect: Path | None, *, measures: bool = True) -> Patient:
    """Return the patient of a folder; `measures` tells whether the anatomy is needed."""
    from liverboard.anatomy import examine
    from liverboard.case import read_case
    from liverboard.patient import patient_of
    from liverboard.values import Reason, Unknown

    progress = progress_to_stderr()
    progress(f"reading {folder}")
    case = read_case(folder)
    if spect is not None:
        case = _with_map(case, spect)
    if not measures:
        return patient_of(case, Unknown(Reason.NOT_COMPUTED, "not needed"))
    progress("examining the anatomy")
    return patient_of(case, examine(case))


def _with_map(case: Case, file: Path) -> Case:
    """Return a case whose map of activity is that of a file."""
    from liverboard.case.image_file import volume_of
    from liverboard.case.model import Source
    from liverboard.errors import ImageError

    if not file.is_file():
        raise ImageError("there is no such file", where=str(file), remedy="give a .nii.gz file")
    volume = volume_of(file.read_bytes(), Source(file, file.name))
    others: Mapping[str, Image] = {**case.others, "spect_maa": volume.image}
    return replace(case, others=others)


def _planned(room: Treatment, proposal: Proposal, patient: Patient) -> Plan:
    """Return the plan; RequestError says why there is none."""
    from liverboard.errors import RequestError
    from liverboard.treatments.protocol import NoPlan

    plan = room.plan(proposal, patient, progress_to_stderr())
    if isinstance(plan, NoPlan):
        raise RequestError(plan.reason)
    return plan


def _show(plan: Plan) -> None:
    """Print tables and cautions of a plan."""
    from liverboard.treatments.exhibit import Table

    for exhibit in plan.exhibits:
        if isinstance(exhibit, Table):
            typer.echo(f"\n{exhibit.title}")
            typer.echo("  " + " | ".join(exhibit.columns))
            for row in exhibit.rows:
                typer.echo("  " + " | ".join(str(cell) for cell in row))
            if exhibit.note:
                typer.echo(f"  ({exhibit.note})")
    typer.echo("")
    for caution in plan.cautions:
        typer.echo(f"caution: {caution}")
