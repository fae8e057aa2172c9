"""From a worked-out radioembolization to the common currency of the board."""

from __future__ import annotations

import numpy as np

from liverboard.anatomy.remnant import remnant_after
from liverboard.evidence.fact import Fact, Known
from liverboard.numerics.bed import bed_decaying_gy
from liverboard.numerics.grid import Array
from liverboard.treatments.protocol import Burden, LesionOutcome, LiverEffect
from liverboard.treatments.radioembolization.options import SirtOptions
from liverboard.treatments.radioembolization.tables import published
from liverboard.treatments.radioembolization.work import Result
from liverboard.values import Estimate, Mark, Quantity, Reason, Unknown, measured

__all__ = [
    "between",
    "burden_of",
    "lesion_outcomes",
    "liver_effect",
    "overdosed",
    "plan_facts",
    "plan_metrics",
    "tumour_bed_gy",
]

ORIGIN = "plan: radioembolization"

REACHED_SHARE = 0.9
"""Share of a lesion inside the territories from which it counts as treated."""


def sources_of(result: Result) -> tuple[str, ...]:
    """Return the sources that a dose of this plan rests on."""
    found = ["method:sirt-dose", result.setting.device.nuclide.energy.source]
    if not result.setting.shunt.is_measured:
        found.append(result.setting.shunt.source)
    if result.task.map == "simulated" and not result.setting.own_uptake:
        found.append(result.setting.uptake.source)
    return tuple(dict.fromkeys(found))


def between(result: Result, value: float, drawn: Array, options: SirtOptions) -> Estimate:
    """Return a dose in Gy with the interval of its draws (n,)."""
    edge = (100.0 - options.interval_percent) / 2.0
    low, high = (float(n) for n in np.percentile(drawn, (edge, 100.0 - edge)))
    return Estimate(
        value, min(value, low), max(value, high), "Gy", sources_of(result), mark_of(result)
    )


def mark_of(result: Result) -> Mark:
    """Return the mark of a dose: unverified where the uptake is a house guess."""
    if result.task.map == "simulated" and not result.setting.own_uptake:
        return result.setting.uptake.mark
    return Mark.VERIFIED


def lesion_outcomes(result: Result, options: SirtOptions) -> tuple[LesionOutcome, ...]:
    """Return what becomes of every lesion: mean dose by local deposition, aim met or not."""
    return tuple(_outcome(result, lesion.id, options) for lesion in result.anatomy.known_lesions())


def _outcome(result: Result, lesion: str, options: SirtOptions) -> LesionOutcome:
    """Return what becomes of one lesion."""
    if lesion not in result.basis.lesions:
        nothing = measured(0.0, "Gy", "sirt-dose")
        return LesionOutcome(lesion, False, dose_gy=nothing, remark="outside the territories")
    row = result.basis.row(lesion)
    inside = float(result.basis.shares[row].sum())
    dose = between(result, float(result.means_local[row]), result.draws.local[:, row], options)
    aim = result.setting.scenario.aims.get("tumour")
    if inside < REACHED_SHARE:
        remark = f"{100 * inside:.0f} % of it in the territories"
        return LesionOutcome(lesion, False, dose_gy=dose, remark=remark)
    if aim is None or dose.value >= aim.value - 1e-6:
        return LesionOutcome(lesion, None, dose_gy=dose, remark=_kernel_remark(result, row))
    remark = f"below the aim of {aim.value:g} Gy; {_kernel_remark(result, row)}"
    return LesionOutcome(lesion, False, dose_gy=dose, remark=remark)


def _kernel_remark(result: Result, row: int) -> str:
    """Return the mean dose with the kernel in words."""
    return f"{float(result.means_spread[row]):.0f} Gy with the kernel"


def tumour_bed_gy(dose_gy: float, half_life_h: float) -> float:
    """Return the biologically effective dose of a tumour."""
    given = published("radiobiology", "tumour")
    return bed_decaying_gy(
        dose_gy,
        alpha_beta_gy=float(given["alpha_beta_gy"]),
        repair_half_life_h=float(given["repair_half_time_h"]),
        source_half_life_h=half_life_h,
    )


def overdosed(result: Result) -> Array:
    """Return the healthy liver (z, y, x) bool that counts as lost.

    Where a limit for normal liver is published: what has more than that with the kernel. It is a
    limit for a mean, so this is the cautious reading. Where the territory is meant to be ablated:
    all of it.
    """
    limit = result.setting.scenario.limits.get("normal") or result.setting.scenario.aims.get(
        "liver"
    )
    healthy = result.anatomy.healthy
    if limit is not None:
        return np.asarray(healthy & (result.spread > limit.value))
    return np.asarray(healthy & (result.local > 0))


