"""From the board to its record: plain values, rounded so that equal boards give equal bytes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from liverboard.anatomy import Anatomy, Lesion, VesselTree
from liverboard.board import model
from liverboard.board.citation import behind
from liverboard.board.option import Board, Option, Unplanned
from liverboard.evidence.fact import Fact, FactLevel, FactSheet, Known, fact_registry, spec_of
from liverboard.evidence.judgement import Argument, Citation, FactUsed, Trace
from liverboard.evidence.parenchyma import remnant_threshold
from liverboard.treatments.exhibit import Bars, Curves, Exhibit, Raster, Table
from liverboard.treatments.protocol import Layer, Plan, Step
from liverboard.values import Estimate, Quantity, Unknown, measured
from liverboard.version import __version__

__all__ = ["NOTICE", "board_record", "layer_file", "tidy"]

NOTICE = (
    "Research use only, not a medical device. liverboard argues and computes; people decide. "
    "A tumour board must check every fact, source and picture."
)

DIGITS = 6
"""Significant digits in the record: more than any input carries, fewer than threads disturb."""


def tidy(value: Any) -> Any:
    """Return plain values with floats rounded to DIGITS significant digits, arrays as lists."""
    if isinstance(value, np.ndarray):
        return tidy(value.tolist())
    if isinstance(value, float | np.floating):
        return _rounded(float(value))
    if isinstance(value, Mapping):
        return {str(key): tidy(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [tidy(item) for item in value]
    if isinstance(value, np.integer):
        return int(value)
    return value


def _rounded(value: float) -> float | None:
    """Return a float with DIGITS significant digits; None for what is not finite."""
    if not math.isfinite(value):
        return None
    return float(f"{value:.{DIGITS}g}") + 0.0  # never minus zero


def quantity_record(quantity: Quantity) -> model.EstimateRecord | model.UnknownRecord:
    """Return a quantity as a record."""
    if isinstance(quantity, Unknown):
        return unknown_record(quantity)
    value, low, high = (tidy(float(n)) for n in (quantity.value, quantity.low, quantity.high))
    return model.EstimateRecord(
        value=value,
        low=min(low, value),
        high=max(high, value),
        unit=quantity.unit,
        sources=tuple(dict.fromkeys(quantity.sources)),
        mark=quantity.mark.value,
    )


def unknown_record(unknown: Unknown) -> model.UnknownRecord:
    """Return an unknown as a record."""
    return model.UnknownRecord(reason=unknown.reason.value, detail=unknown.detail)


def fact_record(name: str, fact: Fact, lesion: str = "") -> model.FactRecord:
    """Return one fact as a record."""
    spec = spec_of(name)
    if isinstance(fact, Unknown):
        return model.FactRecord(
            name=name,
            label=spec.label,
            value=None,
            unit=spec.unit,
            lesion=lesion,
            unknown=unknown_record(fact),
        )
    assert isinstance(fact, Known)
    return model.FactRecord(
        name=name,
        label=spec.label,
        value=tidy(fact.value),
        low=tidy(fact.low),
        high=tidy(fact.high),
        unit=spec.unit,
        origin=fact.origin,
        date=fact.date,
        lesion=lesion,
        sources=tuple(_citation(citation) for citation in behind(fact)),
    )


def _citation(citation: Citation) -> model.CitationRecord:
    """Return a citation as a record."""
    return model.CitationRecord(
        ref=citation.ref,
        locator=citation.locator,
        mark=citation.mark.value,
        checked=citation.checked,
    )


def _used(used: FactUsed) -> model.FactRecord:
    """Return a fact that a criterion used."""
    return fact_record(used.name, used.fact, used.lesion)


def _trace(trace: Trace) -> model.TraceRecord:
    """Return an evaluated node with everything below it."""
    return model.TraceRecord(
        text=trace.text,
        verdict=trace.verdict.value,
        fact="" if trace.fact is None else trace.fact.name,
        lesion="" if trace.fact is None else trace.fact.lesion,
        children=tuple(_trace(child) for child in trace.children),
    )


def _argument(argument: Argument) -> model.ArgumentRecord:
    """Return an argument as a record."""
    return model.ArgumentRecord(
        criterion=argument.criterion,
        guideline=argument.guideline,
        text=argument.text,
        verdict=argument.verdict.value,
        intent=argument.intent.value,
        direction=argument.direction,
        is_borderline=argument.is_borderline,
        facts=tuple(_used(used) for used in argument.facts),
        sources=tuple(_citation(citation) for citation in argument.citations),
        trace=_trace(argument.trace),
    )


def _missing(name: str, unknown: Unknown, options: tuple[str, ...] = ()) -> model.MissingRecord:
    """Return a missing fact as a record."""
    spec = spec_of(name)
    return model.MissingRecord(
        fact=name,
        label=spec.label,
        reason=unknown.reason.value,
        detail=unknown.detail,
        ask=spec.ask,
        options=options,
    )


def _exhibit(exhibit: Exhibit) -> model.ExhibitRecord:
    """Return an exhibit as plain values."""
    kinds = {Table: "table", Bars: "bars", Curves: "curves", Raster: "raster"}
    content = {
        entry.name: getattr(exhibit, entry.name)
        for entry in fields(exhibit)
        if entry.name != "title"
    }
    if isinstance(exhibit, Bars):
        content["references"] = [asdict(line) for line in exhibit.references]
    if isinstance(exhibit, Curves):
        content["references"] = [asdict(line) for line in exhibit.references]
        content["curves"] = [asdict(curve) for curve in exhibit.curves]
    kind = kinds[type(exhibit)]
    return model.ExhibitRecord(kind=kind, title=exhibit.title, content=tidy(content))


def layer_file(layer: Layer, option: str = "") -> str:
    """Return where a layer is written, relative to the output folder."""
    folder = f"layers/{option.replace('/', '__')}" if option else "layers"
    return f"{folder}/{layer.name}.nii.gz"


def _layer(layer: Layer, option: str = "") -> model.LayerRecord:
    """Return a layer's description."""
    return model.LayerRecord(
        name=layer.name,
        kind=layer.kind.value,
        role=layer.role,
        unit=layer.unit,
        names=dict(layer.names),
        file=layer_file(layer, option),
    )


