"""The joint decision as plain records for `plan.json`."""

from __future__ import annotations

from dataclasses import asdict

from liverboard.board import model
from liverboard.board.joint.exhibits import exhibits_of
from liverboard.board.joint.model import Entry, Joint, MixedPlan
from liverboard.board.record import exhibit_record, quantity_record, tidy

__all__ = ["joint_record"]


def joint_record(joint: Joint) -> model.JointRecord:
    """Return the record of a joint decision with its tables and charts."""
    return model.JointRecord(
        entries=tuple(_entry(one) for one in joint.entries),
        plans=tuple(_plan(one) for one in joint.plans),
        needed_percent=tidy(joint.needed_percent),
        needed_reason=joint.needed_reason,
        pieces=joint.pieces,
        is_complete=joint.is_complete,
        bound=joint.bound,
        remarks=joint.remarks,
        preference=joint.preference,
        flips=tuple(model.FlipRecord.model_validate(asdict(one)) for one in joint.flips),
        exhibits=tuple(exhibit_record(one) for one in exhibits_of(joint)),
    )


def _entry(entry: Entry) -> model.JointEntryRecord:
    """Return one option seen from one lesion."""
    return model.JointEntryRecord.model_validate(
        {
            "lesion": entry.lesion,
            "treatment": entry.treatment,
            "option": entry.option,
            "title": entry.title,
            "state": entry.state,
            "status": entry.status,
            "why": entry.why,
            "margin_mm": quantity_record(entry.margin_mm),
            "dose_gy": quantity_record(entry.dose_gy),
            "local_control_2y": quantity_record(entry.local_control_2y),
            "spent_ml": quantity_record(entry.spent_ml),
            "sessions": quantity_record(entry.sessions),
            "nights": quantity_record(entry.nights),
            "punctures": quantity_record(entry.punctures),
            "anaesthesia": entry.anaesthesia,
            "is_dominated": entry.is_dominated,
        }
    )


def _plan(plan: MixedPlan) -> model.MixedPlanRecord:
    """Return one mixed plan."""
    return model.MixedPlanRecord(
        id=plan.id,
        title=plan.title,
        choices=tuple(tidy(asdict(one)) for one in plan.choices),
        left_to_systemic=plan.left_to_systemic,
        quality=tidy(asdict(plan.quality)),
        recount_percent=tidy(plan.recount_percent),
        remnant_low_percent=tidy(plan.remnant_low_percent),
        remnant_high_percent=tidy(plan.remnant_high_percent),
        corners=plan.corners,
        ties=plan.ties,
        unknown=plan.unknown,
        schedule=tuple(model.ScheduledStepRecord(**asdict(one)) for one in plan.schedule),
        schedule_remark=plan.schedule_remark,
        anchors=plan.anchors,
    )
