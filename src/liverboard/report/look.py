"""How a status, a verdict and a mark look: never by colour alone, always with a sign and a word."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DIRECTIONS", "MARKS", "STATUSES", "VERDICTS", "Look", "Mark"]


@dataclass(frozen=True, slots=True)
class Look:
    """A class of the style sheet, a sign of the page's icons, and a sign for the terminal."""

    tone: str
    icon: str
    sign: str


STATUSES = {
    "eligible": Look("eligible", "tick", "✓"),
    "eligible with cautions": Look("cautions", "tick-note", "✓"),
    "borderline": Look("borderline", "wave", "≈"),
    "needs data": Look("data", "question", "?"),
    "outside the evidence": Look("outside", "dashed", "○"),
    "not eligible": Look("not", "cross", "✗"),
    "contraindicated": Look("contra", "bar", "⊘"),
    "failed": Look("failed", "warning", "!"),
}
"""Best first."""

DIRECTIONS = {
    "against": Look("against", "minus", "−"),
    "open": Look("open", "question", "?"),
    "for": Look("for", "plus", "+"),
    "neutral": Look("neutral", "dot", "·"),
}
"""In the order in which a board wants to read them."""

VERDICTS = {
    "yes": Look("yes", "tick", "✓"),
    "no": Look("no", "cross", "✗"),
    "unknown": Look("unknown", "question", "?"),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign that follows a number, and what it means."""

    sign: str
    meaning: str


MARKS = {
    "verified": Mark("", "read in the source"),
    "secondary": Mark("°", "read through another source"),
    "unverified": Mark("*", "not verified: check before relying on it"),
}
