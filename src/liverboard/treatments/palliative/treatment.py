"""The room of palliative care: for everyone, beside every other treatment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from liverboard.evidence.fact import Fact, FactSheet, Known
from liverboard.treatments.exhibit import Exhibit
from liverboard.treatments.palliative.exhibits import (
    DRUGS_FOR,
    advice_table,
    drug_table,
    performance_table,
    prognosis_table,
)
from liverboard.treatments.palliative.kernels import albumin_grams
from liverboard.treatments.palliative.options import Offer, figure, offers
from liverboard.treatments.protocol import (
    NO_EVIDENCE,
    Burden,
    LesionOutcome,
    LiverEffect,
    Needs,
    NoPlan,
    Plan,
    Progress,
    Proposal,
    Provenance,
    Step,
)
from liverboard.values import Estimate, Quantity, Unknown, measured

if TYPE_CHECKING:
    from liverboard.patient import Patient

__all__ = ["Palliative"]

PROCEDURES = ("ascites", "biliary", "single-fraction")
"""Offers that are a procedure."""


@dataclass(frozen=True, slots=True)
class Palliative:
    """Palliative care: referral, symptoms one by one, hospice, and stopping."""

    name: str = "palliative"
    title: str = "Palliative care"

    @property
    def needs(self) -> Needs:
        """What the room uses: nothing is required, for it is for everyone."""
        return Needs(
            helpful_facts=(
                "ecog",
                "karnofsky",
                "pps",
                "predicted_weeks",
                "liver_pain",
                "pain_despite_treatment",
                "ascites",
                "paracentesis_volume",
                "high_saag",
                "biliary_obstruction",
                "child_pugh",
            )
        )

    @property
    def aims(self) -> Mapping[str, bool]:
        """Nothing: the offers go beside one another."""
        return {}

    def propose(self, patient: Patient) -> Sequence[Proposal]:
        """Return every offer; which of them is needed is for the criteria to say."""
        del patient
        return tuple(
            Proposal(one.id, one.title, (), frozenset({"palliative", one.id}), {"offer": one.id})
            for one in offers().values()
        )

    def plan(self, proposal: Proposal, patient: Patient, progress: Progress) -> Plan | NoPlan:
        """Return one offer with doses for this patient as far as the record tells them."""
        offer = offers().get(str(proposal.parameters.get("offer", "")))
        if offer is None:
            return NoPlan(f"palliative care offers no {proposal.id}")
        progress(proposal.id)
        return Plan(
            lesions=_untouched(patient),
            liver=LiverEffect(),
            burden=_burden(offer),
            provenance=Provenance("palliative/1", dict(proposal.parameters)),
            metrics=_metrics(offer, patient.facts),
            steps=(Step(offer.id, offer.title),),
            exhibits=_tables(offer, patient.facts),
            cautions=_cautions(offer),
            details={"offer": offer.id, "advice": [one.text for one in offer.advice]},
        )


def _untouched(patient: Patient) -> tuple[LesionOutcome, ...]:
    """Return that no lesion is removed."""
    if isinstance(patient.anatomy, Unknown):
        return ()
    return tuple(
        LesionOutcome(one.id, False, remark="not treated: care for symptoms")
        for one in patient.anatomy.known_lesions()
    )


def _burden(offer: Offer) -> Burden:
    """Return what an offer asks of the patient."""
    is_procedure = offer.id in PROCEDURES
    is_puncture = offer.id in ("ascites", "biliary")
    return Burden(
        sessions=measured(1.0, "1", "palliative-dose") if is_procedure else NO_EVIDENCE,
        nights=NO_EVIDENCE,
        punctures=measured(float(is_puncture), "1", "palliative-dose"),
        waiting_weeks=measured(0.0, "week", "palliative-dose"),
        anaesthesia="sedation or local" if is_puncture else "none",
    )


def _metrics(offer: Offer, facts: FactSheet) -> dict[str, Quantity]:
    """Return the doses that can be multiplied out."""
    if offer.id == "ascites":
        return {"albumin_g": _albumin(facts.get("paracentesis_volume"))}
    if offer.id == "single-fraction":
        return {
            "liver_dose_gy": figure("liver_dose_gy", unit="Gy"),
            "pain_response_percent": figure("pain_response_percent", unit="percent"),
        }
    return {}


def _albumin(volume: Fact) -> Quantity:
    """Return the albumin for a drainage, its interval from volume and published rates."""
    if not isinstance(volume, Known):
        return volume
    rate = figure("albumin", "grams_per_litre", unit="g")
    above = figure("albumin", "above_litres", unit="L").value
    middle = float(volume.value)
    low = middle if volume.low is None else volume.low
    high = middle if volume.high is None else volume.high
    return Estimate(
        albumin_grams(middle, rate.value, above_l=above),
        albumin_grams(low, rate.low, above_l=above),
        albumin_grams(high, rate.high, above_l=above),
        "g",
        (*rate.sources, "aasld-ascites", "method:palliative-dose"),
        rate.mark,
    )


def _tables(offer: Offer, facts: FactSheet) -> tuple[Exhibit, ...]:
    """Return the tables that go with an offer."""
    found: list[Exhibit] = [advice_table(offer)]
    if offer.id in ("referral", "hospice", "stopping"):
        found += [performance_table(facts)]
        found += [prognosis_table(name, facts) for name in ("pap_score", "ppi_score")]
    if offer.id in DRUGS_FOR:
        found.append(drug_table())
    return tuple(found)


def _cautions(offer: Offer) -> tuple[str, ...]:
    """Return what must stand beside the offer."""
    found = ["Palliative care goes beside treatment of the cancer, not in its place."]
    if offer.id in DRUGS_FOR:
        found.append("Doses of drugs in liver failure are from memory of practice: verify.")
    if offer.id == "hospice":
        found.append("Prognostic scores speak of groups in their last months, not of one person.")
    return tuple(found)
