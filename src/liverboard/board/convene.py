"""Convening the board: every room run the same way, judged by the same function.

Propose; judge on what record and images say; skip only what is proved to be contraindicated; plan;
judge again with what the plan measured. A room that raises appears as failed, with the error, and
takes nothing else down.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from liverboard.anatomy import ExamineOptions, examine
from liverboard.board.option import Board, Option, Unplanned, UnplannedCause
from liverboard.board.pareto import mark_dominated
from liverboard.board.scene import anatomy_layers
from liverboard.case import Case
from liverboard.evidence.derive import derive
from liverboard.evidence.guideline import Criterion
from liverboard.evidence.judge import is_hard_stop, judge
from liverboard.evidence.judgement import Judgement, Status
from liverboard.evidence.loader import CORE, Evidence, load_evidence
from liverboard.patient import Patient, patient_of
from liverboard.treatments.protocol import NoPlan, Plan, Progress, Proposal, Treatment, silent
from liverboard.treatments.registry import chosen_treatments

__all__ = ["BoardOptions", "convene", "convene_patient"]

WORKERS = 2
"""Plans worked out at the same time: the numbers to reach are stated for two cores."""


@dataclass(frozen=True, slots=True)
class BoardOptions:
    """Choices of a board: rooms `only` (all where empty), guideline set, and the examination."""

    only: tuple[str, ...] = ()
    guideline: str = CORE
    examination: ExamineOptions = field(default_factory=ExamineOptions)


DEFAULTS = BoardOptions()


def convene(
    case: Case,
    *,
    options: BoardOptions = DEFAULTS,
    evidence: Evidence | None = None,
    progress: Progress = silent,
) -> Board:
    """Return the board on `case`: all options of all chosen rooms, argued and planned.

    Without a liver mask geometric facts are unknown and the board argues on the record alone.
    """
    anatomy = examine(case, options=options.examination, progress=progress)
    patient = patient_of(case, anatomy)
    return convene_patient(patient, options=options, evidence=evidence, progress=progress)


def convene_patient(
    patient: Patient,
    *,
    options: BoardOptions = DEFAULTS,
    evidence: Evidence | None = None,
    progress: Progress = silent,
) -> Board:
    """Return the board on a patient whose anatomy is already known."""
    known = evidence or load_evidence()
    rooms = chosen_treatments(options.only)
    found: list[Option] = []
    for room in rooms:
        progress(room.title)
        criteria = known.criteria(room.name, options.guideline)
        table = _Table(patient, criteria, progress)
        found += mark_dominated(tuple(table.run(room)), room.aims)
    return Board(
        patient,
        tuple(found),
        anatomy_layers(patient.anatomy),
        known.content_hash,
        tuple(sorted(patient.case.input_hashes.items())),
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """What every room is run with."""

    patient: Patient
    criteria: Sequence[Criterion]
    progress: Progress

    def run(self, room: Treatment) -> Iterator[Option]:
        """Yield the options of one room, in the order of its proposals."""
        try:
            proposals = tuple(room.propose(self.patient))
        except Exception as error:  # noqa: BLE001 a room must never take the board down
            yield self._failed(room, Proposal(room.name, room.title), error)
            return
        with ThreadPoolExecutor(WORKERS) as pool:
            yield from pool.map(lambda proposal: self._option(room, proposal), proposals)

    def _option(self, room: Treatment, proposal: Proposal) -> Option:
        """Return one proposal judged, planned, and judged again."""
        before = judge(self.criteria, self.patient.facts, proposal.tags)
        if is_hard_stop(before):
            reason = "not planned: proved to be contraindicated"
            return _option(room, proposal, before, Unplanned(UnplannedCause.SKIPPED, reason))
        try:
            outcome = room.plan(proposal, self.patient, self.progress)
        except Exception as error:  # noqa: BLE001 a room must never take the board down
            return self._failed(room, proposal, error)
        if isinstance(outcome, NoPlan):
            why = Unplanned(UnplannedCause.IMPOSSIBLE, outcome.reason, outcome.missing)
            return _option(room, proposal, before, why)
        return _option(room, proposal, self._judged_again(proposal, outcome), outcome)

    def _judged_again(self, proposal: Proposal, plan: Plan) -> Judgement:
        """Return the judgement with the facts that the plan measured."""
        sheet = derive(self.patient.facts.with_facts(plan.facts))
        return judge(self.criteria, sheet, proposal.tags)

    def _failed(self, room: Treatment, proposal: Proposal, error: Exception) -> Option:
        """Return an option whose room raised, with the error in words."""
        before = judge(self.criteria, self.patient.facts, proposal.tags)
        reason = f"{type(error).__name__}: {error}"
        judgement = replace(before, status=Status.FAILED)
        return _option(room, proposal, judgement, Unplanned(UnplannedCause.FAILED, reason))


def _option(
    room: Treatment, proposal: Proposal, judgement: Judgement, outcome: Plan | Unplanned
) -> Option:
    """Return the option of a proposal."""
    return Option(f"{room.name}/{proposal.id}", room.name, proposal, judgement, outcome)
