"""How the command line prints: progress to stderr, results to stdout."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from liverboard.errors import CaseError

if TYPE_CHECKING:
    from liverboard.case.model import Case

__all__ = ["progress_to_stderr", "refuse_future"]


def progress_to_stderr() -> Callable[[str], None]:
    """Return a function that prints a message with the seconds since now to stderr."""
    start = time.monotonic()

    def show(message: str) -> None:
        typer.echo(f"{time.monotonic() - start:6.1f} s  {message}", file=sys.stderr)

    return show


def refuse_future(case: Case) -> Case:
    """Return `case`; CaseError where its newest date has not come yet (a day ahead is a time zone).

    Only the program asks the clock: the library gives the same answer on every day.
    """
    day, today = case.reference_date, dt.datetime.now(dt.UTC).date()
    if day is not None and day > today + dt.timedelta(days=1):
        raise CaseError(
            f"{day} lies in the future (today is {today})",
            where=f"{case.id}: reference_date",
            remedy="correct the dates of the record",
        )
    return case
