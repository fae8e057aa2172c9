"""Two plans of one patient side by side, and two boards of one patient at two dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from liverboard.board.model import (
    ArgumentRecord,
    BoardRecord,
    EstimateRecord,
    JointRecord,
    LesionOutcomeRecord,
    LesionRecord,
    MixedPlanRecord,
    OptionRecord,
    PlanRecord,
    QuantityRecord,
    UnknownRecord,
)
from liverboard.errors import RequestError
from liverboard.report.wording import fact_text, number_text, quantity_text, spoken, unknown_text

__all__ = ["Row", "Versus", "compared", "diff_lines", "versus_lines"]

SAME = "="
"""Stands where the second column says the same as the first."""

HAS = "yes"
"""Stands where a plan has what a row names: an argument, a published result."""

LIVER = (
    ("functional remnant", "functional_percent"),
    ("removed", "removed_ml"),
    ("destroyed by heat or cold", "destroyed_ml"),
    ("above the dose limit", "overdosed_ml"),
)
BURDEN = (
    ("sessions", "sessions"),
    ("nights", "nights"),
    ("punctures", "punctures"),
    ("waiting", "waiting_weeks"),
    ("severe harm", "severe_harm_percent"),
    ("death within 90 days", "mortality_90d_percent"),
)

MOVED_MM = 20.0
"""A lesion of one name that lies this much farther off is named as perhaps another one: scans are
not registered, and a breath moves the liver by about as much (house value)."""

GREW_PERCENT = 5.0
"""Volumes that differ less are told as unchanged (house value, after the error of a contour)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a comparison; `is_apart` false where intervals overlap, None without numbers."""

    section: str
    label: str
    first: str
    second: str
    is_apart: bool | None = None


@dataclass(frozen=True, slots=True)
class Versus:
    """Two plans of one patient, row by row."""

    case: str
    first: str
    second: str
    rows: tuple[Row, ...]


def compared(record: BoardRecord, first: str, second: str) -> Versus:
    """Return two options, or two mixed plans, of a board side by side.

    Raises RequestError where a name is not on the board, or an option stands against a mixed plan.
    """
    one, other = _found(record, first), _found(record, second)
    if isinstance(one, OptionRecord) and isinstance(other, OptionRecord):
        rows = tuple(_option_rows(one, other))
    elif isinstance(one, MixedPlanRecord) and isinstance(other, MixedPlanRecord):
        rows = tuple(_mixed_rows(one, other))
    else:
        raise RequestError(
            "an option and a mixed plan are not compared",
            where=f"{first}, {second}",
            remedy="name two options or two mixed plans",
        )
    return Versus(record.case.id, first, second, rows)


def _found(record: BoardRecord, name: str) -> OptionRecord | MixedPlanRecord:
    """Return the option or mixed plan of a name."""
    mixed = record.joint.plans if isinstance(record.joint, JointRecord) else ()
    plans: dict[str, OptionRecord | MixedPlanRecord] = {}
    plans.update({option.id: option for option in record.options})
    plans.update({plan.id: plan for plan in mixed})
    if name in plans:
        return plans[name]
    known = [one for one in plans if name.split("/", maxsplit=1)[0] in one] or list(plans)
    raise RequestError(f"no plan is called {name!r}", remedy=f"choose from {', '.join(known)}")


def _option_rows(one: OptionRecord, other: OptionRecord) -> Iterator[Row]:
    """Yield status, figures, lesions and arguments of two options."""
    yield Row("", "option", one.title, other.title)
    yield Row("", "status", one.status, other.status)
    for label, name in LIVER:
        yield _row("liver", label, _of(one.plan, "liver", name), _of(other.plan, "liver", name))
    for label, name in BURDEN:
        yield _row("burden", label, _of(one.plan, "burden", name), _of(other.plan, "burden", name))
    yield Row("burden", "anaesthesia", _anaesthesia(one), _anaesthesia(other))
    names = dict.fromkeys(outcome.lesion for option in (one, other) for outcome in _lesions(option))
    for lesion in names:
        yield Row("lesions", lesion, _outcome(one, lesion), _outcome(other, lesion))
    for direction, section in (("against", "against"), ("open", "open")):
        yield from _argument_rows(section, _only(one, direction), _only(other, direction))
    yield Row("steps", "in order", _steps(one), _steps(other))


def _anaesthesia(option: OptionRecord) -> str:
    return (option.plan.burden.anaesthesia if option.plan else "") or "?"


def _lesions(option: OptionRecord) -> tuple[LesionOutcomeRecord, ...]:
    return option.plan.lesions if option.plan else ()


def _of(plan: PlanRecord | None, part: str, name: str) -> QuantityRecord:
    """Return a figure of a plan, unknown without one."""
    if plan is None:
        return UnknownRecord(reason="no plan")
    found: QuantityRecord = getattr(getattr(plan, part), name)
    return found


def _row(section: str, label: str, one: QuantityRecord, other: QuantityRecord) -> Row:
    """Return two quantities with the verdict whether their intervals are apart."""
    is_apart = None
    if isinstance(one, EstimateRecord) and isinstance(other, EstimateRecord):
        is_apart = one.high < other.low or other.high < one.low
    return Row(section, label, quantity_text(one), quantity_text(other), is_apart)


def _outcome(option: OptionRecord, lesion: str) -> str:
    """Return what a plan does to one lesion, in one phrase."""
    for one in _lesions(option):
        if one.lesion == lesion:
            covered = {True: "treated whole", False: "not whole", None: "cannot tell"}
            parts = [covered[one.is_covered]]
            for label, figure in (("margin", one.margin_mm), ("dose", one.dose_gy)):
                if isinstance(figure, EstimateRecord):
                    parts.append(f"{label} {quantity_text(figure)}")
            if isinstance(one.local_control_2y, EstimateRecord):
                parts.append(f"control at 2 years {quantity_text(one.local_control_2y)}")
            return ", ".join(parts)
    return "not treated"


def _only(option: OptionRecord, direction: str) -> dict[str, ArgumentRecord]:
    """Return the arguments of one direction by criterion."""
    return {one.criterion: one for one in option.arguments if one.direction == direction}


def _argument_rows(
    section: str, one: dict[str, ArgumentRecord], other: dict[str, ArgumentRecord]
) -> Iterator[Row]:
    """Yield arguments that one of two options has and the other has not; what both share is one."""
    shared = [name for name in one if name in other]
    for name in (*one, *(name for name in other if name not in one)):
        if name in shared:
            continue
        text = (one.get(name) or other[name]).text
        yield Row(section, text, HAS if name in one else "", HAS if name in other else "")
    if shared:
        yield Row(section, f"{len(shared)} more", HAS, HAS)


def _steps(option: OptionRecord) -> str:
    return "; ".join(step.title for step in option.plan.steps) if option.plan else "no plan"


def _mixed_rows(one: MixedPlanRecord, other: MixedPlanRecord) -> Iterator[Row]:
    """Yield figures, choices and timeline of two mixed plans."""
    yield Row("", "plan", one.title, other.title)
    yield Row("", "stands out as", "; ".join(one.corners) or "-", "; ".join(other.corners) or "-")
    for label, low, high, unit in (("lesions uncontrolled", "failures_low", "failures_high", "1"),):
        ends = [(plan.quality[low], plan.quality[high]) for plan in (one, other)]
        texts = [f"{number_text(a, unit)} to {number_text(b, unit)}" for a, b in ends]
        is_apart = ends[0][1] < ends[1][0] or ends[1][1] < ends[0][0]
        yield Row("figures", label, texts[0], texts[1], is_apart)
    remnants = [
        (plan.recount_percent, plan.remnant_low_percent, plan.remnant_high_percent)
        for plan in (one, other)
    ]
    texts = [f"{value:.0f} % ({low:.0f} to {high:.0f})" for value, low, high in remnants]
    is_apart = remnants[0][2] < remnants[1][1] or remnants[1][2] < remnants[0][1]
    yield Row("figures", "functional remnant", texts[0], texts[1], is_apart)
    for name in ("nights", "punctures", "days"):
        pair = [f"{plan.quality[name]:.0f}" for plan in (one, other)]
        yield Row("figures", {"days": "done on day"}.get(name, name), pair[0], pair[1])
    lesions = dict.fromkeys(name for plan in (one, other) for name in _served(plan))
    for lesion in sorted(lesions):
        pair = [_served(plan).get(lesion, "left to systemic therapy") for plan in (one, other)]
        yield Row("lesions", lesion, pair[0], pair[1])
    yield Row("steps", "in order", _timeline(one), _timeline(other))
    for anchor in dict.fromkeys((*one.anchors, *other.anchors)):
        marks = [HAS if anchor in plan.anchors else "" for plan in (one, other)]
        yield Row("nearest published", anchor, marks[0], marks[1])


def _served(plan: MixedPlanRecord) -> dict[str, str]:
    """Return which option serves which lesion."""
    return {
        str(lesion): str(choice["option"])
        for choice in plan.choices
        for lesion in choice.get("lesions", ())
    }


def _timeline(plan: MixedPlanRecord) -> str:
    return "; ".join(f"day {step.start_day}: {step.title}" for step in plan.schedule) or "-"


def versus_lines(found: Versus) -> Iterator[str]:
    """Yield a comparison as lines for a terminal; `~` marks figures whose intervals overlap."""
    yield f"{found.case}: A = {found.first}, B = {found.second}"
    section = ""
    for row in found.rows:
        if row.section != section:
            section = row.section
            yield ""
            yield section[:1].upper() + section[1:]
        mark = " ~" if row.is_apart is False and row.first != row.second else ""
        if {row.first, row.second} <= {HAS, ""}:
            yield f"  {OWNERS[bool(row.first), bool(row.second)]:<7} {row.label}"
        elif len(row.first) + len(row.second) > WIDE:
            yield f"  {row.label}{mark}"
            yield f"    A  {row.first}"
            yield f"    B  {SAME if row.first == row.second else row.second}"
        else:
            second = SAME if row.first == row.second and row.first else row.second
            yield f"  {row.label:<28} {row.first:<28} {second}{mark}".rstrip()
    yield ""
    yield f"{SAME} the same   ~ intervals overlap: which is better cannot be told from this figure"


OWNERS = {(True, False): "A", (False, True): "B", (True, True): "A and B", (False, False): "-"}

WIDE = 60
"""Longer pairs stand one below the other."""


def diff_lines(old: BoardRecord, new: BoardRecord) -> Iterator[str]:
    """Yield what differs between two boards of one patient: facts, lesions, liver, options.

    Raises RequestError where the boards are of two patients.
    """
    if old.case.id != new.case.id:
        raise RequestError(
            f"the records are of two patients, {old.case.id} and {new.case.id}",
            remedy="give two records of one patient",
        )
    yield f"{new.case.id}: {_date(old)} -> {_date(new)}"
    yield from _versions(old, new)
    yield from _section("Facts", _fact_changes(old, new))
    yield from _section("Lesions", _lesion_changes(old.lesions, new.lesions))
    yield from _section("Liver", _liver_changes(old, new))
    yield from _section("Options", _status_changes(old.options, new.options))
    yield from _section("Still unknown", _missing_changes(old, new))


def _date(record: BoardRecord) -> str:
    found = record.case.reference_date
    return found.isoformat() if found else "no date"


def _versions(old: BoardRecord, new: BoardRecord) -> Iterator[str]:
    """Yield a warning where the boards were made by different rules or programs."""
    before, after = old.provenance, new.provenance
    if before.liverboard != after.liverboard:
        yield f"  made by different versions: {before.liverboard} and {after.liverboard}"
    if before.evidence_hash != after.evidence_hash:
        yield "  made by different criteria: an option may differ for that reason alone"


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield a heading and lines, or that nothing changed."""
    found = tuple(lines)
    yield ""
    yield f"{title}: {len(found)} changed" if found else f"{title}: no change"
    yield from (f"  {line}" for line in found)


