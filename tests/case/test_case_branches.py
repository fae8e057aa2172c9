"""anatomy.yaml: the user's corrections of branches."""

import pytest
from case_files import make_case

from liverboard.case import BranchOverride, check_case, read_case
from liverboard.errors import CaseError

GOOD = """branches:
  - {system: portal, point_mm: [-45, 12.5, 30], segment: S6}
  - {system: hepatic, point_mm: [1, 2, 3], name: right hepatic vein}
"""

MISTAKES = {
    "branches: {}\nmore: 1": "expected the key `branches` alone",
    "branches: 3": "start each branch with `- `",
    "branches: [S6]": "expected keys with values",
    "branches: [{system: arterial, point_mm: [1, 2, 3], segment: S6}]": "write portal or hepatic",
    "branches: [{system: portal, point_mm: [1, 2, 3]}]": "segment: unknown or missing",
    "branches: [{system: portal, point_mm: [1, 2, 3], segment: S9}]": "segment 'S9'",
    "branches: [{system: portal, point_mm: [1, 2], segment: S6}]": "LPS x, y, z in mm",
    "branches: [{system: portal, point_mm: [1, 2, .nan], segment: S6}]": "LPS x, y, z in mm",
    "branches: [{system: hepatic, point_mm: [1, 2, 3], name: left hepatic}]": "left hepatic vein",
}


def test_corrections_are_read_with_their_points(tmp_path):
    folder = make_case(tmp_path / "case")
    (folder / "anatomy.yaml").write_text(GOOD)
    case = read_case(folder)
    assert case.branch_names == (
        BranchOverride("portal", (-45.0, 12.5, 30.0), segment="S6"),
        BranchOverride("hepatic", (1.0, 2.0, 3.0), name="right hepatic vein"),
    )
    assert "anatomy.yaml" in case.input_hashes
    assert "anatomy.yaml" not in case.unknown_files


@pytest.mark.parametrize("text", sorted(MISTAKES))
def test_a_mistake_is_named_in_one_line_with_its_place(tmp_path, text):
    folder = make_case(tmp_path / "case")
    (folder / "anatomy.yaml").write_text(text)
    with pytest.raises(CaseError) as error:
        read_case(folder)
    assert MISTAKES[text] in str(error.value)
    assert "anatomy.yaml:" in str(error.value)
    assert "\n" not in str(error.value)
    assert not check_case(folder).is_usable


def test_without_the_file_nothing_is_corrected(tmp_path):
    assert read_case(make_case(tmp_path / "case")).branch_names == ()
