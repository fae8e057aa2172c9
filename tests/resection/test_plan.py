"""Plans of the resection room: arithmetic, growth, steps and what is said beside them."""

import pytest

from builders import RECORD, case_of, patient_with, toy_patient
from liverboard.anatomy import examine
from liverboard.evidence.fact import Known
from liverboard.patient import patient_of
from liverboard.treatments.protocol import NoPlan, Plan, silent
from liverboard.treatments.resection import TREATMENT
from liverboard.treatments.resection.growth import grown, technique, techniques
from liverboard.values import Estimate, Mark, Unknown, measured


@pytest.fixture(scope="module")
def plans():
    patient = toy_patient()
    found = {}
    for proposal in TREATMENT.propose(patient):
        if "technique" not in proposal.parameters:
            found[proposal.id] = TREATMENT.plan(proposal, patient, silent)
    return found


def test_the_remnants_of_every_plan_are_nested_and_add_up(plans):
    healthy = toy_patient().anatomy.healthy_ml
    for name, plan in plans.items():
        liver = plan.liver
        assert liver.functional_ml.value <= liver.perfused_ml.value + 1e-6, name
        assert liver.functional_ml.value <= liver.drained_ml.value + 1e-6, name
        assert liver.perfused_ml.value <= liver.geometric_ml.value + 1e-6, name
        total = liver.geometric_ml.value + liver.removed_ml.value
        assert total == pytest.approx(healthy, rel=0.005), name
        percent = liver.functional_percent.value
        assert percent == pytest.approx(100 * liver.functional_ml.value / healthy), name


def test_standardised_remnants_use_the_published_formulas(plans):
    # 175 cm, 75 kg: Mosteller 1.9094 m2, Vauthey 1625 ml (knowledge page, hand calculation)
    plan = plans["wedges-5mm"]
    functional = plan.liver.functional_ml.value
    assert plan.facts["sflr_percent"].value == pytest.approx(100 * functional / 1625, rel=0.001)
    assert plan.facts["flr_body_weight"].value == pytest.approx(100 * functional / 75_000, rel=1e-6)


def test_without_height_and_weight_only_the_measured_percentage_is_known():
    record = {**RECORD, "patient": {"sex": "male"}}
    case = case_of(record=record)
    patient = patient_of(case, examine(case))
    plan = TREATMENT.plan(TREATMENT.propose(patient)[1], patient, silent)
    assert isinstance(plan.facts["sflr_percent"], Unknown)
    assert isinstance(plan.facts["flr_body_weight"], Unknown)
    assert isinstance(plan.facts["flr_percent"], Known)


def test_a_named_resection_deals_with_every_lesion_by_units_and_wedges(plans):
    plan = plans["right-hepatectomy"]
    assert all(outcome.is_covered for outcome in plan.lesions)
    assert plan.facts["targets_all_lesions"].value is True
    assert plan.details["units"] == ["S5", "S6", "S7", "S8"]
    assert plan.details["new_world"] == "H5678"
    assert [piece["lesion"] for piece in plan.details["wedges"]] == ["L3"]


def test_local_control_is_never_invented(plans):
    for plan in plans.values():
        assert all(isinstance(outcome.local_control_2y, Unknown) for outcome in plan.lesions)


def test_unverified_figures_carry_their_mark(plans):
    burden = plans["wedges-5mm"].burden
    assert burden.mortality_90d_percent.mark is Mark.UNVERIFIED
    assert burden.severe_harm_percent.mark is Mark.VERIFIED


def test_growth_multiplies_both_intervals():
    before = measured(300.0, "ml", "remnant", spread=10.0)
    after = grown(before, technique("pve"))
    assert after.value == pytest.approx(300 * 1.36)
    assert after.low == pytest.approx(290 * 1.088)
    assert after.high == pytest.approx(310 * 1.632)
    assert set(after.sources) == {"method:remnant", "croome-2015"}


def test_the_least_sure_technique_is_marked_so():
    marks = {one.id: one.growth_percent.mark for one in techniques()}
    assert marks == {"pve": Mark.VERIFIED, "lvd": Mark.UNVERIFIED, "alpps": Mark.VERIFIED}


@pytest.fixture(scope="module")
def short():
    """A fibrotic liver, of which a right trisectionectomy would leave too little."""
    record = {**RECORD, "liver": {"steatosis": "none", "fibrosis": "F3", "cirrhosis": False}}
    lesions = [((-55, 20, 0), 14.0), ((-30, -25, 5), 14.0), ((-5, -30, 5), 9.0)]
    return patient_with(lesions, record=record)


def test_growth_is_offered_where_the_remnant_is_short(short):
    ids = {proposal.id for proposal in TREATMENT.propose(short)}
    grown_ids = {name for name in ids if "-after-" in name}
    assert {name.rsplit("-", 1)[1] for name in grown_ids} == {"pve", "lvd", "alpps"}


def test_growth_first_gives_an_interval_steps_and_a_rule(short):
    proposal = next(p for p in TREATMENT.propose(short) if p.id.endswith("-after-pve"))
    plan = TREATMENT.plan(proposal, short, silent)
    assert isinstance(plan, Plan)
    predicted, now = plan.facts["flr_predicted_percent"], plan.facts["flr_percent"]
    assert predicted.low < predicted.value < predicted.high
    assert predicted.value > now.value
    assert [step.id for step in plan.steps] == ["pve", "volumetry", "resection"]
    assert plan.steps[1].min_gap_days.value == pytest.approx(42)
    assert any("not a forecast" in caution for caution in plan.cautions)
    assert plan.burden.sessions.value >= 2
    assert "growth" in plan.exhibits[0].title.lower()


def test_the_same_resection_with_and_without_growth_removes_the_same(short):
    proposals = {proposal.id: proposal for proposal in TREATMENT.propose(short)}
    name = next(key for key in proposals if key.endswith("-after-pve"))
    before = TREATMENT.plan(proposals[name.removesuffix("-after-pve")], short, silent)
    after = TREATMENT.plan(proposals[name], short, silent)
    assert before.liver.removed_ml == after.liver.removed_ml
    assert after.metrics["functional_before_growth_ml"] == before.liver.functional_ml


def test_without_images_the_room_proposes_one_resection_without_extent():
    case = case_of(without=("liver",))
    patient = patient_of(case, examine(case))
    proposals = TREATMENT.propose(patient)
    assert [proposal.id for proposal in proposals] == ["resection"]
    assert isinstance(TREATMENT.plan(proposals[0], patient, silent), NoPlan)


def test_without_lesions_there_is_nothing_to_resect():
    assert TREATMENT.propose(patient_with(())) == ()


def test_without_vessels_the_functional_remnant_is_unknown_and_the_geometric_is_not():
    patient = patient_with(without=("portal_vein", "hepatic_veins"))
    proposals = {proposal.id: proposal for proposal in TREATMENT.propose(patient)}
    assert "mixed-5mm" not in proposals
    plan = TREATMENT.plan(proposals["wedges-5mm"], patient, silent)
    assert isinstance(plan.liver.functional_ml, Unknown)
    assert isinstance(plan.liver.geometric_ml, Estimate)
    assert isinstance(plan.facts["flr_percent"], Unknown)


def test_planes_in_place_of_territories_are_said_beside_the_plan():
    patient = patient_with(without=("portal_vein",))
    named = [p for p in TREATMENT.propose(patient) if p.parameters.get("kind") == "anatomical"]
    assert named
    plan = TREATMENT.plan(named[0], patient, silent)
    assert any("not for segments 5 to 8" in caution for caution in plan.cautions)
