"""Regimens by catheter and port: doses by body surface, and the exposure that they give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from liverboard.errors import RequestError
from liverboard.evidence.calculators.body import bsa_dubois
from liverboard.treatments.arterial_infusion.flows import draw_flows
from liverboard.treatments.arterial_infusion.kernels.steady import linear_steady, saturable_steady
from liverboard.treatments.arterial_infusion.options import InfusionOptions
from liverboard.treatments.arterial_infusion.tables import regimen, table
from liverboard.treatments.exhibit import Cell, Table
from liverboard.values import Unknown

__all__ = ["PORT", "drug_table", "partner_table", "port_tables", "surface_m2"]

PORT = "port"
"""The name that stands for a catheter with a port where a pump could be named."""


def surface_m2(body: tuple[float, float, bool]) -> float:
    """Return the body surface (DuBois) of (weight kg, height cm, is male)."""
    weight, height, _ = body
    found = bsa_dubois(height, weight)
    if isinstance(found, Unknown):
        raise RequestError(f"no body surface: {found.detail}", where="height, weight")
    return found


def port_tables(
    name: str, body: tuple[float, float, bool], options: InfusionOptions
) -> Iterator[Table]:
    """Yield the doses of a regimen by port for one patient, and its exposure."""
    chosen, surface = regimen(name), surface_m2(body)
    yield Table(
        f"Doses: {chosen['title']}",
        ("drug", "by", "mg/m2", "mg", "hours"),
        tuple(
            (line["drug"], line["route"], _range(line), _range(line, surface), f"{line['hours']:g}")
            for line in chosen["lines"]
        ),
        note=f"body surface {surface:.2f} m2 (DuBois), every {chosen['cycle_days']} days; "
        f"{chosen['who']}; read: {chosen['mark']}",
        sources=(str(chosen["source"]),),
    )
    rows = tuple(_exposure_rows(chosen, surface, body[0], options))
    if rows:
        yield Table(
            "Exposure while it runs, at rest",
            ("drug", "hepatic artery ug/ml", "body ug/ml", "times the body", "read"),
            rows,
            note="as if the level at rest were reached; ranges of published extraction and flows, "
            "5-FU saturable; binding and metabolites are not modelled",
            sources=("method:hai-kinetics", "carlisle-1992", "robinson-1988"),
        )


def _range(line: Mapping[str, Any], times: float = 1.0) -> str:
    """Return a dose or a range of doses, multiplied."""
    low, high = (float(line["mg_per_m2"][end]) * times for end in ("low", "high"))
    return f"{low:.0f}" if low == high else f"{low:.0f} to {high:.0f}"


def _exposure_rows(
    chosen: Mapping[str, Any], surface: float, weight_kg: float, options: InfusionOptions
) -> Iterator[tuple[Cell, ...]]:
    """Yield concentrations of every drug that runs into the artery and has an extraction."""
    drugs = table()["kinetics"]
    for line in chosen["lines"]:
        entry = drugs.get(line["drug"])
        if line["route"] != "artery" or entry is None or line["hours"] <= 0:
            continue
        rate = float(line["mg_per_m2"]["low"]) * surface / (60.0 * float(line["hours"]))
        rng = np.random.Generator(np.random.PCG64(options.seed))
        artery, body = _levels(entry, rate, weight_kg, (rng, options.draws))
        edge = (100.0 - options.interval_percent) / 2.0
        cells = []
        for values in (artery, body, artery / body):
            low, middle, high = np.percentile(values, (edge, 50.0, 100.0 - edge))
            cells.append(f"{middle:.2g} ({low:.2g} to {high:.2g})")
        yield (line["drug"], *cells, str(entry["mark"]))


def _levels(
    entry: Mapping[str, Any],
    rate: float,
    weight_kg: float,
    draws: tuple[np.random.Generator, int],
) -> tuple[Any, Any]:
    """Return concentrations (draws,) in artery and body, ug/ml, for a rate in mg/min."""
    rng, count = draws
    flow, share = draw_flows(rng, weight_kg, count)
    elsewhere = flow * rng.uniform(
        float(entry["elsewhere"]["low"]), float(entry["elsewhere"]["high"]), count
    )
    if "saturable" in entry:
        given = entry["saturable"]
        umol = rate * 1000.0 / float(entry["molar_mass"])
        body = saturable_steady(
            np.full(count, umol),
            flow,
            (float(given["most_umol_per_l"]), float(given["half_umol_per_l"])),
            elsewhere,
        )
        body = body * float(entry["molar_mass"]) / 1000.0
        return body + rate / (flow * share), body
    extraction = rng.uniform(
        float(entry["extraction"]["low"]), float(entry["extraction"]["high"]), count
    )
    artery, _, body = linear_steady(np.full(count, rate), extraction, flow, share, elsewhere)
    return artery, body


def drug_table() -> Table:
    """Return what is known of drugs by the hepatic artery."""
    rows = tuple(
        (name, entry["half_life"], _extracted(entry), entry["textbook_gain"], entry["mark"])
        for name, entry in table()["kinetics"].items()
    )
    return Table(
        "Drugs by the hepatic artery",
        ("drug", "half-life", "extracted by the liver", "textbook gain", "read"),
        rows,
        note="textbook gains are not used in any figure here",
        sources=("hai-review-mirror", "hai-drugs-memory", "robinson-1988"),
    )


def _extracted(entry: Mapping[str, Any]) -> str:
    """Return an extraction in words."""
    if "saturable" in entry:
        return "falls from 82 to 13 % as the inflow rises from 1 to 300 umol/l"
    low, high = (100.0 * float(entry["extraction"][end]) for end in ("low", "high"))
    return f"{low:.0f} to {high:.0f} %"


def partner_table(body: tuple[float, float, bool]) -> Table:
    """Return systemic regimens that were given beside a pump, with doses for this patient."""
    surface = surface_m2(body)
    rows: list[tuple[Cell, ...]] = []
    for entry in table()["partners"]:
        for line in entry["lines"]:
            amount = _range(line), _range(line, surface), str(line["when"])
            rows.append((entry["where"], line["drug"], *amount, entry["mark"]))
        if not entry["lines"]:
            rows.append((entry["where"], "none", "", "", "", entry["mark"]))
    return Table(
        "Systemic partner of a pump",
        ("where", "drug", "mg/m2", "mg", "when", "read"),
        tuple(rows),
        note=f"body surface {surface:.2f} m2 (DuBois); doses from memory are marked and are no "
        "prescription: the room of chemotherapy doses by its own sources",
        sources=tuple(dict.fromkeys(str(entry["source"]) for entry in table()["partners"])),
    )
