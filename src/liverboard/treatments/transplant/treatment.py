"""The room of liver transplantation: one proposal for each rule set, never one mixed verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from liverboard.evidence.fact import FactSheet, Known
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
from liverboard.treatments.transplant.exhibits import (
    function_table,
    rule_set_table,
    score_table,
    survival_table,
)
from liverboard.treatments.transplant.published import (
    RuleSet,
    graft_share,
    outcomes_for,
    rule_sets,
)
from liverboard.values import Estimate, Quantity, Reason, Unknown, measured

if TYPE_CHECKING:
    from liverboard.anatomy import Anatomy
    from liverboard.patient import Patient

__all__ = ["Transplant"]

STEPS = (
    ("restage", "Restaging: CT, MRI of the liver, PET-CT, colonoscopy"),
    ("panel", "Panel of liver and transplant surgeons: permanently unresectable?"),
    ("list", "Evaluation and listing, or a living donor"),
    ("explore", "Exploration for nodes and peritoneal disease before the liver is removed"),
    ("transplant", "Liver transplantation"),
)
"""What has to happen, in order; gaps are not published for all rule sets."""


@dataclass(frozen=True, slots=True)
class Transplant:
    """Replacing the whole liver, argued by six rule sets side by side."""

    name: str = "transplant"
    title: str = "Liver transplantation"

    @property
    def needs(self) -> Needs:
        """What the room uses: the record; a liver mask gives the liver's volume."""
        return Needs(
            required_facts=("primary_site",),
            helpful_facts=(
                "resectability",
                "extrahepatic_disease",
                "braf_v600e",
                "response",
                "months_of_control",
                "cea",
                "largest_lesion",
                "months_since_primary_resection",
                "pet_mtv",
            ),
            helpful_structures=("liver", "lesions"),
        )

    @property
    def aims(self) -> Mapping[str, bool]:
        """Nothing: rule sets are not rivals, so none is worse than another."""
        return {}

    def propose(self, patient: Patient) -> Sequence[Proposal]:
        """Return one proposal for each rule set of this primary; all while it is unknown."""
        primary = patient.facts.get("primary_site")
        if not isinstance(primary, Known):
            return tuple(_proposal(one, patient) for one in rule_sets().values())
        fitting = [one for one in rule_sets().values() if one.primary == primary.value]
        if not fitting:
            return (Proposal("transplant", self.title, _targets(patient), frozenset({self.name})),)
        return tuple(_proposal(one, patient) for one in fitting)

    def plan(self, proposal: Proposal, patient: Patient, progress: Progress) -> Plan | NoPlan:
        """Return what is known of transplanting this patient by one rule set."""
        chosen = rule_sets().get(str(proposal.parameters.get("rule_set", "")))
        if chosen is None:
            return NoPlan("no rule set speaks of this primary", ("primary_site",))
        progress(proposal.id)
        return _plan(proposal, chosen, patient)


def _targets(patient: Patient) -> tuple[str, ...]:
    """Return the lesions of the liver, all of which would go."""
    if isinstance(patient.anatomy, Unknown):
        return ()
    return tuple(one.id for one in patient.anatomy.known_lesions() if one.is_in_liver)


def _proposal(chosen: RuleSet, patient: Patient) -> Proposal:
    """Return the proposal of one rule set."""
    return Proposal(
        chosen.id,
        chosen.title,
        _targets(patient),
        frozenset({"transplant", chosen.id}),
        {"rule_set": chosen.id},
    )


def _plan(proposal: Proposal, chosen: RuleSet, patient: Patient) -> Plan:
    """Return a transplantation in the common currency."""
    facts = patient.facts
    outcomes = tuple(outcomes_for(chosen.id, facts))
    figures = {one.key: one.figure for one in outcomes}
    waiting = figures.pop("waiting_weeks", NO_EVIDENCE)
    tables = [survival_table([o for o in outcomes if o.key != "waiting_weeks"], facts)]
    if chosen.primary == "colorectal":
        tables += [score_table("oslo_score", facts), score_table("fong_score", facts)]
    return Plan(
        lesions=tuple(
            LesionOutcome(name, True, remark="removed with the whole liver")
            for name in proposal.targets
        ),
        liver=_effect(patient.anatomy),
        burden=Burden(
            sessions=measured(1.0, "1", "transplant-steps"),
            nights=NO_EVIDENCE,
            punctures=measured(0.0, "1", "transplant-steps"),
            waiting_weeks=waiting,
            anaesthesia="general",
        ),
        provenance=Provenance("transplant/1", dict(proposal.parameters)),
        facts={"targets_all_lesions": Known(True, "plan: the whole liver is removed")},
        metrics={**figures, "least_graft_ml": _graft(facts)},
        steps=_steps(),
        exhibits=(*tables, function_table(facts), rule_set_table(chosen)),
        cautions=_cautions(chosen),
        details={"rule_set": chosen.id, "dated": chosen.dated, "where": chosen.where},
    )


def _effect(anatomy: Anatomy | Unknown) -> LiverEffect:
    """Return what goes; what remains is a graft, which is not on the images."""
    graft = Unknown(Reason.NOT_COMPUTED, "the graft is not on the images")
    removed: Quantity = Unknown(Reason.NO_MASK, "liver mask")
    if not isinstance(anatomy, Unknown):
        removed = measured(anatomy.healthy_ml, "ml", "transplant-steps")
    nothing = measured(0.0, "ml", "transplant-steps")
    return LiverEffect(
        removed_ml=removed,
        destroyed_ml=nothing,
        overdosed_ml=nothing,
        geometric_ml=graft,
        perfused_ml=graft,
        drained_ml=graft,
        functional_ml=graft,
        geometric_percent=graft,
        functional_percent=graft,
    )


def _graft(facts: FactSheet) -> Quantity:
    """Return the least graft in ml for this body weight, a gram taken as a millilitre."""
    weight = facts.number("weight")
    if isinstance(weight, Unknown):
        return weight
    share = graft_share()
    grams = weight * 1000.0 * share.value / 100.0
    return Estimate(grams, grams, grams, "ml", share.sources, share.mark)


def _steps() -> tuple[Step, ...]:
    """Return the steps in their order."""
    names = [""] + [name for name, _ in STEPS]
    return tuple(
        Step(name, title, after=(before,) if before else ())
        for before, (name, title) in zip(names, STEPS, strict=False)
    )


def _cautions(chosen: RuleSet) -> tuple[str, ...]:
    """Return what must stand beside the result."""
    found = [
        "A transplant centre decides; rule sets differ and each is answered apart.",
        "Grafts are scarce: whether one can be had is not modelled.",
    ]
    if chosen.must_verify:
        found.append(
            f"The text of {chosen.id} was not read, or changes: look it up before relying on it."
        )
    return tuple(found)
