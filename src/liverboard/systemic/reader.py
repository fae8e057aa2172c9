"""Reading drugs, dose rules, timing and regimens from `data/`: strict, with file and line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from liverboard.errors import EvidenceError, RequestError
from liverboard.evidence.criterion import Node
from liverboard.evidence.judgement import Citation
from liverboard.evidence.loader import load_evidence
from liverboard.evidence.parameter import RANK, strongest
from liverboard.evidence.schema import validated
from liverboard.evidence.strict_yaml import Path, YamlDocument, read_document
from liverboard.evidence.tree_yaml import TreeReader
from liverboard.systemic.regimen import (
    EMETOGENIC,
    Biomarker,
    Courses,
    Dose,
    DoseRule,
    Drug,
    Harm,
    Outcome,
    PrimaryPage,
    Regimen,
    Span,
)
from liverboard.systemic.schema import (
    DoseEntry,
    DrugFile,
    HarmEntry,
    OutcomeEntry,
    RegimenEntry,
    RegimenFile,
    RuleFile,
    SourceEntry,
    SpanEntry,
    TimingFile,
)
from liverboard.units import is_unit
from liverboard.values import Estimate

__all__ = ["dose_rules", "drugs", "page_of", "pages", "read_page", "span", "spans"]

UNIT_OF = {
    "response": "percent",
    "progression_free": "month",
    "survival": "month",
    "survival_5y": "percent",
}
"""In which unit each kind of result is given."""


def _document(path: str) -> YamlDocument:
    folder = resources.files("liverboard.systemic") / "data"
    return read_document(folder.joinpath(path).read_text("utf-8"), path)


@dataclass(frozen=True, slots=True)
class _Page:
    """One document while it is read."""

    document: YamlDocument
    checked: str

    def citations(self, entries: Iterable[SourceEntry], path: Path) -> tuple[Citation, ...]:
        """Return citations; a source that is not in the bibliography or is oversold is refused."""
        known = load_evidence().sources
        found = []
        for entry in entries:
            source = known.get(entry.ref)
            if source is None:
                raise self.document.error(f"no source is called {entry.ref!r}", path)
            if RANK.index(entry.mark) < RANK.index(source.mark):
                what = f"{entry.ref} is cited as {entry.mark} but its source is {source.mark}"
                raise self.document.error(what, path)
            found.append(Citation(entry.ref, entry.at, entry.mark, self.checked))
        return tuple(found)

    def tree(self, content: Any, path: Path) -> Node:
        """Return the condition that `content` describes."""
        return TreeReader(self.document, load_evidence().parameters).read(content, path)


@cache
def drugs() -> Mapping[str, Drug]:
    """Return every drug by id, in the order of `drugs.yaml`."""
    document = _document("drugs.yaml")
    file = validated(DrugFile, document)
    page = _Page(document, file.checked)
    found = {}
    for name, entry in file.drugs.items():
        fields = entry.model_dump(exclude={"sources", "classes", "tablets"})
        cited = page.citations(entry.sources, ("drugs", name, "sources"))
        classes, tablets = tuple(entry.classes), tuple(sorted(entry.tablets))
        found[name] = Drug(id=name, classes=classes, tablets=tablets, citations=cited, **fields)
    return MappingProxyType(found)


@cache
def dose_rules() -> tuple[DoseRule, ...]:
    """Return every dose rule, in the order of `rules.yaml`."""
    document = _document("rules.yaml")
    file = validated(RuleFile, document)
    page = _Page(document, file.checked)
    found = []
    for name, entry in file.rules.items():
        path = ("rules", name)
        for drug in entry.drugs:
            if drug not in drugs():
                raise document.error(f"no drug is called {drug!r}", (*path, "drugs"))
        if entry.factor is not None and not 0 < entry.factor <= 1:
            raise document.error("a factor is above 0 and at most 1", (*path, "factor"))
        found.append(
            DoseRule(
                name,
                entry.text,
                tuple(entry.drugs),
                entry.axis,
                page.tree(entry.when, (*path, "when")),
                entry.factor,
                {float(amount): reduced for amount, reduced in entry.to.items()},
                entry.omit,
                page.citations(entry.sources, (*path, "sources")),
            )
        )
    return tuple(found)


@cache
def spans() -> Mapping[str, Span]:
    """Return the cited spans of `timing.yaml` by name."""
    document = _document("timing.yaml")
    file = validated(TimingFile, document)
    page = _Page(document, file.checked)
    return MappingProxyType(
        {name: _span(page, entry, ("spans", name)) for name, entry in file.spans.items()}
    )


def span(name: str) -> Span:
    """Return the span called `name`; KeyError where there is none."""
    return spans()[name]


def _span(page: _Page, entry: SpanEntry, path: Path) -> Span:
    if not is_unit(entry.unit):
        raise page.document.error(f"{entry.unit!r} is no unit", (*path, "unit"))
    cited = page.citations(entry.sources, (*path, "sources"))
    number = _estimate(entry.value, entry.low, entry.high, unit=entry.unit, citations=cited)
    return Span(entry.title, number, cited)


def _estimate(
    value: float,
    low: float | None,
    high: float | None,
    *,
    unit: str,
    citations: Sequence[Citation],
) -> Estimate:
    """Return a published number; without an interval of its own it stands alone."""
    return Estimate(
        value,
        value if low is None else low,
        value if high is None else high,
        unit,
        tuple(dict.fromkeys(citation.ref for citation in citations)),
        strongest(citation.mark for citation in citations),
    )


def pages() -> tuple[str, ...]:
    """Return the primaries that have a page of regimens, sorted."""
    folder = resources.files("liverboard.systemic") / "data" / "regimens"
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


@cache
def page_of(primary: str) -> PrimaryPage:
    """Return what is known of drugs for `primary`; RequestError where there is no page."""
    if primary not in pages():
        raise RequestError(f"there are no regimens for {primary!r}", where="regimens")
    return read_page(_document(f"regimens/{primary}.yaml"))


def read_page(document: YamlDocument) -> PrimaryPage:
    """Return the page in `document`; EvidenceError names file, line and key of a mistake."""
    file = validated(RegimenFile, document)
    page = _Page(document, file.checked)
    found: dict[str, Regimen] = {}
    for name, entry in file.regimens.items():
        found[name] = _regimen(page, name, entry, primary=file.primary, before=found)
    return PrimaryPage(
        file.primary,
        file.standard,
        page.citations(file.standard_sources, ("standard_sources",)),
        tuple(Biomarker(one.fact or "", one.test, one.decides) for one in file.biomarkers),
        file.liver_directed.accepted,
        file.liver_directed.says,
        page.citations(file.liver_directed.sources, ("liver_directed", "sources")),
        MappingProxyType(found),
    )


def _regimen(
    page: _Page, name: str, entry: RegimenEntry, *, primary: str, before: Mapping[str, Regimen]
) -> Regimen:
    path: Path = ("regimens", name)
    cited = page.citations(entry.sources, (*path, "sources"))
    own = tuple(
        _dose(page, dose, (*path, "doses", index), cited) for index, dose in enumerate(entry.doses)
    )
    if entry.partner and entry.partner not in before:
        raise page.document.error(f"no regimen above is called {entry.partner!r}", path)
    partner = before[entry.partner] if entry.partner else None
    doses = (*own, *partner.doses) if partner else own
    classes = {group for dose in doses for group in (dose.drug.id, *dose.drug.classes)}
    worst = max((dose.drug.emetogenic for dose in doses), key=EMETOGENIC.index, default="minimal")
    courses: dict[str, Courses] = {
        intent: Courses(
            one.before, one.after, page.citations(one.sources, (*path, "intents", intent))
        )
        for intent, one in entry.intents.items()
    }
    return Regimen(
        id=name,
        title=entry.title,
        room=entry.room,
        primary=primary,
        partner=entry.partner,
        tags=frozenset({*entry.tags, *classes, name, primary, entry.room}),
        intents=MappingProxyType(courses),
        cycle_days=entry.cycle_days,
        doses=doses,
        emetogenic=entry.emetogenic or worst,
        citations=cited,
        harms=(*(_harm(page, one, (*path, "harms")) for one in entry.harms), *_alone(partner)),
        any_severe=_harm(page, entry.any_severe_percent, path)
        if entry.any_severe_percent
        else None,
        outcomes=tuple(
            _outcome(page, one, (*path, "outcomes", index))
            for index, one in enumerate(entry.outcomes)
        ),
        cautions=tuple(entry.cautions),
    )


def _alone(partner: Regimen | None) -> Iterator[Harm]:
    """Yield the harms of a partner by itself; those told of a combination stay with it."""
    if partner is not None:
        for one in partner.harms:
            if "(" not in one.what:
                yield replace(one, what=f"{one.what} ({partner.title} alone)")


def _dose(page: _Page, entry: DoseEntry, path: Path, whole: tuple[Citation, ...]) -> Dose:
    drug = drugs().get(entry.drug)
    if drug is None:
        raise page.document.error(f"no drug is called {entry.drug!r}", path)
    fields = entry.model_dump(exclude={"drug", "days", "sources", "bands"})
    cited = page.citations(entry.sources, path) if entry.sources else whole
    bands = tuple(sorted(entry.bands))
    if bands and (entry.per != "m2" or bands[0][0] != 0.0):
        raise page.document.error("bands start at 0 and stand for a dose per m2", path)
    days = tuple(sorted(entry.days))
    return Dose(drug=drug, days=days, bands=bands, citations=cited, **fields)


def _harm(page: _Page, entry: HarmEntry, path: Path) -> Harm:
    [cited] = page.citations([entry.source], path)
    number = _estimate(entry.percent, None, None, unit="percent", citations=(cited,))
    return Harm(entry.what, number, cited)


def _outcome(page: _Page, entry: OutcomeEntry, path: Path) -> Outcome:
    [cited] = page.citations([entry.source], path)
    try:
        number = _estimate(
            entry.value, entry.low, entry.high, unit=UNIT_OF[entry.what], citations=(cited,)
        )
    except ValueError as error:
        raise EvidenceError(str(error), where=page.document.place_of(path)) from None
    when = None if entry.when is None else page.tree(entry.when, (*path, "when"))
    return Outcome(
        entry.who,
        when,
        entry.what,
        number,
        entry.n,
        entry.control,
        entry.against,
        entry.hazard,
        entry.note,
        tuple(entry.intents),
        cited,
    )
