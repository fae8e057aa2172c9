"""Tables of the documentation, made from the same data that the reader uses."""

from __future__ import annotations

from liverboard.case.entry import needs_unit, plausible_range
from liverboard.case.names import aliases_of, canonical_names, parts_of
from liverboard.case.sections import SECTIONS, further_facts, recorded_in
from liverboard.case.template import allowed
from liverboard.evidence.fact import FactKind, FactSpec

__all__ = ["keys_table", "names_table"]


def keys_table() -> str:
    """Return every key of the record that holds a fact, as a Markdown table."""
    rows = [
        "| key | fact | what | values or units | plausible | counts for |",
        "|---|---|---|---|---|---|",
    ]
    for name, section in SECTIONS.items():
        for key, marker in recorded_in(section):
            rows.append(_row(f"{name}.{key}", marker.spec))
    rows.extend(_row(f"other.{spec.name}", spec) for spec in further_facts())
    return "\n".join(rows) + "\n"


def _row(key: str, spec: FactSpec) -> str:
    days = "" if spec.stale_after_days is None else f"{spec.stale_after_days} days"
    cells = (f"`{key}`", f"`{spec.name}`", spec.label, allowed(spec), _span(spec), days)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _span(spec: FactSpec) -> str:
    """Return the plausible range of a number that has a unit."""
    if spec.kind is not FactKind.NUMBER or not needs_unit(spec):
        return ""
    low, high = plausible_range(spec)
    return f"{low:.9g} to {high:.9g} {spec.unit}"


def names_table() -> str:
    """Return every canonical name of a structure with its aliases, as a Markdown table."""
    rows = ["| name | also read |", "|---|---|"]
    for name in canonical_names():
        parts = parts_of(name)
        merged = f"merged from: {parts[0]} ... {parts[-1]}" if parts else ""
        told = "; ".join(text for text in (", ".join(aliases_of(name)), merged) if text)
        rows.append(f"| `{name}` | {told} |")
    return "\n".join(rows) + "\n"
