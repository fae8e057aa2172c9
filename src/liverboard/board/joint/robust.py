"""How firm the front is: does it survive errors of measurement, unknown facts, other guidelines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from liverboard.board.joint.front import Solution, pareto_front
from liverboard.board.joint.model import Flip, MixedPlan
from liverboard.board.joint.options import JointOptions
from liverboard.board.joint.pieces import Stock
from liverboard.board.joint.problem import Problem
from liverboard.board.option import Option
from liverboard.evidence.derive import derive
from liverboard.evidence.fact import FactSheet, spec_of
from liverboard.evidence.judge import judge
from liverboard.evidence.judgement import Status
from liverboard.evidence.loader import CORE, Evidence
from liverboard.treatments.protocol import Plan

__all__ = ["Ground", "flips_of"]

SEGMENTATION_MM = 1.0
VOLUME_SHARE = 0.1
"""What the front must survive: a millimetre of segmentation, a tenth of the volumes (issue)."""

LOST = (Status.CONTRAINDICATED, Status.NOT_ELIGIBLE)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What the checks stand on."""

    stock: Stock
    problem: Problem
    plans: tuple[MixedPlan, ...]
    options: Mapping[str, Option]
    sheet: FactSheet
    evidence: Evidence
    choices: JointOptions
    needed: tuple[float, float]
    wider_mm: float


def flips_of(ground: Ground) -> tuple[Flip, ...]:
    """Return every change that was tried, and whether it moves the front."""
    return (
        *_segmentation(ground),
        *_volumes(ground),
        *_threshold(ground),
        *_facts(ground),
        *_guidelines(ground),
    )


def _segmentation(ground: Ground) -> Iterator[Flip]:
    """Yield what a millimetre more or less of all that is taken does to the plans found.

    The remnant moves by the share of the widened recount; a margin under a millimetre after it is
    named.
    """
    share = SEGMENTATION_MM / ground.wider_mm
    falling, thin = [], []
    for plan in ground.plans:
        moved = plan.recount_percent - share * (plan.recount_percent - plan.remnant_low_percent)
        if moved < ground.needed[1]:
            falling.append(plan.id)
        if plan.choices and plan.smallest_margin_mm < 2 * SEGMENTATION_MM:
            thin.append(plan.id)
    yield Flip(
        "all that is taken 1 mm wider",
        "segmentation",
        bool(falling),
        f"{', '.join(falling)} would keep too little liver" if falling else "every plan stands",
    )
    yield Flip(
        "lesions 1 mm larger than drawn, the cut where it is",
        "segmentation",
        bool(thin),
        f"a margin under 1 mm in {', '.join(thin)}" if thin else "every margin stays over 1 mm",
    )


def _volumes(ground: Ground) -> Iterator[Flip]:
    """Yield what volumes a tenth larger or smaller do: the front is sought anew."""
    for sign, word in ((1, "larger"), (-1, "smaller")):
        most = int(ground.problem.most_loss / (1 + sign * VOLUME_SHARE))
        changed = replace(ground.problem, most_loss=most)
        yield _sought_anew(ground, changed, f"all lost volumes 10 % {word}", "volume")


