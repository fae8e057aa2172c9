"""What measured sizes tell: RECIST 1.1 scan by scan, early shrinkage, depth, course of CEA.

Targets are chosen on the baseline scan, the last one before the latest line began (else the first
scan of all): at most five, two of an organ, the largest first, lesions from 10 mm and nodes from
15 mm across. A scan on which a target was not measured has no sum, and so no response.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from liverboard.case.entry import Readings
from liverboard.case.sections import History, Measurement
from liverboard.evidence.calculators.course import (
    doubling_days,
    early_shrinkage,
    is_week_eight,
    shrinkage_percent,
)
from liverboard.evidence.calculators.formula import formula
from liverboard.evidence.calculators.recist import Scan, overall_response
from liverboard.values import Reason, Unknown

__all__ = ["MarkerCourse", "TumourCourse", "Visit", "marker_course", "tumour_course"]


@dataclass(frozen=True, slots=True)
class Visit:
    """One scan: its day, the sum of the targets, and the response since baseline."""

    date: dt.date
    scan: Scan
    response: str | Unknown


@dataclass(frozen=True, slots=True)
class TumourCourse:
    """Sums of the targets over time.

    `visits` are the scans after baseline. `depth_percent`: the most of the baseline sum that was
    gone. `has_early_shrinkage`: 20 % or more at week 8, unknown without a scan then.
    """

    baseline: Visit
    visits: tuple[Visit, ...]
    nadir_mm: float
    depth_percent: float | Unknown
    has_early_shrinkage: bool | Unknown

    @property
    def latest(self) -> Visit:
        """Return the newest scan with a sum."""
        return self.visits[-1]

    @property
    def says(self) -> str:
        """Return the course in one line."""
        first, last = self.baseline, self.latest
        depth = self.depth_percent
        deep = "" if isinstance(depth, Unknown) else f", depth of response {depth:.0f} %"
        return (
            f"RECIST 1.1: {first.scan.sum_mm:g} mm on {first.date}, smallest {self.nadir_mm:g} mm, "
            f"{last.scan.sum_mm:g} mm on {last.date}: {last.response}{deep}{self._early}"
        )

    @property
    def _early(self) -> str:
        """Return what is known of early shrinkage, in words."""
        if isinstance(self.has_early_shrinkage, Unknown):
            return ""
        return f"; early shrinkage {'yes' if self.has_early_shrinkage else 'no'}"


@dataclass(frozen=True, slots=True)
class MarkerCourse:
    """CEA from first to last: fall in percent (negative: it rose), and doubling time if it rises.

    Doubling is worked out from the last two values.
    """

    first: tuple[dt.date, float]
    last: tuple[dt.date, float]
    fall_percent: float
    doubling_days: float | Unknown

    @property
    def says(self) -> str:
        """Return the course in one line."""
        moved = "fell" if self.fall_percent >= 0 else "rose"
        doubled = self.doubling_days
        tail = "" if isinstance(doubled, Unknown) else f", doubling in {doubled:.0f} days"
        return (
            f"CEA {moved} by {abs(self.fall_percent):.0f} %, {self.first[1]:g} ug/L on "
            f"{self.first[0]} to {self.last[1]:g} ug/L on {self.last[0]}{tail}"
        )


Sizes = Mapping[str, Measurement]


def start_of_line(history: History) -> dt.date | None:
    """Return the day on which the latest line of systemic therapy began, where it is told."""
    if isinstance(history.systemic, Unknown):
        return None
    days = [one.start for one in history.systemic if isinstance(one.start, dt.date)]
    return max(days, default=None)


def tumour_course(history: History, reference: dt.date | None) -> TumourCourse | Unknown:
    """Return the course of the measured lesions up to `reference`; unknown without two scans."""
    scans = _scans(history.measurements, reference)
    start = start_of_line(history)
    before = [day for day in scans if start is not None and day <= start]
    days = [day for day in scans if not before or day >= before[-1]]
    if len(days) < 2:
        return Unknown(Reason.NOT_RECORDED, "sizes on two days")
    sums = {day: _scan(scans[day], _targets(scans[days[0]])) for day in days}
    known = {day: scan for day, scan in sums.items() if isinstance(scan, Scan)}
    if days[0] not in known or len(known) < 2:
        return Unknown(Reason.NOT_RECORDED, "sizes of the same targets on two days")
    return _course(known, start)


def _scans(entries: Sequence[Measurement], reference: dt.date | None) -> dict[dt.date, Sizes]:
    """Return what was measured on each day, oldest first."""
    found: dict[dt.date, dict[str, Measurement]] = {}
    for one in entries:
        if isinstance(one.date, dt.date) and (reference is None or one.date <= reference):
            found.setdefault(one.date, {})[one.lesion] = one
    return dict(sorted(found.items()))


def _size(entry: Measurement) -> float | None:
    """Return a diameter in mm; None where it is unknown."""
    value = entry.diameter[-1].value if entry.diameter else None
    return float(value) if isinstance(value, int | float) else None


def _targets(baseline: Sizes) -> tuple[str, ...]:
    """Return the targets that RECIST allows, the largest first; a given sum as it is."""
    if "" in baseline:
        return ("",)
    spec = formula("recist")
    limits = {"target": spec["measurable"], "node": spec["node_target"]}
    sized = [
        (size, name, one.organ)
        for name, one in baseline.items()
        if one.kind in limits and (size := _size(one)) is not None and size >= limits[one.kind]
    ]
    chosen: list[tuple[str, str]] = []
    for _, name, organ in sorted(sized, key=lambda entry: (-entry[0], entry[1])):
        if [own for _, own in chosen].count(organ) < spec["targets_of_an_organ"]:
            chosen.append((name, organ))
    return tuple(name for name, _ in chosen[: int(spec["targets"])])


def _scan(sizes: Sizes, targets: tuple[str, ...]) -> Scan | None:
    """Return one scan; None where a target was not measured."""
    measured = [(sizes[name].kind, _size(sizes[name])) for name in targets if name in sizes]
    known = [(kind, size) for kind, size in measured if size is not None]
    if not targets or len(known) < len(targets):
        return None
    normal = formula("recist")["node_normal"]
    others = [one for name, one in sizes.items() if name not in targets and one.kind != "new"]
    return Scan(
        sum_mm=sum(size for _, size in known),
        is_target_gone=all(size < normal if kind == "node" else size == 0 for kind, size in known),
        has_new_lesion=any(one.kind == "new" for one in sizes.values()),
        has_other=any(not one.gone and _size(one) != 0.0 for one in others),
        has_unequivocal=any(one.progressed for one in sizes.values()),
    )


def _course(scans: Mapping[dt.date, Scan], start: dt.date | None) -> TumourCourse:
    """Return the course over scans with a sum, the first of which is the baseline."""
    (first, base), *later = scans.items()
    visits, nadir = [], base.sum_mm
    for day, scan in later:
        visits.append(Visit(day, scan, overall_response(base.sum_mm, nadir, scan)))
        nadir = min(nadir, scan.sum_mm)
    early: bool | Unknown = Unknown(Reason.NOT_RECORDED, "a scan at week 8")
    began = first if start is None else max(start, first)
    near = [day for day, _ in later if is_week_eight((day - began).days)]
    if near:
        day = min(near, key=lambda one: (abs((one - began).days - 56), one))
        early = early_shrinkage(base.sum_mm, scans[day].sum_mm)
    depth = shrinkage_percent(base.sum_mm, min(scan.sum_mm for _, scan in later))
    return TumourCourse(Visit(first, base, "baseline"), tuple(visits), nadir, depth, early)


def marker_course(
    readings: Readings, history: History, reference: dt.date | None
) -> MarkerCourse | Unknown:
    """Return the course of CEA since the latest line began; unknown without two dated values."""
    values = list(_dated(readings, reference))
    start = start_of_line(history)
    before = [pair for pair in values if start is not None and pair[0] <= start]
    own = [*before[-1:], *(pair for pair in values if pair not in before)]
    if len(own) < 2:
        return Unknown(Reason.NOT_RECORDED, "CEA on two days")
    (day, value), (newest, last) = own[-2], own[-1]
    fall = 100.0 * (own[0][1] - last) / own[0][1]
    rate = doubling_days(value, last, days=float((newest - day).days))
    return MarkerCourse(own[0], own[-1], fall, rate)


def _dated(readings: Readings, reference: dt.date | None) -> Iterator[tuple[dt.date, float]]:
    """Yield day and value of every positive dated number up to `reference`, oldest first."""
    for one in readings:
        is_number = isinstance(one.value, int | float) and one.value > 0
        if one.date is not None and is_number and (reference is None or one.date <= reference):
            yield one.date, float(one.value)  # type: ignore[arg-type]