def _fact_changes(old: BoardRecord, new: BoardRecord) -> Iterator[str]:
    """Yield facts that are told otherwise."""
    before = {fact.name: fact for fact in old.case.facts}
    after = {fact.name: fact for fact in new.case.facts}
    for name in dict.fromkeys((*before, *after)):
        texts = [fact_text(facts[name]) if name in facts else "-" for facts in (before, after)]
        if texts[0] != texts[1]:
            yield f"{(after.get(name) or before[name]).label}: {texts[0]} -> {texts[1]}"


def _lesion_changes(old: Sequence[LesionRecord], new: Sequence[LesionRecord]) -> Iterator[str]:
    """Yield lesions that came, went, grew or shrank, and those that may be others."""
    before = {lesion.id: lesion for lesion in old}
    after = {lesion.id: lesion for lesion in new}
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            yield f"{name}: no longer segmented (was {quantity_text(before[name].volume_ml)})"
        elif name not in before:
            yield f"{name}: new, {quantity_text(after[name].volume_ml)}"
        else:
            yield from _one_lesion(before[name], after[name])


def _one_lesion(old: LesionRecord, new: LesionRecord) -> Iterator[str]:
    """Yield how one lesion differs."""
    moved = sum((a - b) ** 2 for a, b in zip(old.centroid_mm, new.centroid_mm, strict=True)) ** 0.5
    if moved > MOVED_MM:
        yield f"{old.id}: its centre lies {moved:.0f} mm elsewhere: perhaps another lesion"
    grown = _percent(old.volume_ml, new.volume_ml)
    if grown is not None and abs(grown) >= GREW_PERCENT:
        diameters = f"{quantity_text(old.diameter_mm)} -> {quantity_text(new.diameter_mm)}"
        yield f"{old.id}: {diameters}, volume {grown:+.0f} %"


