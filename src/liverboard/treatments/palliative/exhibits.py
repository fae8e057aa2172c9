"""Tables of palliative care: advice, performance, prognosis, drugs in liver failure."""

from __future__ import annotations

from liverboard.evidence.fact import FactSheet, Known, spec_of
from liverboard.evidence.score import ScoreResult, score_of
from liverboard.treatments.exhibit import Table
from liverboard.treatments.palliative.options import Offer, drug_rows, performance_rows
from liverboard.values import Mark, Unknown

__all__ = ["advice_table", "drug_table", "performance_table", "prognosis_table"]

DRUGS_FOR = ("capsule-pain", "pruritus", "hospice", "referral", "stopping")
"""Offers that carry the table of drugs in liver failure."""


def _marked(text: str, mark: Mark) -> str:
    """Return a sentence, its mark behind it where it was not read."""
    return text if mark is Mark.VERIFIED else f"{text} [{mark}]"


def advice_table(offer: Offer) -> Table:
    """Return what is done, a sentence a row, each with source and mark."""
    rows = tuple((one.text, one.source, str(one.mark)) for one in offer.advice)
    sources = tuple(dict.fromkeys(one.source for one in offer.advice))
    return Table("What is done", ("advice", "source", "mark"), rows, sources=sources)


def performance_table(facts: FactSheet) -> Table:
    """Return ECOG beside Karnofsky, the row of this patient named."""
    rows, source, mark = performance_rows()
    own = facts.get("ecog")
    marked = tuple(
        (ecog, karnofsky, "this patient" if isinstance(own, Known) and own.value == ecog else "")
        for ecog, karnofsky in rows
    )
    note = _marked("ECOG and Karnofsky", mark)
    return Table("Performance", ("ECOG", "Karnofsky", ""), marked, note, (source,))


def prognosis_table(name: str, facts: FactSheet) -> Table:
    """Return a prognostic score item by item with what was published of its total."""
    result = score_of(name, facts)
    if isinstance(result, Unknown):
        return Table(name, ("item", "points"), (("not worked out", str(result)),))
    rows = [(item.name, _span(item.low, item.high)) for item in result.items]
    rows.append(("total", _span(result.low, result.high)))
    rows += _published(result)
    missing = ", ".join(spec_of(fact).label for fact in result.missing)
    return Table(
        result.score.title,
        ("item", "points"),
        tuple(rows),
        note=f"not known: {missing}" if missing else "; ".join(result.score.traps),
        sources=tuple(dict.fromkeys(one.ref for one in result.score.citations)),
    )


def _published(result: ScoreResult) -> list[tuple[str, str]]:
    """Return group and published outcomes, where the points settle them."""
    group = result.score.group_of(result.low, result.high)
    if isinstance(group, Unknown):
        return []
    found = [("group", group.label)]
    if isinstance(result.total, Unknown):
        return found
    for outcome in result.score.outcomes_of(result.total):
        figure = outcome.figure
        found.append((f"published {outcome.what}", f"{figure.value:g} {figure.unit}"))
    return found


def _span(low: float, high: float) -> str:
    """Return points, or their bounds."""
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def drug_table() -> Table:
    """Return drugs with what to do about them in liver failure."""
    rows, source, mark = drug_rows()
    note = _marked("A pharmacist checks; nothing here is a prescription.", mark)
    return Table("Drugs in liver failure", ("drug", "advice"), tuple(rows), note, (source,))