def liver_effect(result: Result, lost: Array) -> LiverEffect:
    """Return what is left of the liver; vessels stay open."""
    anatomy = result.anatomy
    left = remnant_after(anatomy, lost, survives_mm=0.0)

    def volume(mask: Array | Unknown) -> Quantity:
        if isinstance(mask, Unknown):
            return mask
        return measured(float(np.count_nonzero(mask)) * anatomy.grid.voxel_ml, "ml", "sirt-dose")

    def percent(mask: Array | Unknown) -> Quantity:
        if isinstance(mask, Unknown):
            return mask
        whole = max(1, int(np.count_nonzero(anatomy.healthy)))
        share = 100.0 * float(np.count_nonzero(mask)) / whole
        return measured(share, "percent", "sirt-dose")

    nothing = measured(0.0, "ml", "sirt-dose")
    return LiverEffect(
        removed_ml=nothing,
        destroyed_ml=nothing,
        overdosed_ml=volume(lost),
        geometric_ml=volume(left.geometric),
        perfused_ml=volume(left.perfused),
        drained_ml=volume(left.drained),
        functional_ml=volume(left.functional),
        geometric_percent=percent(left.geometric),
        functional_percent=percent(left.functional),
    )


def whole_normal(result: Result, by_region: Array) -> Array:
    """Return the mean (...,) over all normal liver of doses (..., regions)."""
    rows = [*result.normal_rows, result.basis.row("elsewhere")]
    return _weighted(result, by_region, rows)


def perfused_normal(result: Result, by_region: Array) -> Array:
    """Return the mean (...,) over the normal liver of the territories of doses (..., regions)."""
    return _weighted(result, by_region, result.normal_rows)


def _weighted(result: Result, by_region: Array, rows: list[int]) -> Array:
    """Return the mean of some regions, by volume."""
    volume = result.basis.region_ml[rows]
    return np.asarray(by_region[..., rows] @ volume / max(float(volume.sum()), 1e-9))


def plan_metrics(result: Result, options: SirtOptions) -> dict[str, Quantity]:
    """Return the figures by which radioembolizations are compared, and some more."""
    draws = result.draws
    found: dict[str, Quantity] = {
        "activity_gbq": measured(result.prescription.total_gbq, "GBq", "sirt-activity"),
        "lung_dose_gy": between(result, result.lung_gy, draws.lung, options),
    }
    for name, average in (("normal_liver", whole_normal), ("perfused_liver", perfused_normal)):
        value = float(average(result, result.means_local))
        drawn = average(result, draws.local)
        found[f"{name}_dose_gy"] = between(result, value, drawn, options)
    rows = treated_rows(result)
    if rows:
        local, spread = result.means_local[rows], result.means_spread[rows]
        found["smallest_tumour_dose_gy"] = between(
            result, float(local.min()), draws.local[:, rows].min(axis=1), options
        )
        found["smallest_tumour_kernel_dose_gy"] = between(
            result, float(spread.min()), draws.spread[:, rows].min(axis=1), options
        )
    return found


def treated_rows(result: Result) -> list[int]:
    """Return the regions of the lesions that lie in the territories."""
    basis = result.basis
    rows = [basis.row(lesion) for lesion in basis.lesions]
    return [row for row in rows if float(basis.shares[row].sum()) >= REACHED_SHARE]


def plan_facts(
    result: Result, metrics: dict[str, Quantity], effect: LiverEffect
) -> dict[str, Fact]:
    """Return what the plan measured, for the criteria."""
    basis = result.basis
    inside = [lesion.id for lesion in result.anatomy.known_lesions() if lesion.is_in_liver]
    treated = {basis.regions[row] for row in treated_rows(result)}
    return {
        "targets_all_lesions": Known(set(inside) <= treated, ORIGIN),
        "lung_dose": _fact(metrics["lung_dose_gy"]),
        "tumour_dose": _fact(
            metrics.get(
                "smallest_tumour_dose_gy", Unknown(Reason.NOT_COMPUTED, "no lesion treated")
            )
        ),
        "normal_liver_dose": _fact(metrics["normal_liver_dose_gy"]),
        "perfused_liver_dose": _fact(metrics["perfused_liver_dose_gy"]),
        "flr_percent": _fact(effect.functional_percent),
        "flr_geometric_percent": _fact(effect.geometric_percent),
    }


def _fact(quantity: Quantity) -> Fact:
    """Return a quantity as a fact with its interval."""
    if isinstance(quantity, Unknown):
        return quantity
    return Known(quantity.value, ORIGIN, low=quantity.low, high=quantity.high)


def burden_of(territories: int) -> Burden:
    """Return what it asks of the patient: a rehearsal, then the treatment, one puncture each."""
    del territories
    return Burden(
        sessions=measured(2.0, "1", "sirt-steps"),
        punctures=measured(2.0, "1", "sirt-steps"),
        anaesthesia="local, with sedation",
    )
