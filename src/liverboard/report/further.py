"""What the page asks further of a board: ways to go, trials, what would make possible, the letter.

All of it is worked out from the board in under a second; none of it is in `plan.json`, for the
commands `choose`, `ask`, `possible` and `letter` give it as data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from liverboard.board.asking import ask_board, possible
from liverboard.board.option import Board
from liverboard.evidence.ask import AskedFact
from liverboard.evidence.fact import Known
from liverboard.evidence.flip import Way
from liverboard.evidence.judgement import STATUS_RANK, Status
from liverboard.evidence.pathway import PathwayView, pathway_views, resectability
from liverboard.evidence.trial import populations
from liverboard.report.letter import Letter, letter_of

__all__ = ["Further", "Opening", "Paragraph", "WayRow", "further_of"]

MOST_ASKED, MOST_WAYS, MOST_POSSIBLE = 8, 3, 3
"""Facts in full, ways to open an option, and options of a room that are shown."""

STANDS = (Status.ELIGIBLE, Status.ELIGIBLE_WITH_CAUTIONS, Status.BORDERLINE, Status.NEEDS_DATA)


@dataclass(frozen=True, slots=True)
class WayRow:
    """One way to go: its status under every guideline set (empty: silent), and what decides."""

    title: str
    statuses: tuple[str, ...]
    reasons: tuple[str, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """One option and the changes of facts that would open it, each in words."""

    option: str
    title: str
    ways: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A part of the letter: a heading, a text, or a text with items below."""

    text: str
    items: tuple[str, ...]
    is_heading: bool


@dataclass(frozen=True, slots=True)
class Further:
    """What follows from a board beyond its options.

    `sets` are the guideline sets in the order of `WayRow.statuses`. `asked`: facts that a test or
    question tells and that move an option; `needless` others change nothing. `opened`: options of
    treatments of which none stands, that some change of a fact would open, nearest first.
    """

    panel: str
    technical: str
    oncological: str
    is_contested: bool
    disagreement: float
    sets: tuple[str, ...]
    ways: tuple[WayRow, ...]
    trials: tuple[str, ...]
    asked: tuple[AskedFact, ...]
    needless: int
    opened: tuple[Opening, ...]
    letter: Letter
    paragraphs: tuple[Paragraph, ...]


def further_of(board: Board) -> Further:
    """Return what follows from a board under the criteria that it was judged by."""
    evidence = board.evidence
    facts = board.patient.facts
    asked = ask_board(board)
    moving = [one for one in asked.facts if one.holds and one.weight and not one.is_measured]
    found = resectability(facts, evidence)
    views = pathway_views(facts, evidence)
    sets = tuple(dict.fromkeys(name for view in views for name in view.judgements))
    letter = letter_of(board, asked)
    return Further(
        panel=str(found.panel.value if isinstance(found.panel, Known) else found.panel).replace(
            "_", " "
        ),
        technical=str(found.technical.status),
        oncological=str(found.oncological.status),
        is_contested=found.is_contested,
        disagreement=found.disagreement.value,
        sets=sets,
        ways=tuple(_way(view, sets) for view in views),
        trials=tuple(one.sentence for one in populations(facts, evidence)),
        asked=tuple(moving[:MOST_ASKED]),
        needless=len(asked.irrelevant),
        opened=tuple(_opened(board)),
        letter=letter,
        paragraphs=tuple(_paragraphs(letter.text)),
    )


def _way(view: PathwayView, sets: tuple[str, ...]) -> WayRow:
    """Return one way as a row."""
    reasons = dict.fromkeys(
        f"{one.direction}: {one.text}"
        for judgement in view.judgements.values()
        for one in judgement.arguments
        if one.direction != "neutral"
    )
    statuses = tuple(
        str(view.judgements[name].status) if name in view.judgements else "" for name in sets
    )
    return WayRow(view.pathway.title, statuses, tuple(reasons), view.differs)


def _opened(board: Board) -> Iterator[Opening]:
    """Yield, for treatments of which no option stands, those that the fewest changes would open."""
    titles = {option.id: option.proposal.title for option in board.options}
    for room in dict.fromkeys(option.treatment for option in board.options):
        own = [option for option in board.options if option.treatment == room]
        if any(option.judgement.status in STANDS for option in own):
            continue
        found = [one for one in possible(board, room) if one.ways and not one.fixed]
        found.sort(key=lambda one: (len(one.ways[0].changes), -STATUS_RANK[one.ways[0].status]))
        for one in found[:MOST_POSSIBLE]:
            ways = tuple(_said(way) for way in one.ways[:MOST_WAYS])
            yield Opening(one.option, titles[one.option], ways)


def _said(way: Way) -> str:
    """Return the changes of one way in words."""
    return " and ".join(
        f"{one.label} goes from {one.now} to {one.to} ({one.how})" for one in way.changes
    )


def _paragraphs(text: str) -> Iterator[Paragraph]:
    """Yield the blocks of the letter: short lines without a stop are headings."""
    for block in text.strip().split("\n\n"):
        lines = block.splitlines()
        plain = [line for line in lines if not line.startswith("- ")]
        items = tuple(line[2:] for line in lines if line.startswith("- "))
        is_heading = len(lines) == 1 and not items and lines[0][-1] not in ".?:"
        if plain:
            yield Paragraph(" ".join(plain), (), is_heading)
        if items:
            yield Paragraph("", items, is_heading=False)
