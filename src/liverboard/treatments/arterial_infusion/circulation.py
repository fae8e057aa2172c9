"""The circulation of one patient for the kinetics: flows by weight, liver and tumours by masks.

Flows: duplex ultrasound of ten healthy fasting volunteers (carlisle-1992). Tumours take blood from
the artery alone, per mass as many times that of liver as they take MAA (hong-kong-1997). Volumes of
blood and gut are from memory; they decide how soon a level is reached, not which.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liverboard.anatomy import Anatomy
from liverboard.numerics.grid import Array
from liverboard.treatments.arterial_infusion.kernels.kinetics import SEGMENTS, Body, Course, course
from liverboard.treatments.arterial_infusion.tables import table
from liverboard.treatments.exhibit import Curve, Curves, Table
from liverboard.values import Unknown

__all__ = ["Circulation", "circulation_of", "kinetics_exhibits"]

HALF = 1e6
"""Km in umol/l so large that extraction does not saturate."""

MINUTES, POINTS = 60.0, 121
RIGHT = (5, 6, 7, 8)


@dataclass(frozen=True, slots=True)
class Circulation:
    """Flows in l/min through liver (all, and by its artery), and volumes in l by lobe."""

    total: float
    arterial: float
    liver_l: tuple[float, ...]
    tumour_l: tuple[float, ...]
    names: tuple[str, ...]
    weight_kg: float


def circulation_of(anatomy: Anatomy, weight_kg: float) -> Circulation:
    """Return the circulation of a patient, lobe by lobe where segments are known."""
    given = table()["published"]["flows"]
    total = float(given["total_ml_per_min_kg"]) * weight_kg / 1000.0
    artery = float(given["artery_ml_per_min_kg"]) * weight_kg / 1000.0
    masks = _lobes(anatomy)
    litres = anatomy.grid.voxel_ml / 1000.0
    tumour = anatomy.lesion_labels > 0
    return Circulation(
        total,
        artery,
        tuple(float(np.count_nonzero(m & anatomy.healthy)) * litres for m in masks.values()),
        tuple(float(np.count_nonzero(m & tumour)) * litres for m in masks.values()),
        tuple(masks),
        weight_kg,
    )


def _lobes(anatomy: Anatomy) -> dict[str, Array]:
    """Return the lobes that hold liver, or all of it where segments are unknown."""
    if isinstance(anatomy.segments, Unknown):
        return {"liver": anatomy.liver}
    is_right = np.isin(anatomy.segments.labels, RIGHT)
    found = {"right": anatomy.liver & is_right, "left": anatomy.liver & ~is_right}
    return {name: mask for name, mask in found.items() if (mask & anatomy.healthy).any()}


def body_of(here: Circulation, extraction: float) -> Body:
    """Return the compartments of a patient for a drug of constant extraction."""
    given = table()["published"]["volumes"]
    liver = np.array(here.liver_l)
    share = liver / liver.sum()
    ratio = float(table()["published"]["tumour_flow_ratio"]["value"])
    tumour_l = np.maximum(np.array(here.tumour_l), 1e-6)
    tumour_flow = here.arterial * share * ratio * tumour_l / liver
    # eight equal segments in series that together extract what one figure says
    clearance = here.total * SEGMENTS * ((1.0 - extraction) ** (-1.0 / SEGMENTS) - 1.0)
    return Body(
        arterial=here.arterial * share,
        portal=(here.total - here.arterial) * share,
        tumour_flow=tumour_flow,
        liver_l=liver * float(given["blood_of_liver"]),
        tumour_l=tumour_l,
        most=clearance * share * HALF,
        half=HALF,
        central_l=float(given["central_l_per_kg"]) * here.weight_kg,
        peripheral_l=1.0,
        exchange=0.0,
        gut_l=float(given["gut_l"]),
        clearance=0.0,
    )


def kinetics_exhibits(here: Circulation, rate: float, extraction: float) -> tuple[Curves, Table]:
    """Return the first hour of an infusion of `rate` ug/min, and the routes at rest.

    Concentrations in ng/ml (ug/l).
    """
    body = body_of(here, extraction)
    routes = _routes(body, rate, MINUTES, POINTS)
    rest = _routes(body, rate, 60.0 * MINUTES, 2)
    share = np.array(here.tumour_l) / max(sum(here.tumour_l), 1e-9)
    has_tumour = sum(here.tumour_l) > 0
    artery = routes["hepatic artery"]
    curves = [
        Curve("liver veins, by artery", _rounded(artery.time_min), _rounded(_mixed(artery, body))),
        Curve("body, by artery", _rounded(artery.time_min), _rounded(artery.central)),
        Curve(
            "body, by vein",
            _rounded(artery.time_min),
            _rounded(routes["peripheral vein"].central),
        ),
    ]
    if has_tumour:
        tumour = _rounded(artery.tumour @ share)
        curves.insert(0, Curve("tumour, by artery", _rounded(artery.time_min), tumour))
    chart = Curves(
        "First hour of the infusion",
        tuple(curves),
        "minutes",
        "ng/ml",
        note=f"one patient's flows and volumes, extraction {100 * extraction:.0f} %, no intervals; "
        "volumes of blood are from memory and decide only how soon a level is reached",
    )
    rows = tuple(
        (
            name,
            f"{float(one.tumour[-1] @ share):.2f}" if has_tumour else "-",
            f"{float(_mixed(one, body)[-1]):.2f}",
            f"{float(one.central[-1]):.2f}",
        )
        for name, one in rest.items()
    )
    routes_table = Table(
        "The same rate by three routes, at rest",
        ("route", "tumour ng/ml", "liver veins ng/ml", "body ng/ml"),
        rows,
        note="drug into the portal vein is mixed there; tumours take nothing from it",
        sources=("method:hai-kinetics", "carlisle-1992", "hong-kong-1997"),
    )
    return chart, routes_table


def _routes(body: Body, rate: float, minutes: float, points: int) -> dict[str, Course]:
    """Return the course of one rate by artery, portal vein and vein."""
    flow = body.arterial + body.tumour_flow
    return {
        "hepatic artery": course(
            body, artery=rate * flow / flow.sum(), minutes=minutes, points=points
        ),
        "portal vein": course(body, portal=rate, minutes=minutes, points=points),
        "peripheral vein": course(body, vein=rate, minutes=minutes, points=points),
    }


def _mixed(one: Course, body: Body) -> Array:
    """Return the concentration (t,) of all liver veins together."""
    flow = body.arterial + body.portal
    return np.asarray(one.outflow @ (flow / flow.sum()))


def _rounded(values: Array) -> tuple[float, ...]:
    """Return numbers for a chart."""
    return tuple(round(float(value), 5) for value in values)
