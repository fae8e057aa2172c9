"""Convening the board: every room run the same way, judged by the same function.

Propose; judge on what record and images say; skip only what is proved to be contraindicated; plan;
judge again with what the plan measured. A room that raises appears as failed, with the error, and
takes nothing else down.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from liverboard.board.cache import Cache, code_hash, key_of
from liverboard.board.option import Board, Option, Unplanned, UnplannedCause
from liverboard.board.pareto import mark_dominated
from liverboard.evidence.derive import derive
from liverboard.evidence.guideline import Criterion
from liverboard.evidence.judge import is_hard_stop, judge
from liverboard.evidence.judgement import Judgement, Status
from liverboard.evidence.loader import CORE, Evidence, load_evidence
from liverboard.patient import Patient, patient_of
from liverboard.treatments.protocol import (
    Layer,
    NoPlan,
    Plan,
    Progress,
    Proposal,
    Treatment,
    silent,
)
from liverboard.treatments.registry import chosen_treatments
from liverboard.values import Reason, Unknown

if TYPE_CHECKING:
    from liverboard.anatomy import Anatomy, ExamineOptions
    from liverboard.board.joint.model import Joint
    from liverboard.case import Case

__all__ = ["BoardOptions", "convene", "convene_patient", "kept_for"]

WORKERS = 2
"""Plans worked out at the same time: the numbers to reach are stated for two cores."""


@dataclass(frozen=True, slots=True)
class BoardOptions:
    """Choices of a board: rooms `only` (all where empty), guideline set, and the examination.

    `keeps`: what is worked out is kept in `derived/` of the case folder. `prefer`: aims by which
    mixed plans are put in order, most wanted first; none: no order.
    """

    only: tuple[str, ...] = ()
    keeps: bool = False
    guideline: str = CORE
    examination: ExamineOptions | None = None
    prefer: tuple[str, ...] = ()


DEFAULTS = BoardOptions()
NOTHING_KEPT = Cache(None, "")


def convene(
    case: Case,
    *,
    options: BoardOptions = DEFAULTS,
    evidence: Evidence | None = None,
    progress: Progress = silent,
) -> Board:
    """Return the board on `case`: all options of all chosen rooms, argued and planned.

    Without a liver mask geometric facts are unknown and the board argues on the record alone. With
    `options.keeps` what is worked out is kept in `derived/` of the case folder and used again.
    """
    store = _store(case, options)
    anatomy = store.remember("anatomy", lambda: _examined(case, options, progress))
    patient = patient_of(case, anatomy)
    return convene_patient(
        patient, options=options, evidence=evidence, progress=progress, store=store
    )


def _store(case: Case, options: BoardOptions) -> Cache:
    """Return where results are kept; from the record alone they are made sooner than read."""
    if not (options.keeps and case.folder and case.has_images):
        return NOTHING_KEPT
    hashes = sorted(case.input_hashes.items())
    return Cache(case.folder / "derived", key_of(code_hash(), hashes, options.examination))


def kept_for(case: Case, options: BoardOptions = DEFAULTS) -> Cache:
    """Return where what is worked out on `case` is kept; nowhere unless `options.keeps`."""
    folder = case.folder / "derived" if options.keeps and case.folder else None
    if folder is None:
        return NOTHING_KEPT
    hashes = sorted(case.input_hashes.items())
    return Cache(folder, key_of(code_hash(), hashes, options.examination))


def _examined(case: Case, options: BoardOptions, progress: Progress) -> Anatomy | Unknown:
    """Return the anatomy; without an image nothing that measures is even loaded."""
    if not case.has_images:
        return Unknown(Reason.NO_MASK, "no liver mask")
    from liverboard.anatomy import examine

    return examine(case, options=options.examination, progress=progress)


def _layers(anatomy: Anatomy | Unknown) -> tuple[Layer, ...]:
    """Return the anatomy as layers; none where nothing was measured."""
    if isinstance(anatomy, Unknown):
        return ()
    from liverboard.board.scene import anatomy_layers

    return anatomy_layers(anatomy)


def convene_patient(
    patient: Patient,
    *,
    options: BoardOptions = DEFAULTS,
    evidence: Evidence | None = None,
    progress: Progress = silent,
    store: Cache = NOTHING_KEPT,
) -> Board:
    """Return the board on a patient whose anatomy is already known."""
    known = evidence or load_evidence()
    rooms = chosen_treatments(options.only)
    found: list[Option] = []
    with ThreadPoolExecutor(WORKERS) as pool:
        tables = [
            _Table(
                patient,
                known.criteria(room.name, options.guideline),
                progress,
                store,
                known.content_hash,
            )
            for room in rooms
        ]
        started = [(room, table.run(room, pool)) for room, table in zip(rooms, tables, strict=True)]
        for room, worked in started:  # all rooms share the workers: none waits for another's last
            progress(room.title)
            found += mark_dominated(tuple(worked), room.aims)
    progress("together")
    return Board(
        patient,
        tuple(found),
        _layers(patient.anatomy),
        known.content_hash,
        tuple(sorted(patient.case.input_hashes.items())),
        _joint(patient, found, options, (store, known)),
        known,
    )


def _joint(
    patient: Patient, found: Sequence[Option], options: BoardOptions, kept: tuple[Cache, Evidence]
) -> Joint | Unknown:
    """Return the joint decision; where it fails, why: nothing else is lost."""
    if isinstance(patient.anatomy, Unknown):
        return patient.anatomy
    from liverboard.board.joint.decide import decide
    from liverboard.board.joint.prefer import ordered_by

    store, evidence = kept
    names = [one.id for one in found]
    name = f"joint-{key_of(names, _facts_of(patient), evidence.content_hash, options.guideline)}"
    is_whole = not any(_has_failed(one) for one in found)
    try:
        if is_whole:
            joint = store.remember(name, lambda: decide(patient, found, evidence=evidence))
        else:  # what failed today may not fail tomorrow
            joint = decide(patient, found, evidence=evidence)
    except Exception as error:  # noqa: BLE001 an error here must never take the options down
        return Unknown(Reason.NOT_COMPUTED, f"failed: {type(error).__name__}: {error}")
    return joint if isinstance(joint, Unknown) else ordered_by(joint, options.prefer)


def _has_failed(option: Option) -> bool:
    """Return whether the room raised on this option."""
    return isinstance(option.outcome, Unplanned) and option.outcome.cause is UnplannedCause.FAILED


def _facts_of(patient: Patient) -> list[tuple[str, str]]:
    """Return the facts of a patient as plain values, for a key."""
    return sorted((name, repr(fact)) for name, fact in patient.facts.facts.items())


@dataclass(frozen=True, slots=True)
class _Table:
    """What every room is run with."""

    patient: Patient
    criteria: Sequence[Criterion]
    progress: Progress
    store: Cache
    evidence_hash: str

    def run(self, room: Treatment, pool: Executor) -> Iterator[Option]:
        """Return the options of one room, in the order of its proposals, begun at once."""
        try:
            proposals = tuple(room.propose(self.patient))
        except Exception as error:  # noqa: BLE001 a room must never take the board down
            return iter((self._failed(room, Proposal(room.name, room.title), error),))
        if isinstance(self.patient.anatomy, Unknown):  # milliseconds: threads would only hinder
            return (self._option(room, proposal) for proposal in proposals)
        return pool.map(lambda proposal: self._option(room, proposal), proposals)

    def _option(self, room: Treatment, proposal: Proposal) -> Option:
        """Return one proposal judged, planned, and judged again."""
        before = judge(self.criteria, self.patient.facts, proposal.tags)
        if is_hard_stop(before):
            reason = "not planned: proved to be contraindicated"
            return _option(room, proposal, before, Unplanned(UnplannedCause.SKIPPED, reason))
        try:
            outcome = self._outcome(room, proposal)
        except Exception as error:  # noqa: BLE001 a room must never take the board down
            return self._failed(room, proposal, error)
        if isinstance(outcome, NoPlan):
            why = Unplanned(UnplannedCause.IMPOSSIBLE, outcome.reason, outcome.missing)
            return _option(room, proposal, before, why)
        return _option(room, proposal, self._judged_again(proposal, outcome), outcome)

    def _outcome(self, room: Treatment, proposal: Proposal) -> Plan | NoPlan:
        """Return the plan, kept from before or worked out now."""
        if self.store.folder is None:
            return room.plan(proposal, self.patient, self.progress)
        return self.store.remember(
            self._name(room, proposal),
            lambda: room.plan(proposal, self.patient, self.progress),
        )

    def _name(self, room: Treatment, proposal: Proposal) -> str:
        """Return under what name a plan is kept: whatever decides it is in the name."""
        facts = _facts_of(self.patient)
        key = key_of(proposal.parameters, proposal.targets, facts, self.evidence_hash)
        return f"{room.name}-{proposal.id}-{key}"

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
