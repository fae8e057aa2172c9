"""Commands that lay two things side by side: compare (two plans), diff (two dates)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from liverboard.board.model import BoardRecord

__all__ = ["compare", "diff"]


def compare(
    folder: Annotated[
        Path, typer.Argument(help="A case folder, or the output of a plan.", metavar="CASE")
    ],
    first: Annotated[str, typer.Argument(help="An option or a mixed plan.", metavar="A")],
    second: Annotated[str, typer.Argument(help="Another of the same kind.", metavar="B")],
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Lay two plans of one patient side by side: figures, lesions, arguments, steps."""
    from liverboard.report.versus import compared, versus_lines

    found = compared(_record(folder, (first, second)), first, second)
    if json_output:
        from liverboard.report.plain import compared_json

        typer.echo(compared_json(found), nl=False)
        return
    for line in versus_lines(found):
        typer.echo(line)


def diff(
    old: Annotated[Path, typer.Argument(help="plan.json of before, or its folder.")],
    new: Annotated[Path, typer.Argument(help="plan.json of now, or its folder.")],
) -> None:
    """Tell what differs between two boards of one patient: facts, lesions, liver, options."""
    from liverboard.report.read import read_record
    from liverboard.report.versus import diff_lines

    for line in diff_lines(read_record(old), read_record(new)):
        typer.echo(line)


def _record(folder: Path, names: tuple[str, ...]) -> BoardRecord:
    """Return the record in an output folder, or convene the rooms that the names are of."""
    from liverboard.report.read import read_record

    if (folder / "plan.json").is_file() and not (folder / "case.yaml").is_file():
        return read_record(folder)
    from liverboard.board.convene import BoardOptions, convene
    from liverboard.case import read_case
    from liverboard.cli.show import progress_to_stderr, refuse_future
    from liverboard.report.write import record_of

    rooms = tuple(dict.fromkeys(name.split("/")[0] for name in names if "/" in name))
    is_mixed = any("/" not in name for name in names)  # a mixed plan needs every room
    options = BoardOptions(only=() if is_mixed else rooms, keeps=True)
    case = refuse_future(read_case(folder))
    return record_of(convene(case, options=options, progress=progress_to_stderr()))
