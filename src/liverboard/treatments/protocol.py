"""The door of a treatment room, and the common currency in which unlike treatments are compared.

A room proposes what could be tried (milliseconds) and plans one proposal on the patient's anatomy
(seconds). It never judges: criteria are data, applied by the board through `evidence`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from liverboard.evidence.fact import Fact
from liverboard.numerics.grid import Array, Grid, Image, bounding_box
from liverboard.treatments.exhibit import Exhibit
from liverboard.values import Quantity, Reason, Unknown

if TYPE_CHECKING:
    from liverboard.patient import Patient

__all__ = [
    "Burden",
    "Json",
    "Layer",
    "LayerKind",
    "LesionOutcome",
    "LiverEffect",
    "Needs",
    "NoPlan",
    "Plan",
    "Progress",
    "Proposal",
    "Provenance",
    "Step",
    "Treatment",
    "silent",
]

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Progress: TypeAlias = Callable[[str], None]

NOT_COMPUTED = Unknown(Reason.NOT_COMPUTED)
NO_EVIDENCE = Unknown(Reason.NO_EVIDENCE)


def silent(message: str) -> None:
    """Take a progress message and say nothing."""
    del message


@dataclass(frozen=True, slots=True)
class Needs:
    """Facts and structures a room uses, as data: required for any plan, or helpful."""

    required_facts: tuple[str, ...] = ()
    helpful_facts: tuple[str, ...] = ()
    required_structures: tuple[str, ...] = ()
    helpful_structures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something that could be tried: `id` is unique in its room, `targets` are lesion ids.

    `tags` say which criteria apply. `parameters` are plain values that, with the patient, determine
    the plan completely.
    """

    id: str
    title: str
    targets: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    parameters: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))


@dataclass(frozen=True, slots=True)
class LesionOutcome:
    """What a plan does to one lesion.

    `is_covered`: removed or destroyed whole, None where the plan cannot tell. `margin_mm`: smallest
    distance from lesion to the edge of what is removed or destroyed. `dose_gy`: the room's lead
    dose figure. `local_control_2y`: percent of such lesions without local relapse at 2 years.
    """

    lesion: str
    is_covered: bool | None
    margin_mm: Quantity = NOT_COMPUTED
    dose_gy: Quantity = NOT_COMPUTED
    local_control_2y: Quantity = NO_EVIDENCE
    remark: str = ""


@dataclass(frozen=True, slots=True)
class LiverEffect:
    """What a plan leaves of the liver, tumour not counted.

    `removed_ml`, `destroyed_ml`, `overdosed_ml` are healthy liver lost to surgery, ablation and
    radiation. The four remnants: `geometric` is what is not lost, `perfused` has portal inflow,
    `drained` hepatic-vein outflow, `functional` both. Percentages are of measured healthy liver.
    """

    removed_ml: Quantity = NOT_COMPUTED
    destroyed_ml: Quantity = NOT_COMPUTED
    overdosed_ml: Quantity = NOT_COMPUTED
    geometric_ml: Quantity = NOT_COMPUTED
    perfused_ml: Quantity = NOT_COMPUTED
    drained_ml: Quantity = NOT_COMPUTED
    functional_ml: Quantity = NOT_COMPUTED
    geometric_percent: Quantity = NOT_COMPUTED
    functional_percent: Quantity = NOT_COMPUTED


@dataclass(frozen=True, slots=True)
class Burden:
    """What a plan asks of the patient; `severe_harm_percent` is known grade >= 3 harm."""

    sessions: Quantity = NOT_COMPUTED
    nights: Quantity = NOT_COMPUTED
    punctures: Quantity = NOT_COMPUTED
    waiting_weeks: Quantity = NOT_COMPUTED
    severe_harm_percent: Quantity = NO_EVIDENCE
    mortality_90d_percent: Quantity = NO_EVIDENCE
    anaesthesia: str = "unknown"


class LayerKind(StrEnum):
    """What the voxels of a layer mean."""

    MASK = "mask"
    LABELS = "labels"
    SCALAR = "scalar"


@dataclass(frozen=True, slots=True)
class Layer:
    """One array of a plan for viewer and export, on its own (usually cropped) grid.

    MASK: uint8 0/1. LABELS: unsigned integers, named in `names`. SCALAR: float32 in `unit`.
    `role` tells a reader how to draw it: resected, margin, zone, dose, path, remnant, congested...
    """

    name: str
    kind: LayerKind
    image: Image
    role: str
    unit: str = ""
    names: Mapping[int, str] = field(default_factory=dict)

    @staticmethod
    def of_mask(name: str, mask: Array, grid: Grid, *, role: str) -> Layer:
        """Return a mask layer cropped to the voxels it holds; an empty mask keeps one voxel."""
        box = bounding_box(mask) if mask.any() else (slice(0, 1),) * 3
        return Layer(name, LayerKind.MASK, Image(mask[box].astype("uint8"), grid.crop(box)), role)


@dataclass(frozen=True, slots=True)
class Step:
    """One step in time: `min_gap_days` or more after the steps named in `after`."""

    id: str
    title: str
    duration_days: Quantity = NOT_COMPUTED
    after: tuple[str, ...] = ()
    min_gap_days: Quantity = NOT_COMPUTED
    max_gap_days: Quantity = NOT_COMPUTED


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a plan was made: the same entries give the same plan."""

    method: str
    parameters: Mapping[str, Json] = field(default_factory=dict)
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A proposal worked out on this anatomy.

    `facts` are what the plan measured: the board judges again with them. `metrics` are further
    figures by name. `details` is the room's own result as plain values. `exhibits` are tables and
    charts for the report. `cautions` are sentences that must stand beside the result.
    """

    lesions: tuple[LesionOutcome, ...]
    liver: LiverEffect
    burden: Burden
    provenance: Provenance
    facts: Mapping[str, Fact] = field(default_factory=dict)
    metrics: Mapping[str, Quantity] = field(default_factory=dict)
    layers: tuple[Layer, ...] = ()
    steps: tuple[Step, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    cautions: tuple[str, ...] = ()
    details: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("facts", "metrics", "details"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))


@dataclass(frozen=True, slots=True)
class NoPlan:
    """Why a proposal could not be worked out; `missing` facts or structures would help."""

    reason: str
    missing: tuple[str, ...] = ()


@runtime_checkable
class Treatment(Protocol):
    """One treatment room. `name` is its folder, command-line word and report anchor."""

    @property
    def name(self) -> str:
        """The room's folder name."""
        ...

    @property
    def title(self) -> str:
        """The treatment's name for people."""
        ...

    @property
    def needs(self) -> Needs:
        """What the room uses."""
        ...

    @property
    def aims(self) -> Mapping[str, bool]:
        """The metrics by which the room's plans are compared, and whether more is better."""
        ...

    def propose(self, patient: Patient) -> Sequence[Proposal]:
        """Return what could be tried on `patient`; must work with nothing known."""
        ...

    def plan(self, proposal: Proposal, patient: Patient, progress: Progress) -> Plan | NoPlan:
        """Return `proposal` worked out on the anatomy of `patient`, or why that is impossible."""
        ...
