"""The board again from changed facts, and the difference to the board as it is.

What is assumed wins over what was recorded, measured or planned; what follows from it is worked out
anew. A fact that a plan measures (remnant, margin, dose) is assumed of every option.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from liverboard.board.asking import criteria_of_option, facts_of_option
from liverboard.board.convene import DEFAULTS, BoardOptions, convene_patient
from liverboard.board.option import Board, Option
from liverboard.errors import RequestError
from liverboard.evidence.derive import derive
from liverboard.evidence.environment import environment_of
from liverboard.evidence.fact import Fact, FactLevel, FactSheet, Known, spec_of
from liverboard.evidence.flip import changed_facts, recorded
from liverboard.evidence.implication import following
from liverboard.evidence.judge import judge_all
from liverboard.evidence.judgement import Argument, Status, Verdict
from liverboard.evidence.loader import Evidence, load_evidence
from liverboard.evidence.wording import quantity, word
from liverboard.patient import Patient
from liverboard.treatments.protocol import Progress, silent
from liverboard.values import Quantity, Unknown

__all__ = ["ArgumentChange", "FactChange", "OptionChange", "WhatIf", "said_of", "what_if"]


@dataclass(frozen=True, slots=True)
class FactChange:
    """One fact as it was and as it is assumed, or as it follows (`is_assumed` false)."""

    name: str
    label: str
    before: str
    after: str
    is_assumed: bool


@dataclass(frozen=True, slots=True)
class ArgumentChange:
    """One criterion whose answer changed."""

    criterion: str
    text: str
    before: str
    after: str
    direction: str


@dataclass(frozen=True, slots=True)
class OptionChange:
    """One option before and after; a status is empty where the option is not proposed at all.

    `figures` are figures of the plan that changed, as `name: before -> after`; `cautions` are those
    that are new.
    """

    option: str
    before: str
    after: str
    arguments: tuple[ArgumentChange, ...]
    figures: tuple[str, ...]
    cautions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The difference: facts, options that changed, and how many did not.

    `before` and `after` are the two boards.
    """

    facts: tuple[FactChange, ...]
    options: tuple[OptionChange, ...]
    unchanged: int
    before: Board
    after: Board


def what_if(
    before: Board,
    assumed: Mapping[str, Fact],
    *,
    options: BoardOptions = DEFAULTS,
    evidence: Evidence | None = None,
    progress: Progress = silent,
) -> WhatIf:
    """Return the board again in a world where `assumed` holds, and what differs.

    Raises RequestError where what is assumed contradicts itself or is a fact of a single lesion.
    """
    known = evidence or load_evidence()
    _check(assumed)
    own = {name: fact for name, fact in assumed.items() if _is_of(name, FactLevel.PATIENT)}
    of_plan = {name: fact for name, fact in assumed.items() if _is_of(name, FactLevel.OPTION)}
    patient = _changed(before.patient, own)
    after = convene_patient(patient, options=options, evidence=known, progress=progress)
    if of_plan:
        after = _rejudged(after, of_plan, options, known)
    changes = tuple(_option_changes(before, after))
    same = len({one.id for one in (*before.options, *after.options)}) - len(changes)
    return WhatIf(tuple(_fact_changes(before, after, assumed)), changes, same, before, after)


def _is_of(name: str, level: FactLevel) -> bool:
    return spec_of(name).level is level


def _check(assumed: Mapping[str, Fact]) -> None:
    """Raise where an assumption cannot be made of a whole patient, or two contradict."""
    for name in assumed:
        if _is_of(name, FactLevel.LESION):
            raise RequestError(
                "is a fact of a single lesion and cannot be set for the patient",
                where=name,
                remedy="change the lesion mask instead",
            )
    own = {name: fact for name, fact in assumed.items() if _is_of(name, FactLevel.PATIENT)}
    for rule, name, value in following(environment_of(FactSheet(own))):
        said = own.get(name)
        if isinstance(said, Known) and said.value != value:
            raise RequestError(
                f"{said_of(said, name)} contradicts the others: {rule.why}",
                where=name,
                remedy="leave one of them out",
            )


def _changed(patient: Patient, assumed: Mapping[str, Fact]) -> Patient:
    """Return the patient of whom `assumed` holds."""
    base = recorded(patient.facts)
    if not assumed:
        return patient
    facts = changed_facts(base, assumed)
    for rule, name, value in following(environment_of(facts)):
        said = assumed.get(name)
        if isinstance(said, Known) and said.value != value:
            known = ", ".join(f"{one} is {said_of(facts.get(one), one)}" for one in rule.inputs)
            raise RequestError(
                f"{said_of(said, name)} contradicts the record, where {known}",
                where=name,
                remedy=f"set {' and '.join(rule.inputs)} too",
            )
    return replace(patient, facts=facts)


