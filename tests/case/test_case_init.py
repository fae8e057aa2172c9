"""`init` and `check`: the empty folder, and everything that a look at a folder finds."""

from __future__ import annotations

import re

import numpy as np
import pytest
import yaml
from case_files import GRID, RECORD, box, ct, lesions, liver, make_case, raw_nifti, write_series

from liverboard.case import read_case, read_ct, write_image
from liverboard.case.findings import check_case, report_lines
from liverboard.case.sections import SECTIONS, recorded_in
from liverboard.case.template import init_case, template_text
from liverboard.errors import CaseError, ImageError, OutputError
from liverboard.evidence.fact import FactKind
from liverboard.numerics.grid import Image
from liverboard.units import units_like


def test_the_template_reads_as_it_is_and_states_nothing(tmp_path):
    folder = init_case(tmp_path / "Case 17 für Ü")
    case = read_case(folder)
    assert case.id == "Case-17-f-r"
    assert case.facts.facts.keys() >= {"systemic_lines"}
    assert all(not hasattr(fact, "value") for fact in case.facts.facts.values())
    assert sorted(path.name for path in folder.iterdir()) == [
        "case.yaml",
        "imaging",
        "segmentations",
    ]


def test_the_template_explains_every_key_with_units_and_values():
    text = template_text("x")
    for name, section in SECTIONS.items():
        part = text.split(f"\n{name}:", 1)[1]
        for key, marker in recorded_in(section):
            line = re.search(rf"^#  {key}:.*$", part, re.MULTILINE)[0]
            spec = marker.spec
            is_plain = spec.unit in ("1", "points")
            told = spec.domain or (() if is_plain else units_like(spec.family))
            assert spec.kind is FactKind.FLAG or all(word in line for word in told), line
            assert spec.label in line


def test_an_uncommented_template_asks_for_its_values_and_nothing_else(tmp_path):
    text = re.sub(r"^#( +(?!  )[a-z0-9_]+:)", r" \1", template_text("x"), flags=re.MULTILINE)
    folder = make_case(tmp_path / "c", text, ct=None, liver=None, lesions=None)
    problems = check_case(folder).problems
    keys = sum(len(list(recorded_in(section))) for section in SECTIONS.values())
    assert len(problems) >= keys - 1
    whats = {problem.what for problem in problems if not problem.where.endswith(": other")}
    assert whats <= {"no value", "expected a list, got None", "date 'None' cannot be read"}


def test_a_ct_is_brought_in_from_a_file_or_a_series_without_its_header(tmp_path):
    write_image(ct(), tmp_path / "scan.nii.gz")
    folder = init_case(tmp_path / "a", ct=tmp_path / "scan.nii.gz")
    assert np.array_equal(read_case(folder).ct.array, ct().array)
    series = write_series(tmp_path / "series")
    folder = init_case(tmp_path / "b", ct=series)
    assert np.array_equal(read_case(folder).ct.array, read_ct(series).array)
    assert b"Doe" not in (folder / "imaging" / "ct.nii.gz").read_bytes()


def test_masks_are_brought_in_as_they_are(tmp_path):
    masks = tmp_path / "masks"
    masks.mkdir()
    write_image(liver(), masks / "liver.nii.gz")
    (masks / "notes.txt").write_text("x")
    folder = init_case(tmp_path / "a", segmentations=masks)
    assert list(read_case(folder).structures) == ["liver"]
    assert [path.name for path in (folder / "segmentations").iterdir()] == ["liver.nii.gz"]
    single = init_case(tmp_path / "b", segmentations=masks / "liver.nii.gz")
    assert list(read_case(single).structures) == ["liver"]


def test_nothing_is_overwritten_and_nothing_left_after_a_mistake(tmp_path):
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "x").write_text("x")
    with pytest.raises(OutputError, match="there is something already; choose a new folder"):
        init_case(taken)
    assert [path.name for path in taken.iterdir()] == ["x"]
    raw_nifti(liver(), tmp_path / "bad.nii.gz", sform=0, qform=0)
    with pytest.raises(ImageError, match="left and right"):
        init_case(tmp_path / "new", ct=tmp_path / "bad.nii.gz")
    with pytest.raises(ImageError, match="no such file"):
        init_case(tmp_path / "new", ct=tmp_path / "gone.nii.gz")
    with pytest.raises(CaseError, match="no mask files"):
        init_case(tmp_path / "new", segmentations=taken)
    with pytest.raises(CaseError, match="no such file or folder"):
        init_case(tmp_path / "new", segmentations=tmp_path / "gone")
    assert not (tmp_path / "new").exists()
    with pytest.raises(OutputError, match="cannot be made"):
        init_case(tmp_path / "bad.nii.gz" / "below")


def test_check_lists_what_is_known_unknown_and_found(tmp_path):
    record = RECORD + "laboratory: {bilirubin: {value: 0.8, unit: mg/dL, date: 2026-01-10}}\n"
    folder = make_case(tmp_path / "c", record)
    write_image(Image(box(y=(16, 18)), GRID), folder / "segmentations" / "postcava.nii.gz")
    report = check_case(folder)
    assert report.is_usable
    text = "\n".join(report_lines(report))
    assert "Bilirubin (total): 13.68 umol/L, 2026-01-10 (case.yaml: laboratory.bilirubin)" in text
    assert "INR: not recorded -> blood test" in text
    assert "ct: 24 x 20 x 12 voxels of 2 x 2 x 3 mm (from imaging/ct.nii.gz)" in text
    assert "inferior_vena_cava: " in text
    assert "(from segmentations/postcava.nii.gz, by its alias)" in text
    assert "lesions: 2 lesions, 0.3 ml by voxel count (from segmentations/lesions.nii.gz)" in text
    assert "Number of liver lesions" not in text
    assert text.endswith("0 problems, 0 warnings")


def test_check_lists_every_problem_at_once(tmp_path):
    folder = make_case(
        tmp_path / "c", RECORD + "laboratory: {inr: high, albumin: 4}\n", lesions=None
    )
    raw_nifti(liver(), folder / "segmentations" / "liver.nii.gz", array=box().astype("f4") / 2)
    raw_nifti(liver(), folder / "segmentations" / "aorta.nii.gz", datatype=128)
    (folder / "imaging" / "ct.nii.gz").write_bytes(b"x")
    (folder / "labels.yaml").write_text("a: nonsense\n")
    report = check_case(folder)
    assert not report.is_usable
    lines = report_lines(report)
    for what in (
        "laboratory.inr",
        "laboratory.albumin",
        "0.5",
        "data type 128",
        "ct.nii.gz",
        "nonsense",
    ):
        assert any(what in line for line in lines[:8]), what
    assert lines[-1].startswith("6 problems")
    assert all("\n" not in line for line in lines)


def test_check_never_raises_for_a_folder_that_is_none(tmp_path):
    report = check_case(tmp_path / "gone")
    assert not report.is_usable
    assert "no such folder" in report_lines(report)[2]


def test_check_and_read_agree_on_what_is_usable(tmp_path):
    good = make_case(tmp_path / "good", lesions=lesions())
    assert check_case(good).is_usable
    assert check_case(good).remarks == read_case(good).remarks


def test_the_template_is_yaml_that_others_read_too():
    assert yaml.safe_load(template_text("x"))["id"] == "x"
