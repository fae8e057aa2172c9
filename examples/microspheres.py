"""Activity of glass microspheres for a digital patient, from a simulated MAA SPECT.

python examples/microspheres.py
"""

import tempfile
from pathlib import Path

from liverboard.anatomy import examine
from liverboard.case import read_case
from liverboard.patient import Patient, patient_of
from liverboard.phantom import PhantomOptions, make_maa, make_phantom, write_phantom
from liverboard.treatments.protocol import Plan, Proposal, silent
from liverboard.treatments.radioembolization import TREATMENT

COARSE = PhantomOptions(
    seed=11,
    lesions=3,
    lesion_diameters_mm=(36.0, 24.0),
    lesion_places=("S6", "S3"),
    spacing_mm=(4.0, 1.6, 1.6),
)
"""On a coarse grid: as whole as the usual digital patient, and made more quickly."""


def digital(folder: Path) -> tuple[Patient, dict[str, float]]:
    """Write the patient as a case; return it, and the uptake ratio of each lesion in the scan."""
    made = make_phantom(COARSE)
    scan = make_maa(made)
    case = read_case(write_phantom(made, folder, maa=scan))
    truth = {f"L{number}": ratio for number, ratio in scan.uptake.items()}
    return patient_of(case, examine(case)), truth


def treated(patient: Patient) -> Plan:
    """Return both lobes treated with glass, as far as the limits allow."""
    asked = {
        "device": "glass",
        "territories": ["right", "left"],
        "scenario": "bilobar",
        "map": "spect_maa",
    }
    plan = TREATMENT.plan(Proposal("example", "example", parameters=asked), patient, silent)
    assert isinstance(plan, Plan)
    return plan


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        someone, ratios = digital(Path(scratch) / "case")
    found = treated(someone)
    for territory, activity in found.details["activity_gbq"].items():
        print(f"{territory}: {activity:.2f} GBq, {found.details['binding'][territory]}")
    for lesion in found.lesions:
        dose = lesion.dose_gy
        print(f"{lesion.lesion}: {dose.value:.0f} Gy ({dose.low:.0f} to {dose.high:.0f})")
        print(f"  took up {ratios[lesion.lesion]:.1f} times what liver did; {lesion.remark}")
