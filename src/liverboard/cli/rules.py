"""Commands about the criteria: lint, show, test."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="The criteria: load-time checks, readable text, their own tests.")


@app.command()
def lint() -> None:
    """Check every criterion: names, units, sources, contradictions, untested leaves."""
    from liverboard.evidence.lint import Severity
    from liverboard.evidence.rules import lint_all

    findings = lint_all()
    for finding in findings:
        typer.echo(str(finding))
    counts = [sum(finding.severity is one for finding in findings) for one in Severity]
    typer.echo(", ".join(f"{n} {one}s" for n, one in zip(counts, Severity, strict=True)))
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    raise typer.Exit(2 if errors else 0)


@app.command()
def show(
    room: Annotated[str, typer.Argument(help="A treatment, such as resection.")] = "",
    guideline: Annotated[str, typer.Option(help="Guideline set.")] = "core",
) -> None:
    """Print the criteria as readable text."""
    from liverboard.evidence.loader import load_evidence
    from liverboard.evidence.rules import render_rules

    evidence = load_evidence()
    for name in [room] if room else evidence.rooms(guideline):
        typer.echo(render_rules(name, guideline, evidence=evidence))


@app.command()
def test() -> None:
    """Run the test cases that the criteria carry."""
    from liverboard.evidence.rules import run_rule_tests

    failed = 0
    for result in run_rule_tests():
        where = f"{result.guideline}/{result.room}"
        typer.echo(f"{where}: {result.tests} tests, {result.vignettes} vignettes")
        for failure in result.failures:
            typer.echo(f"  {failure.place}: {failure.message}")
        failed += len(result.failures)
    raise typer.Exit(1 if failed else 0)
