"""How the command line prints: progress to stderr, results to stdout."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import typer

__all__ = ["progress_to_stderr"]


def progress_to_stderr() -> Callable[[str], None]:
    """Return a function that prints a message with the seconds since now to stderr."""
    start = time.monotonic()

    def show(message: str) -> None:
        typer.echo(f"{time.monotonic() - start:6.1f} s  {message}", file=sys.stderr)

    return show