def _percent(old: QuantityRecord, new: QuantityRecord) -> float | None:
    """Return the change from `old` to `new` in percent, None where one is unknown."""
    if isinstance(old, UnknownRecord) or isinstance(new, UnknownRecord) or old.value <= 0.0:
        return None
    return 100.0 * (new.value / old.value - 1.0)


def _liver_changes(old: BoardRecord, new: BoardRecord) -> Iterator[str]:
    """Yield volumes of liver, tumour and segments that differ."""
    if old.liver is None or new.liver is None:
        if (old.liver is None) != (new.liver is None):
            yield "measured in one of the two only"
        return
    pairs = [
        ("liver", old.liver.volume_ml, new.liver.volume_ml),
        ("tumour", old.liver.tumour_ml, new.liver.tumour_ml),
    ]
    for name, volume in old.liver.segments.items():
        if name in new.liver.segments:
            pairs.append((name, volume, new.liver.segments[name]))
    for label, before, after in pairs:
        grown = _percent(before, after)
        if grown is None and before != after:
            yield f"{label}: {quantity_text(before)} -> {quantity_text(after)}"
        elif grown is not None and abs(grown) >= GREW_PERCENT:
            yield f"{label}: {quantity_text(before)} -> {quantity_text(after)} ({grown:+.0f} %)"


