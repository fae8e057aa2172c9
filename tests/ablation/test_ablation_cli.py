"""`liverboard ablate` as a user runs it."""

import json
import subprocess
import sys

import numpy as np
import pytest
from ablation_patients import case_with_skin

from builders import RECORD
from liverboard.case import write_image
from liverboard.numerics.grid import Image

PROGRAM = "from liverboard.cli import main; main()"


def liverboard(*arguments):
    """Run the program in a process of its own."""
    command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The toy patient with skin on disk."""
    place = tmp_path_factory.mktemp("ablate") / "case"
    (place / "segmentations").mkdir(parents=True)
    (place / "imaging").mkdir()
    (place / "case.yaml").write_text(json.dumps(RECORD))
    case = case_with_skin()
    for name, mask in case.structures.items():
        write_image(mask, place / "segmentations" / f"{name}.nii.gz")
    write_image(case.lesions, place / "segmentations" / "lesions.nii.gz")
    body = case.structures["body"]
    hu = np.where(body.array > 0, 60, -1000).astype(np.int16)
    write_image(Image(hu, body.grid), place / "imaging" / "ct.nii.gz")
    return place


def test_a_placed_needle_is_assessed(folder):
    ran = liverboard(
        "ablate",
        folder,
        "L2",
        "--device",
        "emprint",
        "--power",
        "100",
        "--minutes",
        "10",
        "--entry",
        "-90,-18,28",
        "--tip",
        "-36,-18,28",
    )
    assert ran.returncode == 0, ran.stderr
    assert "Margins and chances by lesion" in ran.stdout
    assert "37 x 32" in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("L9",), "there is no lesion 'L9'"),
        (("L2", "--device", "laser"), "no device is called"),
        (("L2", "--power", "100"), "belong together"),
        (("L2", "--power", "400", "--minutes", "5"), "outside the table"),
        (("L2", "--entry", "1,2,3"), "belong together"),
        (
            ("L2", "--power", "100", "--minutes", "5", "--entry", "1,2", "--tip", "1,2,3"),
            "is no point",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(folder, arguments, words):
    ran = liverboard("ablate", folder, *arguments)
    assert ran.returncode == 2
    lines = [line for line in ran.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    assert words in lines[0]
    assert "Traceback" not in ran.stderr