def _quantities(value: object) -> dict[str, Any]:
    """Return the fields of a frozen value, quantities as records."""
    return {
        entry.name: _plain(getattr(value, entry.name))
        for entry in fields(value)  # type: ignore[arg-type]
    }


def _plain(value: object) -> object:
    """Return a quantity as a record, anything else as it is."""
    return quantity_record(value) if isinstance(value, Estimate | Unknown) else value


def _plan(plan: Plan, option: str) -> model.PlanRecord:
    """Return a plan as a record."""
    return model.PlanRecord(
        lesions=tuple(model.LesionOutcomeRecord(**_quantities(one)) for one in plan.lesions),
        liver=model.LiverEffectRecord(**_quantities(plan.liver)),
        burden=model.BurdenRecord(**_quantities(plan.burden)),
        facts=tuple(fact_record(name, fact) for name, fact in sorted(plan.facts.items())),
        metrics={name: quantity_record(one) for name, one in sorted(plan.metrics.items())},
        layers=tuple(_layer(layer, option) for layer in plan.layers),
        steps=tuple(_step(step) for step in plan.steps),
        exhibits=tuple(_exhibit(exhibit) for exhibit in plan.exhibits),
        cautions=plan.cautions,
        details=tidy(plan.details),
        provenance=model.ProvenanceRecord(
            method=plan.provenance.method,
            parameters=tidy(plan.provenance.parameters),
            seed=plan.provenance.seed,
        ),
    )


def _step(step: Step) -> model.StepRecord:
    """Return a step as a record."""
    return model.StepRecord(**_quantities(step))


def _option(option: Option) -> model.OptionRecord:
    """Return an option as a record."""
    outcome = option.outcome
    unplanned = outcome if isinstance(outcome, Unplanned) else None
    return model.OptionRecord(
        id=option.id,
        treatment=option.treatment,
        title=option.proposal.title,
        targets=option.proposal.targets,
        tags=tuple(sorted(option.proposal.tags)),
        status=option.judgement.status.value,
        arguments=tuple(_argument(argument) for argument in option.judgement.arguments),
        unknown=tuple(_missing(name, why) for name, why in option.judgement.unknown),
        dominated_by=option.dominated_by,
        plan=None if isinstance(outcome, Unplanned) else _plan(outcome, option.id),
        no_plan=None
        if unplanned is None
        else model.NoPlanRecord(
            cause=unplanned.cause.value, reason=unplanned.reason, missing=unplanned.missing
        ),
    )


def _lesion(lesion: Lesion) -> model.LesionRecord:
    """Return a lesion as a record."""
    x, y, z = lesion.centroid_mm
    return model.LesionRecord(
        id=lesion.id,
        label=lesion.label,
        volume_ml=quantity_record(measured(lesion.volume_ml, "ml", "volumetry")),
        diameter_mm=quantity_record(measured(lesion.diameter_mm, "mm", "diameters")),
        max_diameter_mm=quantity_record(measured(lesion.max_diameter_mm, "mm", "diameters")),
        centroid_mm=(tidy(x), tidy(y), tidy(z)),
        segments=lesion.segments,
        segment_shares=tidy(lesion.segment_shares),
        distance_mm={name: quantity_record(gap) for name, gap in lesion.distance_mm.items()},
        is_in_liver=lesion.is_in_liver,
        remarks=lesion.remarks,
    )


