"""Named resections, and the sets of units that make sense."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from builders import toy_patient
from liverboard.treatments.resection.operation import (
    UNITS,
    UnitTable,
    covering_sets,
    operations,
    unit_labels,
    unit_table,
)

BRISBANE = {
    # operation: segments, as in the terminology (docs/resection.md#operations)
    "right-hepatectomy": {"S5", "S6", "S7", "S8"},
    "left-hepatectomy": {"S2", "S3", "S4"},
    "right-trisectionectomy": {"S4", "S5", "S6", "S7", "S8"},
    "left-trisectionectomy": {"S2", "S3", "S4", "S5", "S8"},
    "right-anterior-sectionectomy": {"S5", "S8"},
    "right-posterior-sectionectomy": {"S6", "S7"},
    "left-lateral-sectionectomy": {"S2", "S3"},
    "central-hepatectomy": {"S4", "S5", "S8"},
    "caudate-lobectomy": {"S1"},
}


def test_brisbane_names_remove_their_segments():
    known = {operation.id: operation for operation in operations()}
    for name, segments in BRISBANE.items():
        assert known[name].segments == segments


def test_new_world_names_list_the_segments_removed():
    for operation in operations():
        digits = {f"S{letter}" for letter in operation.new_world[1:] if letter.isdigit()}
        assert digits == operation.segments, operation.id


def test_three_segments_make_a_resection_major():
    known = {operation.id: operation.is_major for operation in operations()}
    assert known["right-hepatectomy"]
    assert known["central-hepatectomy"]
    assert not known["right-posterior-sectionectomy"]


def test_units_divide_the_liver_and_the_fourth_segment_has_an_upper_and_a_lower_part():
    anatomy = toy_patient().anatomy
    labels = unit_labels(anatomy)
    assert ((labels > 0) == anatomy.liver).all()
    fourth = anatomy.segments.labels == 4
    upper, lower = labels == UNITS.index("S4a") + 1, labels == UNITS.index("S4b") + 1
    assert ((upper | lower) == fourth).all()
    points = anatomy.grid.points(np.argwhere(upper))[:, 2].mean()
    assert points > anatomy.grid.points(np.argwhere(lower))[:, 2].mean()


def test_the_unit_table_adds_up_to_the_liver():
    anatomy = toy_patient().anatomy
    table = unit_table(anatomy)
    voxels = float(anatomy.healthy.sum()) * anatomy.grid.voxel_ml
    assert np.isclose(table.healthy_ml.sum(), voxels)
    assert table.remnant_percent(frozenset(UNITS)) == 0.0
    assert table.remnant_percent(frozenset()) == 100.0
    for lesion in anatomy.lesions:
        assert np.isclose(table.share_removed(lesion.id, frozenset(UNITS)), 1.0)


@given(st.lists(st.lists(st.floats(0, 1), min_size=9, max_size=9), min_size=1, max_size=4))
def test_covering_sets_are_all_the_smallest_sets_that_cover(shares):
    lesions = {f"L{n}": np.array(row) + 1e-6 for n, row in enumerate(shares)}
    table = UnitTable(np.arange(1.0, 10.0), lesions)

    def covers(units):
        return all(table.share_removed(name, units) >= 0.5 for name in lesions)

    expected = {
        frozenset(chosen)
        for size in range(1, 9)
        for chosen in combinations(UNITS, size)
        if covers(frozenset(chosen))
        and not any(covers(frozenset(chosen) - {unit}) and size > 1 for unit in chosen)
    }
    found = covering_sets(table, 0.5, limit=600)
    assert set(found) == expected
    remnants = [table.remnant_percent(units) for units in found]
    assert remnants == sorted(remnants, reverse=True)
