"""A letter to the patient in plain words: what was found, each option, why or why not, what to ask.

Words come from `letter.yaml`, statuses and open facts from the board; nothing is judged here. The
reading grade of every letter is measured and stands in its record. The letter gives no chance of
survival and no dose, and it names no doctor: whoever hands it over speaks for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from liverboard.board.option import Board, Option
from liverboard.evidence.ask import Asked
from liverboard.evidence.derive import raw_inputs_of
from liverboard.evidence.fact import FactSheet, Known, spec_of
from liverboard.evidence.judgement import STATUS_RANK, Argument, Intent, Status
from liverboard.report.readability import highest_grade, reading_grade
from liverboard.values import Reason, Unknown

__all__ = ["Letter", "letter_json", "letter_of"]

MOST_REASONS, MOST_TESTS = 3, 6
"""Reasons of one option and tests that are named: more is no help in a letter."""

OPENING = """\
This letter is about what may be done for the tumours in your liver. A computer program wrote it \
from your record. It is made for research. It does not know you. It does not choose for you.
Your doctors talk about your case as a team. They decide with you. Please read this with one of \
them."""

CLOSING = """\
You may ask for a second view. You may say no to any of this. You can bring someone with you. \
Write down what you want to ask."""

ALWAYS_ASKED = (
    "What is the goal: to cure, to gain time, or to feel better?",
    "What happens if we wait?",
    "What can each way do to my daily life?",
)


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of treatment in the letter: `standing` is may, unclear, not now or not known."""

    room: str
    title: str
    standing: str
    text: str
    ask: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter: its parts, its text and its measured reading grade (Flesch-Kincaid).

    `is_plain`: the grade is within what a letter may have.
    """

    found: tuple[str, ...]
    parts: tuple[Part, ...]
    tests: tuple[str, ...]
    text: str
    grade: float
    is_plain: bool


@cache
def _words() -> Mapping[str, Any]:
    text = resources.files("liverboard.report").joinpath("letter.yaml").read_text("utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found


def letter_of(board: Board, asked: Asked) -> Letter:
    """Return the letter about a board; `asked` tells which tests would change most."""
    found = tuple(_found(board.patient.facts))
    rooms = dict.fromkeys(option.treatment for option in board.options)
    parts = tuple(_part(room, board) for room in rooms)
    tests = tuple(_tests(asked))
    text = _text(found, parts, tests)
    grade = reading_grade(text)
    return Letter(found, parts, tests, text, round(grade, 1), grade <= highest_grade())


def letter_json(letter: Letter) -> str:
    """Return the letter as JSON, schema `liverboard/letter/1`."""
    document = {"schema": "liverboard/letter/1", **asdict(letter)}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _found(facts: FactSheet) -> Iterator[str]:
    """Yield what the record says, one sentence each; what it contradicts itself in is said so."""
    for name, sentences in _words()["found"].items():
        fact = facts.get(name)
        if isinstance(fact, Known):
            key = str(fact.value).lower() if isinstance(fact.value, bool) else str(fact.value)
            if key in sentences:
                yield sentences[key]
    yield from _counted(facts)
    for name, fact in facts.facts.items():
        if isinstance(fact, Unknown) and fact.reason is Reason.CONFLICT:
            yield f"Your record says two things about this: {phrase_of(name)}."


def _counted(facts: FactSheet) -> Iterator[str]:
    """Yield how many tumours there are and how large."""
    count, size = facts.number("lesion_count"), facts.number("largest_lesion")
    if not isinstance(count, Unknown):
        yield (
            "There is one tumour in the liver."
            if count == 1
            else (f"There are {count:g} tumours in the liver.")
        )
    if not isinstance(size, Unknown):
        yield f"The largest is about {max(1, round(size / 10)):g} cm wide."


def phrase_of(name: str) -> str:
    """Return a fact as a patient may call it; its label where there are no plainer words."""
    phrases: Mapping[str, str] = _words()["facts"]
    if name in phrases:
        return phrases[name]
    roots = [root for root in raw_inputs_of(name) if root in phrases]
    return phrases[roots[0]] if roots else spec_of(name).label.lower()


def _part(room: str, board: Board) -> Part:
    """Return one kind of treatment by the best of its options."""
    options = [one for one in board.options if one.treatment == room]
    best = max(options, key=lambda one: STATUS_RANK[one.judgement.status])
    words = _words()["rooms"].get(room, {"title": room, "what": "", "ask": ""})
    standing, why = _standing(best)
    return Part(room, words["title"], standing, f"{words['what']} {why}".strip(), words["ask"])


def _standing(best: Option) -> tuple[str, str]:
    """Return where the best option of a room stands, in plain words."""
    status = best.judgement.status
    if status is Status.ELIGIBLE:
        return "may", "From your record, this may be a choice."
    if status in (Status.ELIGIBLE_WITH_CAUTIONS, Status.BORDERLINE):
        look = _reasons(one for one in best.judgement.arguments if _is_caution(one))
        return "may", f"This may be a choice, but with care.{_looked_at(look)}"
    if status is Status.NEEDS_DATA:
        open_ = [one for one in best.judgement.arguments if one.is_blocking]
        return "unclear", f"It is not yet clear if this fits you.{_needed(_open_reasons(open_))}"
    if status is Status.FAILED:
        return "not known", "The program could not work this out. Please ask your team."
    against = _reasons(one for one in best.judgement.arguments if _is_closing(one))
    if status is Status.OUTSIDE_EVIDENCE:
        return "not known", f"There is no good study of this for you.{_because(against)}"
    return "not now", f"For now, this does not fit.{_because(against)}"


def _is_caution(one: Argument) -> bool:
    return one.intent is Intent.CAUTIONS and one.direction in ("against", "open")


def _is_closing(one: Argument) -> bool:
    blocking = (Intent.SCOPE, Intent.REQUIRES, Intent.CONTRAINDICATES)
    return one.intent in blocking and one.direction == "against"


def _reasons(arguments: Iterable[Argument]) -> list[str]:
    """Return the facts behind arguments in plain words, each once."""
    names = [used.name for one in arguments for used in one.facts if isinstance(used.fact, Known)]
    return list(dict.fromkeys(map(phrase_of, names)))[:MOST_REASONS]


def _open_reasons(arguments: Iterable[Argument]) -> list[str]:
    names = [used.name for one in arguments for used in one.facts if isinstance(used.fact, Unknown)]
    return list(dict.fromkeys(map(phrase_of, names)))[:MOST_REASONS]


def _looked_at(phrases: Sequence[str]) -> str:
    return f" Your team looks at this:{_items(phrases)}" if phrases else ""


def _needed(phrases: Sequence[str]) -> str:
    return f" First we need to know:{_items(phrases)}" if phrases else ""


def _because(phrases: Sequence[str]) -> str:
    return f" This is why:{_items(phrases)}" if phrases else ""


def _items(phrases: Sequence[str]) -> str:
    return "".join(f"\n- {phrase}." for phrase in phrases)


def _tests(asked: Asked) -> Iterator[str]:
    """Yield the open facts on which most depends, in plain words, each once."""
    waited = [fact for fact in asked.facts if fact.holds and not fact.is_measured]
    phrases = [phrase_of(need) for fact in waited for need in fact.needs[:1]]
    yield from list(dict.fromkeys(phrases))[:MOST_TESTS]


def _text(found: Sequence[str], parts: Sequence[Part], tests: Sequence[str]) -> str:
    """Return the whole letter."""
    blocks = [OPENING, "What was found", "\n".join(found) or "The record says very little."]
    blocks.append("What can be done")
    blocks += [f"{part.title}\n\n{part.text}" for part in parts]
    if tests:
        told = "These could change what fits you:" + _items(tests)
        blocks += ["What is not yet known", told]
    questions = [*ALWAYS_ASKED, *(part.ask for part in parts if part.standing != "not now")]
    blocks += ["What you can ask", "\n".join(f"- {one}" for one in questions if one), CLOSING]
    return "\n\n".join(blocks) + "\n"
