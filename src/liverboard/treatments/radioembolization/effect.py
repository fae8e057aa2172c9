"""What the dose may do to the liver: complication, and growth of the other side.

Complication: Lyman's model on the BED of the mean dose to all normal liver. Half of the livers fail
at a BED that differs by device (walrand-2014); the slope is from memory and marked so.
Growth: published ranges, never a forecast for one patient.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from liverboard.numerics.bed import bed_decaying_gy
from liverboard.numerics.grid import Array
from liverboard.treatments.exhibit import Cell, Table
from liverboard.treatments.radioembolization.options import SirtOptions
from liverboard.treatments.radioembolization.result import whole_normal
from liverboard.treatments.radioembolization.tables import figure, published, rules
from liverboard.treatments.radioembolization.work import Result
from liverboard.values import Estimate, Mark, Quantity, Reason, Unknown

__all__ = ["Growth", "complication", "effect_tables", "growth", "liver_bed_gy", "lyman"]


def lyman(bed_gy: Array, *, half_bed_gy: float, slope: float) -> Array:
    """Return the complication probability at a BED: the normal integral of (x - 1) / slope."""
    return np.asarray(ndtr((bed_gy / half_bed_gy - 1.0) / slope))


def liver_bed_gy(dose_gy: Array, half_life_h: float) -> Array:
    """Return the BED of normal liver for a mean dose (n,) given off as the source decays."""
    given = published("radiobiology", "liver")
    return bed_decaying_gy(
        np.asarray(dose_gy, dtype=np.float64),
        alpha_beta_gy=float(given["alpha_beta_gy"]),
        repair_half_life_h=float(given["repair_half_time_h"]),
        source_half_life_h=half_life_h,
    )


def complication(result: Result, options: SirtOptions) -> Quantity:
    """Return the chance in percent that the liver fails, its interval from the draws."""
    device = result.setting.device
    entry = published("complication").get(device.id)
    if entry is None:
        return Unknown(Reason.NO_EVIDENCE, f"no complication model for {device.title}")
    model = {"half_bed_gy": float(entry["bed50_gy"]), "slope": float(entry["slope"])}
    doses = np.append(whole_normal(result, result.draws.local), _normal_gy(result))
    chance = 100.0 * lyman(liver_bed_gy(doses, device.nuclide.half_life_h), **model)
    edge = (100.0 - options.interval_percent) / 2.0
    low, high = (float(n) for n in np.percentile(chance[:-1], (edge, 100.0 - edge)))
    value = float(chance[-1])
    sources = ("method:sirt-effect", str(entry["source"]), "strigari-2010", "cremonesi-2014")
    return Estimate(value, min(low, value), max(high, value), "percent", sources, Mark.UNVERIFIED)


def _normal_gy(result: Result) -> float:
    """Return the mean local dose of all normal liver."""
    return float(whole_normal(result, result.means_local))


@dataclass(frozen=True, slots=True)
class Growth:
    """The untreated side: healthy liver now in ml and percent, and after published growth."""

    now_ml: float
    now_percent: float
    low_ml: float
    high_ml: float
    weeks: tuple[float, float]


def growth(result: Result) -> Growth | Unknown:
    """Return what the untreated side may grow to; Unknown where all of the liver is treated."""
    basis = result.basis
    spared = float(basis.region_ml[basis.row("elsewhere")])
    healthy = float(basis.region_ml[[*result.normal_rows, basis.row("elsewhere")]].sum())
    if len(basis.territories) > 1 or spared <= 0.0 or healthy <= 0.0:
        return Unknown(Reason.NOT_COMPUTED, "all of the liver is treated")
    given: Any = published("growth")
    low, high = (spared * (1.0 + float(given["percent"][end]) / 100.0) for end in ("low", "high"))
    weeks = (float(given["wait_weeks"]["low"]), float(given["wait_weeks"]["high"]))
    return Growth(spared, 100.0 * spared / healthy, low, high, weeks)


def effect_tables(result: Result, options: SirtOptions) -> Iterator[Table]:
    """Yield what the dose may do to the liver, and how the spared side may grow."""
    chance = complication(result, options)
    dose = np.array([_normal_gy(result)])
    bed = float(liver_bed_gy(dose, result.setting.device.nuclide.half_life_h)[0])
    shown = (
        str(chance)
        if isinstance(chance, Unknown)
        else f"{chance.value:.1f} % ({chance.low:.1f} to {chance.high:.1f})"
    )
    rows: list[tuple[Cell, ...]] = [
        ("mean dose of all normal liver, local", f"{_normal_gy(result):.1f} Gy", ""),
        ("its BED", f"{bed:.0f} Gy", "alpha/beta 2.5 Gy, repair 2.5 h (unverified)"),
        ("liver failure, Lyman", shown, "slope from memory: unverified; livers with HCC"),
    ]
    yield Table(
        "What the dose may do to the liver",
        ("", "amount", "remark"),
        tuple(rows),
        note="half of livers fail at a BED of 93 Gy with resin and 250 Gy with glass; the model "
        "takes the liver as evenly irradiated and knows nothing of earlier chemotherapy",
        sources=("method:sirt-effect", "walrand-2014", "strigari-2010"),
    )
    spared = growth(result)
    if not isinstance(spared, Unknown):
        yield _growth_table(spared)


def _growth_table(spared: Growth) -> Table:
    """Return what the spared side may grow to, by published ranges."""
    pace, resected = (
        published("growth", "per_week_percent"),
        published("growth", "resected_percent"),
    )
    reserve = figure(rules("reserve_percent"))
    rows: tuple[tuple[Cell, ...], ...] = (
        ("healthy liver outside the territory, now", f"{spared.now_ml:.0f} ml"),
        ("share of healthy liver", f"{spared.now_percent:.0f} %"),
        ("after growth by 26 to 47 %", f"{spared.low_ml:.0f} to {spared.high_ml:.0f} ml"),
        ("after", f"{spared.weeks[0]:.0f} to {spared.weeks[1]:.0f} weeks"),
        ("pace, median of 16 studies", f"{float(pace['value']):g} % a week"),
        ("resected afterwards", f"{float(resected['value']):g} % of patients"),
        ("wanted before a lobectomy", f"more than {reserve.value:g} % spared"),
    )
    return Table(
        "If the spared side grows",
        ("", "amount"),
        rows,
        note="ranges of reviews of unilobar treatments, not a forecast",
        sources=("teo-2016", "birgin-2020", reserve.source),
    )
