"""Print what each resection of a patient leaves: the four remnants in ml, and the smallest margin.

python examples/remnants.py CASE
"""

from __future__ import annotations

import sys
from pathlib import Path

from liverboard import convene, read_case
from liverboard.board.convene import BoardOptions
from liverboard.values import Estimate, Quantity

REMNANTS = ("geometric_ml", "perfused_ml", "drained_ml", "functional_ml")


def shown(figure: Quantity) -> str:
    """Return a figure in whole units, or a question mark where it is unknown."""
    return f"{figure.value:6.0f}" if isinstance(figure, Estimate) else "     ?"


def remnant_lines(folder: Path) -> list[str]:
    """Return one line per resection that could be planned."""
    board = convene(read_case(folder), options=BoardOptions(only=("resection",)))
    return [
        " ".join(shown(getattr(option.plan.liver, name)) for name in REMNANTS) + f"  {option.id}"
        for option in board.options
        if option.has_plan
    ]


if __name__ == "__main__":
    print(" ".join(REMNANTS))
    print("\n".join(remnant_lines(Path(sys.argv[1]))))
