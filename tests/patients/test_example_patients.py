"""The ten invented patients: what a specialist looks for on each board, and the letters to them."""

import re
from functools import cache
from pathlib import Path

import pytest

from liverboard.board.asking import ask_board
from liverboard.board.convene import convene
from liverboard.case import read_case
from liverboard.evidence.judgement import Status
from liverboard.report.letter import letter_of
from liverboard.report.readability import highest_grade, reading_grade

FOLDER = Path(__file__).parents[2] / "examples" / "patients"
NAMES = sorted(path.name for path in FOLDER.iterdir() if (path / "case.yaml").is_file())
OPEN = {Status.ELIGIBLE, Status.ELIGIBLE_WITH_CAUTIONS, Status.BORDERLINE}
NO = {Status.CONTRAINDICATED, Status.NOT_ELIGIBLE}


@cache
def board_of(name):
    return convene(read_case(FOLDER / name))


def judgement(name, option):
    found = [one for one in board_of(name).options if one.id == option]
    assert found, f"{name} has no option {option}"
    return found[0].judgement


def status(name, option):
    return judgement(name, option).status


def against(name, option):
    return {
        one.criterion for one in judgement(name, option).arguments if one.direction == "against"
    }


def test_there_are_ten_and_each_says_what_to_look_for():
    assert len(NAMES) == 10
    for name in NAMES:
        assert "invented: true" in (FOLDER / name / "case.yaml").read_text()
        assert "(invented)" in (FOLDER / name / "README.md").read_text().splitlines()[0]


@pytest.mark.parametrize("name", NAMES)
def test_every_option_of_every_room_is_argued_with_reasons(name):
    board = board_of(name)
    assert len({one.treatment for one in board.options}) == 9
    for option in board.options:
        assert option.judgement.arguments or option.judgement.missing, option.id
        for argument in option.judgement.arguments:
            assert argument.text
            assert argument.citations


@pytest.mark.parametrize("name", NAMES)
def test_care_for_comfort_stands_beside_every_board(name):
    assert status(name, "palliative/referral") is Status.ELIGIBLE


@pytest.mark.parametrize(
    ("name", "option", "expected"),
    [
        ("resectable-solitary", "resection/resection", {Status.NEEDS_DATA}),
        ("bilobar-ras-mutant", "biologics/cetuximab-folfiri-conversion", {Status.CONTRAINDICATED}),
        ("bilobar-ras-mutant", "biologics/panitumumab-palliative", {Status.CONTRAINDICATED}),
        ("bilobar-ras-mutant", "biologics/bevacizumab-mfolfox6-conversion", OPEN),
        ("msi-high", "biologics/pembrolizumab-palliative", OPEN),
        ("bilobar-ras-mutant", "biologics/pembrolizumab-palliative", {Status.NOT_ELIGIBLE}),
        ("braf-v600e", "biologics/encorafenib-cetuximab-palliative", OPEN),
        ("braf-v600e", "biologics/panitumumab-palliative", {Status.CONTRAINDICATED}),
        ("braf-v600e", "transplant/transmet", {Status.CONTRAINDICATED}),
        ("braf-v600e", "resection/resection", {Status.CONTRAINDICATED}),
        ("right-ras-wild-type", "biologics/bevacizumab-mfolfox6-conversion", OPEN),
        ("right-ras-wild-type", "biologics/panitumumab-mfolfox6-palliative", {Status.NOT_ELIGIBLE}),
        ("transplant-candidate", "transplant/transmet", OPEN),
        ("transplant-candidate", "transplant/soulmate", {Status.NEEDS_DATA}),
        ("ecog-3-ascites", "radioembolization/radioembolization", {Status.CONTRAINDICATED}),
        ("ecog-3-ascites", "chemotherapy/mfolfox6-palliative", {Status.CONTRAINDICATED}),
        ("ecog-3-ascites", "palliative/ascites", OPEN),
        ("ecog-3-ascites", "palliative/single-fraction", OPEN),
        ("ecog-3-ascites", "palliative/hospice", OPEN),
        ("ecog-3-ascites", "radiotherapy/whole-liver", OPEN),
        ("breast-her2", "chemotherapy/docetaxel-trastuzumab-pertuzumab-palliative", OPEN),
        ("breast-her2", "transplant/transplant", {Status.OUTSIDE_EVIDENCE}),
        ("breast-her2", "arterial_infusion/fudr-intera-3000", {Status.OUTSIDE_EVIDENCE}),
        ("neuroendocrine", "chemotherapy/lutetium-dotatate-palliative", OPEN),
        ("neuroendocrine", "transplant/milan-net", {Status.NEEDS_DATA}),
        ("uveal-melanoma", "chemotherapy/tebentafusp-palliative", OPEN),
        ("uveal-melanoma", "transplant/transplant", {Status.OUTSIDE_EVIDENCE}),
    ],
)
def test_the_board_says_what_a_specialist_expects(name, option, expected):
    assert status(name, option) in expected


