"""Options and the board: what was proposed, how it was judged, what was planned."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from liverboard.board.joint.model import Joint
from liverboard.errors import RequestError
from liverboard.evidence.judgement import Judgement
from liverboard.evidence.loader import Evidence, load_evidence
from liverboard.patient import Patient
from liverboard.treatments.protocol import Layer, Plan, Proposal
from liverboard.values import Reason, Unknown

__all__ = ["Board", "Option", "Unplanned", "UnplannedCause"]


class UnplannedCause(StrEnum):
    """Why an option has no plan."""

    IMPOSSIBLE = "impossible"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Unplanned:
    """An option without a plan, and why; `missing` facts or structures would help."""

    cause: UnplannedCause
    reason: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """One proposal of a room with its judgement and its plan, or why there is none.

    `id` is `<room>/<proposal>`. `dominated_by` are options of the same room that are no worse in
    any figure by which the room compares its plans, and better in one.
    """

    id: str
    treatment: str
    proposal: Proposal
    judgement: Judgement
    outcome: Plan | Unplanned
    dominated_by: tuple[str, ...] = ()

    @property
    def plan(self) -> Plan:
        """The plan; RequestError where there is none."""
        if isinstance(self.outcome, Unplanned):
            raise RequestError(f"there is no plan: {self.outcome.reason}", where=self.id)
        return self.outcome

    @property
    def has_plan(self) -> bool:
        """Whether the option was worked out."""
        return isinstance(self.outcome, Plan)


@dataclass(frozen=True, slots=True)
class Board:
    """Every option of one patient, side by side, in the order of rooms and proposals.

    `joint`: what can be decided together, or why nothing can. `evidence`: what it was judged by,
    ours or with a person's own rules.
    """

    patient: Patient
    options: tuple[Option, ...]
    layers: tuple[Layer, ...]
    evidence_hash: str
    input_hashes: tuple[tuple[str, str], ...]
    joint: Joint | Unknown = field(default=Unknown(Reason.NOT_COMPUTED))
    evidence: Evidence = field(default_factory=load_evidence, repr=False)

    def option(self, name: str) -> Option:
        """Return the option called `name`; RequestError names those that exist."""
        for option in self.options:
            if option.id == name:
                return option
        known = ", ".join(option.id for option in self.options) or "none"
        raise RequestError(f"no option is called {name!r}", remedy=f"choose from {known}")
