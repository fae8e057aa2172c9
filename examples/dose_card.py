"""The dose card of CAPOX for one invented patient with little DPD and weak kidneys.

python examples/dose_card.py
"""

from liverboard.anatomy import examine
from liverboard.case import case_from_record
from liverboard.patient import Patient, patient_of
from liverboard.treatments.chemotherapy import TREATMENT
from liverboard.treatments.protocol import Plan, silent

RECORD = {
    "schema": "liverboard/case/1",
    "id": "dose-card",
    "invented": True,
    "reference_date": "2026-01-15",
    "patient": {
        "age": {"value": 70, "unit": "year"},
        "sex": "male",
        "height": {"value": 162, "unit": "cm"},
        "weight": {"value": 72, "unit": "kg"},
    },
    "laboratory": {"creatinine": {"value": 154.7, "unit": "umol/L"}},
    "primary": {"site": "colorectal", "side": "left"},
    "molecular": {"dpyd_activity_score": 1},
    "history": {"systemic": []},
}


def invented() -> Patient:
    """Return the patient: sqrt(162 * 72 / 3600) = 1.8 m2, clearance 40 mL/min."""
    case = case_from_record(RECORD)
    return patient_of(case, examine(case))


def capox(patient: Patient) -> Plan:
    """Return the plan of CAPOX."""
    found = {one.id: one for one in TREATMENT.propose(patient)}
    plan = TREATMENT.plan(found["capox-palliative"], patient, silent)
    assert isinstance(plan, Plan)
    return plan


if __name__ == "__main__":
    for line in capox(invented()).details["doses"]:
        print(f"{line['drug']}: {line['published']} -> {line['given_high']:g} mg")
        print(f"  rules met: {', '.join(line['rules_met']) or 'none'}")
        print(f"  rules open: {', '.join(line['rules_open']) or 'none'}")
