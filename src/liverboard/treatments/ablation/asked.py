"""A needle or setting that a user asks for: margins and chances of what was, or will be, placed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from liverboard.anatomy import Anatomy
from liverboard.case import Case
from liverboard.errors import RequestError
from liverboard.numerics.grid import Array
from liverboard.treatments.ablation.device import Device, Setting, device, zone_of
from liverboard.treatments.ablation.options import AblationOptions
from liverboard.treatments.ablation.path import PathSearch, verify
from liverboard.treatments.ablation.placement import Needle, Placement
from liverboard.treatments.ablation.scene import OUTSIDE, Scene, scene_of
from liverboard.treatments.ablation.search import LesionPlan, NoLesionPlan, assessed
from liverboard.treatments.ablation.tables import table
from liverboard.treatments.ablation.target import target_of
from liverboard.treatments.protocol import Json, Proposal

__all__ = ["asked_plan", "asked_setting"]


def asked_setting(proposal: Proposal, of: Device) -> Setting | None:
    """Return the setting of a proposal, None where it leaves the choice.

    RequestError beyond the table of the device.
    """
    given = proposal.parameters
    if "power_w" not in given:
        return None
    setting = Setting(_number(given["power_w"]), _number(given["minutes"]))
    zone_of(of, setting)
    return setting


def _number(value: Json) -> float:
    """Return a parameter that is a number."""
    assert isinstance(value, int | float)
    return float(value)


def _point(value: Json, where: str) -> Array:
    """Return a parameter that is a point (3,) LPS mm."""
    numbers = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    if len(numbers) != 3:
        raise RequestError("expected three numbers", where=where, remedy="write x,y,z in LPS mm")
    return np.array([_number(number) for number in numbers])


def asked_plan(
    proposal: Proposal,
    case: Case,
    anatomy: Anatomy,
    setting: Setting,
    *,
    options: AblationOptions,
) -> LesionPlan | NoLesionPlan:
    """Return the assessment of one needle given by skin entry and tip.

    RequestError where entry and tip coincide or the shaft is too short; what it pierces is told.
    """
    lesion, of = proposal.targets[0], device(str(proposal.parameters["device"]))
    tip = _point(proposal.parameters["tip_mm"], "--tip")
    entry = _point(proposal.parameters["entry_mm"], "--entry")
    length = float(np.linalg.norm(entry - tip))
    if length < 1.0:
        raise RequestError("entry and tip coincide", where="--tip")
    if length > of.shaft_mm:
        raise RequestError(
            f"the needle of {of.shaft_mm:g} mm is shorter than the path of {length:.0f} mm",
            where="--entry",
            remedy="choose an entry nearer to the lesion",
        )
    target = target_of(case, anatomy, lesion, options)
    if target is None:
        return NoLesionPlan(lesion, of.id, "too small for the grid", False)
    zone, outward = zone_of(of, setting), (entry - tip) / length
    needle = Needle(_triple(tip), _triple(entry), length)
    centre = tip + zone.behind_tip_mm * outward
    placement = Placement(_triple(centre), _triple(outward), zone, setting, (needle,))
    scene = scene_of(case, anatomy, options)
    remark = _pierced(tip, outward, scene, target.radius_mm + float(np.linalg.norm(tip - centre)))
    return assessed(
        (placement,),
        target,
        scene,
        of,
        options=options,
        search=PathSearch((), 1, 0 if remark else 1, {}),
        remarks=(f"{lesion}: {remark}",) if remark else (),
    )


def _triple(values: Array) -> tuple[float, float, float]:
    """Return three plain numbers."""
    x, y, z = (float(value) for value in values)
    return x, y, z


def _pierced(tip: Array, outward: Array, scene: Scene, free_mm: float) -> str:
    """Return in words what lies in the way of a needle, empty where nothing does."""
    near = float(table("planning")["vessel"]["near_target_mm"])
    verdict = verify(tip[None], outward[None], scene, free_mm=free_mm, vessels_mm=free_mm + near)
    met = int(verdict.met[0])
    if met == 0:
        return ""
    what = OUTSIDE if met < 0 else scene.names[met]
    return f"the needle as given passes through or too near to: {what}"
