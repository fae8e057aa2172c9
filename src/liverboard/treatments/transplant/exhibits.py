"""Tables of a transplantation: scores, published survival, liver function, rule sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from liverboard.evidence.fact import FactSheet, Known, spec_of
from liverboard.evidence.score import ScoreResult, score_of
from liverboard.treatments.exhibit import Table
from liverboard.treatments.transplant.published import Outcome, RuleSet, exception_text, rule_sets
from liverboard.values import Estimate, Unknown

__all__ = ["function_table", "rule_set_table", "score_table", "survival_table"]

FUNCTION = ("child_pugh", "meld_3", "meld_na", "albi_score", "albi_grade", "creatinine_clearance")
"""What tells of liver and kidneys before a transplantation."""


def points_of(result: ScoreResult | Unknown) -> str:
    """Return the points of a score in words, bounds where facts are missing."""
    if isinstance(result, Unknown):
        return str(result)
    if result.low == result.high:
        return f"{result.low:g}"
    return f"{result.low:g} to {result.high:g}"


def score_table(name: str, facts: FactSheet) -> Table:
    """Return a score item by item, the total in the last row."""
    result = score_of(name, facts)
    if isinstance(result, Unknown):
        return Table(name, ("item", "points"), (("not worked out", str(result)),))
    rows = [(item.name, _span(item.low, item.high)) for item in result.items]
    missing = ", ".join(spec_of(fact).label for fact in result.missing)
    return Table(
        result.score.title,
        ("item", "points"),
        (*rows, ("total", points_of(result))),
        note=f"not known: {missing}" if missing else "; ".join(result.score.traps),
        sources=tuple(dict.fromkeys(one.ref for one in result.score.citations)),
    )


def _span(low: float, high: float) -> str:
    """Return points, or their bounds."""
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def survival_table(outcomes: Sequence[Outcome], facts: FactSheet) -> Table:
    """Return published survival, first by rule set, then by score."""
    rows = [_row(one.what, one.figure) for one in outcomes]
    rows += [_row(what, figure) for what, figure in _at_oslo(facts)]
    sources = dict.fromkeys(ref for one in outcomes for ref in one.figure.sources)
    sources |= dict.fromkeys(ref for _, one in _at_oslo(facts) for ref in one.sources)
    return Table(
        "Published survival of such patients",
        ("of whom", "figure", "unit", "mark"),
        tuple(rows) or (("no figure was published", "", "", ""),),
        note="What selected patients had; not a forecast for this one.",
        sources=tuple(sources),
    )


def _row(what: str, figure: Estimate) -> tuple[str, str, str, str]:
    """Return one figure as a row; a range where the sources give one."""
    number = f"{figure.value:g}"
    if figure.low != figure.high:
        number = f"{figure.low:g} to {figure.high:g}"
    return what, number, figure.unit, str(figure.mark)


def _at_oslo(facts: FactSheet) -> Iterator[tuple[str, Estimate]]:
    """Yield what was published of the Oslo score of this patient, where it is settled."""
    result = score_of("oslo_score", facts)
    if isinstance(result, Unknown) or isinstance(result.total, Unknown):
        return
    for outcome in result.score.outcomes_of(result.total):
        yield f"Oslo score {result.total:g}: {outcome.what}", outcome.figure


def function_table(facts: FactSheet) -> Table:
    """Return liver and kidney function as far as known."""
    rows = []
    for name in FUNCTION:
        fact = facts.get(name)
        value = f"{fact.value:.3g}" if isinstance(fact, Known) else str(fact)
        rows.append((spec_of(name).label, value, spec_of(name).unit))
    text, source = exception_text()
    return Table("Liver and kidneys", ("figure", "value", "unit"), tuple(rows), text, (source,))


def rule_set_table(chosen: RuleSet) -> Table:
    """Return the rule sets for the same primary, with year and place, this one named first."""
    same = [one for one in rule_sets().values() if one.primary == chosen.primary]
    ordered = [chosen, *(one for one in same if one.id != chosen.id)]
    rows = tuple(
        (one.id, one.dated, one.where, "look it up before use" if one.must_verify else "read")
        for one in ordered
    )
    return Table(
        "Rule sets, each answered as an option of its own",
        ("rule set", "text of", "where", "state"),
        rows,
        sources=tuple(one.source for one in ordered),
    )
