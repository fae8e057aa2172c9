"""Response from measured sizes, against courses worked out by hand (RECIST 1.1), and CEA."""

import pytest
import yaml

from liverboard.case import case_from_record
from liverboard.case.response import marker_course, tumour_course
from liverboard.errors import CaseError
from liverboard.evidence.calculators.course import doubling_days, early_shrinkage
from liverboard.evidence.calculators.recist import Scan, overall_response
from liverboard.values import Reason, Unknown

SCAN = "    - {date: %s, lesion: %s, diameter: {value: %s, unit: mm}}\n"
LINE = "  systemic: [{line: 1, regimen: FOLFOX, start: 2025-09-01, cycles: 6%s}]\n"


def case_of(measurements, *, response="", reference="2026-01-15", more=""):
    text = "history:\n" + LINE % response + "  measurements:\n" + measurements + more
    return case_from_record({"id": "x", "reference_date": reference} | yaml.safe_load(text))


def sums(*pairs):
    return "".join(
        f"    - {{date: {day}, diameter: {{value: {size}, unit: mm}}}}\n" for day, size in pairs
    )


def course_of(case):
    return tumour_course(case.record.history, case.reference_date)


DAYS = ("2025-08-20", "2025-10-27", "2026-01-05")


@pytest.mark.parametrize(
    ("sizes", "response"),
    [
        ((100, 80, 70), "partial"),  # 30 % less than at baseline
        ((100, 80, 71), "stable"),  # 29 %
        ((100, 50, 60), "progression"),  # 20 % and 10 mm above the nadir
        ((100, 20, 24), "partial"),  # 20 %, but only 4 mm; 76 % below baseline
        ((100, 100, 119), "stable"),
        ((100, 100, 120), "progression"),
        ((100, 40, 0), "complete"),
        ((100, 0, 5), "progression"),  # back after it had gone
    ],
)
def test_sums_tell_the_response(sizes, response):
    case = case_of(sums(*zip(DAYS, sizes, strict=True)))
    assert case.facts.category("response") == response
    assert str(case.facts.get("response").date) == "2026-01-05"
    assert "history.measurements" in case.facts.get("response").origin


def test_a_course_is_told_with_depth_and_early_shrinkage():
    case = case_of(sums(*zip(DAYS, (100, 75, 90), strict=True)))
    course = course_of(case)
    assert course.depth_percent == pytest.approx(25)
    assert course.has_early_shrinkage is True  # 25 % on day 56
    assert course.latest.response == "progression"  # 15 mm and 20 % above 75
    assert any("smallest 75 mm" in one.text for one in case.remarks)


def test_early_shrinkage_needs_a_scan_near_week_eight():
    case = case_of(sums(("2025-08-20", 100), ("2026-01-05", 60)))
    assert isinstance(course_of(case).has_early_shrinkage, Unknown)
    assert early_shrinkage(100, 80) is True
    assert early_shrinkage(100, 80.1) is False


def test_targets_are_the_two_largest_of_an_organ_and_nodes_by_short_axis():
    """60 + 40 in the liver, the third is no target; the node of 20 counts, that of 12 does not."""
    sizes = (("A", 60, 30), ("B", 40, 20), ("C", 30, 30))
    first = "".join(SCAN % (DAYS[0], name, size) for name, size, _ in sizes)
    later = "".join(SCAN % (DAYS[1], name, size) for name, _, size in sizes)
    small = NODE.replace("lesion: N", "lesion: M")
    first += NODE % (DAYS[0], 20) + small % (DAYS[0], 12)
    later += NODE % (DAYS[1], 9) + small % (DAYS[1], 12)
    course = course_of(case_of(first + later))
    assert course.baseline.scan.sum_mm == 120
    assert course.latest.scan.sum_mm == 59
    assert course.latest.response == "partial"


NODE = "    - {date: %s, lesion: N, kind: node, organ: node, diameter: {value: %s, unit: mm}}\n"


def test_nodes_below_ten_are_normal_and_make_a_complete_response():
    text = SCAN % (DAYS[0], "A", 30) + NODE % (DAYS[0], 20)
    gone = SCAN % (DAYS[1], "A", 0) + NODE % (DAYS[1], 9)
    assert course_of(case_of(text + gone)).latest.response == "complete"
    still = SCAN % (DAYS[1], "A", 0) + NODE % (DAYS[1], 10)
    assert course_of(case_of(text + still)).latest.response == "partial"


OTHER = "    - {date: %s, lesion: bone, kind: other%s}\n"


