"""The example of the dose card, and what the documentation says of rules and options."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from liverboard.evidence.loader import load_evidence
from liverboard.systemic.reader import dose_rules, page_of, pages

ROOT = Path(__file__).parents[2]
DOCS = {
    name: (ROOT / "docs" / f"{name}.md").read_text("utf-8")
    for name in ("chemotherapy", "biologics")
}


def example():
    spec = importlib.util.spec_from_file_location("dose_card", ROOT / "examples" / "dose_card.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_example_gives_the_dose_of_the_hand_calculation():
    module = example()
    patient = module.invented()
    assert patient.facts.number("bsa") == pytest.approx(1.8)
    # (140 - 70) * 72 / (72 * 1.75 mg/dL) = 40 mL/min
    assert patient.facts.number("creatinine_clearance") == pytest.approx(40, abs=0.01)
    doses = {line["drug"]: line for line in module.capox(patient).details["doses"]}
    # 1000 * 1.8 * 0.5 * 0.75 = 675: a tablet of 500 and one of 150 mg
    assert doses["capecitabine"]["dose_high"] == pytest.approx(675, abs=0.1)
    assert doses["capecitabine"]["given_high"] == 650


def test_the_example_runs_as_a_user_runs_it():
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "dose_card.py")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "capecitabine: 1000 mg/m2, twice a day -> 650 mg" in done.stdout
    assert "rules met: dpyd-half, capecitabine-kidney" in done.stdout


def test_the_documentation_lists_every_rule_and_every_regimen():
    for rule in dose_rules():
        assert f"| `{rule.id}` | {rule.text} |" in DOCS["chemotherapy"]
    for name in pages():
        for regimen in page_of(name).regimens.values():
            assert f"| `{regimen.id}` |" in DOCS[regimen.room]


def test_the_documentation_counts_the_criteria():
    chemotherapy = len(load_evidence().criteria("chemotherapy"))
    biologics = len(load_evidence().criteria("biologics"))
    assert f"{chemotherapy} and {biologics} criteria" in DOCS["chemotherapy"]
