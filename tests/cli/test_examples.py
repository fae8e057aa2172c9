"""The examples run and tell what they promise."""

import runpy
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_remnants_are_nested_in_every_line(toy_folder):
    lines = runpy.run_path(str(EXAMPLES / "remnants.py"))["remnant_lines"](toy_folder)
    assert len(lines) >= 5
    for line in lines:
        geometric, perfused, drained, functional = (float(word) for word in line.split()[:4])
        assert geometric >= max(perfused, drained) >= min(perfused, drained) >= functional
        assert line.split()[4].startswith("resection/")
