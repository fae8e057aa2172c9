"""A record alone loads nothing that measures, draws or opens images: that is most of a start."""

import subprocess
import sys

import pytest

RECORD = """\
schema: liverboard/case/1
id: alone
invented: true
reference_date: 2026-01-15
patient:
  age: {value: 58, unit: year}
  sex: male
  height: {value: 180, unit: cm}
  weight: {value: 80, unit: kg}
fitness: {ecog: 0}
primary: {site: colorectal, side: left}
history: {systemic: []}
"""
HEAVY = {
    "numba", "scipy", "skimage", "SimpleITK", "pydicom", "nibabel", "matplotlib", "PIL", "rich",
    "liverboard.anatomy.examination", "liverboard.anatomy.remnant",
}  # fmt: skip
PROGRAM = """
import sys
from liverboard.cli import main
try:
    main()
finally:
    print("loaded:" + " ".join(sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments", [["ask"], ["plan"], ["possible"], ["letter"], ["whatif", "--set", "ras=mutated"]]
)
def test_the_record_alone_loads_nothing_heavy(tmp_path, arguments):
    (tmp_path / "case.yaml").write_text(RECORD)
    words = [arguments[0], str(tmp_path), *arguments[1:]]
    if arguments == ["possible"]:
        words.append("resection")
    command = [sys.executable, "-c", PROGRAM, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = set(done.stderr.rpartition("loaded:")[2].split())
    assert "liverboard.board.convene" in loaded
    assert not loaded & HEAVY


def test_a_report_from_the_record_alone_loads_nothing_that_measures(tmp_path):
    (tmp_path / "case.yaml").write_text(RECORD)
    words = ["plan", str(tmp_path), "--out", str(tmp_path / "out")]
    command = [sys.executable, "-c", PROGRAM, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = set(done.stderr.rpartition("loaded:")[2].split())
    assert (tmp_path / "out" / "report.html").is_file()
    assert not loaded & (HEAVY - {"PIL"})
    assert not (tmp_path / "derived").exists()
