"""No option stands against a plain contra-indication: every state of a grid, an independent table.

The table below is written from the labels and trials, not from the criteria.
"""

from itertools import product

from drug_patients import patient_like
from liverboard.evidence.derive import derive
from liverboard.evidence.fact import Known
from liverboard.evidence.judge import judge
from liverboard.evidence.judgement import Status
from liverboard.evidence.loader import load_evidence
from liverboard.treatments.biologics import TREATMENT as BIOLOGICS
from liverboard.treatments.chemotherapy import TREATMENT as CHEMOTHERAPY
from liverboard.values import Reason, Unknown

UNTESTED = Unknown(Reason.NOT_TESTED)
GRID = {
    "ras": ("wild_type", "mutated", UNTESTED),
    "braf_v600e": (True, False, UNTESTED),
    "msi": ("stable", "high", UNTESTED),
    "dpyd_activity_score": (0.0, 1.0, 2.0, UNTESTED),
    "creatinine_clearance": (20.0, 40.0, 90.0, UNTESTED),
    "ecog": (1.0, 3.0),
    "primary_side": ("left", "right"),
}
STANDS = {Status.ELIGIBLE, Status.ELIGIBLE_WITH_CAUTIONS}
PAIRS = ("sotorasib", "adagrasib", "encorafenib")


def red_flags(tags, state):
    """Yield what plainly speaks against an option in a state."""
    is_fluoropyrimidine = bool(tags & {"fluorouracil", "capecitabine"})
    is_anti_egfr = bool(tags & {"cetuximab", "panitumumab"})
    is_immune = bool(tags & {"pembrolizumab", "nivolumab"})
    if is_anti_egfr and not tags & set(PAIRS) and state["ras"] != "wild_type":
        yield "anti-EGFR without RAS wild type"
    if is_anti_egfr and not tags & set(PAIRS) and state["braf_v600e"] is not False:
        yield "anti-EGFR without BRAF wild type"
    is_right = state["primary_side"] == "right" and "palliative" in tags
    if is_anti_egfr and is_right and not tags & set(PAIRS):
        yield "first-line anti-EGFR on the right"
    if "encorafenib" in tags and state["braf_v600e"] is not True:
        yield "encorafenib without BRAF V600E"
    if is_immune and state["msi"] != "high":
        yield "immunotherapy without MSI"
    if is_fluoropyrimidine and state["dpyd_activity_score"] not in (1.0, 2.0):
        yield "fluoropyrimidine without DPYD"
    if "capecitabine" in tags and state["creatinine_clearance"] not in (40.0, 90.0):
        yield "capecitabine without kidneys"
    if state["ecog"] == 3.0:
        yield "drugs with ECOG 3"
    if tags & {"regorafenib", "fruquintinib", "trifluridine-tipiracil"}:
        yield "late-line drug in the first line"


def states():
    for values in product(*GRID.values()):
        yield dict(zip(GRID, values, strict=True))


def test_no_option_stands_against_a_red_flag():
    patient = patient_like()
    proposals = [
        (room.name, proposal)
        for room in (CHEMOTHERAPY, BIOLOGICS)
        for proposal in room.propose(patient)
        if "trk-fusion" not in proposal.tags
    ]
    criteria = {name: load_evidence().criteria(name) for name in ("chemotherapy", "biologics")}
    flags = open_options = 0
    for number, state in enumerate(states()):
        if number % 5:
            continue
        facts = {k: v if isinstance(v, Unknown) else Known(v, "grid") for k, v in state.items()}
        sheet = derive(patient.facts.with_facts({**facts, "creatinine": UNTESTED}))
        for name, proposal in proposals:
            status = judge(criteria[name], sheet, proposal.tags).status
            found = list(red_flags(proposal.tags, state))
            flags += bool(found)
            open_options += status in STANDS
            assert not (found and status in STANDS), (proposal.id, state, found)
    assert flags > 1000
    assert open_options > 500
