"""What the anatomy room finds in a digital patient, against the truth it was made from.

The patient has the resolution of a CT. Tolerances are those of docs/anatomy.md.
"""

import numpy as np
import pytest
from benchmarks.recovery import (
    LEAST_ML,
    branch_territories,
    examined,
    lesion_volumes,
    remnants,
    segment_volumes,
)

from liverboard.phantom import PhantomOptions, make_phantom

SMALL_SEGMENT = "S1"
"""The caudate is fed by twigs of the trunks, thinner than the picture shows; it is told apart."""


@pytest.fixture(scope="module")
def pair():
    """A digital patient and what was found in it."""
    patient = make_phantom(PhantomOptions(seed=7))
    return patient, examined(patient)


def test_lesion_volumes_are_within_3_percent(pair):
    assert all(abs(one.error_percent) <= 3.0 for one in lesion_volumes(*pair))


def test_portal_territories_of_three_orders_have_a_dice_of_at_least_0_9(pair):
    found = [one for one in branch_territories(*pair) if one.system == "portal"]
    large = [one for one in found if one.true_ml >= LEAST_ML]
    assert len(large) >= 12
    assert all(one.dice >= 0.9 for one in large)


def test_territories_of_the_main_hepatic_veins_have_a_dice_of_at_least_0_89(pair):
    found = [one for one in branch_territories(*pair) if one.system == "hepatic"]
    main = [one for one in found if one.order == 0 and one.true_ml >= LEAST_ML]
    assert len(main) >= 4
    assert all(one.dice >= 0.89 for one in main)
    assert float(np.median([one.dice for one in found])) >= 0.9


def test_segment_volumes_are_within_10_percent_but_for_the_caudate(pair):
    found = {one.name: one.error_percent for one in segment_volumes(*pair)}
    caudate = found.pop(SMALL_SEGMENT)
    assert all(abs(error) <= 10.0 for error in found.values()), found
    assert abs(caudate) <= 40.0


def test_functional_remnants_are_within_3_percent_of_the_liver(pair):
    patient, anatomy = pair
    same, _ = remnants(patient, anatomy)
    for one in same:
        assert abs(one.found_ml - one.true_ml) <= 0.03 * anatomy.healthy_ml, one.name
