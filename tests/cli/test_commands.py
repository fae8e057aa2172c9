"""The program as a user runs it: what it prints, writes, and refuses."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from builders import RECORD
from conftest import PROGRAM, files_below, liverboard, write_case
from liverboard.board.model import BoardRecord


def record_in(folder):
    """Return the validated record of an output folder."""
    return BoardRecord.model_validate_json((folder / "plan.json").read_bytes())


def test_help_names_every_command():
    ran = liverboard("--help")
    assert ran.code == 0
    for word in ("init", "check", "phantom", "plan", "explain", "rules"):
        assert word in ran.out


def test_help_loads_no_numerics():
    probe = "import sys; from liverboard.cli import app; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    heavy = {"numpy", "numba", "scipy", "SimpleITK", "skimage", "pydantic", "matplotlib", "ortools"}
    assert not heavy & set(done.stdout.split())


def test_version_is_printed():
    assert liverboard("--version").out.startswith("liverboard 0.")


def test_plan_writes_record_report_layers_and_run(planned):
    ran, out = planned
    assert ran.code == 0, ran.err
    names = set(files_below(out))
    assert {"plan.json", "report.html", "run.json"} <= names
    record = record_in(out)
    layers = {layer.file for layer in record.layers}
    assert {f for f in names if f.endswith(".nii.gz")} >= layers
    assert "report.html" in ran.out
    assert record.case.id == "toy"


def test_plan_prints_a_line_for_every_option_and_its_progress_apart(planned):
    ran, out = planned
    for option in record_in(out).options:
        assert option.id.split("/")[1] in ran.out
    assert " s  " in ran.err
    assert " s  " not in ran.out


def test_every_lesion_is_in_the_record(planned):
    record = record_in(planned[1])
    assert [lesion.id for lesion in record.lesions] == ["L1", "L2", "L3"]


def test_two_runs_write_the_same_bytes(planned, toy_folder, tmp_path):
    _, out = planned
    again = tmp_path / "again"
    arguments = ("plan", toy_folder, "--out", again, "--only", "resection", "--no-keep")
    assert liverboard(*arguments).code == 0
    first, second = files_below(out), files_below(again)
    assert set(first) == set(second)
    assert [name for name in first if name != "run.json" and first[name] != second[name]] == []


def test_json_prints_what_is_written(toy_folder, planned):
    ran = liverboard("plan", toy_folder, "--only", "resection", "--json", "--no-keep")
    assert json.loads(ran.out) == json.loads((planned[1] / "plan.json").read_text())


def test_explain_reads_an_output_folder_and_names_values_and_sources(planned):
    _, out = planned
    option = record_in(out).options[0].id
    ran = liverboard("explain", out, option)
    assert ran.code == 0, ran.err
    assert option in ran.out
    assert len(ran.out.splitlines()) > 10


def test_explain_names_the_options_there_are(planned):
    ran = liverboard("explain", planned[1], "resection/unheard-of")
    assert ran.code == 2
    assert "resection/" in ran.error


@pytest.mark.parametrize("images", ["record only", "images only"])
def test_half_of_the_input_still_gives_a_board(tmp_path, images):
    bare = {"schema": "liverboard/case/1", "id": "bare"}
    if images == "record only":
        folder = write_case(tmp_path / "case", images=False)
    else:
        folder = write_case(tmp_path / "case", record=bare)
    ran = liverboard("plan", folder, "--out", tmp_path / "out", "--only", "resection")
    assert ran.code == 0, ran.err
    record = record_in(tmp_path / "out")
    assert record.options
    assert record.missing


def test_without_vessels_the_board_says_what_it_cannot_know(tmp_path):
    folder = write_case(tmp_path / "case", without=("portal_vein", "hepatic_veins"))
    ran = liverboard("plan", folder, "--out", tmp_path / "out", "--only", "resection")
    assert ran.code == 0, ran.err
    text = (tmp_path / "out" / "plan.json").read_text()
    assert "no mask of the portal vein" in text
    assert "no mask of the hepatic veins" in text


def test_check_tells_found_and_unknown(toy_folder):
    ran = liverboard("check", toy_folder)
    assert ran.code == 0
    assert "liver" in ran.out
    assert "unknown" in ran.out.lower()


def test_init_makes_a_folder_that_check_accepts(tmp_path):
    assert liverboard("init", tmp_path / "new").code == 0
    assert liverboard("check", tmp_path / "new").code == 0


def test_rules_lint_show_and_test():
    assert liverboard("rules", "lint").code == 0
    assert "0 errors" in liverboard("rules", "lint").out
    assert "remnant" in liverboard("rules", "show", "resection").out
    assert liverboard("rules", "test").code == 0


BAD_RECORDS = {
    "empty": ("", "empty"),
    "unknown key": (json.dumps({**RECORD, "bilirubin": 3}), "bilirubin"),
    "no unit": (json.dumps({**RECORD, "laboratory": {"bilirubin": 12}}), "unit"),
    "odd yaml": ("id: [", "case.yaml"),
}


@pytest.mark.parametrize("kind", sorted(BAD_RECORDS))
def test_a_bad_record_is_one_line_exit_2_and_nothing_written(tmp_path, kind):
    text, expected = BAD_RECORDS[kind]
    folder = write_case(tmp_path / "case", images=False)
    (folder / "case.yaml").write_text(text)
    before = files_below(folder)
    ran = liverboard("plan", folder, "--out", tmp_path / "out")
    assert ran.code == 2
    assert expected in ran.error
    assert not (tmp_path / "out").exists()
    assert files_below(folder) == before


def test_a_missing_folder_is_named(tmp_path):
    ran = liverboard("plan", tmp_path / "nowhere", "--out", tmp_path / "out")
    assert ran.code == 2
    assert "nowhere" in ran.error
    assert not (tmp_path / "out").exists()


def test_an_unknown_treatment_is_refused_before_any_work(toy_folder, tmp_path):
    ran = liverboard("plan", toy_folder, "--only", "surgery", "--out", tmp_path / "out")
    assert ran.code == 2
    assert "resection" in ran.error
    assert not (tmp_path / "out").exists()


def test_an_output_that_cannot_be_written_is_refused_before_any_work(toy_folder, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    for out in (blocked, blocked / "below"):
        ran = liverboard("plan", toy_folder, "--out", out)
        assert ran.code == 2
        assert "choose another folder" in ran.error
        assert " s  " not in ran.err
    assert blocked.read_text() == "not a folder"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_output_is_refused(toy_folder, tmp_path):
    tmp_path.chmod(0o500)
    ran = liverboard("plan", toy_folder, "--out", tmp_path / "out")
    tmp_path.chmod(0o700)
    assert ran.code == 2
    assert "cannot be written" in ran.error


def interrupted(command, folder: Path) -> int:
    """Run a command, interrupt it when the first plan is kept, and return its exit code."""
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(1200):
        if list(folder.rglob("resection-*.store")):
            break
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    return running.wait(timeout=120)


def test_an_interrupted_run_goes_on_and_leaves_no_half_file(toy_folder, planned, tmp_path):
    folder = tmp_path / "case"
    shutil.copytree(toy_folder, folder)
    out = tmp_path / "out"
    arguments = ["plan", str(folder), "--out", str(out), "--only", "resection"]
    code = interrupted([sys.executable, "-c", PROGRAM, *arguments], folder / "derived")
    assert code in (130, -signal.SIGINT)
    assert not list(tmp_path.rglob("*.part"))
    ran = liverboard(*arguments)
    assert ran.code == 0, ran.err
    assert (out / "plan.json").read_bytes() == (planned[1] / "plan.json").read_bytes()


def test_what_was_kept_belongs_to_its_version(toy_folder, tmp_path):
    """A damaged or foreign file in derived/ changes nothing."""
    folder = tmp_path / "case"
    shutil.copytree(toy_folder, folder)
    arguments = ("plan", folder, "--only", "resection", "--json")
    first = liverboard(*arguments)
    for path in (folder / "derived").rglob("*.store"):
        path.write_bytes(b"from another version")
    assert liverboard(*arguments).out == first.out
