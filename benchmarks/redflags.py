"""Red flags: no option may stand against a plain contra-indication, in any of 30 000 patients.

Every synthetic patient with colorectal metastases of three grids is judged for every option of the
board; beside it stands a table of contra-indications written in plain Python from labels, trials
and reviews, which never looks at our criteria. One patient for whom an option stands although the
table forbids it, or without the caution that the table wants, is a red flag; there must be none.
Run: python -m benchmarks.redflags
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from liverboard.case import case_from_record
from liverboard.evidence.derive import derived_environment
from liverboard.evidence.fact import Fact, FactSheet, Known, Scalar
from liverboard.evidence.judgement import Status
from liverboard.evidence.loader import load_evidence
from liverboard.evidence.many import ManyOptions
from liverboard.patient import patient_of
from liverboard.treatments.registry import treatments
from liverboard.values import Reason, Unknown

State: TypeAlias = Mapping[str, Scalar | None]
"""Facts of a patient; None is unknown."""

STANDS = frozenset({Status.ELIGIBLE, Status.ELIGIBLE_WITH_CAUTIONS})
UNTOLD = Unknown(Reason.NOT_TESTED)

WELL: State = {
    "primary_site": "colorectal",
    "primary_side": "left",
    "primary_resected": True,
    "primary_resection_r0": True,
    "primary_local_recurrence": False,
    "primary_symptomatic": False,
    "primary_grade": "moderate",
    "primary_histology": "adenocarcinoma",
    "primary_n": "N0",
    "age": 58.0,
    "sex": "male",
    "height": 178.0,
    "weight": 78.0,
    "ecog": 0.0,
    "fit_for_general_anaesthesia": True,
    "fit_for_major_surgery": True,
    "anticoagulation_can_stop": True,
    "patient_declines_surgery": False,
    "patient_declines_systemic": False,
    "comfort_only": False,
    "pregnant": False,
    "active_infection": False,
    "bilirubin": 10.0,
    "bilirubin_upper_limit": 21.0,
    "albumin": 42.0,
    "inr": 1.0,
    "ast": 25.0,
    "ast_upper_limit": 40.0,
    "alt": 25.0,
    "sodium": 140.0,
    "creatinine_clearance": 90.0,
    "platelets": 220.0,
    "haemoglobin": 135.0,
    "neutrophils": 4.0,
    "leucocytes": 6.0,
    "cea": 12.0,
    "cea_fell_by_half": True,
    "ascites": "none",
    "encephalopathy": "none",
    "cirrhosis": False,
    "fibrosis": "F0",
    "steatosis": "none",
    "sinusoidal_injury": False,
    "portal_hypertension": False,
    "varices": False,
    "portal_vein_patent": True,
    "tumour_share": 8.0,
    "lesion_count": 3.0,
    "largest_lesion": 28.0,
    "resectability": "permanently_unresectable",
    "extrahepatic_disease": "none",
    "lung_metastases": False,
    "peritoneal_metastases": False,
    "bone_metastases": False,
    "brain_metastases": False,
    "node_metastases": "none",
    "liver_dominant": True,
    "synchronous": False,
    "disease_free_interval": 18.0,
    "months_since_diagnosis": 30.0,
    "months_of_control": 8.0,
    "systemic_lines": 1.0,
    "systemic_months": 6.0,
    "systemic_cycles": 5.0,
    "days_since_systemic": 60.0,
    "days_since_bevacizumab": 90.0,
    "had_bevacizumab": True,
    "had_oxaliplatin": False,
    "had_irinotecan": False,
    "had_fluoropyrimidine": True,
    "had_anti_egfr": False,
    "had_checkpoint_inhibitor": False,
    "had_liver_resection": False,
    "had_liver_radiation": False,
    "response": "partial",
    "ras": "wild_type",
    "braf_v600e": False,
    "msi": "stable",
    "her2": "negative",
    "kras_g12c": False,
    "ntrk_fusion": False,
    "dpyd_activity_score": 2.0,
    "ugt1a1": "normal",
    "neuropathy_grade": 0.0,
    "fluoropyrimidine_cardiotoxicity": False,
    "takes_brivudine": False,
    "recent_arterial_thrombosis": False,
    "perforation_or_fistula": False,
    "recent_major_bleeding": False,
    "uncontrolled_hypertension": False,
    "proteinuria": 0.2,
    "lvef": 60.0,
    "interstitial_lung_disease": False,
    "hepatic_artery_variant": "usual",
    "pump_centre": True,
    "lung_shunt": 4.0,
    "extrahepatic_deposition": False,
    "predicted_weeks": 60.0,
    "child_pugh": 5.0,
    "liver_pain": 0.0,
}
"""A patient for whom most options stand; the grids change what contra-indications speak of."""

PLANNED: State = {
    "targets_all_lesions": True,
    "flr_percent": 45.0,
    "flr_predicted_percent": 45.0,
    "remnant_adjacent_segments": 4.0,
    "margin": 5.0,
    "largest_target": 25.0,
    "needle_path_exists": True,
    "ablation_margin": 8.0,
    "lung_dose": 5.0,
    "normal_liver_dose": 20.0,
    "spared_liver_volume": 1000.0,
    "organ_limits_met": True,
}
"""What plans would measure where anatomy allows everything: only the facts stand in the way."""

MOLECULAR: Mapping[str, Sequence[Scalar | None]] = {
    "ras": ("wild_type", "mutated", None),
    "braf_v600e": (False, True, None),
    "msi": ("stable", "high", None),
    "primary_side": ("left", "right", None),
    "systemic_lines": (0.0, 1.0, 2.0),
    "ecog": (0.0, 2.0, 3.0),
    "her2": ("negative", "positive"),
    "kras_g12c": (False, True, None),
    "creatinine_clearance": (25.0, 90.0),
}
ORGANS: Mapping[str, Sequence[Scalar | None]] = {
    "dpyd_activity_score": (0.0, 0.5, 1.0, 2.0, None),
    "creatinine_clearance": (10.0, 29.0, 31.0, 90.0, None),
    "bilirubin": (10.0, 33.0, 35.0, 70.0, None),
    "ugt1a1": ("normal", "poor", None),
    "ascites": ("none", "mild", "severe"),
    "child_pugh": (5.0, 8.0, 11.0),
    "age": (58.0, 78.0),
    "platelets": (40.0, 220.0),
    "pregnant": (False, True),
}
SPREAD: Mapping[str, Sequence[Scalar | None]] = {
    "extrahepatic_disease": ("none", "resectable", "unresectable", None),
    "peritoneal_metastases": (False, True),
    "response": ("partial", "stable", "progression", None),
    "braf_v600e": (False, True, None),
    "days_since_bevacizumab": (10.0, 29.0, 43.0, 90.0),
    "primary_resected": (True, False, None),
    "resectability": ("resectable", "potentially_resectable", "permanently_unresectable"),
    "ecog": (0.0, 1.0, 3.0),
    "lung_shunt": (4.0, 25.0),
}
GRIDS = (MOLECULAR, ORGANS, SPREAD)


@dataclass(frozen=True, slots=True)
class Offer:
    """One option: its name, room and tags, and whether it stands in the way of nothing."""

    name: str
    room: str
    tags: frozenset[str]


FURTHER: tuple[tuple[str, str, str], ...] = (
    ("resection", "wedge", "resection"),
    ("resection", "right-hepatectomy", "resection major"),
    ("ablation", "microwave", "ablation microwave"),
    ("radiotherapy", "sbrt", "radiotherapy sbrt"),
    ("radioembolization", "resin", "radioembolization resin"),
    ("radioembolization", "glass", "radioembolization glass"),
    ("radioembolization", "holmium", "radioembolization holmium"),
)
"""Options of rooms that propose nothing without images, with the tags of their proposals."""


def offers() -> tuple[Offer, ...]:
    """Return every option of a board on a colorectal patient, those that need images included."""
    record = {"id": "grid", "primary": {"site": "colorectal"}}
    case = case_from_record(record)
    patient = patient_of(case, Unknown(Reason.NO_MASK))
    own = [
        Offer(f"{room.name}/{one.id}", room.name, frozenset(one.tags))
        for room in treatments()
        if room.name not in {"resection", "ablation", "radiotherapy", "radioembolization"}
        for one in room.propose(patient)
    ]
    further = [
        Offer(f"{room}/{name}", room, frozenset(tags.split())) for room, name, tags in FURTHER
    ]
    return (*own, *further)


def ready(found: Sequence[Offer]) -> ManyOptions:
    """Return the options with their criteria, made ready."""
    evidence = load_evidence()
    return ManyOptions(
        {
            one.name: [c for c in evidence.criteria(one.room) if c.applies.to(one.tags)]
            for one in found
        }
    )


def states(*, step: int = 1) -> Iterator[dict[str, Scalar | None]]:
    """Yield every patient of every grid, or each `step`-th of them."""
    for grid in GRIDS:
        for place, values in enumerate(itertools.product(*grid.values())):
            if place % step == 0:
                yield {**WELL, **PLANNED, **dict(zip(grid, values, strict=True))}


@cache
def fact_of(value: Scalar | None, kind: type) -> Fact:
    """Return a fact; `kind` keeps 1.0 and True apart."""
    del kind
    return UNTOLD if value is None else Known(value, "grid")


def sheet_of(state: State) -> FactSheet:
    """Return the facts of a state."""
    return FactSheet({name: fact_of(value, type(value)) for name, value in state.items()})


# --- the independent table: plain values, from labels, trials and reviews ---------------------


def above(value: object, limit: float) -> bool:
    """Whether a value is unknown or above a limit."""
    return not isinstance(value, float) or value > limit


def below(value: object, limit: float) -> bool:
    """Whether a value is unknown or below a limit."""
    return not isinstance(value, float) or value < limit


def flags(offer: Offer, state: State) -> Iterator[str]:
    """Yield why an option must not stand: nothing here comes from our criteria."""
    if offer.room in ("chemotherapy", "biologics"):
        yield from biology_flags(offer.tags, state)
        yield from organ_flags(offer.tags, state)
    if offer.room == "transplant":
        yield from transplant_flags(offer.tags, state)
    if offer.room == "resection":
        yield from surgery_flags(state)
    if offer.room == "radioembolization":
        yield from sphere_flags(offer.tags, state)
    if offer.room == "arterial_infusion":
        yield from pump_flags(state)
    if offer.room in ("ablation", "radiotherapy") and above(state["child_pugh"], 9.0):
        yield "local treatment in Child-Pugh C"


def biology_flags(tags: frozenset[str], state: State) -> Iterator[str]:
    """Yield what genes and lines forbid."""
    egfr = bool(tags & {"cetuximab", "panitumumab"})
    with_partner = bool(tags & {"encorafenib", "sotorasib", "adagrasib"})
    lines = state["systemic_lines"]
    # Labels of cetuximab and panitumumab: not with mutated or unknown RAS. The combinations with
    # inhibitors of KRAS G12C are for the mutated (CodeBreaK 300, KRYSTAL-1).
    if egfr and not tags & {"sotorasib", "adagrasib"} and state["ras"] != "wild_type":
        yield "anti-EGFR without RAS wild type"
    if egfr and not with_partner and state["braf_v600e"] is not False:
        yield "anti-EGFR alone without BRAF wild type"
    # ASCO 2022: no antibody against EGFR first line for a right-sided primary (PARADIGM).
    is_first = "palliative" in tags and lines == 0.0
    if egfr and not with_partner and is_first and state["primary_side"] != "left":
        yield "first-line anti-EGFR for a primary that is not known to lie left"
    if "encorafenib" in tags and state["braf_v600e"] is not True:  # BREAKWATER, BEACON
        yield "encorafenib without BRAF V600E"
    immune = tags & {"pembrolizumab", "nivolumab", "ipilimumab"}
    if immune and state["msi"] != "high":  # KEYNOTE-177, CheckMate 8HW
        yield "immunotherapy without MSI"
    if tags & {"tucatinib", "trastuzumab-deruxtecan"} and state["her2"] != "positive":
        yield "HER2 drug without HER2"
    if "tucatinib" in tags and state["ras"] != "wild_type":  # MOUNTAINEER
        yield "tucatinib without RAS wild type"
    if tags & {"sotorasib", "adagrasib"} and state["kras_g12c"] is not True:
        yield "G12C inhibitor without G12C"
    if tags & {"larotrectinib", "entrectinib"} and state["ntrk_fusion"] is not True:
        yield "TRK inhibitor without a fusion"
    late = {"regorafenib", "fruquintinib", "trifluridine-tipiracil"}
    if tags & late and lines == 0.0:  # CORRECT, FRESCO-2, RECOURSE: treated before
        yield "late-line drug in the first line"
    if "adjuvant" in tags and state["had_liver_resection"] is not True:
        yield "adjuvant drugs with nothing resected"


def organ_flags(tags: frozenset[str], state: State) -> Iterator[str]:
    """Yield what organs, genes of metabolism and fitness forbid."""
    dpyd = state["dpyd_activity_score"]
    # CPIC 2017: with an activity score below 1 avoid fluoropyrimidines; EMA 2020: test before.
    if tags & {"fluorouracil", "capecitabine"} and below(dpyd, 1.0):
        yield "fluoropyrimidine with DPYD deficiency or untested"
    clearance = state["creatinine_clearance"]
    if "capecitabine" in tags and below(clearance, 30.0):  # label of capecitabine, 4.1 and 4.3
        yield "capecitabine with creatinine clearance below 30 or unknown"
    if "oxaliplatin" in tags and below(clearance, 30.0):  # European label
        yield "oxaliplatin with creatinine clearance below 30 or unknown"
    if "trifluridine-tipiracil" in tags and below(clearance, 15.0):
        yield "trifluridine with creatinine clearance below 15 or unknown"
    bilirubin = state["bilirubin"]
    if "irinotecan" in tags and above(bilirubin, 1.5 * 21.0):  # Raymond 2002: full dose to 1.5
        yield "irinotecan with bilirubin above 1.5 times the limit or unknown"
    if "trifluridine-tipiracil" in tags and above(bilirubin, 1.5 * 21.0):
        yield "trifluridine with bilirubin above 1.5 times the limit or unknown"
    if "cytotoxic" in tags and below(state["platelets"], 50.0):
        yield "cytotoxic drugs with platelets below 50"
    if "cytotoxic" in tags and above(state["child_pugh"], 9.0):
        yield "cytotoxic drugs in Child-Pugh C"
    if "cytotoxic" in tags and state["pregnant"] is not False:
        yield "cytotoxic drugs in pregnancy"
    if "cytotoxic" in tags and above(state["ecog"], 2.0):
        yield "cytotoxic drugs with ECOG 3"
    if "triplet" in tags and above(state["ecog"], 1.0):
        yield "triplet with ECOG 2"
    if "triplet" in tags and above(state["age"], 75.0):  # TRIBE: up to 75 years
        yield "triplet above 75 years"


def transplant_flags(tags: frozenset[str], state: State) -> Iterator[str]:
    """Yield what forbids a transplant: TransMet, SOULMATE, Oslo, IHPBA, OPTN agree on these."""
    if state["extrahepatic_disease"] not in ("none", "resectable"):
        yield "transplant with disease elsewhere, or not looked for"
    if state["extrahepatic_disease"] == "resectable" and "ihpba" not in tags:
        yield "transplant with disease elsewhere"
    if state["peritoneal_metastases"] is not False:
        yield "transplant with peritoneal metastases"
    if state["response"] in ("progression", None) and "oslo" not in tags:
        yield "transplant on progression"
    if tags & {"transmet", "ihpba", "optn"} and state["braf_v600e"] is not False:
        yield "transplant with BRAF V600E or untested"
    if state["primary_resected"] is not True:
        yield "transplant with the primary in place"
    if state["patient_declines_surgery"] is not False:
        yield "transplant against the patient's wish"
    # The trials ask for ECOG 0 or 1; OPTN names no limit, and nobody bedridden is grafted.
    if above(state["ecog"], 2.0 if "optn" in tags else 1.0):
        yield "transplant with too poor a performance status"


def surgery_flags(state: State) -> Iterator[str]:
    """Yield what forbids a resection."""
    if state["extrahepatic_disease"] == "unresectable":
        yield "resection with unresectable disease elsewhere"
    if state["patient_declines_surgery"] is not False:
        yield "resection against the patient's wish"
    if below(state["days_since_bevacizumab"], 28.0):  # US label: 28 days
        yield "resection within 28 days of bevacizumab"
    if above(state["child_pugh"], 9.0):
        yield "resection in Child-Pugh C"
    if state["ascites"] == "severe":
        yield "resection with severe ascites"
    if above(state["ecog"], 2.0):
        yield "resection with ECOG 3"


def sphere_flags(tags: frozenset[str], state: State) -> Iterator[str]:
    """Yield what forbids microspheres: labels of the devices, EPOCH, CIRSE."""
    if above(state["bilirubin"], 34.2):  # 2 mg/dl
        yield "microspheres with bilirubin above 2 mg/dl or unknown"
    if state["ascites"] != "none":
        yield "microspheres with ascites"
    if "resin" in tags and above(state["lung_shunt"], 20.0):
        yield "resin microspheres with a lung shunt above 20 %"
    if above(state["ecog"], 2.0):
        yield "microspheres with ECOG 3"
    if state["pregnant"] is not False:
        yield "microspheres in pregnancy"


def pump_flags(state: State) -> Iterator[str]:
    """Yield what forbids an implanted pump."""
    if state["extrahepatic_disease"] == "unresectable":
        yield "pump with unresectable disease elsewhere"
    if state["pregnant"] is not False:
        yield "pump in pregnancy"
    if below(state["dpyd_activity_score"], 0.5) and state["dpyd_activity_score"] is not None:
        yield "floxuridine with no DPYD activity"
    if above(state["bilirubin"], 51.3):  # 3 mg/dl
        yield "floxuridine with bilirubin above 3 mg/dl or unknown"
    if above(state["ecog"], 2.0):
        yield "pump with ECOG 3"


def cares(offer: Offer, state: State) -> Iterator[str]:
    """Yield why an option may stand only with a caution."""
    tags = offer.tags
    is_treated = isinstance(state["systemic_lines"], float) and state["systemic_lines"] > 0.0
    if offer.room == "resection" and state["response"] == "progression" and is_treated:
        yield "resection on progression"  # Adam 2004: 8 % alive at 5 years
    if offer.room == "resection" and below(state["days_since_bevacizumab"], 42.0):
        yield "resection within 42 days of bevacizumab"  # NCCN and others: 6 weeks
    if offer.room == "resection" and state["braf_v600e"] is True:
        yield "resection with BRAF V600E"  # Kobayashi 2021
    if "irinotecan" in tags and state["ugt1a1"] == "poor":
        yield "irinotecan for a poor UGT1A1 metaboliser"  # DPWG 2022: 70 %
    if "capecitabine" in tags and below(state["creatinine_clearance"], 50.0):
        yield "full dose of capecitabine with creatinine clearance below 50"
    if tags & {"fluorouracil", "capecitabine"} and below(state["dpyd_activity_score"], 2.0):
        yield "full dose of a fluoropyrimidine with a DPYD score below 2"
    is_egfr = bool(tags & {"cetuximab", "panitumumab"})
    if is_egfr and "conversion" in tags and state["primary_side"] == "right":
        yield "anti-EGFR for conversion of a right-sided primary"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found: red flags, how often each rule fired, and which options ever stood."""

    patients: int
    seconds: float
    judging: float
    red: tuple[str, ...]
    fired: Mapping[str, int]
    stood: Mapping[str, int]

    @property
    def per_second(self) -> float:
        """Return patients judged in a CPU second, what follows from their facts included."""
        return self.patients / self.judging


