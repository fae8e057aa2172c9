"""The simulated MAA SPECT: same bytes, known uptake and shunt, and a case that reads it back."""

import json

import numpy as np
import pytest
from digital import COARSE

from liverboard.case import read_case
from liverboard.cli import case as commands
from liverboard.cli import phantom_options
from liverboard.phantom import make_maa, write_phantom


@pytest.fixture(scope="module")
def scan(phantom):
    return make_maa(phantom)


def test_the_same_patient_gives_the_same_counts(phantom, scan):
    assert np.array_equal(make_maa(phantom).counts, scan.counts)


def test_uptake_and_shunt_lie_where_they_are_drawn_from(phantom, scan):
    assert set(scan.uptake) == {one.id for one in phantom.truth.lesions}
    assert all(2.3 <= ratio <= 7.2 for ratio in scan.uptake.values())
    assert 3.0 <= scan.lung_shunt_percent <= 12.0


def test_the_scan_lies_over_the_ct(phantom, scan):
    low, high = (phantom.grid.corners_mm().min(axis=0), phantom.grid.corners_mm().max(axis=0))
    step = np.array(scan.grid.spacing_mm[::-1])
    assert (scan.grid.corners_mm().min(axis=0) >= low - 1e-6).all()
    assert (scan.grid.corners_mm().max(axis=0) >= high - 2 * step).all()
    assert scan.grid.contains(phantom.grid.points(np.argwhere(phantom.mask("liver") > 0))).all()


def test_counts_are_the_blurred_truth(phantom, scan):
    # the hottest voxel of the largest lesion, blurred, lies between liver and its true uptake
    indices = np.argwhere(phantom.mask("liver") > 0)
    nearest = np.rint(scan.grid.indices(phantom.grid.points(indices))).astype(int)
    normal = float(np.median(scan.counts[tuple(nearest.T)]))
    largest = max(phantom.truth.lesions, key=lambda one: one.voxel_volume_ml)
    z, y, x = np.rint(scan.grid.indices(np.array([largest.shape.centre_mm]))[0]).astype(int)
    seen = float(scan.counts[z - 1 : z + 2, y - 1 : y + 2, x - 1 : x + 2].mean()) / normal
    assert 1.2 < seen < scan.uptake[largest.id]


def test_the_lungs_in_the_image_hold_their_share(phantom, scan):
    # counts per mass of lung are the shunt of all counts over one kilogram
    assert 0.0 < scan.seen_lungs_kg < 1.0


def test_the_case_reads_it_back(phantom, scan, tmp_path):
    folder = write_phantom(phantom, tmp_path / "case", maa=scan)
    case = read_case(folder)
    image = case.others["spect_maa"]
    assert image.grid.matches(scan.grid)
    assert np.array_equal(image.array, scan.counts)
    assert case.facts.number("lung_shunt") == pytest.approx(scan.lung_shunt_percent, abs=0.06)
    truth = json.loads((folder / "truth/maa.json").read_text())
    assert truth == json.loads(json.dumps(scan.truth))


def test_replacing_removes_the_scan(phantom, scan, tmp_path):
    write_phantom(phantom, tmp_path / "case", maa=scan)
    write_phantom(phantom, tmp_path / "case", is_replacing=True)
    assert not (tmp_path / "case" / "imaging" / "spect_maa.nii.gz").exists()


def test_the_command_writes_the_scan_when_asked(scan, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(phantom_options, "options_from", lambda *_, **__: COARSE)
    commands.phantom(tmp_path / "case", maa=True)
    assert capsys.readouterr().out.strip() == str(tmp_path / "case")
    found = read_case(tmp_path / "case").others["spect_maa"]
    assert np.array_equal(found.array, scan.counts)
