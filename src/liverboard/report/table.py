"""The options of a board side by side: one row each, for the page and for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from liverboard.board.model import (
    BoardRecord,
    EstimateRecord,
    LesionOutcomeRecord,
    OptionRecord,
    PlanRecord,
    QuantityRecord,
    UnknownRecord,
)

__all__ = ["OptionRow", "option_row", "option_table"]

NO_PLAN = UnknownRecord(reason="not computed", detail="there is no plan")
NO_MARGIN = UnknownRecord(reason="not computed", detail="no margin was measured")


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One option in figures.

    `covered` of `lesions` lesions are removed or destroyed whole; `unclear` of them the plan cannot
    tell. `closest` is the lesion with the smallest margin. The last four count arguments.
    """

    id: str
    treatment: str
    title: str
    status: str
    has_plan: bool
    covered: int
    unclear: int
    lesions: int
    functional_ml: QuantityRecord
    functional_percent: QuantityRecord
    smallest_margin_mm: QuantityRecord
    closest: LesionOutcomeRecord | None
    removed_ml: QuantityRecord
    sessions: QuantityRecord
    nights: QuantityRecord
    mortality_90d_percent: QuantityRecord
    dominated_by: tuple[str, ...]
    for_count: int
    against_count: int
    open_count: int
    neutral_count: int

    @property
    def is_dominated(self) -> bool:
        """Whether another option of the same treatment is nowhere worse and somewhere better."""
        return bool(self.dominated_by)


def option_table(record: BoardRecord) -> tuple[OptionRow, ...]:
    """Return a row for every option, in the order of the record."""
    return tuple(option_row(option, len(record.lesions)) for option in record.options)


def option_row(option: OptionRecord, lesions: int) -> OptionRow:
    """Return the row of one option of a patient with `lesions` measured lesions."""
    plan = option.plan
    outcomes = () if plan is None else plan.lesions
    closest = _closest(outcomes)
    return OptionRow(
        id=option.id,
        treatment=option.treatment,
        title=option.title,
        status=option.status,
        has_plan=plan is not None,
        covered=sum(outcome.is_covered is True for outcome in outcomes),
        unclear=sum(outcome.is_covered is None for outcome in outcomes),
        lesions=max(lesions, len(outcomes)),
        functional_ml=_of_plan(plan, "liver", "functional_ml"),
        functional_percent=_of_plan(plan, "liver", "functional_percent"),
        smallest_margin_mm=_margin(plan, closest),
        closest=closest,
        removed_ml=_of_plan(plan, "liver", "removed_ml"),
        sessions=_of_plan(plan, "burden", "sessions"),
        nights=_of_plan(plan, "burden", "nights"),
        mortality_90d_percent=_of_plan(plan, "burden", "mortality_90d_percent"),
        dominated_by=option.dominated_by,
        for_count=_count(option, "for"),
        against_count=_count(option, "against"),
        open_count=_count(option, "open"),
        neutral_count=_count(option, "neutral"),
    )


def _of_plan(plan: PlanRecord | None, part: str, name: str) -> QuantityRecord:
    """Return one figure of a plan, unknown where there is no plan."""
    if plan is None:
        return NO_PLAN
    found: QuantityRecord = getattr(getattr(plan, part), name)
    return found


def _closest(outcomes: Iterable[LesionOutcomeRecord]) -> LesionOutcomeRecord | None:
    """Return the lesion with the smallest known margin; None where no margin is known."""
    known = [one for one in outcomes if isinstance(one.margin_mm, EstimateRecord)]
    return min(known, key=lambda one: one.margin_mm.value, default=None)  # type: ignore[union-attr]


def _margin(plan: PlanRecord | None, closest: LesionOutcomeRecord | None) -> QuantityRecord:
    """Return the smallest margin of a plan, or why it is unknown."""
    if closest is not None:
        return closest.margin_mm
    return NO_PLAN if plan is None else NO_MARGIN


def _count(option: OptionRecord, direction: str) -> int:
    """Return how many arguments speak in one direction."""
    return sum(argument.direction == direction for argument in option.arguments)
