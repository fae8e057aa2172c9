"""The room as a whole on a small patient with skin."""

from functools import cache

import numpy as np
import pytest
from ablation_patients import QUICK, patient_with_skin, points_of, shell_of

from builders import LESIONS, patient_with, toy_patient
from liverboard.errors import RequestError
from liverboard.numerics.grid import Image
from liverboard.treatments.ablation.treatment import Ablation
from liverboard.treatments.protocol import NoPlan, Plan, Proposal, silent
from liverboard.values import Estimate, Unknown

ROOM = Ablation(QUICK)
LESION = LESIONS[1]


@cache
def patient():
    """Return the toy patient with skin."""
    return patient_with_skin()


@cache
def planned(device="emprint"):
    """Return all lesions with one device."""
    return ROOM.plan(
        Proposal("x", "x", ("L1", "L2", "L3"), parameters={"device": device}), patient(), silent
    )


def asked(entry, tip, **more):
    """Return the plan of one needle in L2."""
    parameters = {
        "device": "emprint",
        "power_w": 100.0,
        "minutes": 10.0,
        "entry_mm": list(entry),
        "tip_mm": list(tip),
        **more,
    }
    return ROOM.plan(Proposal("x", "x", ("L2",), parameters=parameters), patient(), silent)


def test_every_lesion_is_planned_and_told_in_the_common_currency():
    plan = planned()
    assert isinstance(plan, Plan)
    assert [outcome.lesion for outcome in plan.lesions] == ["L1", "L2", "L3"]
    assert all(outcome.is_covered for outcome in plan.lesions)
    assert plan.facts["targets_all_lesions"].value is True
    assert plan.facts["needle_path_exists"].value is True
    assert plan.facts["targets_count"].value == 3
    needles = sum(len(each["needles"]) for each in plan.details["lesions"].values())
    assert plan.burden.punctures.value == needles
    assert "colon" in " ".join(plan.cautions)


def test_needles_start_on_the_skin_and_are_no_longer_than_their_shaft():
    for name in ("emprint", "wet-rf"):
        for lesion in planned(name).details["lesions"].values():
            for needle in lesion["needles"]:
                x, y, _ = needle["entry_mm"]
                assert (x / 95) ** 2 + (y / 75) ** 2 == pytest.approx(1.0, abs=0.15)
                assert np.linalg.norm(np.subtract(needle["entry_mm"], needle["tip_mm"])) <= 300


def test_destroyed_liver_is_what_the_zones_hold():
    plan = planned()
    zones = [z for each in plan.details["lesions"].values() for z in each["zones"]]
    whole = sum(np.pi / 6 * z["long_mm"] * z["short_mm"] ** 2 / 1000 for z in zones)
    lost = plan.liver.destroyed_ml
    assert 0 < lost.low < lost.value < lost.high
    assert lost.value < whole
    healthy = patient().anatomy.healthy.sum() * patient().anatomy.grid.voxel_ml
    assert plan.liver.geometric_ml.value == pytest.approx(healthy - lost.value, abs=0.01)


def test_margins_fall_when_the_needle_is_misplaced():
    centre = np.array(LESION[0], float)
    way = np.array([-0.6, -0.8, 0.0])
    tip = centre - 11.5 * way
    well = asked(tip + 100 * way, tip)
    margins = [float(well.lesions[1].margin_mm.value)]
    # a ball of 7 mm round the middle of a zone of 36.9 x 32.4 mm: half the short axis less 7
    # drawn on a grid of 3 mm: half a voxel either way
    assert margins[0] == pytest.approx(32.4 / 2 - 7.0, abs=1.5)
    for shift in (4.0, 8.0, 12.0):
        moved = tip + np.array([0, 0, shift])
        margins.append(float(asked(moved + 100 * way, moved).lesions[1].margin_mm.value))
    assert margins == sorted(margins, reverse=True)
    assert margins[-1] == pytest.approx(margins[0] - 12.0, abs=1.5)


