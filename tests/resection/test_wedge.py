"""Wedges: what must go goes, nothing else is lost needlessly, and the piece comes out."""

import numpy as np
import pytest

from builders import patient_with, toy_patient
from liverboard.anatomy import remnant_after
from liverboard.numerics.cut import CutProblem, minimum_cut, swept
from liverboard.numerics.distance import dilate_mm
from liverboard.treatments.resection.mix import remove_mixed
from liverboard.treatments.resection.options import DEFAULTS
from liverboard.treatments.resection.target import (
    dissected_vessels,
    lumen,
    spared_vessels,
    target_of,
)
from liverboard.treatments.resection.work import assess, remove_units, remove_wedges


@pytest.fixture(scope="module")
def anatomy():
    return toy_patient().anatomy.near_liver()


def names(anatomy):
    return [lesion.id for lesion in anatomy.lesions]


@pytest.mark.parametrize("margin", [1.0, 5.0, 10.0])
def test_a_target_holds_the_lesion_and_the_liver_within_the_margin(anatomy, margin):
    spared = spared_vessels(anatomy, DEFAULTS)
    target = target_of(anatomy, "L1", margin, spared)
    own = anatomy.mask_of("L1") & anatomy.liver
    assert (own <= target.required).all()
    near = dilate_mm(own, margin - 1.5, anatomy.grid.spacing_mm) & anatomy.liver & ~spared
    far = ~dilate_mm(own, margin + 3.0, anatomy.grid.spacing_mm)
    assert (near <= target.required).all()
    assert not (target.required & far).any()
    assert not (target.required & spared & ~own).any()


def test_main_vessels_are_spared_by_wedges(anatomy):
    removal = remove_wedges(anatomy, names(anatomy), 10.0, DEFAULTS)
    tumour = anatomy.lesion_labels > 0
    assert not (removal.removed & removal.spared & ~tumour).any()


@pytest.mark.parametrize("margin", [1.0, 5.0, 10.0])
def test_every_lesion_is_removed_with_its_margin(anatomy, margin):
    result = assess(anatomy, remove_wedges(anatomy, names(anatomy), margin, DEFAULTS), DEFAULTS)
    assert all(result.covered.values())
    for name, profile in result.profiles.items():
        assert profile.smallest_free_mm >= margin - 0.75, name


def test_a_wider_margin_takes_more_and_leaves_less(anatomy):
    def volumes(margin):
        result = assess(anatomy, remove_wedges(anatomy, names(anatomy), margin, DEFAULTS), DEFAULTS)
        return int(result.removal.removed.sum()), int(result.remnant.functional.sum())

    removed, left = zip(*(volumes(margin) for margin in (1.0, 5.0, 10.0)), strict=True)
    assert removed == tuple(sorted(removed))
    assert left == tuple(sorted(left, reverse=True))


def test_each_wedge_comes_out_along_its_way(anatomy):
    removal = remove_wedges(anatomy, ["L1"], 5.0, DEFAULTS)
    wedge = removal.wedges[0]
    step = tuple(int(np.sign(round(v, 3))) for v in wedge.way_out_mm[::-1])
    stays = removal.spared & ~wedge.removed
    assert not wedge.is_blocked
    way = swept(wedge.removed, anatomy.liver & ~stays, step)
    assert (way == wedge.removed).all()


def test_counting_tissue_behind_vessels_never_leaves_less_function(anatomy):
    spared = spared_vessels(anatomy, DEFAULTS)
    target = target_of(anatomy, "L3", 8.0, spared)
    ours = remove_wedges(anatomy, ["L3"], 8.0, DEFAULTS)
    way = swept(target.required, anatomy.liver, (0, -1, 0)) & ~spared
    plain = CutProblem(
        dilate_mm(way, 9.0, anatomy.grid.spacing_mm) & anatomy.liver & ~spared | way,
        target.required,
        anatomy.liver & ~spared,
        np.ones(anatomy.liver.shape, dtype=np.float32),
        1.5,
        DEFAULTS.area_weight_mm,
        (0, -1, 0),
    )
    by_volume = minimum_cut(plain)
    kept = remnant_after(anatomy, ours.removed).functional.sum()
    assert kept >= 0.99 * remnant_after(anatomy, by_volume).functional.sum()


def test_units_go_whole_but_for_vessels_that_are_dissected_free(anatomy):
    units = frozenset({"S5", "S6", "S7", "S8"})
    removal = remove_units(anatomy, units, names(anatomy), within=["L1", "L2"], options=DEFAULTS)
    right = np.isin(anatomy.segments.labels, [5, 6, 7, 8])
    missing = right & ~removal.removed
    assert missing.sum() * anatomy.grid.voxel_ml < 20.0
    assert not (missing & ~removal.spared).any()
    result = assess(anatomy, removal, DEFAULTS)
    assert all(result.covered.values())
    assert [piece.lesion for piece in removal.wedges] == ["L3"]


def test_a_pedicle_of_what_stays_is_dissected_and_one_of_what_goes_is_not(anatomy):
    right = np.isin(anatomy.segments.labels, [5, 6, 7, 8])
    free = dissected_vessels(anatomy, right, DEFAULTS)
    tree = anatomy.portal

    def inside(name):
        branch = tree.named(name)[0].id
        own = lumen(anatomy, tree, tree.branch == branch)
        return (free & own).sum() / own.sum()

    assert inside("right portal vein") < 0.5
    left = np.isin(anatomy.segments.labels, [2, 3, 4])
    free = dissected_vessels(anatomy, left, DEFAULTS)
    assert inside("left portal vein") < 0.9


def test_a_mix_divides_a_pedicle_that_takes_a_lesion_whole(anatomy):
    removal = remove_mixed(anatomy, names(anatomy), 5.0, DEFAULTS)
    assert removal.pedicles
    assert len(removal.wedges) < len(anatomy.lesions)
    result = assess(anatomy, removal, DEFAULTS)
    assert all(result.covered.values())


def test_a_lesion_partly_outside_the_liver_is_removed_as_far_as_it_is_inside():
    patient = patient_with([((-74, 0, 0), 8.0)])
    anatomy = patient.anatomy
    result = assess(anatomy, remove_wedges(anatomy, ["L1"], 5.0, DEFAULTS), DEFAULTS)
    assert result.covered["L1"]
    assert (result.removal.removed <= anatomy.liver).all()