def test_reasons_name_what_decides():
    assert any(
        "ras" in one for one in against("bilobar-ras-mutant", "biologics/panitumumab-palliative")
    )
    assert against("ecog-3-ascites", "radioembolization/radioembolization")
    shown = [
        one.text
        for one in judgement("ecog-3-ascites", "palliative/ascites").arguments
        if one.criterion == "albumin-for-large-volume"
    ]
    assert shown == ["More than 5 litres at once; albumin 8 g for each litre removed"]


@pytest.mark.parametrize("name", ["breast-her2", "neuroendocrine", "uveal-melanoma"])
def test_colorectal_regimens_do_not_stray_to_other_primaries(name):
    ids = {one.id for one in board_of(name).options}
    assert not any("folf" in one or "cetuximab" in one or "panitumumab" in one for one in ids)


def test_ask_names_the_genes_and_what_each_result_opens():
    asked = ask_board(board_of("resectable-solitary"))
    shown = {one.name: one for one in asked.facts}
    assert {"ras", "braf_v600e", "msi"} <= set(shown)

    def moved(fact, result, how):
        (found,) = [one for one in shown[fact].results if result in one.text]
        return set(getattr(found, how))

    assert "biologics/pembrolizumab-palliative" in moved("msi", "high", "opens")
    assert "biologics/panitumumab-mfolfox6-palliative" in moved("ras", "mutated", "closes")
    assert "biologics/encorafenib-cetuximab-mfolfox6-palliative" in moved(
        "braf_v600e", "no", "closes"
    )


def test_a_man_is_not_asked_whether_he_is_pregnant():
    asked = ask_board(board_of("ecog-3-ascites"))
    assert "pregnant" not in {one.name for one in asked.facts}
    assert "pregnant" in {one.name for one in ask_board(board_of("msi-high")).facts}


@pytest.mark.parametrize("name", NAMES)
def test_the_letter_is_plain_and_complete(name):
    board = board_of(name)
    letter = letter_of(board, ask_board(board))
    assert letter.grade <= highest_grade() <= 8.0
    assert letter.is_plain
    assert reading_grade(letter.text) == pytest.approx(letter.grade, abs=0.05)
    assert len(letter.parts) == 9
    for part in letter.parts:
        assert part.title in letter.text
        assert part.text in letter.text or part.text.split(" This is why")[0] in letter.text
    # neither identifiers of facts nor codes of options reach a patient
    assert not re.search(r"\b[a-z]+_[a-z]+\b", letter.text)
    assert not re.search(r"surviv\w+ (of|is) \d|\d+ ?% ", letter.text)


def test_a_recorded_number_of_lesions_is_shown_although_none_is_drawn():
    (used,) = {
        one.fact.value
        for argument in judgement("breast-her2", "ablation/emprint").arguments
        if argument.criterion == "small-and-few"
        for one in argument.facts
        if one.name == "lesion_count"
    }
    assert used == 3
