"""The dose card: every line of a regimen worked out for one patient, with the rules applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from liverboard.evidence.environment import Environment, environment_of
from liverboard.evidence.fact import FactSheet
from liverboard.evidence.judgement import Verdict
from liverboard.evidence.kleene import evaluate
from liverboard.systemic.dose import banded_dose, carboplatin_mg, reduction, rounded, whole_dose
from liverboard.systemic.reader import dose_rules, span
from liverboard.systemic.regimen import Dose, DoseRule, Regimen
from liverboard.values import Unknown

__all__ = ["AppliedRule", "CardLine", "applied_rules", "dose_card"]

BODY = {"m2": "bsa", "kg": "weight", "auc": "creatinine_clearance"}
"""The fact that a dose is multiplied with."""


@dataclass(frozen=True, slots=True)
class AppliedRule:
    """A dose rule that is met, or that stays open because a fact is unknown."""

    rule: DoseRule
    verdict: Verdict

    @property
    def is_open(self) -> bool:
        """Whether the rule may yet apply."""
        return self.verdict is Verdict.UNKNOWN


@dataclass(frozen=True, slots=True)
class CardLine:
    """One dose for one patient, in the unit of `dose`.

    `body` is the measure that it is multiplied with. `full` is the dose before reductions; `low`
    and `high` bound the dose after them: they differ while a rule is open. `low` 0 means that the
    drug may have to be left out. `given_low` and `given_high` are rounded. All are Unknown where
    the body measure is.
    """

    dose: Dose
    is_loading: bool
    body: float | Unknown
    full: float | Unknown
    low: float | Unknown
    high: float | Unknown
    given_low: float | Unknown
    given_high: float | Unknown
    rules: tuple[AppliedRule, ...]

    @property
    def is_capped(self) -> bool:
        """Whether the cap holds the dose down."""
        is_known = not isinstance(self.full, Unknown) and not isinstance(self.body, Unknown)
        return is_known and bool(self.dose.cap) and self.full == self.dose.cap


def applied_rules(drug: str, facts: FactSheet | Environment) -> tuple[AppliedRule, ...]:
    """Return the rules for `drug` that are met or open, in the order of `rules.yaml`."""
    environment = environment_of(facts)
    judged = [
        AppliedRule(rule, evaluate(rule.when, environment).verdict)
        for rule in dose_rules()
        if drug in rule.drugs
    ]
    return tuple(one for one in judged if one.verdict is not Verdict.NO)


def dose_card(regimen: Regimen, sheet: FactSheet) -> tuple[CardLine, ...]:
    """Return the doses of `regimen` for the patient of `sheet`, a first dose as a line of its own.

    Bounds: rules that are met count in both, open ones in the lower only.
    """
    environment = environment_of(sheet)
    rules = {drug.id: applied_rules(drug.id, environment) for drug in regimen.drugs}
    lines = []
    for dose in regimen.doses:
        if dose.loading:
            lines.append(_line(dose, dose.loading, sheet, rules[dose.drug.id], is_loading=True))
        lines.append(_line(dose, dose.amount, sheet, rules[dose.drug.id], is_loading=False))
    return tuple(lines)


def _line(
    dose: Dose,
    amount: float,
    sheet: FactSheet,
    rules: tuple[AppliedRule, ...],
    *,
    is_loading: bool,
) -> CardLine:
    body = sheet.number(BODY[dose.per]) if dose.per in BODY else 1.0
    if isinstance(body, Unknown):
        return CardLine(dose, is_loading, body, body, body, body, body, body, rules)
    full = _full(dose, amount, body)
    low = full * _share(rules, amount, with_open=True)
    high = full * _share(rules, amount, with_open=False)
    given = [
        rounded(one, step=dose.drug.round_to, tablets=dose.drug.tablets) for one in (low, high)
    ]
    return CardLine(dose, is_loading, body, full, low, high, given[0], given[1], rules)


def _full(dose: Dose, amount: float, body: float) -> float:
    if dose.per == "auc":
        most = span("carboplatin-clearance-cap").estimate.value
        return carboplatin_mg(amount, body, most=most)
    if dose.bands:
        return banded_dose(dose.bands, body)
    return whole_dose(amount, body, dose.cap)


def _share(rules: Sequence[AppliedRule], amount: float, *, with_open: bool) -> float:
    """Return the share of the dose that the rules leave."""
    counted = [one.rule for one in rules if with_open or not one.is_open]
    return reduction((rule.axis, rule.share_of(amount)) for rule in counted)
