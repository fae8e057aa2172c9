"""A small patient on disk, and the program as a user runs it."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from builders import RECORD, case_of
from liverboard.case import write_image
from liverboard.numerics.grid import Image

PROGRAM = "from liverboard.cli import main; main()"


@dataclass(frozen=True)
class Ran:
    """What a run of the program gave."""

    code: int
    out: str
    err: str

    @property
    def error(self):
        """The one line that tells of an error; fails where there is not exactly one."""
        lines = [line for line in self.err.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        return lines[0]


def liverboard(*arguments, cwd=None) -> Ran:
    """Run the program in a process of its own."""
    command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


def write_case(folder: Path, *, record=None, images=True, without=()) -> Path:
    """Write the toy patient as a case folder."""
    (folder / "segmentations").mkdir(parents=True)
    (folder / "imaging").mkdir()
    (folder / "case.yaml").write_text(json.dumps(record or RECORD))
    if images:
        case = case_of(spacing_mm=(4.0, 3.0, 3.0), without=without)
        for name, mask in case.structures.items():
            write_image(mask, folder / "segmentations" / f"{name}.nii.gz")
        if isinstance(case.lesions, Image):
            write_image(case.lesions, folder / "segmentations" / "lesions.nii.gz")
            liver = case.structures["liver"]
            hu = np.where(liver.array > 0, 110, -50) - 60 * (case.lesions.array > 0)
            write_image(Image(hu.astype(np.int16), liver.grid), folder / "imaging" / "ct.nii.gz")
    return folder


def files_below(folder: Path):
    """Return every file below a folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="session")
def toy_folder(tmp_path_factory):
    """The toy patient on disk; nobody changes it."""
    return write_case(tmp_path_factory.mktemp("toy") / "a patient ü")


@pytest.fixture(scope="session")
def planned(toy_folder, tmp_path_factory):
    """The toy patient's resection board, written; (run, output folder)."""
    out = tmp_path_factory.mktemp("planned") / "out"
    arguments = ("plan", toy_folder, "--out", out, "--only", "resection", "--no-keep")
    return liverboard(*arguments), out
