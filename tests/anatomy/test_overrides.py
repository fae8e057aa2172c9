"""A user's corrections of branches change segments and names, and are refused where they miss."""

from dataclasses import replace

import pytest

from builders import case_of
from liverboard.anatomy import examine
from liverboard.case import BranchOverride
from liverboard.errors import CaseError

RIGHT_LOWER = (-50.0, -20.0, -20.0)
"""The end of the toy patient's lower right anterior branch."""


def examined(*overrides):
    return examine(replace(case_of(spacing_mm=(3.0, 3.0, 3.0)), branch_names=overrides))


@pytest.fixture(scope="module")
def corrected():
    return examined(
        BranchOverride("portal", RIGHT_LOWER, segment="S8"),
        BranchOverride("hepatic", (40.0, -4.0, 10.0), name="middle hepatic vein"),
    )


def segment_at(anatomy, point):
    z, y, x = (round(float(i)) for i in anatomy.grid.indices([point])[0])
    return anatomy.segments.labels[z, y, x]


def test_a_corrected_branch_gives_its_territory_to_the_segment(corrected):
    assert segment_at(corrected, RIGHT_LOWER) == 8


def test_a_corrected_vein_carries_the_name_alone(corrected):
    named = corrected.hepatic.named("middle hepatic vein")
    assert len(named) == 1


def test_a_point_far_from_any_branch_is_refused():
    with pytest.raises(CaseError, match=r"no branch of the portal system within 10 mm.*LPS"):
        examined(BranchOverride("portal", (0.0, -90.0, 90.0), segment="S4"))
