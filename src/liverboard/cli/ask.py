"""Commands that ask further: ask, whatif, possible, letter. The record alone is enough."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liverboard.cli.show import progress_to_stderr

if TYPE_CHECKING:
    from liverboard.board.option import Board

__all__ = ["ask", "letter", "possible", "whatif"]

CaseFolder = Annotated[
    Path, typer.Argument(help="A case folder, or a case.yaml on its own.", metavar="CASE")
]
Images = Annotated[
    bool, typer.Option("--images", help="Work out plans on the images first (takes longer).")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def ask(
    folder: CaseFolder,
    images: Images = False,
    json_output: Json = False,
    most: Annotated[
        int, typer.Option(help="Facts that are shown in full; 0 shows every one.", min=0)
    ] = 20,
) -> None:
    """Say which tests would change the plan, what each result opens and closes, what needs none."""
    from liverboard.board.asking import ask_board
    from liverboard.report.answer import asked_lines
    from liverboard.report.plain import asked_json

    board = _convened(folder, has_images=images)
    asked = ask_board(board)
    if json_output:
        typer.echo(asked_json(asked, board.patient.case.id), nl=False)
        return
    for line in asked_lines(asked, board, most=most):
        typer.echo(line)


def whatif(
    folder: CaseFolder,
    assumed: Annotated[
        list[str],
        typer.Option("--set", help="What to assume: ras=mutated, 'bilirubin=40 umol/L'; several."),
    ],
    images: Images = False,
    json_output: Json = False,
) -> None:
    """Convene the board again from changed facts and show the difference."""
    from liverboard.board.what_if import what_if
    from liverboard.case.assumption import assumptions
    from liverboard.report.answer import what_if_lines
    from liverboard.report.plain import what_if_json

    facts = assumptions(assumed)
    board = _convened(folder, has_images=images)
    found = what_if(board, facts)
    if json_output:
        typer.echo(what_if_json(found, board.patient.case.id), nl=False)
        return
    for line in what_if_lines(found):
        typer.echo(line)


def possible(
    folder: CaseFolder,
    option: Annotated[str, typer.Argument(help="A treatment or an option of the board.")],
    images: Images = False,
    json_output: Json = False,
) -> None:
    """Say what stands in the way of a treatment, and the smallest changes that would open it."""
    from liverboard.board.asking import possible as possibilities
    from liverboard.report.answer import possible_lines
    from liverboard.report.plain import possible_json

    board = _convened(folder, has_images=images)
    found = possibilities(board, option)
    if json_output:
        typer.echo(possible_json(found, board.patient.case.id), nl=False)
        return
    for line in possible_lines(found):
        typer.echo(line)


def letter(
    folder: CaseFolder,
    out: Annotated[Path | None, typer.Option(help="Write the letter to this file.")] = None,
    images: Images = False,
    json_output: Json = False,
) -> None:
    """Write a letter in plain words: what was found, each option, why or why not, what to ask."""
    from liverboard.board.asking import ask_board
    from liverboard.case.writer import write_bytes
    from liverboard.report.letter import letter_json, letter_of

    board = _convened(folder, has_images=images)
    found = letter_of(board, ask_board(board))
    text = letter_json(found) if json_output else found.text
    if out is None:
        typer.echo(text, nl=False)
        return
    write_bytes(text.encode("utf-8"), out)
    typer.echo(str(out))


def _convened(folder: Path, *, has_images: bool) -> Board:
    """Return the board on the record alone, or on record and images."""
    from liverboard.board.convene import BoardOptions, convene
    from liverboard.case.record_alone import read_record_alone

    if not has_images:
        return convene(read_record_alone(folder))
    from liverboard.case import read_case

    return convene(
        read_case(folder), options=BoardOptions(keeps=True), progress=progress_to_stderr()
    )
