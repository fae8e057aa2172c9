"""What the page asks further: ways to go, trials, tests that move an option, the letter."""

from pathlib import Path

import pytest

from liverboard.board.asking import ask_board
from liverboard.board.convene import convene
from liverboard.case import read_case
from liverboard.report.further import further_of
from liverboard.report.letter import letter_of
from liverboard.report.page import report_page
from liverboard.report.write import record_of

PATIENTS = Path(__file__).parents[2] / "examples" / "patients"


@pytest.fixture(scope="module")
def boards():
    names = ("right-ras-wild-type", "resectable-solitary", "ecog-3-ascites", "msi-high")
    return {name: convene(read_case(PATIENTS / name)) for name in names}


def test_guidelines_stand_side_by_side_and_differences_are_marked(boards):
    found = further_of(boards["right-ras-wild-type"])
    assert {"core", "esmo", "asco"} <= set(found.sets)
    assert all(len(way.statuses) == len(found.sets) for way in found.ways)
    for way in found.ways:
        said = {status for status in way.statuses if status}
        assert way.differs == (len(said) > 1)
    assert any(way.differs for way in found.ways)


def test_trials_say_in_or_outside_and_why(boards):
    found = further_of(boards["ecog-3-ascites"])
    assert found.trials
    assert all("because:" in one or "depends on:" in one for one in found.trials)
    assert any("outside" in one for one in found.trials)


def test_only_what_a_person_can_tell_is_asked(boards):
    found = further_of(boards["resectable-solitary"])
    assert found.asked
    assert not any(one.is_measured for one in found.asked)
    assert {"ras", "msi", "braf_v600e"} <= {one.name for one in found.asked}


def test_what_would_open_a_treatment_names_the_change(boards):
    for one in further_of(boards["ecog-3-ascites"]).opened:
        assert one.ways
        assert all(" goes from " in way for way in one.ways)


def test_every_word_of_the_letter_is_on_the_page(boards):
    board = boards["msi-high"]
    found = further_of(board)
    assert found.letter == letter_of(board, ask_board(board))
    shown = [word for part in found.paragraphs for word in (part.text, *part.items) if word]
    plain = " ".join(found.letter.text.replace("\n- ", "\n").split())
    assert " ".join(" ".join(shown).split()) == plain


def test_the_page_holds_the_sections_and_does_without_a_board(boards):
    board = boards["msi-high"]
    record = record_of(board)
    page = report_page(record, board)
    for anchor in ("ways", "asked", "letter"):
        assert f'id="{anchor}"' in page
        assert f'id="{anchor}"' not in report_page(record)