def test_the_other_lesions_of_a_misplaced_needle_are_told_as_untreated():
    centre = np.array(LESION[0], float)
    plan = asked(centre + np.array([-70, -60, 0]), centre)
    assert plan.lesions[0].is_covered is False
    assert plan.facts["targets_all_lesions"].value is False


@pytest.mark.parametrize(
    ("entry", "tip", "words"),
    [
        ((0, 0, 0), (0, 0, 0), "coincide"),
        ((0, -400, 0), (-48, -18, 28), "shorter than the path"),
        ((0, 0), (-48, -18, 28), "three numbers"),
    ],
)
def test_impossible_needles_are_refused(entry, tip, words):
    with pytest.raises(RequestError, match=words):
        asked(entry, tip)


def test_a_setting_outside_the_table_is_refused():
    with pytest.raises(RequestError, match="outside the table"):
        asked((0, -70, 28), (-48, -18, 28), power_w=300.0)


def test_a_closed_cage_leaves_no_path_and_names_the_ribs():
    caged = patient_with_skin(ribs=lambda grid: shell_of(grid, 0.86, 0.95))
    proposal = next(iter(ROOM.propose(caged)))
    plan = ROOM.plan(proposal, caged, silent)
    assert isinstance(plan, Plan)
    assert plan.facts["needle_path_exists"].value is False
    assert all(outcome.is_covered is False for outcome in plan.lesions)
    assert all("ribs" in outcome.remark for outcome in plan.lesions)


def test_without_skin_the_plan_stands_and_the_path_is_unknown():
    proposal = Proposal("x", "x", ("L2",), parameters={"device": "wet-rf"})
    plan = ROOM.plan(proposal, toy_patient(), silent)
    assert isinstance(plan.facts["needle_path_exists"], Unknown)
    assert any("skin" in caution for caution in plan.cautions)


def test_a_lesion_outside_the_liver_is_no_target_but_the_others_are_planned():
    odd = patient_with_skin((((-95, 0, 0), 4.0), LESIONS[1]))
    proposal = next(iter(ROOM.propose(odd)))
    assert proposal.targets == ("L2",)
    plan = ROOM.plan(proposal, odd, silent)
    assert [outcome.is_covered for outcome in plan.lesions] == [False, True]


def test_no_needle_passes_through_a_structure():
    # a block of colon in front of the liver: brute force along every needle

    def colon(grid):
        points = points_of(grid)
        inside = (points[:, 1] < -50) & (np.abs(points[:, 0]) < 60) & (points[:, 2] > -10)
        return Image(inside.reshape(grid.shape).astype(np.uint8), grid)

    blocked = patient_with_skin(colon=colon)
    proposal = Proposal("x", "x", ("L1", "L2"), parameters={"device": "wet-rf"})
    plan = ROOM.plan(proposal, blocked, silent)
    assert plan.details["lesions"]
    for lesion in plan.details["lesions"].values():
        for needle in lesion["needles"]:
            share = np.linspace(0, 1, 2000)[:, None]
            line = np.array(needle["tip_mm"]) * (1 - share) + np.array(needle["entry_mm"]) * share
            hit = (line[:, 1] < -50) & (np.abs(line[:, 0]) < 60) & (line[:, 2] > -10)
            assert not hit.any()


def test_expected_progression_lies_between_the_published_cells():
    plan = planned()
    for outcome in plan.lesions:
        control = outcome.local_control_2y
        assert isinstance(control, Estimate)
        # best cell 1.9 % (wild type, 5 mm and more), worst 74 % (no margin)
        assert 100 - 74.0 <= control.low <= control.high <= 100 - 1.9
    assert all(
        isinstance(outcome.local_control_2y, Unknown) for outcome in planned("cryo-17g").lesions
    )


def test_without_masks_there_is_no_plan_but_a_reason():
    bare = patient_with(without=("lesions",))
    found = ROOM.plan(next(iter(ROOM.propose(bare))), bare, silent)
    assert isinstance(found, NoPlan)
    assert "lesion mask" in found.reason