@pytest.mark.parametrize(
    ("size", "other", "response"),
    [
        (0, "", "partial"),  # targets gone, other disease stays
        (0, ", gone: true", "complete"),
        (20, ", progressed: true", "progression"),
        (50, "", "stable"),
    ],
)
def test_other_disease_counts(size, other, response):
    text = SCAN % (DAYS[0], "A", 50) + OTHER % (DAYS[0], "")
    text += SCAN % (DAYS[1], "A", size) + OTHER % (DAYS[1], other)
    assert course_of(case_of(text)).latest.response == response


def test_a_new_lesion_is_progression():
    text = SCAN % (DAYS[0], "A", 50) + SCAN % (DAYS[1], "A", 20)
    new = f"    - {{date: {DAYS[1]}, lesion: B, kind: new}}\n"
    assert course_of(case_of(text + new)).latest.response == "progression"
    assert overall_response(100, 100, Scan(0, has_new_lesion=True)) == "progression"


def test_a_target_that_was_not_measured_leaves_the_scan_without_a_sum():
    text = SCAN % (DAYS[0], "A", 50) + SCAN % (DAYS[0], "B", 40) + SCAN % (DAYS[1], "A", 20)
    case = case_of(text)
    assert isinstance(course_of(case), Unknown)
    assert isinstance(case.facts.get("response"), Unknown)


def test_baseline_is_the_last_scan_before_the_line():
    pairs = (("2025-03-01", 200), ("2025-08-20", 100), ("2026-01-05", 75))
    course = course_of(case_of(sums(*pairs)))
    assert course.baseline.scan.sum_mm == 100
    assert course.latest.response == "stable"


def test_a_scan_after_the_reference_date_and_two_sizes_of_a_day_are_refused():
    with pytest.raises(CaseError, match="lies after reference_date"):
        case_of(sums(*zip(DAYS, (100, 60, 30), strict=True)), reference="2025-12-31")
    with pytest.raises(CaseError, match="two sizes of the sum on 2025-08-20"):
        case_of(sums(("2025-08-20", 100), ("2025-08-20", 90)))


def test_an_old_scan_tells_no_response_of_today():
    case = case_of(sums(*zip(DAYS, (100, 60, 30), strict=True)), reference="2026-09-01")
    assert case.facts.get("response").reason is Reason.STALE


def test_a_recorded_response_that_differs_is_a_conflict_and_the_same_one_is_none():
    told = ", response: {value: SD, date: 2026-01-06}"
    pairs = sums(*zip(DAYS, (100, 80, 60), strict=True))
    fact = case_of(pairs, response=told).facts.get("response")
    assert fact.reason is Reason.CONFLICT
    assert fact.detail == "recorded stable, measured partial (2026-01-05)"
    same = case_of(pairs, response=told.replace("SD", "PR"))
    assert same.facts.category("response") == "partial"
    assert "systemic" in same.facts.get("response").origin


CEA = "laboratory:\n  cea: [%s]\n"


def with_cea(*pairs):
    entries = ", ".join(f"{{value: {v}, unit: ug/L, date: {day}}}" for day, v in pairs)
    return case_of(sums(*zip(DAYS, (100, 80, 60), strict=True)), more=CEA % entries)


def test_cea_that_falls_by_half_is_told_and_one_that_does_not_as_well():
    case = with_cea(("2025-08-25", 80), ("2025-11-01", 60), ("2026-01-05", 40))
    assert case.facts.flag("cea_fell_by_half") is True
    case = with_cea(("2025-08-25", 80), ("2026-01-05", 41))
    assert case.facts.flag("cea_fell_by_half") is False


def test_cea_that_rises_doubles_in_a_time():
    case = with_cea(("2025-08-25", 10), ("2025-12-01", 10), ("2025-12-31", 20))
    course = marker_course(case.record.laboratory.cea, case.record.history, case.reference_date)
    assert course.doubling_days == pytest.approx(30)
    assert course.fall_percent == pytest.approx(-100)
    assert isinstance(doubling_days(10, 9, days=30), Unknown)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("{date: 2025-10-01, lesion: A}", "without a diameter"),
        ("{date: 2025-10-01, kind: new}", "without a lesion"),
        ("{date: 2025-10-01, lesion: A, diameter: {value: -3, unit: mm}}", "not plausible"),
    ],
)
def test_a_measurement_that_says_nothing_is_refused(entry, says):
    with pytest.raises(CaseError, match=says):
        case_of(f"    - {entry}\n")
