"""What must never stand as possible, whatever else is known: a small grid per contraindication."""

from itertools import product

import pytest

from liverboard.evidence.derive import derive
from liverboard.evidence.judge import judge
from liverboard.evidence.judgement import Status
from liverboard.evidence.loader import load_evidence
from liverboard.evidence.rule_test import sheet_of

EVIDENCE = load_evidence()
POSSIBLE = {Status.ELIGIBLE, Status.ELIGIBLE_WITH_CAUTIONS, Status.BORDERLINE, Status.NEEDS_DATA}
GRID = {
    "primary_site": ["colorectal", "neuroendocrine", "uveal_melanoma"],
    "ecog": [0, 2, 4],
    "response": ["partial", "progression"],
    "braf_v600e": [True, False],
    "systemic_lines": [0, 2],
    "liver_pain": [0, 8],
}
FLAGS = [
    ("transplant", {"extrahepatic_disease": "unresectable"}, ["transmet", "oslo", "ihpba"]),
    ("transplant", {"extrahepatic_disease": "unresectable"}, ["soulmate", "optn", "milan-net"]),
    ("transplant", {"peritoneal_metastases": True}, ["transmet", "optn", "soulmate"]),
    ("radioembolization", {"bilirubin": 40}, ["resin", "glass", "holmium"]),
    ("radioembolization", {"ascites": "mild"}, ["resin", "glass", "holmium"]),
    ("radioembolization", {"lung_shunt": 21}, ["resin"]),
    ("ablation", {"largest_target": 51}, ["rf", "microwave", "cryo"]),
    ("ablation", {"inr": 1.6}, ["rf", "microwave", "cryo"]),
    ("ablation", {"fibrosis": "F4", "child_pugh": 11}, ["rf", "cryo"]),
    ("radiotherapy", {"organ_limits_met": False}, ["sbrt", "imrt"]),
    ("radiotherapy", {"spared_liver_volume": 650}, ["sbrt", "imrt"]),
    ("arterial_infusion", {"dpyd_activity_score": 0.5}, ["pump"]),
    ("arterial_infusion", {"portal_hypertension": True}, ["pump", "isolated"]),
    ("palliative", {"biliary_obstruction": "none"}, ["biliary"]),
]  # fmt: skip


@pytest.mark.parametrize(("room", "flag", "kinds"), FLAGS)
def test_a_red_flag_never_stands_as_possible(room, flag, kinds):
    criteria = EVIDENCE.criteria(room)
    for values in product(*GRID.values()):
        sheet = derive(sheet_of({**dict(zip(GRID, values, strict=True)), **flag}), EVIDENCE)
        for kind in kinds:
            assert judge(criteria, sheet, {room, kind}).status not in POSSIBLE, (values, kind)
