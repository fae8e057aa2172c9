"""Commands about case folders: init, check, phantom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["check", "init", "phantom"]

NewFolder = Annotated[Path, typer.Argument(help="The case folder to make.", metavar="DIR")]
CaseFolder = Annotated[Path, typer.Argument(help="A case folder.", metavar="CASE")]


def init(
    folder: NewFolder,
    from_ct: Annotated[
        Path | None,
        typer.Option(help="CT to take over: a NIfTI or NRRD file, or a folder of DICOM slices."),
    ] = None,
    from_segmentations: Annotated[
        Path | None, typer.Option(help="Folder of masks to take over, one file per structure.")
    ] = None,
) -> None:
    """Make an empty, commented case folder to fill in."""
    from liverboard.case.template import init_case

    typer.echo(str(init_case(folder, ct=from_ct, segmentations=from_segmentations)))


def check(folder: CaseFolder) -> None:
    """Say what was found, what is unknown and why, and what looks wrong (exit 2 if unusable)."""
    from liverboard.case import read_case
    from liverboard.case.findings import check_case, report_lines
    from liverboard.cli.show import refuse_future

    report = check_case(folder)
    for line in report_lines(report):
        typer.echo(line)
    if report.is_usable:
        refuse_future(read_case(folder))
    raise typer.Exit(0 if report.is_usable else 2)


def phantom(
    folder: NewFolder,
    seed: Annotated[int, typer.Option(help="Same seed, same patient.")] = 7,
    lesions: Annotated[int, typer.Option(help="How many metastases.")] = 5,
    diameters: Annotated[str, typer.Option(help="Diameters in mm, one per lesion: 12,25,30.")] = "",
    places: Annotated[
        str, typer.Option(help="Where: segments or LPS points, one per lesion: S6;S2;-60,20,30.")
    ] = "",
    maa: Annotated[bool, typer.Option(help="With a simulated Tc-99m MAA SPECT.")] = False,
    force: Annotated[bool, typer.Option(help="Replace a phantom written before.")] = False,
) -> None:
    """Write a digital patient as a case folder, with its truth beside it."""
    from liverboard.cli.phantom_options import options_from
    from liverboard.phantom import make_maa, make_phantom, write_phantom

    chosen = options_from(seed, lesions, diameters=diameters, places=places)
    made = make_phantom(chosen)
    write_phantom(made, folder, maa=make_maa(made) if maa else None, is_replacing=force)
    typer.echo(str(folder))
