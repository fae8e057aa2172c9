"""A regimen put into the common currency: dose card, steps, burden, expectations, cautions.

Shared by the rooms of drugs; it proposes nothing and judges nothing. The record alone is enough.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from liverboard.evidence.environment import environment_of
from liverboard.evidence.fact import FactSheet
from liverboard.evidence.judgement import Verdict
from liverboard.evidence.kleene import evaluate
from liverboard.patient import Patient
from liverboard.systemic.card import CardLine, dose_card
from liverboard.systemic.reader import page_of, pages, span
from liverboard.systemic.regimen import PrimaryPage, Regimen
from liverboard.treatments.drug_exhibits import ExpectedRow, drug_exhibits, line_details
from liverboard.treatments.protocol import (
    Burden,
    Json,
    LiverEffect,
    NoPlan,
    Plan,
    Proposal,
    Provenance,
    Step,
)
from liverboard.values import Estimate, Quantity, Reason, Unknown, measured

__all__ = ["AGNOSTIC", "Gaps", "drug_plan", "propose_regimens"]

AGNOSTIC = "agnostic"
"""The page of regimens that ask for a marker, whatever the primary."""

METHOD = "drug-plan"

INTENTS = {
    "perioperative": "before and after the operation",
    "conversion": "to make an operation possible",
    "palliative": "to control the disease",
    "adjuvant": "after the operation",
}

METRICS = {
    "response": "response_percent",
    "progression_free": "progression_free_months",
    "survival": "survival_months",
    "survival_5y": "survival_5y_percent",
}


@dataclass(frozen=True, slots=True)
class Gaps:
    """Days from the last dose to an operation: any cytotoxic drug, and bevacizumab."""

    cytotoxic: Estimate
    bevacizumab: Estimate


def propose_regimens(patient: Patient, room: str) -> Sequence[Proposal]:
    """Return one proposal for each regimen and intent of `room` for the recorded primary.

    Without a recorded primary, or with one that has no page, one undecided proposal stands for all.
    """
    site = patient.facts.category("primary_site")
    if isinstance(site, Unknown) or site not in pages():
        primaries: tuple[str, ...] = ()
        found = [_undecided(room)]
    else:
        primaries, found = (site,), []
    for primary in (*primaries, AGNOSTIC):
        for regimen in page_of(primary).regimens.values():
            if regimen.room == room:
                found += [_proposal(regimen, intent) for intent in regimen.intents]
    return tuple(found)


def _undecided(room: str) -> Proposal:
    title = "Drugs by primary tumour (regimen undecided)"
    return Proposal("undecided", title, tags=frozenset({room, "systemic", "undecided"}))


def _proposal(regimen: Regimen, intent: str) -> Proposal:
    return Proposal(
        f"{regimen.id}-{intent}",
        f"{regimen.title}, {INTENTS[intent]}",
        tags=regimen.tags | {intent, "systemic"},
        parameters={"regimen": regimen.id, "primary": regimen.primary, "intent": intent},
    )


def drug_plan(proposal: Proposal, patient: Patient, gaps: Gaps) -> Plan | NoPlan:
    """Return `proposal` worked out for the body and record of `patient`."""
    if "regimen" not in proposal.parameters:
        return NoPlan("the regimen depends on the primary tumour", ("primary_site",))
    page = page_of(str(proposal.parameters["primary"]))
    regimen = page.regimens[str(proposal.parameters["regimen"])]
    course = _Course(regimen, str(proposal.parameters["intent"]), gaps)
    card = dose_card(regimen, patient.facts)
    expected = tuple(_expected(regimen, patient.facts))
    return Plan(
        lesions=(),
        liver=LiverEffect(),
        burden=course.burden(),
        provenance=Provenance("systemic/1", _provenance(proposal, gaps)),
        metrics={**course.metrics(), **_metrics(expected, course.intent)},
        steps=tuple(course.steps()),
        exhibits=drug_exhibits(page, regimen, card, expected, operation=course.operation_rows()),
        cautions=tuple(_cautions(page, course, card, patient.facts)),
        details=_details(page, regimen, card, course),
    )


def _provenance(proposal: Proposal, gaps: Gaps) -> dict[str, Json]:
    chosen = {"cytotoxic_days": gaps.cytotoxic.value, "bevacizumab_days": gaps.bevacizumab.value}
    return {**proposal.parameters, "gaps": chosen}


@dataclass(frozen=True, slots=True)
class _Course:
    """A regimen given with one intent: cycles, days, visits."""

    regimen: Regimen
    intent: str
    gaps: Gaps

    @property
    def before(self) -> int:
        """Return the cycles planned before an operation."""
        return self.regimen.intents[self.intent].before

    @property
    def after(self) -> int:
        """Return the cycles planned after an operation."""
        return self.regimen.intents[self.intent].after

    @property
    def leads_to_operation(self) -> bool:
        """Whether an operation may follow."""
        return self.before > 0

    def has(self, group: str) -> bool:
        """Whether a drug of a class or of a name is given."""
        return group in self.regimen.tags

    def operation_gap(self) -> Estimate:
        """Return the days from the last cytotoxic dose to an operation."""
        return self.gaps.cytotoxic

    def skipped_cycles(self, gap: Estimate) -> int:
        """Return from how many last cycles bevacizumab is left out to keep `gap` before surgery."""
        missing = gap.value - self.operation_gap().value
        return max(0, math.ceil(missing / self.regimen.cycle_days))

    def _days(self, cycles: int) -> Estimate:
        """Return the days from the first to the last dose of so many cycles."""
        last = max(day for dose in self.regimen.doses for day in dose.days)
        return measured((cycles - 1) * self.regimen.cycle_days + last, "day", METHOD)

    def steps(self) -> Iterator[Step]:
        """Yield the steps in time."""
        title = self.regimen.title
        if self.leads_to_operation:
            yield Step("before", f"{self.before} cycles of {title}", self._days(self.before))
            yield Step("restaging", "CT or MRI, CEA", after=("before",))
            name = "Operation" if self.intent == "perioperative" else "Operation, where possible"
            gap = self.operation_gap()
            yield Step("operation", name, after=("before", "restaging"), min_gap_days=gap)
        if self.after:
            earlier = ("operation",) if self.leads_to_operation else ()
            wait = span("restart-gap").estimate
            days = self._days(self.after)
            label = f"{self.after} cycles of {title}"
            yield Step("after", label, days, after=earlier, min_gap_days=wait)
        if not self.before and not self.after:
            until = span("restaging").estimate
            yield Step("cycles", f"{title} until progression or harm", after=())
            yield Step("restaging", "CT or MRI", after=("cycles",), max_gap_days=until)

    def burden(self) -> Burden:
        """Return what the course asks of the patient."""
        severe = self.regimen.any_severe
        wait = self.operation_gap().value / 7 if self.leads_to_operation else 0.0
        return Burden(
            sessions=self._visits(),
            nights=measured(0.0, "1", METHOD),
            waiting_weeks=measured(wait, "week", METHOD),
            severe_harm_percent=severe.estimate if severe else Unknown(Reason.NO_EVIDENCE),
            anaesthesia="none",
        )

    def _visits(self) -> Quantity:
        """Return the visits of the whole course; unknown where it has no planned end."""
        cycles = self.before + self.after
        if not cycles:
            return Unknown(Reason.INDETERMINATE, "until progression or harm")
        return measured(float(cycles * len(self.regimen.visit_days)), "1", METHOD)

    def metrics(self) -> dict[str, Quantity]:
        """Return visits of eight weeks, and planned cycles and days."""
        eight_weeks = span("restaging").estimate.value
        rate = len(self.regimen.visit_days) * eight_weeks / self.regimen.cycle_days
        found: dict[str, Quantity] = {"visits_in_8_weeks": measured(rate, "1", METHOD)}
        cycles = self.before + self.after
        if cycles:
            found["cycles_planned"] = measured(float(cycles), "1", METHOD)
        if self.leads_to_operation and self.has("anti-vegf"):
            left = float(self.skipped_cycles(self.gaps.bevacizumab))
            found["bevacizumab_free_cycles"] = measured(left, "1", METHOD)
        return found

    def operation_rows(self) -> tuple[tuple[str, str, str, str], ...]:
        """Return what has to pass before an operation: rule, days, cycles left out, source."""
        if not self.leads_to_operation:
            return ()
        names = ["cytotoxic-gap"]
        if self.has("anti-vegf"):
            names += ["bevacizumab-gap-label", "bevacizumab-gap-esmo", "bevacizumab-gap-usual"]
        rows = []
        for name in names:
            one = span(name)
            left = self.skipped_cycles(one.estimate)
            told = f"leave bevacizumab out of the last {left}" if left else "none"
            sources = ", ".join(f"{c.ref} ({c.mark})" for c in one.citations)
            rows.append((one.title, f"{one.estimate.value:g}", told, sources))
        return tuple(rows)


def _expected(regimen: Regimen, sheet: FactSheet) -> Iterator[ExpectedRow]:
    """Yield each published result with whether it speaks of this patient."""
    environment = environment_of(sheet)
    for outcome in regimen.outcomes:
        verdict = Verdict.YES
        if outcome.when is not None:
            verdict = evaluate(outcome.when, environment).verdict
        yield ExpectedRow(outcome, verdict)


def _metrics(expected: Sequence[ExpectedRow], intent: str) -> dict[str, Quantity]:
    """Return the expectation of each kind: the first result whose population the patient is of."""
    return {name: _expectation(expected, kind, intent) for kind, name in METRICS.items()}


def _expectation(expected: Sequence[ExpectedRow], kind: str, intent: str) -> Quantity:
    fitting = [
        row for row in expected if row.outcome.what == kind and intent in row.outcome.intents
    ]
    for row in fitting:
        if row.verdict is Verdict.YES:
            return row.outcome.estimate
    if any(row.verdict is Verdict.UNKNOWN for row in fitting):
        return Unknown(Reason.NOT_RECORDED, "not known whether the patient is of the population")
    if fitting:
        return Unknown(Reason.NO_EVIDENCE, "published of other patients only")
    return Unknown(Reason.NO_EVIDENCE)


def _cautions(
    page: PrimaryPage, course: _Course, card: Sequence[CardLine], sheet: FactSheet
) -> Iterator[str]:
    """Yield what must stand beside the doses."""
    yield "Computed from the record for discussion; a prescription is a physician's, after a check"
    for drug, line in {line.dose.drug.title: line for line in card}.items():
        yield from _reduction_cautions(drug, line)
    yield from _cycle_cautions(course, sheet)
    if page.liver_directed == "no":
        yield f"Treating the liver itself: {page.liver_directed_says}"
    yield from course.regimen.cautions


def _reduction_cautions(drug: str, line: CardLine) -> Iterator[str]:
    met = [one.rule for one in line.rules if not one.is_open]
    axes = {rule.axis for rule in met if rule.share_of(line.dose.amount) < 1.0}
    if any(rule.is_omitted for rule in met):
        yield f"{drug} is left out: the regimen is then another one, for the board to decide"
    elif len(axes) > 1:
        yield f"{drug}: reductions for {' and '.join(sorted(axes))} multiplied, a house judgement"
    missing = sorted({one.rule.axis for one in line.rules if one.is_open})
    if missing:
        yield f"{drug}: dose rules still open for {', '.join(missing)}"


def _cycle_cautions(course: _Course, sheet: FactSheet) -> Iterator[str]:
    """Yield warnings about cycles before an operation on the liver."""
    if not course.leads_to_operation:
        return
    had = sheet.number("systemic_cycles")
    limit, alert = span("cycles-before-hepatectomy"), span("cycles-alert")
    if isinstance(had, Unknown):
        yield "Cycles given so far are not known: the limit before a liver operation is not checked"
        return
    total = had + course.before
    if total >= alert.estimate.value:
        from_ = alert.estimate.value
        yield f"{total:g} cycles before the operation: from {from_:g} the liver failed more often"
    elif total > limit.estimate.value:
        yield f"{total:g} cycles before the operation, more than {limit.estimate.value:g}"


def _details(
    page: PrimaryPage, regimen: Regimen, card: Sequence[CardLine], course: _Course
) -> dict[str, Json]:
    """Return the room's own result as plain values."""
    return {
        "regimen": regimen.id,
        "intent": course.intent,
        "partner": regimen.partner,
        "cycle_days": regimen.cycle_days,
        "cycles_before": course.before,
        "cycles_after": course.after,
        "emetogenic": regimen.emetogenic,
        "doses": [line_details(line) for line in card],
        "standard": page.standard,
        "biomarkers": [
            {"fact": one.fact, "test": one.test, "decides": one.decides} for one in page.biomarkers
        ],
        "liver_directed": {
            "accepted": page.liver_directed,
            "says": page.liver_directed_says,
            "sources": [citation.ref for citation in page.liver_directed_citations],
        },
    }