def _rejudged(
    board: Board, assumed: Mapping[str, Fact], options: BoardOptions, evidence: Evidence
) -> Board:
    """Return the board judged again with facts that a plan would measure."""
    found = []
    for option in board.options:
        if option.judgement.status is Status.FAILED:
            found.append(option)
            continue
        criteria = criteria_of_option(option, evidence, options.guideline)
        sheet = derive(facts_of_option(board, option).with_facts(assumed))
        found.append(replace(option, judgement=judge_all(criteria, sheet)))
    return replace(board, options=tuple(found))


def _option_changes(before: Board, after: Board) -> Iterator[OptionChange]:
    """Yield the options that differ, in the order of the boards."""
    old = {one.id: one for one in before.options}
    new = {one.id: one for one in after.options}
    for name in dict.fromkeys((*old, *new)):
        change = _change(name, old.get(name), new.get(name))
        if change is not None:
            yield change


def _change(name: str, old: Option | None, new: Option | None) -> OptionChange | None:
    """Return how one option differs, None where it does not."""
    if old is None or new is None:
        return OptionChange(name, _status(old), _status(new), (), (), ())
    arguments = tuple(_argument_changes(old, new))
    figures = tuple(_figure_changes(old, new))
    cautions = _new_cautions(old, new)
    if _status(old) == _status(new) and not (arguments or figures or cautions):
        return None
    return OptionChange(name, _status(old), _status(new), arguments, figures, cautions)


def _status(option: Option | None) -> str:
    return "" if option is None else str(option.judgement.status)


def _argument_changes(old: Option, new: Option) -> Iterator[ArgumentChange]:
    """Yield the criteria that answer otherwise; tags decide which criteria there are."""
    was: dict[str, Argument] = {one.criterion: one for one in old.judgement.arguments}
    for one in new.judgement.arguments:
        before = was.get(one.criterion)
        if before is not None and before.verdict is not one.verdict:
            yield ArgumentChange(
                one.criterion, one.text, _said(before.verdict), _said(one.verdict), one.direction
            )


def _said(verdict: Verdict) -> str:
    return "open" if verdict is Verdict.UNKNOWN else str(verdict)


def _figure_changes(old: Option, new: Option) -> Iterator[str]:
    """Yield figures of the plan that differ."""
    if not (old.has_plan and new.has_plan):
        if old.has_plan != new.has_plan:
            yield "plan: " + ("no longer worked out" if old.has_plan else "now worked out")
        return
    for name, figure in new.plan.metrics.items():
        was = old.plan.metrics.get(name)
        if was is not None and _figure(was) != _figure(figure):
            yield f"{name.replace('_', ' ')}: {_figure(was)} -> {_figure(figure)}"


def _figure(figure: Quantity) -> str:
    if isinstance(figure, Unknown):
        return "unknown"
    return quantity(float(f"{figure.value:.4g}"), figure.unit)


def _new_cautions(old: Option, new: Option) -> tuple[str, ...]:
    if not (old.has_plan and new.has_plan):
        return ()
    return tuple(one for one in new.plan.cautions if one not in old.plan.cautions)


def _fact_changes(before: Board, after: Board, assumed: Mapping[str, Fact]) -> Iterator[FactChange]:
    """Yield what was assumed, then what follows otherwise than before."""
    old, new = before.patient.facts, after.patient.facts
    for name, fact in assumed.items():
        yield _fact_change(name, old.get(name), fact, is_assumed=True)
    for name in sorted({*old.facts, *new.facts} - set(assumed)):
        was, now = old.get(name), new.get(name)
        if said_of(was, name) != said_of(now, name):
            yield _fact_change(name, was, now, is_assumed=False)


def _fact_change(name: str, was: Fact, now: Fact, *, is_assumed: bool) -> FactChange:
    label = spec_of(name).label
    return FactChange(name, label, said_of(was, name), said_of(now, name), is_assumed)


def said_of(fact: Fact, name: str) -> str:
    """Return a fact in words: its value with unit, or that it is unknown."""
    if isinstance(fact, Unknown):
        return "unknown"
    if isinstance(fact.value, bool | str):
        return word(fact.value)
    return quantity(float(f"{fact.value:.4g}"), spec_of(name).unit)
