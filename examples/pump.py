"""What goes into an implanted pump for one invented patient, from the record alone.

python examples/pump.py
"""

from liverboard.anatomy import examine
from liverboard.case import case_from_record
from liverboard.patient import Patient, patient_of
from liverboard.treatments.arterial_infusion import TREATMENT
from liverboard.treatments.protocol import Plan, Proposal, silent

RECORD = {
    "schema": "liverboard/case/1",
    "id": "pump",
    "invented": True,
    "reference_date": "2026-01-15",
    "patient": {
        "age": {"value": 61, "unit": "year"},
        "sex": "female",
        "height": {"value": 165, "unit": "cm"},
        "weight": {"value": 110, "unit": "kg"},
    },
    "primary": {"site": "colorectal", "side": "left"},
    "history": {"systemic": []},
}


def invented() -> Patient:
    """Return a patient whose ideal weight, 56.9 kg, is far below her own."""
    case = case_from_record(RECORD)
    return patient_of(case, examine(case))


def filled(patient: Patient) -> Plan:
    """Return the prescription of a pump that was measured at 1.2 ml a day."""
    asked = {"drug": "fudr", "pump": "intera-3000", "flow_ml_per_day": 1.2}
    plan = TREATMENT.plan(Proposal("example", "example", parameters=asked), patient, silent)
    assert isinstance(plan, Plan)
    return plan


if __name__ == "__main__":
    found = filled(invented())
    print(f"dosed by {found.details['dosing_kg']} kg: {found.details['fill_mg']:g} mg")
    low, high = found.details["artery_gain"]
    print(f"the hepatic artery has {low:.0f} to {high:.0f} times what the body has")
