"""The facts of the patient in groups, known and unknown, for the head of the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from liverboard.board.model import FactRecord

__all__ = ["GROUPS", "FactGroup", "fact_groups"]

GROUPS: tuple[tuple[str, str], ...] = (
    ("Person and fitness", "age sex height weight bmi bsa ecog asa fit_for_general_anaesthesia "
     "fit_for_major_surgery anticoagulation_can_stop patient_declines_surgery"),
    ("Blood", "bilirubin albumin inr creatinine creatinine_clearance sodium ast ast_upper_limit "
     "alt alp ggt platelets haemoglobin neutrophils leucocytes cea ca19_9"),
    ("Liver function and background", "child_pugh albi_grade albi_score meld meld_na meld_3 apri "
     "fib4 parenchyma steatosis fibrosis cirrhosis sinusoidal_injury ascites encephalopathy "
     "portal_hypertension varices portal_vein_patent icg_r15 kinetic_growth_rate "
     "degree_of_hypertrophy estimated_liver_volume"),
    ("Primary tumour", "primary_site primary_side primary_histology primary_grade primary_t "
     "primary_n primary_resected primary_resection_r0 primary_symptomatic synchronous "
     "disease_free_interval months_since_diagnosis"),
    ("Molecular", "ras kras kras_g12c braf_v600e msi her2 ntrk_fusion pole_mutated tp53_mutated "
     "tmb dpyd_activity_score ugt1a1"),
    ("Liver metastases", "lesion_count largest_lesion recist_sum tumour_volume tumour_share "
     "liver_volume is_bilobar segments_involved hepatic_veins_in_contact "
     "portal_branches_in_contact"),
    ("Outside the liver", "extrahepatic_disease lung_metastases peritoneal_metastases "
     "node_metastases bone_metastases brain_metastases"),
    ("Scores", "fong_score tumour_burden_score game_score mcs_score nordlinger_score "
     "konopke_score cerr_score"),
    ("History", "systemic_lines systemic_cycles systemic_months response days_since_systemic "
     "days_since_bevacizumab had_oxaliplatin had_irinotecan had_fluoropyrimidine had_bevacizumab "
     "had_anti_egfr had_checkpoint_inhibitor had_liver_resection had_liver_ablation "
     "had_liver_radiation had_biliary_surgery"),
)  # fmt: skip
"""Headings and the facts under them, in reading order; a fact in none stands under the last."""

OTHER = "Further facts"


@dataclass(frozen=True, slots=True)
class FactGroup:
    """Facts under one heading, those that are known apart from those that are not."""

    title: str
    known: tuple[FactRecord, ...]
    unknown: tuple[FactRecord, ...]


def fact_groups(facts: Sequence[FactRecord]) -> tuple[FactGroup, ...]:
    """Return the facts of the patient (not of single lesions) in groups, none left out."""
    own = {fact.name: fact for fact in facts if not fact.lesion}
    return tuple(_group(title, found) for title, found in _sorted_in(own) if found)


def _sorted_in(facts: dict[str, FactRecord]) -> Iterator[tuple[str, list[FactRecord]]]:
    """Yield headings with the facts that belong under them."""
    placed: set[str] = set()
    for title, names in GROUPS:
        found = [facts[name] for name in names.split() if name in facts]
        placed.update(fact.name for fact in found)
        yield title, found
    yield OTHER, [fact for name, fact in facts.items() if name not in placed]


def _group(title: str, facts: Sequence[FactRecord]) -> FactGroup:
    """Return a group with its facts parted."""
    known = tuple(fact for fact in facts if fact.unknown is None)
    return FactGroup(title, known, tuple(fact for fact in facts if fact.unknown is not None))
