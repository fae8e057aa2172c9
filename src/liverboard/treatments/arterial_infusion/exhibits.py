"""Tables of an arterial infusion for the report."""

from __future__ import annotations

from liverboard.treatments.arterial_infusion.prescription import (
    Exposure,
    Prescription,
    systemic_check,
)
from liverboard.treatments.arterial_infusion.tables import drug, pump, table
from liverboard.treatments.exhibit import Exhibit, Table
from liverboard.values import Estimate

__all__ = ["exhibits"]


def exhibits(given: Prescription, found: Exposure) -> tuple[Exhibit, ...]:
    """Return the prescription, calendar, exposure, anatomy and trials as tables."""
    return (
        _prescription_table(given),
        _calendar_table(given),
        _exposure_table(found),
        _list_table("Complications by anatomy and experience", "anatomy", ("name", "what")),
        _list_table("What studies found", "trials", ("name", "who", "found")),
    )


def _prescription_table(given: Prescription) -> Table:
    """Return what goes into the pump."""
    chosen, device = drug(given.drug), pump(given.pump)
    prime = float(table()["prime_ml"]["value"])
    rows = (
        ("pump", str(device["title"]), str(device["status"])),
        ("drug", str(chosen["title"]), f"{given.dose_mg_per_kg_day:g} mg/kg per day"),
        ("weight to dose by", f"{given.dosing_kg:.1f} kg", f"ideal {given.ideal_kg:.1f} kg"),
        ("flow", f"{given.flow_ml_per_day:g} ml/day", "measure at every refill"),
        ("full pump lasts", f"{given.running_days:.1f} days", ""),
        ("drug in a full pump", f"{given.fill_mg:g} mg", f"{given.exact_mg:.2f} before rounding"),
        ("drug volume", f"{given.drug_ml:.1f} ml", f"{given.concentration_mg_per_ml:.2f} mg/ml"),
        ("dexamethasone", f"{device['dexamethasone_mg']} mg", "in the same fill"),
        ("heparin", f"{device['heparin_u']} U", "in the same fill"),
        ("saline", f"to {given.reservoir_ml:g} ml", f"prepare {prime:g} ml more to prime"),
        ("with it", str(chosen["partner"]), ""),
        *(("look at", line, "") for line in given.problems),
    )
    return Table(
        "Pump prescription",
        ("", "amount", "remark"),
        rows,
        note="no dose modification by liver tests is computed: its primary source was not read",
        sources=tuple(
            dict.fromkeys(
                (
                    str(device["source"]),
                    str(chosen["dose_mg_per_kg_day"]["source"]),
                    str(chosen["stable_mg_per_ml"]["source"]),
                    "hai-pharmacy-tool",
                    "codman-manual",
                )
            )
        ),
    )


def _calendar_table(given: Prescription) -> Table:
    """Return the visits to the pump."""
    return Table(
        "Refill calendar",
        ("day", "what"),
        tuple((day, what) for day, what in given.calendar),
        sources=(str(drug(given.drug)["cycle_days"]["source"]),),
    )


def _range(value: Estimate) -> str:
    """Return an interval in words."""
    return f"{value.value:.3g} ({value.low:.3g} to {value.high:.3g})"


def _exposure_table(found: Exposure) -> Table:
    """Return concentrations and gains."""
    check = systemic_check()
    rows = (
        ("hepatic artery, what tumours see", _range(found.artery), _range(found.artery_gain)),
        ("inflow of the liver", _range(found.liver), _range(found.liver_gain)),
        ("body", _range(found.body), "1"),
        ("body, measured in 25 patients", _range(check), ""),
    )
    return Table(
        "Exposure at rest",
        ("where", "ng/mL", "times the body"),
        rows,
        note="ranges of published extraction and of liver flow (from memory), not a forecast; the "
        "textbook gain of 100 to 400 is not supported by the measured level",
        sources=("method:hai-kinetics", "ijzerman-2021", "liver-flow-memory"),
    )


def _list_table(title: str, name: str, columns: tuple[str, ...]) -> Table:
    """Return a list of the table file with its marks."""
    entries = table()[name]
    rows = tuple((*(str(one[key]) for key in columns), str(one["mark"])) for one in entries)
    sources = tuple(dict.fromkeys(str(one["source"]) for one in entries))
    return Table(title, (*columns, "read"), rows, sources=sources)
