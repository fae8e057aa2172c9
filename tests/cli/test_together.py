"""Deciding together as a user runs it: the command, the page, the example, the real patient."""

import json
import runpy
from pathlib import Path

import pytest

from conftest import liverboard

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def written(toy_folder, tmp_path_factory):
    """The board of the toy patient, written once with an order of aims."""
    out = tmp_path_factory.mktemp("together") / "out"
    arguments = ("plan", toy_folder, "--only", "radioembolization", "--no-keep")
    done = liverboard(*arguments, "--out", out, "--prefer", "liver,life")
    assert done.code == 0, done.err
    return toy_folder, out, done.out


def test_the_command_tells_the_mixed_plans_and_the_order(written):
    _, _, output = written
    assert "mixed plans that none beats" in output
    assert "Ordered by the aims given, the first outranking the next: liver" in output


def test_plan_json_holds_matrix_plans_and_what_would_change(written):
    _, out, _ = written
    joint = json.loads((out / "plan.json").read_text())["joint"]
    assert {one["lesion"] for one in joint["entries"]} == {"L1", "L2", "L3"}
    kept = [plan["recount_percent"] for plan in joint["plans"]]
    assert kept == sorted(kept, reverse=True)
    assert joint["flips"]
    assert joint["plans"][0]["schedule"]


def test_the_page_shows_the_section_with_its_timeline(written):
    _, out, _ = written
    page = (out / "report.html").read_text()
    assert 'id="together"' in page
    assert "Lesion by treatment" in page
    assert "gantt-row" in page


def test_a_contradiction_is_refused_before_anything_is_read_or_written(tmp_path):
    out = tmp_path / "out"
    done = liverboard("plan", tmp_path / "none", "--out", out, "--prefer", "life,life")
    assert done.code == 2
    assert "contradicts itself" in done.error
    assert not out.exists()


def test_the_example_keeps_what_is_needed(written):
    case, _, _ = written
    lines = runpy.run_path(str(EXAMPLES / "together.py"))["mixed_lines"](
        str(case), ("radioembolization",)
    )
    figures = [[float(word) for word in line.split()[:2]] for line in lines]
    assert figures
    assert all(kept >= needed for needed, kept in figures)


@pytest.mark.real
@pytest.mark.slow
def test_the_real_patient_gets_mixed_plans(real_data, tmp_path):
    from liverboard.board.convene import BoardOptions, convene
    from liverboard.case import read_case
    from liverboard.case.template import init_case

    source = real_data / "crlm-ct-1006"
    folder = init_case(tmp_path / "case", ct=source / "ct.nii.gz", segmentations=source / "labels")
    board = convene(read_case(folder), options=BoardOptions(only=("radioembolization",)))
    assert len(board.joint.plans) > 1
    for plan in board.joint.plans:
        assert plan.recount_percent >= board.joint.needed_percent
        assert abs(plan.recount_percent - plan.quality.remnant_percent) <= 1.0
