"""Asking on a board: what is still open, and what would make an option possible.

The criteria of every option are asked again on the facts of the patient and of the option's plan;
`evidence.ask` and `evidence.flip` do the branching.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from liverboard.board.option import Board, Option
from liverboard.errors import RequestError
from liverboard.evidence.ask import Asked, ask
from liverboard.evidence.derive import derive
from liverboard.evidence.environment import environment_of
from liverboard.evidence.fact import FactSheet
from liverboard.evidence.flip import Possibility, recorded, ways_to
from liverboard.evidence.guideline import Criterion
from liverboard.evidence.loader import CORE, Evidence
from liverboard.evidence.outlook import Matter

__all__ = ["ask_board", "facts_of_option", "matters_of", "options_called", "possible"]


def facts_of_option(board: Board, option: Option) -> FactSheet:
    """Return what is known of patient and option together, with what follows from it."""
    facts = board.patient.facts
    if not (option.has_plan and option.plan.facts):
        return facts
    return derive(facts.with_facts(option.plan.facts))


def criteria_of_option(option: Option, evidence: Evidence, guideline: str) -> tuple[Criterion, ...]:
    """Return the criteria that speak of an option."""
    tags = option.proposal.tags
    return tuple(
        one for one in evidence.criteria(option.treatment, guideline) if one.applies.to(tags)
    )


def matters_of(
    board: Board, *, evidence: Evidence | None = None, guideline: str = CORE
) -> tuple[Matter, ...]:
    """Return every option of a board as the criteria see it."""
    known = evidence or board.evidence
    shared = environment_of(board.patient.facts)
    found = []
    for option in board.options:
        facts = facts_of_option(board, option)
        # Options that measure nothing share one environment, so that branching is done once.
        environment = shared if facts is board.patient.facts else environment_of(facts)
        criteria = criteria_of_option(option, known, guideline)
        found.append(Matter(option.id, criteria, environment))
    return tuple(found)


def ask_board(board: Board, *, evidence: Evidence | None = None, guideline: str = CORE) -> Asked:
    """Return which open facts would change what, over all options of a board."""
    return ask(matters_of(board, evidence=evidence, guideline=guideline))


def possible(
    board: Board,
    wanted: str,
    *,
    evidence: Evidence | None = None,
    guideline: str = CORE,
) -> tuple[Possibility, ...]:
    """Return what would make the options called `wanted` (one, or all of a room) possible."""
    known = evidence or board.evidence
    return tuple(
        _possibility(board, option, criteria_of_option(option, known, guideline))
        for option in options_called(board, wanted)
    )


def _possibility(board: Board, option: Option, criteria: Sequence[Criterion]) -> Possibility:
    facts = facts_of_option(board, option)
    return ways_to(option.id, criteria, facts, recorded(facts))


def options_called(board: Board, wanted: str) -> tuple[Option, ...]:
    """Return the option called `wanted`, or all options of the room of that name.

    RequestError names what is near where there is none.
    """
    found = tuple(one for one in board.options if wanted in (one.id, one.treatment))
    if found:
        return found
    names = [*dict.fromkeys(one.treatment for one in board.options), *(o.id for o in board.options)]
    near = get_close_matches(wanted, names, n=3, cutoff=0.5)
    rooms = ", ".join(dict.fromkeys(one.treatment for one in board.options))
    remedy = f"did you mean {' or '.join(near)}?" if near else f"rooms of this board: {rooms}"
    raise RequestError(f"no room or option is called {wanted!r}", remedy=remedy)