def _status_changes(old: Sequence[OptionRecord], new: Sequence[OptionRecord]) -> Iterator[str]:
    """Yield options whose status changed with the criteria that changed, and those of one only."""
    before = {option.id: option for option in old}
    after = {option.id: option for option in new}
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            yield f"{name}: no longer proposed (was {before[name].status})"
        elif name not in before:
            yield f"{name}: new, {after[name].status}"
        elif before[name].status != after[name].status:
            why = "; ".join(_turned(before[name], after[name]))
            yield f"{name}: {before[name].status} -> {after[name].status}{why and f' ({why})'}"


def _turned(old: OptionRecord, new: OptionRecord) -> Iterator[str]:
    """Yield the criteria whose direction changed."""
    before = {one.criterion: one.direction for one in old.arguments}
    for one in new.arguments:
        was = before.get(one.criterion, "absent")
        if was != one.direction and "neutral" not in (was, one.direction):
            yield f"{one.text}: {was} -> {one.direction}"


def _missing_changes(old: BoardRecord, new: BoardRecord) -> Iterator[str]:
    """Yield what was learned and what became unknown."""
    before = {one.fact: one for one in old.missing}
    after = {one.fact: one for one in new.missing}
    for name, one in before.items():
        if name not in after:
            yield f"{one.label or spoken(name)}: known now, or no longer needed"
    for name, one in after.items():
        if name not in before:
            reason = unknown_text(UnknownRecord(reason=one.reason, detail=one.detail))
            yield f"{one.label or spoken(name)}: {reason}"