def _liver(anatomy: Anatomy, facts: FactSheet) -> model.LiverRecord:
    """Return the measured liver as a record."""
    segments = anatomy.segments
    volumes: dict[str, Quantity] = {}
    agreement: Mapping[str, float] = {}
    if not isinstance(segments, Unknown):
        volumes = {n: measured(v, "ml", "segments") for n, v in segments.volumes_ml.items()}
        agreement = segments.agreement
    return model.LiverRecord(
        volume_ml=quantity_record(measured(anatomy.liver_ml, "ml", "volumetry")),
        tumour_ml=quantity_record(measured(anatomy.tumour_ml, "ml", "volumetry")),
        segments={name: quantity_record(volume) for name, volume in volumes.items()},
        segment_method=str(segments) if isinstance(segments, Unknown) else segments.method,
        segment_agreement={
            name: quantity_record(measured(dice, "1", "segments"))
            for name, dice in agreement.items()
        },
        vessels={"portal": _tree(anatomy.portal), "hepatic": _tree(anatomy.hepatic)},
        remnant_needed=_needed(facts),
        remarks=anatomy.remarks,
    )


def _needed(facts: FactSheet) -> model.RemnantNeededRecord:
    """Return the remnant that this liver needs, as far as the facts say."""
    found = remnant_threshold(facts)
    return model.RemnantNeededRecord(
        low_percent=tidy(found.low),
        high_percent=tidy(found.high),
        reason=found.reason,
        sources=tuple(_citation(citation) for citation in found.citations),
    )


def _tree(tree: VesselTree | Unknown) -> dict[str, Any]:
    """Return a vessel tree in figures: size, smallest trusted radius, and its named branches."""
    if isinstance(tree, Unknown):
        return {"unknown": {"reason": tree.reason.value, "detail": tree.detail}}
    named = [branch for branch in tree.branches if branch.name]
    return tidy(
        {
            "branches": len(tree.branches),
            "smallest_trusted_radius_mm": tree.smallest_radius_mm,
            "named": [
                {
                    "name": branch.name,
                    "order": branch.order,
                    "length_mm": branch.length_mm,
                    "radius_mm": branch.radius_mm,
                    "territory_ml": branch.subtree_ml,
                    "segment": branch.segment,
                }
                for branch in named
            ],
        }
    )


def _facts(sheet: FactSheet) -> Iterator[model.FactRecord]:
    """Yield every registered fact of the patient, known or not, and the facts of each lesion."""
    for name, spec in sorted(fact_registry().items()):
        if spec.level is FactLevel.PATIENT:
            yield fact_record(name, sheet.get(name))
    for lesion, facts in sheet.lesions.items():
        for name, fact in sorted(facts.items()):
            yield fact_record(name, fact, lesion)


def missing_facts(options: Iterable[Option]) -> tuple[model.MissingRecord, ...]:
    """Return every fact that holds an option open, with the options it holds, most first."""
    held: dict[str, list[str]] = {}
    why: dict[str, Unknown] = {}
    for option in options:
        for name, unknown in option.judgement.unknown:
            why.setdefault(name, unknown)
            held.setdefault(name, []).append(option.id)
    order = sorted(held, key=lambda name: (-len(held[name]), name))
    return tuple(_missing(name, why[name], tuple(held[name])) for name in order)


def board_record(
    board: Board, sources: Mapping[str, model.SourceRecord], *, structures: tuple[str, ...]
) -> model.BoardRecord:
    """Return the whole record; `sources` must hold every id that it cites."""
    anatomy = board.patient.anatomy
    case = board.patient.case
    measured_on = None if isinstance(anatomy, Unknown) else anatomy
    given = tuple(sorted(case.structures))
    return model.BoardRecord(
        notice=NOTICE,
        case=model.CaseRecord(
            id=case.id,
            reference_date=case.reference_date,
            is_invented=case.is_invented,
            facts=tuple(_facts(board.patient.facts)),
            remarks=tuple(str(remark) for remark in case.remarks),
            structures=given,
            absent_structures=tuple(name for name in structures if name not in given),
        ),
        provenance=model.VersionsRecord(
            liverboard=__version__,
            evidence_hash=board.evidence_hash,
            input_hashes=dict(board.input_hashes),
            parameters={},
        ),
        liver=None if measured_on is None else _liver(measured_on, board.patient.facts),
        lesions=tuple(
            _lesion(lesion) for lesion in (measured_on.known_lesions() if measured_on else ())
        ),
        options=tuple(_option(option) for option in board.options),
        missing=missing_facts(board.options),
        layers=tuple(_layer(layer) for layer in board.layers),
        sources=dict(sources),
    )
