"""Commands about boards: plan, explain."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liverboard.cli.show import progress_to_stderr, refuse_future

if TYPE_CHECKING:
    from liverboard.board.model import BoardRecord
    from liverboard.board.option import Board

__all__ = ["explain", "plan"]

CaseFolder = Annotated[Path, typer.Argument(help="A case folder.", metavar="CASE")]
Only = Annotated[
    list[str] | None, typer.Option(help="Only this treatment; may be given several times.")
]
Keep = Annotated[
    bool, typer.Option(help="Keep what is worked out in CASE/derived and use it again.")
]


def plan(
    folder: CaseFolder,
    out: Annotated[
        Path | None, typer.Option(help="Folder for plan.json, report.html and layers.")
    ] = None,
    only: Only = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print plan.json.")] = False,
    keep: Keep = True,
    prefer: Annotated[
        str | None,
        typer.Option(
            help="Order mixed plans by these aims, most wanted first: life, liver, hospital, time, "
            "side-effects, margin. Without it no order."
        ),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(help="Folder with criteria and sources of your own, beside and over ours."),
    ] = None,
) -> None:
    """Convene the board: every treatment worked out on this patient, side by side."""
    from liverboard.board.convene import BoardOptions, kept_for
    from liverboard.board.joint.prefer import parse_preference
    from liverboard.report.write import check_folder, plan_json, record_of, write_report

    aims = () if prefer is None else parse_preference(prefer)
    if out is not None:
        check_folder(out)
    progress = progress_to_stderr()
    board = _convened(folder, tuple(only or ()), keeps=keep, prefer=aims, rules=rules)
    if out is None:
        record = record_of(board)
    else:
        case = board.patient.case
        store = kept_for(case, BoardOptions(keeps=keep and case.has_images))
        written = write_report(board, out, progress=progress, store=store)
        record = written.record
        typer.echo(f"report: {written.report}", err=True)
    if json_output:
        sys.stdout.buffer.write(plan_json(record))
        return
    _print_options(record)
    if out is not None:
        typer.echo(f"\n{out / 'report.html'}")


def _convened(
    folder: Path,
    only: tuple[str, ...],
    *,
    keeps: bool,
    prefer: tuple[str, ...] = (),
    rules: Path | None = None,
) -> Board:
    """Return the board on a case folder, progress on stderr."""
    from liverboard.board.convene import BoardOptions, convene
    from liverboard.case import read_case
    from liverboard.evidence.loader import load_checked
    from liverboard.treatments.registry import chosen_treatments

    progress = progress_to_stderr()
    chosen_treatments(only)
    evidence = None if rules is None else load_checked(rules)
    progress(f"reading {folder}")
    case = refuse_future(read_case(folder))
    return convene(
        case,
        options=BoardOptions(only=only, keeps=keeps, prefer=prefer),
        evidence=evidence,
        progress=progress,
    )


def _print_options(record: BoardRecord) -> None:
    """Print the option table and what is missing."""
    from liverboard.report.terminal import board_lines
    from liverboard.report.together import joint_lines

    for line in (*board_lines(record), *joint_lines(record)):
        typer.echo(line)


def explain(
    folder: Annotated[
        Path, typer.Argument(help="A case folder, or the output folder of a plan.", metavar="CASE")
    ],
    option: Annotated[str, typer.Argument(help="An option, such as resection/wedges-5mm.")],
    keep: Keep = True,
) -> None:
    """Print why an option stands where it stands: reasons, values, origins, sources."""
    from liverboard.report.read import read_record
    from liverboard.report.terminal import explain_lines
    from liverboard.report.write import record_of

    if (folder / "plan.json").is_file() and not (folder / "case.yaml").is_file():
        record = read_record(folder)
    else:
        room = option.split("/")[0]
        record = record_of(_convened(folder, (room,), keeps=keep))
    for line in explain_lines(record, option):
        typer.echo(line)
