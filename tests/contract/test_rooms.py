"""The contract of every treatment room, run on each of them.

Same inputs give the same plan; inputs are not changed; every number has unit and source; knowing
less never turns a "no" into a "yes"; and odd livers do no harm: none at all, no lesion, a lesion
of one voxel, a flipped or anisotropic grid.
"""

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest

from builders import LESIONS, case_of, grid_of, patient_with, toy_patient
from liverboard.anatomy import examine
from liverboard.board.store import dump, load
from liverboard.case import case_from_record
from liverboard.evidence.derive import derive
from liverboard.evidence.fact import FactSheet, spec_of
from liverboard.evidence.judge import judge
from liverboard.evidence.judgement import Verdict
from liverboard.evidence.loader import load_evidence
from liverboard.numerics.grid import Grid, Image
from liverboard.patient import patient_of
from liverboard.treatments.exhibit import Table
from liverboard.treatments.protocol import NoPlan, Plan, Proposal, Treatment, silent
from liverboard.treatments.registry import treatments
from liverboard.units import is_unit
from liverboard.values import Estimate, Reason, Unknown

OTHER_UNITS = {"mm", "cm2", "1/mm", "Gy", "GBq", "degC", "W", "min", "percent/week"}
"""Units of plan figures that are no clinical facts."""

ROOMS = treatments()
BY_NAME = pytest.mark.parametrize("room", ROOMS, ids=[room.name for room in ROOMS])


