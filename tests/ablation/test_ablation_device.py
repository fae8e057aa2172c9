"""Device tables: every row is reproduced, nothing is invented between or beyond."""

import itertools

import pytest

from liverboard.errors import RequestError
from liverboard.evidence.loader import load_evidence
from liverboard.treatments.ablation.device import Setting, device, devices, settings, zone_of
from liverboard.treatments.ablation.placement import needles_round
from liverboard.treatments.ablation.tables import estimate_of, table


@pytest.mark.parametrize("name", devices())
def test_every_row_is_reproduced(name):
    of = device(name)
    for power, minutes, long_mm, short_mm in of.rows:
        zone = zone_of(of, Setting(power, minutes))
        assert (zone.table_long_mm, zone.table_short_mm) == pytest.approx((long_mm, short_mm))
        assert zone.long_mm == pytest.approx(long_mm * of.scale.value)
    for probes, long_mm, short_mm in of.clusters:
        zone = zone_of(of, Setting(of.rows[0][0], of.rows[0][1], probes))
        assert (zone.table_long_mm, zone.table_short_mm) == (long_mm, short_mm)


@pytest.mark.parametrize("name", ["emprint", "amica"])
def test_more_power_or_time_never_shrinks_a_zone(name):
    of = device(name)
    powers = sorted({row[0] for row in of.rows})
    times = sorted({row[1] for row in of.rows})
    fine = [powers[0] + n * (powers[-1] - powers[0]) / 7 for n in range(8)]
    late = [times[0] + n * (times[-1] - times[0]) / 7 for n in range(8)]
    sizes = [[zone_of(of, Setting(p, t)).volume_ml for t in late] for p in fine]
    for row in sizes:
        assert all(b >= a - 1e-9 for a, b in itertools.pairwise(row))
    for column in zip(*sizes, strict=True):
        assert all(b >= a - 1e-9 for a, b in itertools.pairwise(column))


def test_the_published_emprint_zone():
    # 100 W, 10 min: 41 x 36 mm in the table
    zone = zone_of(device("emprint"), Setting(100.0, 10.0))
    assert (zone.table_long_mm, zone.table_short_mm) == pytest.approx((41.0, 36.0))


@pytest.mark.parametrize(("power", "minutes"), [(30, 5), (120, 5), (100, 1), (100, 11)])
def test_nothing_beyond_the_table(power, minutes):
    with pytest.raises(RequestError, match="outside the table; known:"):
        zone_of(device("emprint"), Setting(power, minutes))


def test_unknown_devices_and_clusters_are_refused():
    with pytest.raises(RequestError, match="choose from emprint"):
        device("laser")
    with pytest.raises(RequestError, match="2 probes together"):
        zone_of(device("emprint"), Setting(100, 5, 2))


def test_every_setting_is_in_its_table():
    assert sum(1 for of in devices().values() for _ in settings(of)) >= 33


def test_every_number_has_a_source_in_the_bibliography():
    known = set(load_evidence().sources)
    for of in devices().values():
        assert {of.source, *of.scale.sources, *of.centre_behind_tip_mm.sources} <= known
    for name, entry in table("planning")["uncertainty"].items():
        assert set(estimate_of(entry, "1").sources) <= known, name
    for entry in table("outcome")["local_progression_2y_percent"].values():
        assert entry["source"] in known


@pytest.mark.parametrize(("probes", "apart"), [(2, 20.0), (3, 20.0), (4, 20.0)])
def test_neighbouring_probes_stand_as_far_apart_as_asked(probes, apart):
    places = needles_round(probes, apart)
    gaps = [((places[n] - places[n - 1]) ** 2).sum() ** 0.5 for n in range(1, probes)]
    assert gaps == pytest.approx([apart] * (probes - 1))
