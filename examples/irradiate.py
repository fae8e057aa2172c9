"""Stereotactic radiotherapy of one lesion: the plan under errors, as leaf openings, and as DICOM.

python examples/irradiate.py CASE L1 [FOLDER]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from liverboard import read_case
from liverboard.anatomy import examine
from liverboard.patient import patient_of
from liverboard.report.rtplan import write_rt
from liverboard.treatments.exhibit import Table
from liverboard.treatments.protocol import NoPlan, Proposal
from liverboard.treatments.registry import chosen_treatments

TITLES = ("Under errors of set-up and range", "From fluence to leaf openings")


def plan_lines(folder: Path, lesion: str, into: Path | None = None) -> Iterator[str]:
    """Yield the tables of errors and openings; with `into` write RT Plan, Structures and Dose."""
    case = read_case(folder)
    room = chosen_treatments(("radiotherapy",))[0]
    proposal = Proposal(
        "irradiate",
        f"3 x 15 Gy to {lesion}",
        (lesion,),
        parameters={
            "technique": "sbrt",
            "prescription": "3x15",
            "tests_robustness": True,
            "delivers": True,
        },
    )
    plan = room.plan(proposal, patient_of(case, examine(case)), lambda _: None)
    if isinstance(plan, NoPlan):
        yield plan.reason
        return
    for exhibit in plan.exhibits:
        if isinstance(exhibit, Table) and exhibit.title in TITLES:
            yield f"\n{exhibit.title}"
            yield from ("  ".join(str(cell) for cell in row) for row in exhibit.rows)
    if into is not None:
        yield from (str(path) for path in write_rt(plan, case, proposal.title, into))


if __name__ == "__main__":
    target = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    print("\n".join(plan_lines(Path(sys.argv[1]), sys.argv[2], target)))