def few(room, patient, most=4):
    """Return some proposals of a room, spread over its list."""
    proposals = list(room.propose(patient))
    step = max(1, len(proposals) // most)
    return proposals[::step][:most]


def estimates_in(value, path=""):
    """Yield every estimate inside a plan with where it stands."""
    if isinstance(value, Estimate):
        yield path, value
    elif isinstance(value, dict) or hasattr(value, "items"):
        for key, item in value.items():
            yield from estimates_in(item, f"{path}.{key}")
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from estimates_in(item, f"{path}[{number}]")
    elif is_dataclass(value):
        for entry in fields(value):
            yield from estimates_in(getattr(value, entry.name), f"{path}.{entry.name}")


@BY_NAME
def test_a_room_has_the_right_door(room):
    assert isinstance(room, Treatment)
    assert room.name.isidentifier()
    assert room.title
    for name in (*room.needs.required_facts, *room.needs.helpful_facts):
        spec_of(name)


@BY_NAME
def test_proposals_are_unique_and_target_known_lesions(room):
    patient = toy_patient()
    proposals = room.propose(patient)
    ids = [proposal.id for proposal in proposals]
    assert len(set(ids)) == len(ids)
    known = {lesion.id for lesion in patient.anatomy.known_lesions()}
    for proposal in proposals:
        assert isinstance(proposal, Proposal)
        assert set(proposal.targets) <= known


@BY_NAME
def test_the_same_inputs_give_the_same_plan(room):
    patient = toy_patient()
    for proposal in few(room, patient):
        first = room.plan(proposal, patient, silent)
        again = room.plan(proposal, fresh_copy(patient), silent)
        assert dump(first) == dump(again)


def fresh_copy(patient):
    """Return an equal patient that shares nothing by identity."""
    return patient_of(patient.case, load(dump(patient.anatomy)))


@BY_NAME
def test_a_plan_can_be_kept_and_read_back(room):
    patient = toy_patient()
    for proposal in few(room, patient, most=2):
        plan = room.plan(proposal, patient, silent)
        assert dump(load(dump(plan))) == dump(plan)


@BY_NAME
def test_inputs_are_not_changed(room):
    patient = toy_patient()
    before = dump(patient.anatomy)
    for proposal in few(room, patient, most=2):
        room.plan(proposal, patient, silent)
    assert dump(patient.anatomy) == before


@BY_NAME
def test_every_number_has_unit_and_source(room):
    patient = toy_patient()
    known = set(load_evidence().sources)
    for proposal in few(room, patient):
        plan = room.plan(proposal, patient, silent)
        if isinstance(plan, NoPlan):
            continue
        for path, estimate in estimates_in(plan):
            assert is_unit(estimate.unit) or estimate.unit in OTHER_UNITS, path
            assert estimate.sources, path
            assert set(estimate.sources) <= known, (path, estimate.sources)
        for exhibit in plan.exhibits:
            if isinstance(exhibit, Table):
                assert set(exhibit.sources) <= known, exhibit.title
        for name, fact in plan.facts.items():
            spec_of(name)
            if not isinstance(fact, Unknown):
                assert fact.origin


@BY_NAME
def test_layers_lie_inside_the_working_grid(room):
    patient = toy_patient()
    for proposal in few(room, patient):
        plan = room.plan(proposal, patient, silent)
        if isinstance(plan, Plan):
            for layer in plan.layers:
                assert layer.image.array.size
                assert len({l.name for l in plan.layers}) == len(plan.layers)


@BY_NAME
def test_removing_a_fact_never_turns_a_no_into_a_yes(room):
    patient = toy_patient()
    criteria = load_evidence().criteria(room.name)
    names = sorted(patient.facts.facts)
    for proposal in few(room, patient, most=2):
        plan = room.plan(proposal, patient, silent)
        extra = plan.facts if isinstance(plan, Plan) else {}
        before = verdicts(criteria, patient.facts.with_facts(extra), proposal)
        for name in names:
            less = patient.facts.with_facts({**extra, name: Unknown(Reason.NOT_RECORDED)})
            for criterion, verdict in verdicts(criteria, less, proposal).items():
                assert verdict in (before[criterion], Verdict.UNKNOWN), (criterion, name)


def verdicts(criteria, sheet: FactSheet, proposal):
    """Return the verdict of every criterion that applies to a proposal."""
    found = judge(criteria, derive(sheet), proposal.tags)
    return {argument.criterion: argument.verdict for argument in found.arguments}


@BY_NAME
def test_the_record_alone_is_enough_to_propose(room):
    case = case_from_record({"schema": "liverboard/case/1", "id": "bare"})
    patient = patient_of(case, examine(case))
    for proposal in room.propose(patient):
        assert isinstance(room.plan(proposal, patient, silent), Plan | NoPlan)


ODD = {
    "no lesion": {"lesions": ()},
    "one-voxel lesion": {"lesions": (((-40, 0, 0), 1.1),)},
    "lesion outside the liver": {"lesions": (((-95, 0, 0), 4.0), LESIONS[0])},
    "anisotropic grid": {"spacing_mm": (5.0, 1.6, 1.6)},
    "no vessels": {"without": ("portal_vein", "hepatic_veins")},
    "no cava, no gallbladder": {"without": ("inferior_vena_cava", "gallbladder")},
    "no lesion mask": {"without": ("lesions",)},
}


@BY_NAME
@pytest.mark.parametrize("choices", ODD.values(), ids=ODD)
def test_odd_livers_do_no_harm(room, choices):
    patient = patient_with(**choices)
    for proposal in few(room, patient, most=2):
        plan = room.plan(proposal, patient, silent)
        assert isinstance(plan, Plan | NoPlan)
        if isinstance(plan, Plan):
            dump(plan)


def flipped(image: Image) -> Image:
    """Return the same picture stored with its x and z axes the other way round."""
    grid = image.grid
    corner = grid.points(np.array([[grid.shape[0] - 1, 0, grid.shape[2] - 1]]))[0]
    rows = ((-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0))
    turned = Grid(grid.shape, grid.spacing_mm, tuple(float(v) for v in corner), rows)
    return Image(np.ascontiguousarray(image.array[::-1, :, ::-1]), turned)


@BY_NAME
def test_a_flipped_grid_gives_the_same_plan(room):
    case = case_of(grid=grid_of((3.0, 3.0, 3.0)))
    turned = replace(
        case,
        structures={name: flipped(mask) for name, mask in case.structures.items()},
        lesions=flipped(case.lesions),
    )
    plain, other = (patient_of(one, examine(one)) for one in (case, turned))
    ours, theirs = room.propose(plain), room.propose(other)
    assert [proposal.id for proposal in ours] == [proposal.id for proposal in theirs]
    for first, second in zip(few(room, plain, 2), few(room, other, 2), strict=True):
        one, two = room.plan(first, plain, silent), room.plan(second, other, silent)
        assert type(one) is type(two)
        if isinstance(one, Plan):
            for name, figure in one.metrics.items():
                if isinstance(figure, Estimate):
                    assert two.metrics[name].value == pytest.approx(figure.value, rel=0.02, abs=0.6)
