"""One invented patient with colorectal metastases for the tests of both rooms of drugs."""

from copy import deepcopy

from liverboard.anatomy import examine
from liverboard.board.convene import BoardOptions, convene
from liverboard.case import case_from_record
from liverboard.patient import patient_of
from liverboard.treatments.chemotherapy import TREATMENT
from liverboard.treatments.protocol import Plan, silent

UNTESTED = {"unknown": "not tested"}

RECORD = {
    "schema": "liverboard/case/1",
    "id": "invented",
    "invented": True,
    "reference_date": "2026-01-15",
    "patient": {
        "age": {"value": 58, "unit": "year"},
        "sex": "male",
        "height": {"value": 180, "unit": "cm"},
        "weight": {"value": 80, "unit": "kg"},
    },
    "fitness": {"ecog": 0},
    "laboratory": {
        "creatinine": {"value": 80, "unit": "umol/L"},
        "bilirubin": {"value": 10, "unit": "umol/L"},
    },
    "primary": {"site": "colorectal", "side": "left"},
    "molecular": {"dpyd_activity_score": 2, "ras": "wild type", "msi": "stable"},
    "history": {"systemic": []},
    "other": {"bilirubin_upper_limit": {"value": 21, "unit": "umol/L"}},
}


def patient_like(**changes):
    """Return the patient of RECORD with sections joined by `changes`."""
    record = deepcopy(RECORD)
    for section, entries in changes.items():
        told = {key: UNTESTED if value == "unknown" else value for key, value in entries.items()}
        record[section] = {**record.get(section, {}), **told}
    case = case_from_record(record)
    return patient_of(case, examine(case))


def planned(name, patient=None, room=TREATMENT):
    patient = patient or patient_like()
    proposal = next(one for one in room.propose(patient) if one.id == name)
    plan = room.plan(proposal, patient, silent)
    assert isinstance(plan, Plan)
    return plan


def board_of(room="chemotherapy", **changes):
    patient = patient_like(**changes)
    return convene(patient.case, options=BoardOptions(only=(room,)))
