"""Grey window and colours, which the page names as well: nothing here draws."""

__all__ = ["SEGMENT_COLOURS", "WINDOW_CENTRE_HU", "WINDOW_WIDTH_HU"]

WINDOW_WIDTH_HU = 350.0
WINDOW_CENTRE_HU = 50.0

SEGMENT_COLOURS = (
    "#8c9aa8",
    "#e2b65b",
    "#cf8f4e",
    "#b9c46a",
    "#6fb08a",
    "#5aa6b8",
    "#6d8cc4",
    "#a98bc0",
)
"""Colours of the segments S1 to S8."""
