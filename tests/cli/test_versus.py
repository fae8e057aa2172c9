"""compare and diff as a user runs them."""

import json
from pathlib import Path

import pytest

from conftest import liverboard

PATIENT = Path(__file__).parents[2] / "examples" / "patients" / "bilobar-ras-mutant"


@pytest.fixture(scope="module")
def written(toy_folder, tmp_path_factory):
    """The board of the toy patient with two rooms, written once."""
    out = tmp_path_factory.mktemp("versus") / "out"
    rooms = ("--only", "resection", "--only", "radioembolization")
    done = liverboard("plan", toy_folder, *rooms, "--no-keep", "--out", out)
    assert done.code == 0, done.err
    return out


def ids(out, room):
    record = json.loads((out / "plan.json").read_text())
    return [one["id"] for one in record["options"] if one["treatment"] == room and one["plan"]]


def test_two_options_stand_side_by_side(written):
    resected, infused = ids(written, "resection")[0], ids(written, "radioembolization")[0]
    done = liverboard("compare", written, resected, infused)
    assert done.code == 0, done.err
    for word in ("functional remnant", "nights", "L1", "Against", "Open", "treated whole"):
        assert word in done.out
    rows = json.loads(liverboard("compare", written, resected, infused, "--json").out)
    assert rows["schema"] == "liverboard/compare/1"
    nights = next(row for row in rows["rows"] if row["label"] == "nights")
    assert nights["first"] != nights["second"]


def test_a_plan_beside_itself_differs_in_nothing(written):
    (first, *_) = ids(written, "resection")
    rows = json.loads(liverboard("compare", written, first, first, "--json").out)["rows"]
    assert rows
    assert all(row["first"] == row["second"] for row in rows)
    assert not any(row["is_apart"] for row in rows)


def test_two_mixed_plans_stand_side_by_side(written):
    done = liverboard("compare", written, "mixed-1", "mixed-2")
    assert done.code == 0, done.err
    assert "lesions uncontrolled" in done.out
    assert "done on day" in done.out


def test_names_that_do_not_go_together_are_one_line(written):
    option = ids(written, "resection")[0]
    for names in (("mixed-1", option), (option, "resection/nothing"), ("mixed-99", "mixed-1")):
        done = liverboard("compare", written, *names)
        assert done.code == 2
        assert len(done.err.strip().splitlines()) == 1


def changed(out, folder, change):
    """Write a record again after a change; return its file."""
    record = json.loads((out / "plan.json").read_text())
    change(record)
    path = folder / "plan.json"
    path.write_text(json.dumps(record))
    return path


def test_the_same_board_twice_does_not_differ(written):
    done = liverboard("diff", written, written / "plan.json")
    assert done.code == 0, done.err
    for word in ("Facts", "Lesions", "Liver", "Options", "Still unknown"):
        assert f"{word}: no change" in done.out


def test_lesions_that_grew_came_and_went_are_told(written, tmp_path):
    def later(record):
        first, second, third = record["lesions"][:3]
        first["volume_ml"]["value"] *= 1.5
        second["centroid_mm"][0] += 40.0
        third["id"] = "L9"
        record["options"][0]["status"] = "contraindicated"

    done = liverboard("diff", written, changed(written, tmp_path, later))
    assert done.code == 0, done.err
    assert "L1: " in done.out
    assert "volume +50 %" in done.out
    assert "L2: its centre lies 40 mm elsewhere" in done.out
    assert "L3: no longer segmented" in done.out
    assert "L9: new" in done.out
    assert "-> contraindicated" in done.out


def test_boards_of_two_patients_are_not_compared(written, tmp_path):
    def other(record):
        record["case"]["id"] = "someone-else"

    done = liverboard("diff", written, changed(written, tmp_path, other))
    assert done.code == 2
    assert "two patients" in done.error


def test_what_was_learned_is_told(tmp_path):
    text = (PATIENT / "case.yaml").read_text()
    for name, content in (("old", text), ("new", text.replace("  ras: mutated", "  ras: wild_type")
                          .replace("  kras: mutated", "  kras: wild_type"))):  # fmt: skip
        (tmp_path / name).mkdir()
        (tmp_path / name / "case.yaml").write_text(content)
        done = liverboard("plan", tmp_path / name, "--out", tmp_path / f"{name}-out")
        assert done.code == 0, done.err
    done = liverboard("diff", tmp_path / "old-out", tmp_path / "new-out")
    assert "mutated -> wild type" in done.out
    assert "biologics/panitumumab-mfolfox6-conversion: contraindicated ->" in done.out
