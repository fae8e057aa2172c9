"""Plans under errors of set-up and range, and as leaf openings."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from liverboard.numerics.dvh import dvh
from liverboard.treatments.radiotherapy.deliver import LEVELS, apertures_of, swept
from liverboard.treatments.radiotherapy.options import RadiotherapyOptions, parse_prescription
from liverboard.treatments.radiotherapy.robust import scenarios
from liverboard.treatments.radiotherapy.robust_exhibits import robust_exhibits
from liverboard.treatments.radiotherapy.work import Choice, Worked, work_out
from radiotherapy_builders import trunk_patient


@cache
def _worked() -> Worked:
    patient = trunk_patient()
    options = RadiotherapyOptions(
        grid_mm=4.0, beams=5, effort=0.4, tests_robustness=True, delivers=True
    )
    choice = Choice("sbrt", parse_prescription("3x15"), ("L1",), options)
    found = work_out(patient.case, patient.anatomy, choice, lambda _: None)
    assert isinstance(found, Worked)
    return found


@settings(max_examples=60, deadline=None)
@given(arrays(np.int64, (4, 7), elements=st.integers(0, LEVELS)))
def test_openings_add_up_to_the_fluence(levels: np.ndarray) -> None:
    levels[0, 0] = LEVELS  # so that rounding leaves levels as they are
    total = np.zeros(levels.shape)
    place = np.arange(levels.shape[1])
    for left, right, count in swept(levels.astype(float)):
        total += count * ((place >= left[:, None]) & (place < right[:, None]))
    assert (total == levels).all()


@settings(max_examples=40, deadline=None)
@given(arrays(np.float64, (3, 5, 6), elements=st.floats(0.0, 9.0)))
def test_apertures_give_the_fluence_up_to_half_a_level(cells: np.ndarray) -> None:
    total = np.zeros(cells.shape)
    for one in apertures_of(cells):
        assert one.weight > 0.0
        total[one.beam] += one.weight * one.opening(cells.shape[2])
    half = cells.max(axis=(1, 2), keepdims=True) / LEVELS / 2.0
    assert (np.abs(total - cells) <= half + 1e-9).all()


def test_nine_scenarios_at_least() -> None:
    found = scenarios(3.0, 3.0)
    assert len(found) == 9
    assert found[0].shift_mm == (0.0, 0.0, 0.0)
    assert found[0].density == 1.0
    assert np.allclose(np.sum([one.shift_mm for one in found], axis=0), 0.0)
    assert len({one.name for one in found}) == 9


def test_the_scenario_without_error_is_the_plan() -> None:
    worked = _worked()
    assert worked.robustness is not None
    planned = worked.robustness.tumours["L1"].planned_gy
    target = worked.structures.targets[0].gtv
    exact = dvh(worked.solution.dose, target, worked.problem.body.grid).dose_at_percent(98.0)
    assert planned == pytest.approx(exact, rel=0.02)


def test_errors_only_worsen_and_a_margin_covers_them() -> None:
    worked = _worked()
    assert worked.robustness is not None
    for one in worked.robustness.tumours.values():
        assert one.worst_gy <= one.planned_gy
        # shifts of 3 mm stay within the margin of 3.0, 5.7 and 6.3 mm
        assert one.worst_gy >= 0.97 * worked.solution.prescription.total_gy
    for one in worked.robustness.organs.values():
        assert one.worst_gy >= one.planned_gy
        planned, low, high = one.percent
        assert (low <= planned).all()
        assert (planned <= high).all()


def test_denser_tissue_lowers_dose_in_the_tumour() -> None:
    worked = _worked()
    assert worked.robustness is not None
    row = worked.robustness.by_scenario[:, 0]
    assert row[7] < row[0] < row[8]  # 3 % denser, as planned, 3 % less dense


def test_leaf_openings_keep_the_plan() -> None:
    worked = _worked()
    assert worked.delivered is not None
    grid, target = worked.problem.body.grid, worked.structures.ptv
    fluence, refined = (
        dvh(one.dose, target, grid) for one in (worked.solution, worked.delivered.solution)
    )
    assert refined.dose_at_percent(95.0) == pytest.approx(fluence.dose_at_percent(95.0), rel=1e-3)
    assert refined.dose_at_percent(98.0) >= 0.97 * fluence.dose_at_percent(98.0)
    assert refined.dose_at_percent(2.0) <= 1.05 * fluence.dose_at_percent(2.0)
    cells = np.zeros(worked.solution.cells.shape)
    for one in worked.delivered.apertures:
        cells[one.beam] += one.weight * one.opening(cells.shape[2])
    assert np.allclose(cells, worked.delivered.solution.cells, rtol=1e-3, atol=1e-3 * cells.max())


def test_tables_say_what_errors_and_leaves_cost() -> None:
    titles = [one.title for one in robust_exhibits(_worked())]
    assert titles == [
        "Under errors of set-up and range",
        "Dose-volume histograms under errors",
        "From fluence to leaf openings",
    ]
