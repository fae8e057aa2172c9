"""Which plans of one room are beaten in every figure by another of the same room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from liverboard.board.option import Option
from liverboard.treatments.protocol import Plan
from liverboard.values import Estimate

__all__ = ["mark_dominated"]


def mark_dominated(options: Sequence[Option], aims: Mapping[str, bool]) -> tuple[Option, ...]:
    """Return the options of one room, each with the ids of those that dominate it.

    `aims` maps metric names to whether more is better. Only plans that deal with the same lesions
    and know every figure are compared.
    """
    scores = {option.id: _scores(option, aims) for option in options}
    return tuple(
        replace(
            option,
            dominated_by=tuple(
                other.id
                for other in options
                if _dominates(scores[other.id], scores[option.id])
                and _covered(other) == _covered(option)
            ),
        )
        for option in options
    )


def _scores(option: Option, aims: Mapping[str, bool]) -> tuple[float, ...] | None:
    """Return the figures of a plan, more always better; None where one is missing."""
    if not isinstance(option.outcome, Plan) or not aims:
        return None
    found = []
    for name, is_more_better in aims.items():
        figure = option.outcome.metrics.get(name)
        if not isinstance(figure, Estimate):
            return None
        found.append(figure.value if is_more_better else -figure.value)
    return tuple(found)


def _dominates(first: tuple[float, ...] | None, second: tuple[float, ...] | None) -> bool:
    """Whether the first scores are nowhere worse and somewhere better than the second."""
    if first is None or second is None or first == second:
        return False
    return all(a >= b for a, b in zip(first, second, strict=True))


def _covered(option: Option) -> frozenset[str]:
    """Return the lesions that a plan covers."""
    if not isinstance(option.outcome, Plan):
        return frozenset()
    return frozenset(lesion.lesion for lesion in option.outcome.lesions if lesion.is_covered)