def _threshold(ground: Ground) -> Iterator[Flip]:
    """Yield what the lower remnant does that the facts leave open."""
    low, high = ground.needed
    if low < high:
        most = int(len(ground.stock.places) * (100.0 - low) // 100.0)
        changed = replace(ground.problem, most_loss=most)
        words = f"the liver needs {low:g} % instead of {high:g} %"
        yield _sought_anew(ground, changed, words, "fact")


def _facts(ground: Ground) -> Iterator[Flip]:
    """Yield for each unknown fact what happens where it speaks against the options it holds."""
    held: dict[str, set[str]] = {}
    for name in sorted({piece.option for piece in ground.stock.pieces}):
        for fact, _ in ground.options[name].judgement.unknown:
            held.setdefault(fact, set()).add(name)
    together: dict[frozenset[str], list[str]] = {}
    for fact, names in sorted(held.items()):
        together.setdefault(frozenset(names), []).append(spec_of(fact).label)
    for options, labels in together.items():
        words = f"any of these speaks against {_counted(options)}: {', '.join(labels)}"
        yield _sought_anew(ground, _without(ground, options), words, "fact")


def _counted(names: frozenset[str]) -> str:
    """Return options in words, counted by treatment."""
    treatments = sorted({name.split("/")[0].replace("_", " ") for name in names})
    return f"{len(names)} option{'s' if len(names) > 1 else ''} of {', '.join(treatments)}"


def _without(ground: Ground, names: frozenset[str]) -> Problem:
    """Return the problem without the pieces of some options: they may serve nothing."""
    gone = [n for n, piece in enumerate(ground.stock.pieces) if piece.option in names]
    kept = [n for n in range(len(ground.stock.pieces)) if n not in set(gone)]
    number = {n: m for m, n in enumerate(kept)}
    extra = tuple(
        (frozenset(number[n] for n in items), units)
        for items, units in ground.problem.extra
        if items <= set(kept)
    )
    items = tuple(ground.problem.items[n] for n in kept)
    members = ground.problem.members[:, kept]
    return replace(ground.problem, items=items, members=members, extra=extra)


def _guidelines(ground: Ground) -> Iterator[Flip]:
    """Yield what each other family of guidelines says of the options used."""
    for guideline in ground.evidence.guidelines:
        if guideline == CORE:
            continue
        rooms = set(ground.evidence.rooms(guideline))
        used = sorted({piece.option for piece in ground.stock.pieces})
        spoken = [name for name in used if ground.options[name].treatment in rooms]
        words = f"guidelines of {guideline} instead of {CORE}"
        if not spoken:
            says = "they say nothing that is encoded here about the treatments of these plans"
            yield Flip(words, "guideline", False, says)
            continue
        lost = frozenset(n for n in spoken if _is_lost(ground, ground.options[n], guideline))
        if lost:
            yield _sought_anew(ground, _without(ground, lost), words, "guideline")
        else:
            yield Flip(words, "guideline", False, "every option used stands")


def _is_lost(ground: Ground, option: Option, guideline: str) -> bool:
    """Whether another guideline set stops an option."""
    if not isinstance(option.outcome, Plan):
        return True
    sheet = derive(ground.sheet.with_facts(option.outcome.facts))
    criteria = ground.evidence.criteria(option.treatment, guideline)
    return judge(criteria, sheet, option.proposal.tags).status in LOST


def _sought_anew(ground: Ground, changed: Problem, words: str, kind: str) -> Flip:
    """Return whether the leading figures of the front change when it is sought again."""
    figures = [plan.quality for plan in ground.plans]
    best = min(((q.failures_high, q.failures_low) for q in figures), default=(0.0, 0.0))
    before = (round(best[0] * ground.problem.one), round(best[1] * ground.problem.one))
    after = _leading(ground, changed)
    if before == after:
        return Flip(words, kind, False, "the fewest lesions uncontrolled stay the same")
    one = ground.problem.one
    gone = f"at best {before[1] / one:.1f} to at worst {before[0] / one:.1f} lesions uncontrolled"
    new = f"{after[1] / one:.1f} to {after[0] / one:.1f}"
    return Flip(words, kind, True, f"{gone} become {new}")


def _leading(ground: Ground, problem: Problem) -> tuple[int, int]:
    """Return the fewest failures at worst, and at best, that any plan has."""
    front = pareto_front(problem, most=1, effort=ground.choices.solver_effort)
    found: Sequence[Solution] = front.solutions
    if not found:
        return 0, 0
    best = min(found, key=lambda one: (one.figures.high, one.figures.low))
    return best.figures.high, best.figures.low
