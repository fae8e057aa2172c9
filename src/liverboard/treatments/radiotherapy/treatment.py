"""The room of external radiotherapy: propose, and work out on this body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from liverboard.patient import Patient
from liverboard.treatments.protocol import (
    Needs,
    NoPlan,
    Plan,
    Progress,
    Proposal,
)
from liverboard.treatments.radiotherapy.options import DEFAULTS, RadiotherapyOptions
from liverboard.treatments.radiotherapy.propose import propose
from liverboard.values import Unknown

__all__ = ["Radiotherapy"]


@dataclass(frozen=True, slots=True)
class Radiotherapy:
    """External photon radiotherapy: stereotactic, intensity-modulated, arcs, whole liver."""

    options: RadiotherapyOptions = DEFAULTS
    name: str = "radiotherapy"
    title: str = "External radiotherapy"

    @property
    def needs(self) -> Needs:
        """What radiotherapy planning uses."""
        return Needs(
            required_structures=("liver", "lesions", "body"),
            helpful_structures=(
                "spinal_cord", "esophagus", "heart", "aorta", "inferior_vena_cava", "stomach",
                "duodenum", "small_bowel", "colon", "ribs", "kidney_left", "kidney_right", "lungs",
            ),
            helpful_facts=("cirrhosis", "child_pugh", "ecog"),
        )  # fmt: skip

    @property
    def aims(self) -> Mapping[str, bool]:
        """What plans are compared by: metric name, and whether more is better."""
        return {
            "prescription_bed10_gy": True,
            "coverage_percent": True,
            "mean_liver_gy": False,
            "spared_liver_ml": True,
            "worst_paddick": True,
        }

    def propose(self, patient: Patient) -> Sequence[Proposal]:
        """Return the irradiations worth working out."""
        return propose(patient, self.options)

    def plan(self, proposal: Proposal, patient: Patient, progress: Progress) -> Plan | NoPlan:
        """Return the irradiation worked out on the voxels of this body."""
        anatomy = patient.anatomy
        if isinstance(anatomy, Unknown) or "technique" not in proposal.parameters:
            return NoPlan(
                "dose cannot be planned without liver and lesion masks", ("liver", "lesions")
            )
        # Kernels are compiled on import; a board on the record alone never needs them.
        from liverboard.treatments.radiotherapy.worked_out import worked_out

        progress(proposal.id)
        return worked_out(proposal, patient, self.options, progress)
