"""Remnants counted by hand: a cuboid liver with straight vessels."""

from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liverboard.anatomy import Anatomy, Branch, Territories, VesselTree, remnant_after
from liverboard.numerics.grid import Grid
from liverboard.values import Reason, Unknown

GRID = Grid((20, 20, 40), (1.5, 1.5, 1.5), (0.0, 0.0, 0.0))
VOXEL_ML = 1.5**3 / 1000


def tree(system, columns, parents):
    """Return a tree with one node in the middle of each x column given."""
    index = np.array([[10, 10, column] for column in columns], dtype=float)
    count = len(columns)
    return VesselTree(
        system, GRID.points(index), np.array(parents, np.int32), np.full(count, 1.0, np.float32),
        np.zeros(count, np.int32), np.zeros(count, dtype=bool), (Branch(0, -1, 0, 1.0, 1.0),), 1.0,
    )  # fmt: skip


def nearest(vessel):
    """Return the node whose x is nearest, for every voxel."""
    x = GRID.points(np.indices(GRID.shape).reshape(3, -1).T)[:, 0]
    gap = np.abs(x[:, None] - vessel.points_mm[None, :, 0])
    return Territories(gap.argmin(axis=1).astype(np.int32).reshape(GRID.shape))


def anatomy_of(portal, hepatic, lesions=()):
    liver = np.ones(GRID.shape, dtype=bool)
    labels = np.zeros(GRID.shape, dtype=np.uint16)
    for box in lesions:
        labels[box] = 1
    unknown = Unknown(Reason.NO_MASK)
    tumour = float((labels > 0).sum()) * VOXEL_ML
    return Anatomy(
        grid=GRID, ct=unknown, liver=liver, liver_ml=liver.size * VOXEL_ML, tumour_ml=tumour,
        volume_gap_ml=0.0, lesion_labels=labels, lesion_surface_mm={}, lesions=(),
        structures=MappingProxyType({}), portal=portal, hepatic=hepatic,
        portal_territories=unknown if isinstance(portal, Unknown) else nearest(portal),
        hepatic_territories=unknown if isinstance(hepatic, Unknown) else nearest(hepatic),
        segments=unknown,
    )  # fmt: skip


CHAIN = range(40)  # one node per column, blood from the left end


def slab(start, stop):
    lost = np.zeros(GRID.shape, dtype=bool)
    lost[:, :, start:stop] = True
    return lost


def columns(mask):
    return float(mask.sum()) / 400


def test_cutting_a_slab_leaves_inflow_before_it_and_none_behind():
    portal = tree("portal", CHAIN, [-1, *range(39)])
    hepatic = tree("hepatic", CHAIN, [-1, *range(39)])
    left = remnant_after(anatomy_of(portal, hepatic), slab(20, 30))
    assert columns(left.geometric) == 30
    assert columns(left.perfused) == 20
    assert columns(left.functional) == 20
    assert sorted(left.islands_ml) == pytest.approx([10 * 400 * VOXEL_ML])


def test_outflow_to_the_other_side_leaves_nothing_that_works():
    portal = tree("portal", list(CHAIN), [-1, *range(39)])
    hepatic = tree("hepatic", list(CHAIN)[::-1], [-1, *range(39)])
    left = remnant_after(anatomy_of(portal, hepatic), slab(20, 30))
    assert columns(left.perfused) == 20
    assert columns(left.drained) == 10
    assert columns(left.functional) == 0


def test_tumour_is_no_remnant_and_no_healthy_liver():
    portal = tree("portal", CHAIN, [-1, *range(39)])
    box = (slice(5, 15), slice(5, 15), slice(22, 28))
    anatomy = anatomy_of(portal, portal, lesions=[box])
    left = remnant_after(anatomy, slab(20, 30))
    assert columns(left.geometric) == 30
    assert anatomy.healthy_ml == pytest.approx((16000 - 600) * VOXEL_ML)


def test_a_vessel_on_the_edge_of_what_goes_is_dissected_not_cut():
    nodes = np.array([[10.0, 10.0, 15.0], [10.0, 18.4, 15.0], [10.0, 18.4, 25.0]])
    vessel = VesselTree(
        "portal", GRID.points(nodes), np.array([-1, 0, 1], np.int32), np.full(3, 1.0, np.float32),
        np.zeros(3, np.int32), np.zeros(3, dtype=bool), (Branch(0, -1, 0, 1.0, 1.0),), 1.0,
    )  # fmt: skip
    anatomy = anatomy_of(vessel, vessel)
    shallow = np.zeros(GRID.shape, dtype=bool)
    shallow[:, 18:, :20] = True  # the node lies one voxel deep
    deep = np.zeros(GRID.shape, dtype=bool)
    deep[:, 12:, :20] = True
    assert remnant_after(anatomy, shallow).cut_vessels == ()
    cut = remnant_after(anatomy, deep).cut_vessels
    assert cut[0].lost_remnant_ml > 0


def test_vessels_that_survive_heat_stay_open():
    portal = tree("portal", CHAIN, [-1, *range(39)])
    anatomy = anatomy_of(portal, portal)
    assert columns(remnant_after(anatomy, slab(20, 30), survives_mm=0.5).functional) == 30
    assert columns(remnant_after(anatomy, slab(20, 30), survives_mm=3.0).functional) == 20


def test_without_a_tree_only_the_geometric_remnant_is_known():
    unknown = Unknown(Reason.NO_MASK, "no mask of the portal vein")
    hepatic = tree("hepatic", CHAIN, [-1, *range(39)])
    left = remnant_after(anatomy_of(unknown, hepatic), slab(20, 30))
    assert left.perfused is unknown
    assert left.functional is unknown
    assert columns(left.drained) == 20
    assert columns(left.geometric) == 30


def test_losing_nothing_loses_nothing_and_losing_all_leaves_nothing():
    portal = tree("portal", CHAIN, [-1, *range(39)])
    anatomy = anatomy_of(portal, portal)
    whole = remnant_after(anatomy, slab(0, 0))
    assert columns(whole.functional) == 40
    assert whole.cut_vessels == ()
    nothing = remnant_after(anatomy, slab(0, 40))
    assert not nothing.geometric.any()
    assert nothing.islands_ml == ()


@settings(max_examples=40)
@given(st.integers(0, 39), st.integers(1, 12), st.integers(0, 39), st.integers(1, 12))
def test_losing_more_never_leaves_more_and_parts_never_exceed_the_whole(a, wide_a, b, wide_b):
    portal = tree("portal", list(CHAIN), [-1, *range(39)])
    hepatic = tree("hepatic", list(CHAIN)[::-1], [-1, *range(39)])
    anatomy = anatomy_of(portal, hepatic)
    less = remnant_after(anatomy, slab(a, a + wide_a))
    more = remnant_after(anatomy, slab(a, a + wide_a) | slab(b, b + wide_b))
    for one in (less, more):
        assert (one.functional <= one.perfused).all()
        assert (one.perfused <= one.geometric).all()
        assert (one.functional == (one.perfused & one.drained)).all()
    assert (more.geometric <= less.geometric).all()
    assert (more.functional <= less.functional).all()
