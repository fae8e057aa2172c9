"""The room of antibodies and targeted drugs: by marker, with partner chemotherapy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from liverboard.patient import Patient
from liverboard.systemic.reader import span
from liverboard.treatments.biologics.options import BEVACIZUMAB_GAPS, DEFAULTS, BiologicsOptions
from liverboard.treatments.drug_plan import Gaps, drug_plan, propose_regimens
from liverboard.treatments.protocol import Needs, NoPlan, Plan, Progress, Proposal

__all__ = ["Biologics"]


@dataclass(frozen=True, slots=True)
class Biologics:
    """Antibodies, checkpoint inhibitors and targeted drugs, gated by markers."""

    options: BiologicsOptions = DEFAULTS
    name: str = "biologics"
    title: str = "Antibodies and targeted drugs"

    @property
    def needs(self) -> Needs:
        """What gates and doses use; no image."""
        return Needs(
            required_facts=("primary_site",),
            helpful_facts=(
                "ras",
                "braf_v600e",
                "msi",
                "her2",
                "kras_g12c",
                "ntrk_fusion",
                "primary_side",
                "systemic_lines",
                "weight",
                "height",
                "dpyd_activity_score",
                "creatinine",
                "bilirubin",
                "lvef",
                "qtc",
            ),
        )

    @property
    def aims(self) -> Mapping[str, bool]:
        """Nothing: medians of different trials are not compared."""
        return {}

    def propose(self, patient: Patient) -> Sequence[Proposal]:
        """Return the antibodies and targeted drugs of the recorded primary and of any primary."""
        return propose_regimens(patient, self.name)

    def plan(self, proposal: Proposal, patient: Patient, progress: Progress) -> Plan | NoPlan:
        """Return the drugs dosed for this patient, with steps, burden and expectations."""
        progress(proposal.id)
        bevacizumab = span(BEVACIZUMAB_GAPS[self.options.bevacizumab_gap_days]).estimate
        gaps = Gaps(span(self.options.cytotoxic_gap).estimate, bevacizumab)
        return drug_plan(proposal, patient, gaps)
