"""The next dose from liver tests: a table from memory, so off unless somebody asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from liverboard.errors import RequestError
from liverboard.treatments.arterial_infusion.kernels.modification import Band, dose_share
from liverboard.treatments.arterial_infusion.tables import table
from liverboard.treatments.exhibit import Table

__all__ = ["Modified", "modified", "modified_table"]

Readings = Mapping[str, tuple[float, float]]
"""By test: reference value and the value now."""


@dataclass(frozen=True, slots=True)
class Modified:
    """The share of the dose that is left, and by test: reference, now and its share."""

    share: float
    rows: tuple[tuple[str, float, float, float], ...]
    is_stopped: bool


def modified(readings: Readings) -> Modified:
    """Return what tests do to the dose: the lowest share of all; RequestError for unknown tests.

    ast and alp in U/l, bilirubin in mg/dl. A bilirubin from 3 mg/dl stops treatment whatever it was
    before.
    """
    rules = table()["modification"]["tests"]
    rows = []
    for name, (reference, now) in readings.items():
        if name not in rules:
            raise RequestError(
                f"{name!r} is no test of the dose table",
                where="--tests",
                remedy=f"write {', '.join(rules)}, each as reference:now",
            )
        if not (0.0 < reference < 1e5 and 0.0 < now < 1e5):
            raise RequestError(
                f"{name} of {reference:g} and {now:g} is not possible",
                where="--tests",
                remedy="give values above zero, as ast=40:160",
            )
        rows.append((name, reference, now, dose_share(reference, now, _bands(name, reference))))
    stop = float(table()["modification"]["stop_bilirubin_mg_per_dl"]["value"])
    is_stopped = any(name == "bilirubin" and now >= stop for name, _, now, _ in rows)
    share = 0.0 if is_stopped else min((row[3] for row in rows), default=1.0)
    return Modified(share, tuple(rows), is_stopped)


def _bands(name: str, reference: float) -> tuple[Band, ...]:
    """Return the bands of a test: narrower where its reference value is raised already."""
    rule = table()["modification"]["tests"][name]
    bands = rule["normal"] if reference <= float(rule["raised_above"]) else rule["raised"]
    return tuple((float(band["below"]), float(band["share"])) for band in bands)


def modified_table(found: Modified | None) -> Table:
    """Return what the tests do to the dose, or that the table is off."""
    entry = table()["modification"]
    note = (
        "this table is from memory, its primary source was not found: UNVERIFIED, never a default; "
        f"after a hold: {entry['restart']}"
    )
    columns = ("test", "reference", "now", "times", "share of the dose")
    if found is None:
        off = ("off", "", "", "", "ask with --tests ast=40:160,alp=80:100,bilirubin=0.5:0.9")
        return Table("Dose by liver tests", columns, (off,), note=note, sources=(entry["source"],))
    rows = tuple(
        (name, f"{reference:g}", f"{now:g}", f"{now / reference:.2f}", f"{100 * share:.0f} %")
        for name, reference, now, share in found.rows
    )
    last = (
        "lowest of all",
        "",
        "",
        "",
        "stop" if found.is_stopped else f"{100 * found.share:.0f} %",
    )
    return Table(
        "Dose by liver tests", columns, (*rows, last), note=note, sources=(entry["source"],)
    )
