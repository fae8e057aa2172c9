"""Tables of a drug plan: dose card, rules, gaps before an operation, results, harms, primary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from liverboard.evidence.judgement import Citation, Verdict
from liverboard.systemic.card import AppliedRule, CardLine
from liverboard.systemic.regimen import Dose, Outcome, PrimaryPage, Regimen
from liverboard.treatments.exhibit import Cell, Exhibit, Table
from liverboard.treatments.protocol import Json
from liverboard.values import Unknown

__all__ = ["ExpectedRow", "drug_exhibits", "line_details"]

PER = {"m2": "/m2", "kg": "/kg", "flat": "", "auc": ""}
BODY_UNIT = {"m2": "m2", "kg": "kg", "flat": "", "auc": "mL/min"}
KIND = {
    "response": "response",
    "progression_free": "median progression-free",
    "survival": "median survival",
    "survival_5y": "alive at 5 years",
}
OF_PATIENT = {Verdict.YES: "yes", Verdict.NO: "no", Verdict.UNKNOWN: "not known"}


@dataclass(frozen=True, slots=True)
class ExpectedRow:
    """A published result, and whether the patient is of its population."""

    outcome: Outcome
    verdict: Verdict


def drug_exhibits(
    page: PrimaryPage,
    regimen: Regimen,
    card: Sequence[CardLine],
    expected: Sequence[ExpectedRow],
    *,
    operation: Sequence[tuple[str, str, str, str]],
) -> tuple[Exhibit, ...]:
    """Return what a reader of a regimen wants to see; empty tables are left out."""
    found = [_card_table(regimen, card), _rule_table(card), _operation_table(operation)]
    found += [_result_table(expected), _harm_table(regimen), _page_table(page)]
    return tuple(table for table in found if table.rows)


def published(dose: Dose, *, is_loading: bool) -> str:
    """Return the dose as the regimen states it: `85 mg/m2`, `AUC 5`, `300 mg twice a day`."""
    amount = dose.loading if is_loading else dose.amount
    text = f"AUC {amount:g}" if dose.per == "auc" else f"{amount:g} {dose.unit}{PER[dose.per]}"
    times = {1: "", 2: ", twice a day", 3: ", three times a day"}
    told = text + times.get(dose.times_a_day, f", {dose.times_a_day} times a day")
    return f"{told} (first dose)" if is_loading else told


def _days(days: Sequence[int]) -> str:
    """Return days as runs: `1-5, 8-12`."""
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


def _amount(value: float | Unknown, unit: str) -> str:
    """Return a dose for a cell; carboplatin's target is given in mg."""
    if isinstance(value, Unknown):
        return f"? {value.detail or value.reason}"
    return f"{value:.4g} {'mg' if unit == 'AUC' else unit}"


def _given(line: CardLine) -> str:
    """Return the dose to give where every open rule is excluded, and how rounding changed it."""
    value, exact = line.given_high, line.high
    if isinstance(value, Unknown) or isinstance(exact, Unknown):
        return _amount(value, line.dose.unit)
    if value == 0.0:
        return "leave out"
    change = 100.0 * (value - exact) / exact
    told = f" ({change:+.1f} % by rounding)" if abs(change) >= 0.05 else ""
    return _amount(value, line.dose.unit) + told


def _lowest(line: CardLine) -> str:
    """Return the dose where every open rule applies."""
    if not isinstance(line.given_low, Unknown) and line.given_low == 0.0:
        return "leave out"
    return _amount(line.given_low, line.dose.unit)


def _card_row(line: CardLine) -> tuple[Cell, ...]:
    dose = line.dose
    body = "" if dose.per == "flat" else _amount(line.body, BODY_UNIT[dose.per]).replace("AUC", "")
    full = _amount(line.full, dose.unit)
    met = "; ".join(one.rule.id for one in line.rules if not one.is_open)
    is_open = "; ".join(one.rule.id for one in line.rules if one.is_open)
    return (
        dose.drug.title,
        published(dose, is_loading=line.is_loading),
        body,
        f"{full} (capped)" if line.is_capped else full,
        met,
        _given(line),
        is_open,
        _lowest(line),
        _days(dose.days),
        f"{dose.drug.route}, {dose.how}",
        dose.drug.emetogenic,
    )


def _card_table(regimen: Regimen, card: Sequence[CardLine]) -> Table:
    return Table(
        f"Dose card: {regimen.title}, every {regimen.cycle_days} days",
        (
            "drug",
            "published",
            "body",
            "full dose",
            "rules met",
            "dose if no open rule applies",
            "rules open",
            "dose if all open rules apply",
            "days",
            "how",
            "emetogenic",
        ),
        tuple(map(_card_row, card)),
        note=f"Emetogenic class of the regimen: {regimen.emetogenic}. No cap on body surface; "
        "half-way is rounded down. Not a prescription.",
        sources=_refs(*regimen.citations, *(c for line in card for c in line.dose.citations)),
    )