def run(*, step: int = 1) -> Outcome:
    """Return what was found in the grids, or in each `step`-th patient of them."""
    found = offers()
    board = ready(found)
    red: list[str] = []
    fired: Counter[str] = Counter()
    stood: Counter[str] = Counter()
    judging, patients, start = 0.0, 0, time.perf_counter()
    for state in states(step=step):
        before = time.process_time()
        statuses = board.statuses(derived_environment(sheet_of(state)))
        judging += time.process_time() - before
        patients += 1
        for offer in found:
            status = statuses[offer.name]
            stood[offer.name] += status in STANDS
            for why in flags(offer, state):
                fired[why] += 1
                if status in STANDS:
                    red.append(f"{offer.name} is {status}: {why}: {_changed(state)}")
            for why in cares(offer, state):
                fired[why] += 1
                if status is Status.ELIGIBLE:
                    red.append(f"{offer.name} stands without caution: {why}: {_changed(state)}")
    return Outcome(patients, time.perf_counter() - start, judging, tuple(red), fired, stood)


def _changed(state: State) -> str:
    """Return what distinguishes a state from the patient who is well."""
    told = {**WELL, **PLANNED}
    return ", ".join(f"{name}={value}" for name, value in state.items() if told[name] != value)


def main() -> None:
    """Print the red flags, what was tried, and the speed."""
    found = run()
    never = [name for name, times in found.stood.items() if not times]
    print(f"{found.patients:,} patients, {len(found.stood)} options each")
    print(f"{sum(found.fired.values()):,} contra-indications by {len(found.fired)} rules tried")
    print(f"{len(found.red)} red flags")
    for line in found.red[:20]:
        print(f"  {line}")
    print(f"{len(found.stood) - len(never)} options stood for someone; never: {', '.join(never)}")
    print(f"{found.per_second:,.0f} patients a second on one core, aim 300")
    print(f"{found.seconds:.0f} s in all")
    if found.red:
        raise AssertionError(f"{len(found.red)} red flags")


if __name__ == "__main__":
    main()
