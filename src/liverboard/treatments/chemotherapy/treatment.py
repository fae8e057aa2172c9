"""The room of chemotherapy: regimens of the recorded primary, dosed for this patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from liverboard.patient import Patient
from liverboard.systemic.reader import span
from liverboard.treatments.chemotherapy.options import DEFAULTS, ChemotherapyOptions
from liverboard.treatments.drug_plan import Gaps, drug_plan, propose_regimens
from liverboard.treatments.protocol import Needs, NoPlan, Plan, Progress, Proposal

__all__ = ["Chemotherapy"]


@dataclass(frozen=True, slots=True)
class Chemotherapy:
    """Cytotoxic drugs, hormones and tablets by primary tumour and intent."""

    options: ChemotherapyOptions = DEFAULTS
    name: str = "chemotherapy"
    title: str = "Chemotherapy and drugs by primary tumour"

    @property
    def needs(self) -> Needs:
        """What dosing uses; no image."""
        return Needs(
            required_facts=("primary_site",),
            helpful_facts=(
                "height",
                "weight",
                "age",
                "sex",
                "creatinine",
                "bilirubin",
                "bilirubin_upper_limit",
                "dpyd_activity_score",
                "ugt1a1",
                "neuropathy_grade",
                "coronary_disease",
                "fluoropyrimidine_cardiotoxicity",
                "systemic_lines",
                "systemic_cycles",
            ),
        )

    @property
    def aims(self) -> Mapping[str, bool]:
        """Nothing: medians of different trials are not compared."""
        return {}

    def propose(self, patient: Patient) -> Sequence[Proposal]:
        """Return the regimens of the recorded primary, one proposal for each intent."""
        return propose_regimens(patient, self.name)

    def plan(self, proposal: Proposal, patient: Patient, progress: Progress) -> Plan | NoPlan:
        """Return the regimen dosed for this patient, with steps, burden and expectations."""
        progress(proposal.id)
        chosen = self.options
        gaps = Gaps(span(chosen.cytotoxic_gap).estimate, span(chosen.bevacizumab_gap).estimate)
        return drug_plan(proposal, patient, gaps)
