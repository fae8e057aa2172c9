"""What judging yields: verdicts, arguments and the status of an option."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from liverboard.evidence.fact import Fact
from liverboard.values import Mark, Unknown

__all__ = [
    "Argument",
    "Citation",
    "FactUsed",
    "Intent",
    "Judgement",
    "Status",
    "Trace",
    "Verdict",
    "worst",
]


class Verdict(StrEnum):
    """The answer of a criterion in Kleene's three-valued logic."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Intent(StrEnum):
    """What a criterion means for an option.

    SCOPE: the evidence speaks of such patients only where it is met. REQUIRES: must be met.
    CONTRAINDICATES: a hard stop where it is met. CAUTIONS: allowed with care where it is met.
    FAVOURS, DISFAVOURS: arguments that do not change what is possible.
    """

    SCOPE = "scope"
    REQUIRES = "requires"
    CONTRAINDICATES = "contraindicates"
    CAUTIONS = "cautions"
    FAVOURS = "favours"
    DISFAVOURS = "disfavours"


class Status(StrEnum):
    """Where an option stands, worst first."""

    FAILED = "failed"
    CONTRAINDICATED = "contraindicated"
    NOT_ELIGIBLE = "not eligible"
    OUTSIDE_EVIDENCE = "outside the evidence"
    NEEDS_DATA = "needs data"
    BORDERLINE = "borderline"
    ELIGIBLE_WITH_CAUTIONS = "eligible with cautions"
    ELIGIBLE = "eligible"


STATUS_RANK: dict[Status, int] = {status: rank for rank, status in enumerate(Status)}


def worst(statuses: Iterable[Status]) -> Status:
    """Return the worst of `statuses`; eligible where there is none."""
    return min(statuses, key=STATUS_RANK.__getitem__, default=Status.ELIGIBLE)


@dataclass(frozen=True, slots=True)
class Citation:
    """One source of a criterion: `ref` is an id of `sources.yaml`, `locator` the place in it."""

    ref: str
    locator: str = ""
    mark: Mark = Mark.UNVERIFIED
    checked: str = ""


@dataclass(frozen=True, slots=True)
class FactUsed:
    """One fact that a criterion looked at; `lesion` is empty for facts of the patient or option."""

    name: str
    fact: Fact
    lesion: str = ""


class Trace(NamedTuple):
    """One evaluated node: its text, verdict and children; `fact` is what a leaf looked at.

    A named tuple, not a dataclass: hundreds of thousands are made in a second. A node of its own
    that is unknown without an unknown child (an open list of lesions) carries a fact as well.
    """

    text: str
    verdict: Verdict
    children: tuple[Trace, ...] = ()
    fact: FactUsed | None = None


@dataclass(frozen=True, slots=True)
class Argument:
    """One criterion applied to one option.

    `is_borderline` says that the verdict is unknown only because a measured interval spans a
    threshold; `is_blocking` that, being unknown, it keeps the option waiting. `trace` is the
    evaluated tree, for showing ticks, crosses and question marks.
    """

    criterion: str
    guideline: str
    intent: Intent
    text: str
    verdict: Verdict
    facts: tuple[FactUsed, ...]
    citations: tuple[Citation, ...]
    trace: Trace
    is_borderline: bool = False
    is_blocking: bool = False

    @property
    def direction(self) -> str:
        """Return `for`, `against`, `neutral` or `open`: what the verdict says for the option."""
        if self.verdict is Verdict.UNKNOWN:
            return "open"
        is_met = self.verdict is Verdict.YES
        if self.intent in (Intent.SCOPE, Intent.REQUIRES):
            return "for" if is_met else "against"
        if not is_met:
            return "neutral"
        return "for" if self.intent is Intent.FAVOURS else "against"


@dataclass(frozen=True, slots=True)
class Judgement:
    """All arguments of an option, its status, and the unknown facts that could make it worse.

    `unknown` lists first the facts that keep the option waiting.
    """

    status: Status
    arguments: tuple[Argument, ...]
    unknown: tuple[tuple[str, Unknown], ...]
