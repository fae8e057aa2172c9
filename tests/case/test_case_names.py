"""Names of structures: one meaning each, and none guessed."""

from __future__ import annotations

import pytest

from liverboard.case import names
from liverboard.case.names import Meaning, canonical_names, meaning_of, near_names, stem_of


def test_every_alias_has_one_meaning():
    seen: dict[str, str] = {}
    for name in canonical_names():
        for word in {name, *names.aliases_of(name), *names.parts_of(name)}:
            folded = names.folded(word)
            assert seen.setdefault(folded, name) == name, word
            assert not names.is_unused(word), word


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("liver", "liver"), ("Liver", "liver"), ("IVC", "inferior_vena_cava"),
        ("postcava", "inferior_vena_cava"), ("portal_vein_and_splenic_vein", "portal_vein"),
        ("portalvein", "portal_vein"), ("hepatic_vessel", "liver_vessels"),
        ("liver_lesions", "lesions"), ("tumour", "lesions"), ("cancer", "lesions"),
        ("Kidney_R", "kidney_right"), ("rightkidney", "kidney_right"),
        ("SpinalCord", "spinal_cord"),
        ("spinal_canal", "spinal_canal"), ("Bowel_Large", "colon"), ("External", "body"),
        ("couinaud_4", "liver_segment_4"), ("Segment VIII", "liver_segment_8"),
        ("oesophagus", "esophagus"), ("adrenal-gland.left", "adrenal_gland_left"),
    ],
)  # fmt: skip
def test_names_of_other_tools_are_understood(written, name):
    assert meaning_of(written) == Meaning(name)


@pytest.mark.parametrize(
    ("written", "number"),
    [("lesion_01", 1), ("lesion_12", 12), ("tumor3", 3), ("livertumor 4", 4), ("Metastasis-2", 2)],
)
def test_single_lesions_are_numbered(written, number):
    assert meaning_of(written) == Meaning("lesions", lesion=number)


@pytest.mark.parametrize(
    "written", ["artery", "venoussystem", "liverr", "lesion_0", "", "GTV", "left"]
)
def test_what_is_not_in_the_table_is_not_understood(written):
    assert meaning_of(written) is None


def test_parts_know_their_whole():
    assert meaning_of("lung_upper_lobe_left") == Meaning("lungs", is_part=True)
    assert meaning_of("rib_right_7") == Meaning("ribs", is_part=True)
    assert meaning_of("vertebrae_L3") == Meaning("vertebrae", is_part=True)


def test_own_names_go_first_and_near_names_are_offered():
    assert meaning_of("Leber links", {"leber_links": "liver"}) == Meaning("liver")
    assert meaning_of("liver", {"liver": "ignore"}) == Meaning("ignore")
    assert near_names("galblader") == "gallbladder"
    assert near_names("zzz") == ""


@pytest.mark.parametrize(
    ("file", "stem"),
    [
        ("liver.nii.gz", "liver"),
        ("a.b.NII", "a.b"),
        ("x.seg.nrrd", "x"),
        ("y.dcm", "y"),
        ("z.png", ""),
    ],
)
def test_endings_of_image_files(file, stem):
    assert stem_of(file) == stem
