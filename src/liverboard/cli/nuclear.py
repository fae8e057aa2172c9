"""Commands about drugs and microspheres in the hepatic artery: sirt, delivered, infuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liverboard.cli.show import progress_to_stderr, refuse_future

if TYPE_CHECKING:
    from liverboard.numerics.grid import Image
    from liverboard.patient import Patient
    from liverboard.treatments.protocol import Json, Plan, Proposal, Treatment

__all__ = ["delivered", "infuse", "sirt"]

CaseFolder = Annotated[Path, typer.Argument(help="A case folder.", metavar="CASE")]


Device = Annotated[str, typer.Option(help="resin, glass or holmium.")]
Where = Annotated[str, typer.Option(help="whole, right, left, or S6+S7.")]
Out = Annotated[Path | None, typer.Option(help="Folder for the doses as DICOM RT Dose.")]


def sirt(
    folder: CaseFolder,
    device: Device = "resin",
    *,
    territory: Where = "whole",
    goal: Annotated[
        list[str] | None,
        typer.Option("--activity", "--aim", help="GBq in all; or a mean dose: tumour=120."),
    ] = None,
    uptake: Annotated[
        list[str] | None,
        typer.Option(
            "--spect",
            "--tn",
            help="Map of activity on the CT's frame; or T/N: activity per mass, tumour to perfused "
            "liver. Not Kao's R.",
        ),
    ] = None,
    lsf: Annotated[str, typer.Option(help="Lung shunt: 0.06 or 6%.")] = "",
    out: Out = None,
) -> None:
    """Work out one radioembolization: activity by every model, dose by lesion."""
    from liverboard.cli.nuclear_options import goals_from, map_or_uptake, shunt_from
    from liverboard.treatments.radioembolization import TREATMENT

    _check_names(device, territory)
    spect, ratio = map_or_uptake(uptake or [])
    asked, aims = goals_from(goal or [], _most_gbq(device))
    shunt = shunt_from(lsf)
    patient = _patient(folder, {} if spect is None else {"spect_maa": spect})
    chosen = _parameters(device, territory, patient)
    chosen |= {"activity_gbq": asked, "aim_gy": aims, "shunt_percent": shunt, "uptake": ratio}
    _give(TREATMENT, _proposal("sirt", f"{device}, {territory}", chosen), patient, out)


def delivered(
    folder: CaseFolder,
    pet: Annotated[Path, typer.Option(help="Y-90 PET after treatment, on the CT's frame.")],
    device: Device = "resin",
    *,
    territory: Where = "whole",
    activity: Annotated[float | None, typer.Option(help="GBq that were given.")] = None,
    hours: Annotated[
        float | None, typer.Option(help="Or: hours from injection to a PET in Bq/ml.")
    ] = None,
    out: Out = None,
) -> None:
    """Lay the dose that a Y-90 PET shows beside the plan, lesion by lesion."""
    from liverboard.cli.nuclear_options import activity_from
    from liverboard.errors import RequestError
    from liverboard.treatments.radioembolization import TREATMENT

    _check_names(device, territory)
    if (activity is None) == (hours is None):
        raise RequestError(
            "one of --activity and --hours is needed",
            where="delivered",
            remedy="give the GBq that were given, or the hours after which voxels are in Bq/ml",
        )
    if device == "holmium":
        raise RequestError("holmium is not seen by PET", where="--device", remedy="resin or glass")
    most = _most_gbq(device)
    given = [] if activity is None else [activity_from(f"{activity:g}", most)]
    patient = _patient(folder, {"pet_y90": pet})
    chosen = _parameters(device, territory, patient)
    chosen |= {"given_gbq": given, "hours_after": [] if hours is None else [hours]}
    if given:
        chosen["activity_gbq"] = given
    _give(TREATMENT, _proposal("delivered", f"{device}, {territory}", chosen), patient, out)


def _proposal(name: str, title: str, parameters: Mapping[str, Json]) -> Proposal:
    """Return a proposal that asks one question."""
    from liverboard.treatments.protocol import Proposal

    return Proposal(name, title, parameters=parameters)


def _check_names(device: str, territory: str) -> None:
    """Raise RequestError for a device or territory that there is not, before the case is read."""
    from liverboard.treatments.radioembolization.tables import device as known_device
    from liverboard.treatments.radioembolization.territory import segments_of

    known_device(device)
    segments_of(territory)


def _most_gbq(device: str) -> float:
    """Return the largest activity that a vial of a device holds."""
    from liverboard.treatments.radioembolization.tables import device as known_device

    return max(known_device(device).vials_gbq, default=20.0)


def _parameters(device: str, territory: str, patient: Patient) -> dict[str, Json]:
    """Return the parameters of a radioembolization that every question shares."""
    from liverboard.treatments.radioembolization.options import DEFAULTS
    from liverboard.treatments.radioembolization.propose import scenario_of

    names = _injections(territory, patient)
    has_map = "spect_maa" in patient.case.others
    return {
        "device": device,
        "territories": list(names),
        "scenario": scenario_of(names, DEFAULTS),
        "map": "spect_maa" if has_map else "simulated",
    }


def _give(room: Treatment, proposal: Proposal, patient: Patient, out: Path | None) -> None:
    """Plan, print, and write the doses where a folder is named."""
    from liverboard.report.rtdose import write_doses
    from liverboard.report.write import check_folder

    if out is not None:
        check_folder(out)
    plan = _planned(room, proposal, patient)
    _show(plan)
    if out is None:
        return
    for target in write_doses(plan, patient.case, proposal.title, out):
        typer.echo(f"{target} (not for clinical use)")


def _injections(territory: str, patient: Patient) -> list[str]:
    """Return the arteries that are injected: both lobes for the whole liver, where known."""
    from liverboard.values import Unknown

    anatomy = patient.anatomy
    if isinstance(anatomy, Unknown) or isinstance(anatomy.segments, Unknown):
        return [territory]
    return ["right", "left"] if territory == "whole" else [territory]


def infuse(
    folder: CaseFolder,
    drug: Annotated[
        str, typer.Option(help="fudr; by port: oxaliplatin-raltitrexed, folfox, cisplatin.")
    ] = "fudr",
    pump: Annotated[str, typer.Option(help="intera-3000, synchromed-ii, or port.")] = "intera-3000",
    *,
    flow: Annotated[float, typer.Option(help="Measured flow of the pump, ml per day.")] = 1.3,
    dose: Annotated[float, typer.Option(help="mg/kg per day; 0: the usual one.")] = 0.0,
    tests: Annotated[
        str,
        typer.Option(
            help="Dose by liver tests (table from memory), reference:now in U/l and mg/dl: "
            "ast=40:160,alp=80:100,bilirubin=0.5:0.9."
        ),
    ] = "",
) -> None:
    """Write the prescription of an implanted pump, and the exposure it gives."""
    from liverboard.cli.nuclear_options import check_infusion, tests_from
    from liverboard.treatments.arterial_infusion import TREATMENT

    # a wrong drug, pump, flow, dose or test is named before the case is read
    readings = tests_from(tests)
    check_infusion(drug, pump, flow, dose=dose, readings=readings)
    parameters: dict[str, Json] = {
        "drug": drug,
        "pump": pump,
        "flow_ml_per_day": flow,
        "dose_mg_per_kg_day": dose,
        "tests": {name: list(pair) for name, pair in readings.items()},
    }
    proposal = _proposal("infuse", f"{drug} by {pump}", parameters)
    _show(_planned(TREATMENT, proposal, _patient(folder, {})))


def _patient(folder: Path, maps: Mapping[str, Path]) -> Patient:
    """Return the measured patient of a folder, with maps by name."""
    from liverboard.anatomy import examine
    from liverboard.case import read_case
    from liverboard.patient import patient_of

    progress = progress_to_stderr()
    found = {name: _map_of(file) for name, file in maps.items()}
    progress(f"reading {folder}")
    case = refuse_future(read_case(folder))
    case = replace(case, others={**case.others, **found})
    progress("examining the anatomy")
    return patient_of(case, examine(case))


def _map_of(file: Path) -> Image:
    """Return the map of activity in a file."""
    from liverboard.case.image_file import volume_of
    from liverboard.case.mask import as_scalar
    from liverboard.case.model import Source
    from liverboard.errors import ImageError

    if not file.is_file():
        raise ImageError("there is no such file", where=str(file), remedy="give a .nii.gz file")
    return as_scalar(volume_of(file.read_bytes(), Source(file, file.name)))


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
