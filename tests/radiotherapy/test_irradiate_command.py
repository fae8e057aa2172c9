"""The irradiate command as a user runs it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*words):
    """Run the program; return what it said."""
    code = "from liverboard.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, "irradiate", *words],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip


def test_a_folder_that_is_no_case_is_one_line_and_exit_2(tmp_path):
    done = run(str(tmp_path), "L1")
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1].startswith("error:")


@pytest.mark.parametrize("word", ["--leaves", "--dicom"])
def test_an_arc_has_no_leaf_openings_yet(tmp_path, word):
    words = [word] if word == "--leaves" else [word, str(tmp_path / "rt")]
    done = run(str(tmp_path), "L1", "--technique", "arc", *words)
    assert done.returncode == 2
    assert f"{word}: arc has no leaf openings" in done.stderr
    assert not (tmp_path / "rt").exists()


@pytest.mark.real
@pytest.mark.slow
def test_two_lesions_of_the_real_patient(real_data, tmp_path):
    # labels of the real patient as a case folder; the two largest lesions are planned together
    source = real_data / "crlm-ct-1006"
    (tmp_path / "imaging").mkdir()
    (tmp_path / "segmentations").mkdir()
    (tmp_path / "case.yaml").write_text("schema: liverboard/case/1\nid: real\n")
    shutil.copy(source / "ct.nii.gz", tmp_path / "imaging" / "ct.nii.gz")
    for mask in (source / "labels").glob("*.nii.gz"):
        shutil.copy(mask, tmp_path / "segmentations" / mask.name)
    done = run(str(tmp_path), "L1,L4", "--dicom", str(tmp_path / "rt"))
    assert done.returncode == 0, done.stderr
    written = sorted(path.name for path in (tmp_path / "rt").iterdir())
    assert written == ["rtdose.dcm", "rtplan.dcm", "rtstruct.dcm"]
    assert "Under errors of set-up and range" in done.stdout
    assert "From fluence to leaf openings" in done.stdout
    assert "Dose limits of organs" in done.stdout
    assert "not checked" in done.stdout  # the patient has no masks of the gut
    assert "NOT FOR CLINICAL USE" in done.stdout
    wrong = run(str(tmp_path), "L99")
    assert wrong.returncode == 2
    assert "L99" in wrong.stderr
