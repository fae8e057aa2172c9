"""The digital patient with its MAA SPECT, from case folder to doses, by way of the example."""

import importlib.util
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from liverboard.cli import nuclear
from liverboard.errors import RequestError
from liverboard.numerics.grid import Image
from liverboard.phantom.nifti import nifti_bytes
from liverboard.treatments.protocol import NoPlan, Proposal, silent
from liverboard.treatments.radioembolization import TREATMENT
from liverboard.treatments.radioembolization.lungs import lungs_of

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-c", "from liverboard.cli import main; main()"]


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("microspheres", ROOT / "examples/microspheres.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("digital") / "case"


@pytest.fixture(scope="module")
def digital(example, folder):
    return example.digital(folder)


@pytest.fixture(scope="module")
def plan(example, digital):
    return example.treated(digital[0])


def test_the_example_keeps_the_limit_of_normal_liver(plan):
    # EANM 2022: 75 Gy to the normal liver of each territory binds before 189 Gy to every tumour
    assert set(plan.details["binding"].values()) == {"normal liver of the territory"}
    assert plan.metrics["perfused_liver_dose_gy"].value == pytest.approx(75.0, rel=1e-6)


def test_the_blurred_map_gives_every_lesion_less_than_its_true_uptake(digital, plan):
    truth, normal = digital[1], 75.0
    for lesion in plan.lesions:
        seen = lesion.dose_gy.value / normal
        assert 1.0 < seen < truth[lesion.lesion]
    # 36 mm across: more than half of the contrast survives a blur of 12.5 mm
    largest = plan.lesions[0].dose_gy.value / normal
    assert largest - 1.0 > 0.5 * (truth["L1"] - 1.0)


def test_the_shunt_of_the_scan_is_found_in_the_lungs_that_it_shows(digital):
    patient, _ = digital
    found = lungs_of(patient.case, "spect_maa")
    assert not found.is_whole
    recorded = patient.facts.number("lung_shunt") / 100.0
    # blur of heart and liver into the lungs, and noise
    assert found.shunt == pytest.approx(recorded, rel=0.25)


def asked(patient, **changes):
    given = {
        "device": "glass",
        "territories": ["right"],
        "scenario": "unilobar",
        "map": "spect_maa",
    }
    return TREATMENT.plan(Proposal("t", "t", parameters={**given, **changes}), patient, silent)


def test_a_territory_without_voxels_is_refused(digital):
    patient, _ = digital
    labels = patient.anatomy.segments.labels.copy()
    labels[np.isin(labels, (6, 7))] = 5
    segments = replace(patient.anatomy.segments, labels=labels)
    without = replace(patient, anatomy=replace(patient.anatomy, segments=segments))
    plan = asked(without, territories=["S6+S7"])
    assert isinstance(plan, NoPlan)
    assert "has no voxels" in plan.reason


def test_a_territory_without_counts_is_refused(digital):
    patient, _ = digital
    image = patient.case.others["spect_maa"]
    array = image.array.copy()
    z, y, x = (np.indices(array.shape)[n] for n in range(3))
    points = image.grid.points(np.stack([z, y, x], axis=-1).reshape(-1, 3))
    array[(points[:, 0] < 20.0).reshape(array.shape)] = 0.0  # the right lobe, with room
    dark = replace(
        patient, case=replace(patient.case, others={"spect_maa": Image(array, image.grid)})
    )
    plan = asked(dark, territories=["S6+S7"])
    assert isinstance(plan, NoPlan)
    assert "no counts in territory" in plan.reason


def test_sirt_writes_doses_on_the_command_line(folder, digital, tmp_path):
    words = ["sirt", str(folder), "--device", "resin", "--territory", "right", "--activity", "1.2"]
    spect = ["--spect", str(folder / "imaging/spect_maa.nii.gz"), "--lsf", "6%"]
    out = ["--out", str(tmp_path / "doses")]
    ran = subprocess.run(
        [*PROGRAM, *words, *spect, *out], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "partition by territory | 1.20" in ran.stdout
    dose = pydicom.dcmread(tmp_path / "doses" / "dose-kernel.dcm")
    litre = float(np.prod([*dose.PixelSpacing, dose.SliceThickness])) / 1e6
    energy = dose.pixel_array.sum() * float(dose.DoseGridScaling) * litre * 1.05
    assert energy == pytest.approx(49.67 * 1.2 * 0.94, rel=1e-4)


@pytest.fixture
def at_hand(digital, monkeypatch):
    """Commands take the patient that was measured already, with the maps they are given."""

    def patient_with(folder, maps):
        del folder
        case = digital[0].case
        found = {name: nuclear._map_of(file) for name, file in maps.items()}
        return replace(digital[0], case=replace(case, others={**case.others, **found}))

    monkeypatch.setattr(nuclear, "_patient", patient_with)


def test_delivered_reads_a_pet(folder, at_hand, capsys):
    pet = folder / "imaging/spect_maa.nii.gz"
    nuclear.delivered(folder, pet, "glass", activity=2.5)
    printed = capsys.readouterr().out
    assert "Delivered, beside the plan" in printed
    assert "2.5 GBq given" in printed


def test_a_map_on_another_frame_is_refused(folder, digital, at_hand, tmp_path):
    image = digital[0].case.others["spect_maa"]
    away = replace(image.grid, origin_mm=(900.0, 0.0, 0.0))
    file = tmp_path / "away.nii.gz"
    file.write_bytes(nifti_bytes(image.array.astype(np.uint16), away))
    with pytest.raises(RequestError, match="register it to the CT first") as raised:
        nuclear.sirt(folder, uptake=[str(file)])
    assert "\n" not in str(raised.value)