def _refs(*citations: Citation) -> tuple[str, ...]:
    return tuple(dict.fromkeys(citation.ref for citation in citations))


def _cited(citations: Iterable[Citation]) -> str:
    return "; ".join(
        f"{one.ref}{', ' + one.locator if one.locator else ''} ({one.mark})" for one in citations
    )


def _rules(card: Sequence[CardLine]) -> Iterator[AppliedRule]:
    """Yield every rule of the card once."""
    found: dict[str, AppliedRule] = {}
    for line in card:
        for one in line.rules:
            found.setdefault(one.rule.id, one)
    yield from found.values()


def _effect(one: AppliedRule) -> str:
    rule = one.rule
    if rule.is_omitted:
        return "leave out"
    if rule.to:
        return ", ".join(f"{new:g} in place of {old:g}" for old, new in sorted(rule.to.items()))
    return "remark" if rule.factor is None else f"{100 * rule.factor:g} %"


def _rule_table(card: Sequence[CardLine]) -> Table:
    """Return the dose rules that are met or open, met ones first."""
    ordered = sorted(_rules(card), key=lambda one: one.is_open)
    rows = tuple(
        (
            one.rule.id,
            "open" if one.is_open else "met",
            one.rule.text,
            _effect(one),
            _cited(one.rule.citations),
        )
        for one in ordered
    )
    sources = _refs(*(c for one in ordered for c in one.rule.citations))
    return Table("Dose rules", ("rule", "state", "says", "effect", "source"), rows, sources=sources)


def _operation_table(rows: Sequence[tuple[str, str, str, str]]) -> Table:
    return Table(
        "Before an operation",
        ("gap", "days", "cycles without bevacizumab", "source"),
        tuple(rows),
        note="Counted from the last dose; the gap used stands in the steps.",
    )


def _result_row(row: ExpectedRow) -> tuple[Cell, ...]:
    one = row.outcome
    unit = "%" if one.estimate.unit == "percent" else "months"
    control = "" if one.control is None else f"{one.control:g} {unit} ({one.against})"
    return (
        one.who,
        OF_PATIENT[row.verdict],
        KIND[one.what],
        f"{one.estimate.value:g} {unit}",
        control,
        "" if one.hazard is None else f"{one.hazard:g}",
        "" if one.n is None else one.n,
        one.note,
        _cited((one.citation,)),
    )


def _result_table(expected: Sequence[ExpectedRow]) -> Table:
    return Table(
        "What trials found",
        (
            "population",
            "this patient",
            "what",
            "with it",
            "without it",
            "hazard ratio",
            "patients",
            "note",
            "source",
        ),
        tuple(map(_result_row, expected)),
        note="Medians of different trials are not compared: their patients differ.",
        sources=_refs(*(row.outcome.citation for row in expected)),
    )


def _harm_table(regimen: Regimen) -> Table:
    harms = (*regimen.harms, *((regimen.any_severe,) if regimen.any_severe else ()))
    rows = tuple((one.what, f"{one.estimate.value:g} %", _cited((one.citation,))) for one in harms)
    return Table(
        "Harms of grade 3 or more",
        ("harm", "share", "source"),
        rows,
        sources=_refs(*(one.citation for one in harms)),
    )


def _page_table(page: PrimaryPage) -> Table:
    """Return the standard of the primary, the tests it needs, and whether the liver is treated."""
    rows = [("standard", page.standard, _cited(page.standard_citations))]
    rows += [(f"test: {one.test}", one.decides, "") for one in page.biomarkers]
    told = f"{page.liver_directed}: {page.liver_directed_says}"
    rows.append(("treating the liver itself", told, _cited(page.liver_directed_citations)))
    sources = _refs(*page.standard_citations, *page.liver_directed_citations)
    return Table(
        f"Drugs for {page.primary.replace('_', ' ')}",
        ("subject", "says", "source"),
        tuple(rows),
        sources=sources,
    )


def line_details(line: CardLine) -> dict[str, Json]:
    """Return one line of the card as plain values; None where a body measure is missing."""

    def plain(value: float | Unknown) -> float | None:
        return None if isinstance(value, Unknown) else value

    return {
        "drug": line.dose.drug.id,
        "published": published(line.dose, is_loading=line.is_loading),
        "unit": "mg" if line.dose.unit == "AUC" else line.dose.unit,
        "times_a_day": line.dose.times_a_day,
        "days": list(line.dose.days),
        "full": plain(line.full),
        "dose_low": plain(line.low),
        "dose_high": plain(line.high),
        "given_low": plain(line.given_low),
        "given_high": plain(line.given_high),
        "rules_met": [one.rule.id for one in line.rules if not one.is_open],
        "rules_open": [one.rule.id for one in line.rules if one.is_open],
    }
