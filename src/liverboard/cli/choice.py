"""The command `choose`: resectability, ways to go under every guideline, populations of trials."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liverboard.cli.show import progress_to_stderr, refuse_future

if TYPE_CHECKING:
    from liverboard.evidence.fact import FactSheet
    from liverboard.evidence.judgement import Judgement
    from liverboard.evidence.loader import Evidence
    from liverboard.evidence.pathway import PathwayView

__all__ = ["choose", "lines_of_choice"]


def choose(
    folder: Annotated[Path, typer.Argument(help="A case folder.", metavar="CASE")],
    local: Annotated[
        Path | None, typer.Option("--rules", help="Folder with criteria of your own.")
    ] = None,
) -> None:
    """Lay ways to go side by side: axes of resectability, guidelines, populations of trials."""
    from liverboard.anatomy import examine
    from liverboard.case import read_case
    from liverboard.evidence.derive import derive
    from liverboard.evidence.loader import load_checked
    from liverboard.patient import patient_of

    evidence = load_checked(local)
    case = refuse_future(read_case(folder))
    patient = patient_of(case, examine(case, progress=progress_to_stderr()))
    for line in lines_of_choice(derive(patient.facts, evidence), evidence):
        typer.echo(line)


def lines_of_choice(sheet: FactSheet, evidence: Evidence) -> Iterator[str]:
    """Yield the choice in words: one line a statement."""
    from liverboard.evidence.pathway import pathway_views
    from liverboard.evidence.trial import populations

    yield from _resectability(sheet, evidence)
    yield ""
    yield "Ways to go, in the order in which a board looks at them"
    for view in pathway_views(sheet, evidence):
        yield from _way(view)
    yield ""
    yield "Populations of trials (what was read of their eligibility)"
    for population in populations(sheet, evidence):
        yield f"  {population.sentence}"
    yield ""
    yield "A multidisciplinary board decides. Nothing here is a recommendation."


def _resectability(sheet: FactSheet, evidence: Evidence) -> Iterator[str]:
    """Yield what a panel said, both axes, and how often panels disagree."""
    from liverboard.evidence.fact import Known
    from liverboard.evidence.pathway import resectability

    found = resectability(sheet, evidence)
    panel = found.panel.value if isinstance(found.panel, Known) else found.panel
    yield f"Resectability, by a panel: {str(panel).replace('_', ' ')}"
    yield from _axis("technical", found.technical)
    yield from _axis("oncological", found.oncological)
    if found.is_contested:
        yield "  The record contradicts itself: an axis forbids what the panel allows."
    share = found.disagreement
    yield (
        f"  Surgeons of one panel disagreed in {share.value:g} % of such evaluations "
        f"({', '.join(share.sources)}); another panel may answer otherwise."
    )


def _axis(name: str, judgement: Judgement) -> Iterator[str]:
    """Yield one axis with what speaks against."""
    yield f"  {name} axis: {judgement.status}"
    for argument in judgement.arguments:
        if argument.direction in ("against", "open"):
            yield f"    {argument.direction}: {argument.text}"


def _way(view: PathwayView) -> Iterator[str]:
    """Yield one way: its status under every guideline set, then what decides it."""
    statuses = {name: str(one.status) for name, one in view.judgements.items()}
    differs = "   GUIDELINES DIFFER" if view.differs else ""
    told = ", ".join(f"{name}: {status}" for name, status in statuses.items())
    yield f"  {view.pathway.step:2d}  {view.pathway.title}: {told or 'no criteria'}{differs}"
    for name, judgement in view.judgements.items():
        for argument in judgement.arguments:
            if argument.direction != "neutral":
                yield f"        {name}, {argument.direction}: {argument.text}"
