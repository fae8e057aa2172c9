"""The joint decision as frozen values: pieces, mixed plans and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from liverboard.numerics.grid import Array
from liverboard.values import Quantity

__all__ = [
    "Choice",
    "Course",
    "Entry",
    "Flip",
    "Joint",
    "MixedPlan",
    "Piece",
    "Quality",
    "Scheduled",
]


@dataclass(frozen=True, slots=True)
class Entry:
    """One option seen from one lesion.

    `state`: "possible", "may" (the plan cannot tell), "no", or "unplanned". `why` says why not.
    `spent_ml` is healthy liver that the lesion's part of the plan takes out of function.
    """

    lesion: str
    treatment: str
    option: str
    title: str
    state: str
    status: str
    why: str
    margin_mm: Quantity
    dose_gy: Quantity
    local_control_2y: Quantity
    spent_ml: Quantity
    sessions: Quantity
    nights: Quantity
    punctures: Quantity
    anaesthesia: str
    is_dominated: bool


@dataclass(frozen=True, slots=True)
class Course:
    """What a treatment asks once, however many lesions it serves.

    `options` are those that ask the same. `nights` and `days` are whole numbers; what the rooms do
    not know is named in `unknown` and counts as nothing, so that totals read "at least".
    """

    treatment: str
    options: tuple[str, ...]
    nights: int
    anaesthetics: int
    days: int
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """The part of one option that serves some lesions and can be had without the rest.

    `failure` gives for each lesion the bounds of its chance to be uncontrolled at two years.
    `masks` (z, y, x) bool: what is lost, by how. `lost`: numbers of healthy voxels that lose
    function, sorted. `regrown` voxels are credited by a plan that waits for growth. `is_territory`:
    a dose that serves all lesions of a territory at once. `margins_mm`: the margins that the plan
    states.
    """

    option: str
    treatment: str
    course: int
    lesions: tuple[str, ...]
    failure: Mapping[str, tuple[float, float]]
    shortfall_mm: float
    punctures: int
    masks: Mapping[str, Array]
    lost: Array
    regrown: int = 0
    is_territory: bool = False
    margins_mm: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        """The option and the lesions it serves."""
        return f"{self.option} for {', '.join(self.lesions)}"


@dataclass(frozen=True, slots=True)
class Scheduled:
    """One step in time: first and last day counted from today, and what holds it there."""

    id: str
    title: str
    treatment: str
    start_day: int
    end_day: int
    after: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Flip:
    """One change of what is known or given, and what it would do to the front.

    `kind`: segmentation, volume, fact or guideline.
    """

    change: str
    kind: str
    is_flip: bool
    effect: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One part of a mixed plan: an option and the lesions that it serves there."""

    option: str
    treatment: str
    lesions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """A mixed plan in figures; less is better in all but `remnant_percent`.

    `failures_low`, `failures_high`: expected lesions uncontrolled at two years; a lesion left to
    systemic therapy counts one, one whose local control nobody published lies between 0 and 1.
    `harm_percent`: severe harm of the treatments used, added up; `harm_unknown`: how many of them
    have none published.
    """

    failures_low: float
    failures_high: float
    remnant_percent: float
    anaesthetics: int
    nights: int
    punctures: int
    days: int
    shortfall_mm: float
    harm_percent: float = 0.0
    harm_unknown: int = 0


@dataclass(frozen=True, slots=True)
class MixedPlan:
    """One plan of the front.

    `corners` are the words by which it is best. `recount_percent` is the functional remnant counted
    on the voxels, `quality.remnant_percent` the optimiser's. `ties` name plans that it beats, or
    that beat it, by less than the uncertainty.
    """

    id: str
    title: str
    choices: tuple[Choice, ...]
    left_to_systemic: tuple[str, ...]
    quality: Quality
    recount_percent: float
    remnant_low_percent: float
    remnant_high_percent: float
    corners: tuple[str, ...] = ()
    ties: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    schedule: tuple[Scheduled, ...] = ()
    schedule_remark: str = ""
    anchors: tuple[str, ...] = ()
    smallest_margin_mm: float = float("inf")


@dataclass(frozen=True, slots=True)
class Joint:
    """The joint decision: matrix, front, and what must be said about both.

    `needed_percent`: the functional remnant that every plan keeps. `is_complete`: no plan of the
    front is missing at the stated steps. `remarks` are sentences for people.
    """

    entries: tuple[Entry, ...]
    plans: tuple[MixedPlan, ...]
    needed_percent: float
    needed_reason: str
    healthy_ml: float
    pieces: int
    is_complete: bool
    bound: str
    remarks: tuple[str, ...] = ()
    preference: str = ""
    flips: tuple[Flip, ...] = ()
    sources: tuple[str, ...] = ()
