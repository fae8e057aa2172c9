"""Bad input of `sirt` and `infuse` as a user meets it: one clear line, exit code 2."""

import subprocess
import sys

import pytest

from liverboard.cli.nuclear_options import aims_from, shunt_from, uptake_from
from liverboard.errors import RequestError

BAD = {
    "sirt nowhere --lsf 6": "looks like a percentage",
    "sirt nowhere --lsf abc": "is no number",
    "sirt nowhere --tn kao=3": "Kao's R compares activities",
    "sirt nowhere --tn 80": "not possible",
    "sirt nowhere --device gold": "choose from resin, glass, holmium",
    "sirt nowhere --territory S9": "is no territory",
    "sirt nowhere --territory S6+S6": "is no territory",
    "sirt nowhere --aim tumour": "is no aim",
    "sirt nowhere --activity 4": "not in a vial of resin",
    "infuse nowhere --flow 0": "flow of 0",
    "infuse nowhere --pump zz": "is not known",
    "infuse nowhere --drug zz": "is not known",
    "infuse nowhere --dose 1.2": "beyond the label",
}


@pytest.mark.parametrize(("words", "says"), BAD.items())
def test_bad_input_is_one_clear_line(words, says):
    program = [sys.executable, "-c", "from liverboard.cli import main; main()"]
    ran = subprocess.run([*program, *words.split()], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    lines = [line for line in ran.stderr.splitlines() if line.startswith("error:")]
    assert len(lines) == 1
    assert says in lines[0]
    assert "Traceback" not in ran.stderr


def test_options_are_read():
    assert shunt_from("0.06") == shunt_from("6%") == [6.0]
    assert shunt_from("") == []
    assert aims_from(["tumour=120", "normal=40"]) == {"tumour": 120.0, "normal": 40.0}
    assert uptake_from("4.1") == {"": 4.1}
    with pytest.raises(RequestError, match="ratio of masses"):
        uptake_from("R=2")
