"""Lesion by treatment: what each option does to each lesion, from the rooms' own plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from liverboard.board.joint.model import Entry
from liverboard.board.joint.pieces import why_against
from liverboard.board.joint.taken import is_local
from liverboard.board.option import Option
from liverboard.treatments.protocol import LesionOutcome, Plan
from liverboard.values import Reason, Unknown, measured

__all__ = ["matrix_of"]

NONE = Unknown(Reason.NOT_COMPUTED)


def matrix_of(
    options: Sequence[Option], lesions: Sequence[str], spent_ml: Mapping[tuple[str, str], float]
) -> tuple[Entry, ...]:
    """Return every option seen from every lesion, lesions first, in the order of the board.

    Options whose plan says nothing of single lesions (drugs, palliation) are left out.
    """
    return tuple(
        _entry(option, lesion, spent_ml) for lesion in lesions for option in _about_lesions(options)
    )


def _about_lesions(options: Sequence[Option]) -> Iterator[Option]:
    """Yield options of treatments that work on single lesions."""
    local = {
        option.treatment
        for option in options
        if isinstance(option.outcome, Plan) and is_local(option.outcome)
    }
    for option in options:
        is_planned = isinstance(option.outcome, Plan)
        if option.treatment in local and (not is_planned or is_local(option.plan)):
            yield option


def _entry(option: Option, lesion: str, spent_ml: Mapping[tuple[str, str], float]) -> Entry:
    """Return one option seen from one lesion."""
    outcome = option.outcome
    if not isinstance(outcome, Plan):
        against = why_against(option)
        return _told(option, lesion, ("unplanned", against or outcome.reason), None, NONE)
    found = next((one for one in outcome.lesions if one.lesion == lesion), None)
    volume = spent_ml.get((option.id, lesion))
    spent = NONE if volume is None else measured(volume, "ml", "joint-plan")
    return _told(option, lesion, _state(option, found), found, spent)


def _state(option: Option, outcome: LesionOutcome | None) -> tuple[str, str]:
    """Return whether the option serves the lesion, and why not."""
    if outcome is None:
        return "no", "not a target of this plan"
    if outcome.is_covered is False:
        return "no", outcome.remark or "not covered"
    against = why_against(option)
    if outcome.is_covered is None:
        return "may", against or outcome.remark
    return "possible", against or outcome.remark


def _told(
    option: Option,
    lesion: str,
    state: tuple[str, str],
    outcome: LesionOutcome | None,
    spent: object,
) -> Entry:
    """Return an entry; figures that the plan does not hold are unknown."""
    plan = option.outcome if isinstance(option.outcome, Plan) else None
    burden = plan.burden if plan else None
    return Entry(
        lesion=lesion,
        treatment=option.treatment,
        option=option.id,
        title=option.proposal.title,
        state=state[0],
        status=option.judgement.status.value,
        why=state[1],
        margin_mm=outcome.margin_mm if outcome else NONE,
        dose_gy=outcome.dose_gy if outcome else NONE,
        local_control_2y=outcome.local_control_2y if outcome else NONE,
        spent_ml=spent,  # type: ignore[arg-type]
        sessions=burden.sessions if burden else NONE,
        nights=burden.nights if burden else NONE,
        punctures=burden.punctures if burden else NONE,
        anaesthesia=burden.anaesthesia if burden else "unknown",
        is_dominated=bool(option.dominated_by),
    )
