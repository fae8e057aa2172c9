"""The sequence of a mixed plan: the rooms' own steps, gaps between treatments, restaging."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from liverboard.board.joint.model import Choice, Scheduled
from liverboard.board.joint.published import anaesthetics, table
from liverboard.board.joint.schedule import days_of, gap_between_days
from liverboard.board.joint.timeline import Conflict, Gap, Task, schedule
from liverboard.board.option import Option
from liverboard.evidence.fact import FactSheet
from liverboard.systemic.reader import span
from liverboard.values import Unknown

__all__ = ["sequence_of"]

SYSTEMIC = "systemic therapy"


def sequence_of(
    choices: Sequence[Choice],
    left: Sequence[str],
    options: Mapping[str, Option],
    sheet: FactSheet,
) -> tuple[tuple[Scheduled, ...], str]:
    """Return the steps of a mixed plan in time from today, and what must be said about them.

    Each treatment brings its own steps; whole treatments are four weeks apart, in the order that
    ends soonest; an operation under general anaesthesia waits for the last cytotoxic dose;
    restaging comes every eight weeks until all is done; where lesions are left, systemic therapy
    follows after the gap that an operation asks. Waiting lists are not counted.
    """
    leading = {one.treatment: options[one.option] for one in reversed(choices)}
    tasks: list[Task] = []
    gaps: list[Gap] = []
    wait, remark = _drug_gap(sheet)
    for treatment, option in sorted(leading.items()):
        is_operation = bool(anaesthetics(option.plan.burden.anaesthesia))
        tasks += _tasks(treatment, option, wait if is_operation else 0)
        gaps += _gaps(treatment, option)
    done = schedule(tasks, gaps, apart=gap_between_days())
    if isinstance(done, Conflict):
        return (), f"no schedule exists: {'; '.join(done.words)} cannot all hold"
    has_operation = any(anaesthetics(one.plan.burden.anaesthesia) for one in leading.values())
    return tuple(_with_drugs(done, bool(left))), remark if has_operation else ""


def _drug_gap(sheet: FactSheet) -> tuple[int, str]:
    """Return the days still to wait after the last cytotoxic dose, and what is not known of it."""
    gap = round(span("cytotoxic-gap").estimate.value)
    lines = sheet.number("systemic_lines")
    if not isinstance(lines, Unknown) and lines == 0:
        return 0, ""
    since = sheet.number("days_since_systemic")
    if isinstance(since, Unknown):
        return (
            0,
            "The day of the last dose is not known: the gap before an operation is not counted.",
        )
    return max(0, gap - round(since)), ""


def _tasks(treatment: str, option: Option, wait: int) -> Iterator[Task]:
    """Yield the steps of one treatment; only what has no earlier step waits for the drug gap."""
    otherwise = int(table("steps")["step_without_duration"]["days"])
    known = {step.id for step in option.plan.steps}
    for step in option.plan.steps:
        is_first = not known.intersection(step.after)
        yield Task(
            f"{treatment}/{step.id}",
            step.title,
            treatment,
            days_of(step.duration_days, otherwise),
            wait if is_first else 0,
            "gap after the last cytotoxic dose" if wait and is_first else "",
        )


def _gaps(treatment: str, option: Option) -> Iterator[Gap]:
    """Yield the gaps between the steps of one treatment."""
    known = {step.id for step in option.plan.steps}
    for step in option.plan.steps:
        for before in step.after:
            if before in known:
                yield Gap(
                    f"{treatment}/{before}",
                    f"{treatment}/{step.id}",
                    days_of(step.min_gap_days, 0),
                    days_of(step.max_gap_days, -1),
                )


def _with_drugs(done: Sequence[Scheduled], has_left: bool) -> Iterator[Scheduled]:
    """Yield the steps with restaging every eight weeks, and drugs where lesions are left."""
    last = max((one.end_day for one in done), default=0)
    every = round(span("restaging").estimate.value)
    start = last + round(span("restart-gap").estimate.value) if done else 0
    if has_left:
        why = f"{start - last} days after the last local treatment" if done else ""
        drugs = Scheduled("drugs", "Systemic therapy", SYSTEMIC, start, start + every, (), why)
        done, last = (*done, drugs), start + every
    yield from done
    for number in range(1, last // every + 1):
        day = every * number
        yield Scheduled(
            f"restaging-{number}", "Restaging", "restaging", day, day, (), "every eight weeks"
        )
