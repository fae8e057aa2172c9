"""The `liverboard` program: its commands and its exit codes.

0 done; 2 the input cannot be used (one line on stderr says what, where and how to mend it);
130 interrupted. Anything else is a defect and shows its traceback.
"""

from __future__ import annotations

import gc
import sys
from typing import Annotated

import typer

from liverboard.cli import ask, board, case, choice, needle, nuclear, radiotherapy, rules, versus
from liverboard.errors import LiverboardError

__all__ = ["app", "main"]

GARBAGE_THRESHOLD = 200_000
"""Objects made between two looks for garbage; 700 is Python's own."""

app = typer.Typer(
    name="liverboard",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)

for command in (
    case.init,
    case.check,
    case.phantom,
    board.plan,
    board.explain,
    versus.compare,
    versus.diff,
    choice.choose,
    radiotherapy.irradiate,
    nuclear.sirt,
    nuclear.delivered,
    nuclear.infuse,
    needle.ablate,
    ask.ask,
    ask.whatif,
    ask.possible,
    ask.letter,
):
    app.command()(command)
app.add_typer(rules.app, name="rules")


def _show_version(wanted: bool) -> None:
    """Print the version and leave, if that is wanted."""
    if wanted:
        from liverboard import __version__

        typer.echo(f"liverboard {__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Print the version and leave."
        ),
    ] = False,
) -> None:
    """Every treatment for liver metastases, side by side, on one patient's own anatomy.

    Research use: it argues and computes, people decide.
    """
    del version


def main() -> None:
    """Run the program; user errors are one line and exit code 2."""
    # Nearly all that is made is kept to the end: looking for garbage less often saves a tenth.
    gc.set_threshold(GARBAGE_THRESHOLD)
    try:
        app()
    except LiverboardError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        typer.echo("interrupted; what is finished is kept, run the same command again", err=True)
        sys.exit(130)
