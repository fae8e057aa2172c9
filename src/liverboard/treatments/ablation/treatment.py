"""The room of percutaneous ablation: propose, and work out on this patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from liverboard.patient import Patient
from liverboard.treatments.ablation.options import DEFAULTS, AblationOptions
from liverboard.treatments.ablation.propose import propose
from liverboard.treatments.protocol import Needs, NoPlan, Plan, Progress, Proposal
from liverboard.values import Unknown

__all__ = ["Ablation"]


@dataclass(frozen=True, slots=True)
class Ablation:
    """Needles through the skin that heat or freeze metastases."""

    options: AblationOptions = DEFAULTS
    name: str = "ablation"
    title: str = "Ablation"

    @property
    def needs(self) -> Needs:
        """What planning an ablation uses."""
        return Needs(
            required_structures=("liver", "lesions"),
            helpful_structures=(
                "body",
                "lungs",
                "colon",
                "stomach",
                "duodenum",
                "small_bowel",
                "gallbladder",
                "ribs",
                "heart",
                "portal_vein",
                "hepatic_veins",
            ),
            helpful_facts=("ras", "primary_site", "inr", "platelets"),
        )

    @property
    def aims(self) -> Mapping[str, bool]:
        """What plans are compared by: metric name, and whether more is better."""
        return {
            "complete_margin_percent": True,
            "smallest_margin_mm": True,
            "organ_hit_percent": False,
            "destroyed_healthy_ml": False,
            "needles": False,
        }

    def propose(self, patient: Patient) -> Sequence[Proposal]:
        """Return the ablations worth working out."""
        return propose(patient, self.options)

    def plan(self, proposal: Proposal, patient: Patient, progress: Progress) -> Plan | NoPlan:
        """Return the ablation worked out on this anatomy."""
        anatomy = patient.anatomy
        if isinstance(anatomy, Unknown):
            return NoPlan("needles cannot be planned without a liver mask", ("liver", "lesions"))
        if "device" not in proposal.parameters:
            return NoPlan("needles cannot be planned without a lesion mask", ("lesions",))
        # Kernels are compiled on import; a board on the record alone never needs them.
        from liverboard.treatments.ablation.worked_out import worked_out

        return worked_out(proposal, patient, anatomy, self.options, progress=progress)
