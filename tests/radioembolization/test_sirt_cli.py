"""Bad input of `sirt` and `infuse` as a user meets it: one clear line, exit code 2."""

import subprocess
import sys
from pathlib import Path

import pytest

from liverboard.cli import main
from liverboard.cli.nuclear_options import (
    aims_from,
    goals_from,
    map_or_uptake,
    shunt_from,
    uptake_from,
)
from liverboard.errors import RequestError

BAD = {
    "sirt nowhere --lsf 6": "looks like a percentage",
    "sirt nowhere --lsf abc": "is no number",
    "sirt nowhere --lsf 0.06%": "looks like a fraction",
    "sirt nowhere --lsf 120%": "is impossible",
    "sirt nowhere --lsf -0.1": "is impossible",
    "sirt nowhere --tn kao=3": "Kao's R compares activities",
    "sirt nowhere --tn R=2": "Kao's R compares activities",
    "sirt nowhere --tn 80": "not possible",
    "sirt nowhere --tn 4 --spect map.nii.gz": "exclude each other",
    "sirt nowhere --spect missing.nii.gz": "there is no such file",
    "sirt nowhere --device gold": "choose from resin, glass, holmium",
    "sirt nowhere --territory S9": "is no territory",
    "sirt nowhere --territory S6+S6": "is no territory",
    "sirt nowhere --aim tumour": "is no number",
    "sirt nowhere --aim tumour=": "is no number",
    "sirt nowhere --aim =3": "is no aim",
    "sirt nowhere --activity 4": "in no vial",
    "sirt nowhere --activity 0": "in no vial",
    "sirt nowhere --activity 1 --activity 2": "either given or worked out",
    "sirt nowhere --activity 1 --aim tumour=90": "either given or worked out",
    "delivered nowhere --pet missing.nii.gz": "one of --activity and --hours",
    "delivered nowhere --pet missing.nii.gz --hours 20": "there is no such file",
    "delivered nowhere --pet missing.nii.gz --device holmium --hours 20": "not seen by PET",
    "infuse nowhere --flow 0": "flow of 0",
    "infuse nowhere --pump zz": "is not known",
    "infuse nowhere --drug zz": "is not known",
    "infuse nowhere --dose 1.2": "beyond the label",
}


@pytest.mark.parametrize(("words", "says"), BAD.items())
def test_bad_input_is_one_clear_line(words, says, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["liverboard", *words.split()])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert len(lines) == 1
    assert says in lines[0]


def test_bad_input_shows_no_traceback_to_a_user():
    program = [sys.executable, "-c", "from liverboard.cli import main; main()"]
    asked = [*program, "sirt", "nowhere", "--lsf", "6"]
    ran = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr.startswith("error: --lsf: a lung shunt of 6 as a fraction is impossible")
    assert "Traceback" not in ran.stderr


def test_options_are_read():
    assert shunt_from("0.06") == shunt_from("6%") == [6.0]
    assert shunt_from("") == []
    assert aims_from(["tumour=120", "normal=40"]) == {"tumour": 120.0, "normal": 40.0}
    assert goals_from(["1.8"], 3.0) == ([1.8], {})
    assert goals_from(["tumour=120", "normal=40"], 3.0) == ([], {"tumour": 120.0, "normal": 40.0})
    assert uptake_from("4.1") == {"": 4.1}
    assert map_or_uptake(["4.1"]) == (None, {"": 4.1})
    assert map_or_uptake(["maps/spect.nii.gz"]) == (Path("maps/spect.nii.gz"), {})
    assert map_or_uptake([]) == (None, {})
    with pytest.raises(RequestError, match="ratio of masses"):
        uptake_from("R=2")
