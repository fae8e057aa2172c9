"""The room of radioembolization: propose, and work out on this liver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from liverboard.patient import Patient
from liverboard.treatments.protocol import Needs, NoPlan, Plan, Progress, Proposal
from liverboard.treatments.radioembolization.options import DEFAULTS, SirtOptions
from liverboard.treatments.radioembolization.propose import propose
from liverboard.values import Unknown

__all__ = ["Radioembolization"]


@dataclass(frozen=True, slots=True)
class Radioembolization:
    """Y-90 or Ho-166 microspheres into hepatic arteries (SIRT, TARE)."""

    options: SirtOptions = DEFAULTS
    name: str = "radioembolization"
    title: str = "Radioembolization"

    @property
    def needs(self) -> Needs:
        """What planning a radioembolization uses."""
        return Needs(
            required_structures=("liver", "lesions"),
            helpful_structures=("portal_vein", "hepatic_veins", "lungs"),
            helpful_facts=("lung_shunt", "primary_site", "height", "weight"),
        )

    @property
    def aims(self) -> Mapping[str, bool]:
        """What plans are compared by: metric name, and whether more is better."""
        return {
            "smallest_tumour_dose_gy": True,
            "normal_liver_dose_gy": False,
            "lung_dose_gy": False,
        }

    def propose(self, patient: Patient) -> Sequence[Proposal]:
        """Return the radioembolizations worth working out."""
        return propose(patient, self.options)

    def plan(self, proposal: Proposal, patient: Patient, progress: Progress) -> Plan | NoPlan:
        """Return the radioembolization worked out on the voxels of this liver."""
        anatomy = patient.anatomy
        if isinstance(anatomy, Unknown):
            return NoPlan("activity cannot be planned without a liver mask", ("liver", "lesions"))
        if "device" not in proposal.parameters:
            return NoPlan("activity cannot be planned without a lesion mask", ("lesions",))
        # Kernels are compiled on import; a board on the record alone never needs them.
        from liverboard.treatments.radioembolization.worked_out import worked_out

        progress(proposal.id)
        return worked_out(proposal, anatomy, patient, self.options)
