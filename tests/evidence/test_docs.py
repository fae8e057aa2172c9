"""The documentation says what the code does: tables, examples and source ids."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

from liverboard.evidence import calculators
from liverboard.evidence.calculators.formula import formulas
from liverboard.evidence.lint import lint_room
from liverboard.evidence.loader import load_evidence
from liverboard.evidence.parameter import strongest
from liverboard.evidence.score import scores

DOCS = Path(__file__).parents[2] / "docs"
EVIDENCE_PAGE = (DOCS / "evidence.md").read_text("utf-8")
CALCULATOR_PAGE = (DOCS / "calculators.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", EVIDENCE_PAGE, re.DOTALL)


def row_of_formula(spec):
    """Return the row of a calculator as the documentation has to show it."""
    valid = "; ".join(f"{name} {low:g}-{high:g}" for name, (low, high) in spec.valid.items())
    published = [one.ref for one in spec.citations if ":" not in one.ref]
    mark = strongest(citation.mark for citation in spec.citations)
    source = ", ".join(published) or "definition"
    return f"| `{spec.name}` | {spec.title} | {spec.formula} | {valid} | {source} | {mark} |"


def row_of_score(spec):
    """Return the row of a score as the documentation has to show it."""
    items = "; ".join(item.name for item in spec.items) or "see the formula"
    groups = "; ".join(f"{one.label} from {one.at_least:g}" for one in spec.groups)
    source = ", ".join(dict.fromkeys(citation.ref for citation in spec.citations))
    return f"| `{spec.name}` | {spec.title} | {items} | {groups} | {source} | {spec.mark} |"


@pytest.mark.parametrize("name", formulas())
def test_the_documentation_shows_every_calculator_as_it_is(name):
    assert row_of_formula(formulas()[name]) in CALCULATOR_PAGE


@pytest.mark.parametrize("name", scores())
def test_the_documentation_shows_every_score_as_it_is(name):
    assert row_of_score(scores()[name]) in CALCULATOR_PAGE


def test_the_traps_of_every_score_are_documented():
    for spec in scores().values():
        for trap in spec.traps:
            assert trap in CALCULATOR_PAGE


def test_the_python_example_runs():
    [example] = blocks("python")
    exec(compile(example, "docs/evidence.md", "exec"), {})


def test_the_yaml_example_loads_and_has_no_finding(tmp_path):
    [example] = blocks("yaml")
    target = tmp_path / "criteria" / "hospital" / "resection.yaml"
    target.parent.mkdir(parents=True)
    target.write_text(example, "utf-8")
    evidence = load_evidence(tmp_path)
    assert [one.id for one in evidence.criteria("resection", "hospital")] == ["anaemia"]
    assert lint_room(evidence, "resection", "hospital") == ()


def test_every_source_named_in_a_docstring_exists():
    sources = load_evidence().sources
    for info in pkgutil.iter_modules(calculators.__path__):
        module = importlib.import_module(f"{calculators.__name__}.{info.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            for ref in re.findall(
                r"\b[a-z]+(?:-[a-z]+)*-(?:\d{4}|unos|9-1-d)\b", function.__doc__ or ""
            ):
                assert ref in sources, (name, ref)


def test_the_anchors_that_sources_point_at_exist():
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in EVIDENCE_PAGE.splitlines()
        if line.startswith("#")
    }
    for source in load_evidence().sources.values():
        if source.url.startswith("docs/evidence.md#"):
            assert source.url.split("#")[1] in headings, source.id
