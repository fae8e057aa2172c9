"""Mixed plans of one patient: which treatment serves which lesion, and what stays of the liver.

python examples/together.py CASE
"""

import sys
from collections.abc import Iterator

from liverboard.board.convene import BoardOptions, convene
from liverboard.case import read_case
from liverboard.values import Unknown


def mixed_lines(folder: str, only: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield a line for each mixed plan: remnant needed, remnant kept, and the plan in words."""
    board = convene(read_case(folder), options=BoardOptions(only=only))
    if isinstance(board.joint, Unknown):
        yield str(board.joint)
        return
    for plan in board.joint.plans:
        needed, kept = board.joint.needed_percent, plan.recount_percent
        yield f"{needed:.0f} {kept:.1f} {plan.title}"


if __name__ == "__main__":
    for line in mixed_lines(sys.argv[1]):
        print(line)
