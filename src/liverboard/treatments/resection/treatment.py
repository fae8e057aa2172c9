"""The room of hepatic resection: propose, and work out on this liver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from liverboard.patient import Patient
from liverboard.treatments.protocol import Needs, NoPlan, Plan, Progress, Proposal
from liverboard.treatments.resection.options import DEFAULTS, ResectionOptions
from liverboard.treatments.resection.propose import propose
from liverboard.values import Unknown

__all__ = ["Resection"]


@dataclass(frozen=True, slots=True)
class Resection:
    """Hepatic resection: wedges, anatomical resections, mixes, and growing the remnant first."""

    options: ResectionOptions = DEFAULTS
    name: str = "resection"
    title: str = "Hepatic resection"

    @property
    def needs(self) -> Needs:
        """What resection planning uses."""
        return Needs(
            required_structures=("liver", "lesions"),
            helpful_structures=(
                "portal_vein",
                "hepatic_veins",
                "inferior_vena_cava",
                "gallbladder",
            ),
            helpful_facts=("height", "weight", "systemic_months", "steatosis", "fibrosis"),
        )

    @property
    def aims(self) -> Mapping[str, bool]:
        """What plans are compared by: metric name, and whether more is better."""
        return {
            "functional_ml": True,
            "smallest_margin_mm": True,
            "resected_healthy_ml": False,
            "cut_surface_cm2": False,
        }

    def propose(self, patient: Patient) -> Sequence[Proposal]:
        """Return the resections worth working out."""
        return propose(patient, self.options)

    def plan(self, proposal: Proposal, patient: Patient, progress: Progress) -> Plan | NoPlan:
        """Return the resection worked out on the voxels of this liver."""
        anatomy = patient.anatomy
        if isinstance(anatomy, Unknown):
            return NoPlan("extent cannot be planned without a liver mask", ("liver", "lesions"))
        if "kind" not in proposal.parameters:
            return NoPlan("extent cannot be planned without a lesion mask", ("lesions",))
        # Kernels are compiled on import; a board on the record alone never needs them.
        from liverboard.treatments.resection.worked_out import worked_out

        progress(proposal.id)
        return worked_out(proposal, anatomy, patient, self.options)
