"""The page: whole in one file, the same bytes, honest about what is unknown, safe to open."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from liverboard.board.model import EstimateRecord, NoPlanRecord
from liverboard.report.page import anchors, css_text, report_page
from liverboard.report.room import RULED_OUT, rooms_of
from liverboard.report.write import record_of

VOID = {"meta", "br", "img", "input", "col", "link", "hr"}
LOADS = ("src", "srcset", "data", "poster", "action", "background")
HOSTILE = '<script>alert("x")</script><img src=http://evil.example/a onerror=alert(1)>'


class Reader(HTMLParser):
    """Collects tags, ids and text, and checks that every tag is closed where it should be."""

    def __init__(self):
        super().__init__()
        self.tags, self.ids, self.links, self.open, self.words = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append((tag, found))
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a" and found.get("href", "").startswith("#"):
            self.links.append(found["href"][1:])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.words))


def read(page):
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


@pytest.fixture(scope="module")
def found(page):
    return read(page)


def test_page_is_well_formed_and_every_link_inside_it_leads_somewhere(found):
    assert found.open == []
    assert len(found.ids) == len(set(found.ids))
    assert set(found.links) <= set(found.ids)


def test_page_loads_nothing(page, found):
    for tag, given in found.tags:
        assert tag not in ("script", "iframe", "object", "embed", "link", "base", "form")
        assert not any(name.startswith("on") for name in given)
        for name in LOADS:
            assert name not in given, (tag, given)
        if tag in ("image", "use"):
            assert given["href"].startswith(("data:image/", "#"))
    style = page.split("<style>")[1].split("</style>")[0]
    assert "@import" not in style
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", style))


def test_page_is_the_same_bytes_for_the_same_board(board, record, page):
    assert report_page(record, board) == page
    assert report_page(record_of(board), board) == page


def test_page_is_small_enough_to_be_sent(page):
    assert len(page.encode()) < 6_000_000


def test_page_prints_on_a4(page):
    assert re.search(r"@page\s*{[^}]*size:\s*A4", page)
    assert "break-inside: avoid" in page


def test_page_says_research_use_and_where_it_comes_from(found, record):
    assert record.notice in found.text
    assert record.provenance.evidence_hash in found.text


def test_every_unknown_fact_is_grey_with_a_question_mark_and_never_a_value(page, record):
    chips = re.findall(r'<li class="chip([^"]*)"[^>]*>(.*?)</li>', page, re.S)
    by_label = {}
    for kind, inside in chips:
        label = re.search(r'chip-name">(.*?)</span>', inside).group(1)
        by_label[label] = (kind.strip(), re.search(r"<b>(.*?)</b>", inside).group(1))
    unknown = [f for f in record.case.facts if f.unknown is not None and not f.lesion]
    assert len(unknown) > 30
    for fact in unknown:
        assert by_label[fact.label.replace("'", "&#39;")] == ("chip-unknown", "?")
    known = [f for f in record.case.facts if f.unknown is None and not f.lesion]
    assert {kind for label, (kind, _) in by_label.items() if label == known[0].label} == {""}


def test_every_source_stands_in_the_bibliography_with_its_mark(page, record):
    entries = re.findall(r'<li id="source-\d+".*?</li>', page, re.S)
    assert len(entries) == len(record.sources)
    for name, source in record.sources.items():
        (entry,) = [e for e in entries if f"<code>{name}</code>" in e]
        assert f'<span class="mark mark-{source.mark}">{source.mark}</span>' in entry


def test_every_citation_of_an_argument_is_listed(record):
    cited = {c.ref for o in record.options for a in o.arguments for c in a.sources}
    assert cited
    assert cited <= set(record.sources)
    assert {c.ref for c in record.liver.remnant_needed.sources} <= set(record.sources)


def test_every_argument_is_shared_by_all_options_or_stands_with_its_own(record):
    for room in rooms_of(record, anchors):
        for row in room.rows:
            option = next(o for o in record.options if o.id == row.id)
            shown = [*room.shared, *room.own[row.id]]
            assert sorted(a.criterion for a in shown) == sorted(
                a.criterion for a in option.arguments
            )
            assert all(a in option.arguments for a in shown)


def test_options_ruled_out_are_folded_with_their_names_in_sight(record, page):
    (room,) = rooms_of(record, anchors)
    groups = (room.leading, room.dominated, room.ruled_out)
    assert sorted(r.id for g in groups for r in g) == sorted(r.id for r in room.rows)
    assert all(row.status in RULED_OUT for row in room.ruled_out)
    assert all(page.count(f'id="{anchors([r.id])[r.id]}"') == 1 for r in room.rows)


def test_remnant_stands_beside_the_percent_that_the_liver_needs(record, found):
    needed = record.liver.remnant_needed
    row = rooms_of(record, anchors)[0].leading[0]
    assert isinstance(row.functional_percent, EstimateRecord)
    marks = [given for tag, given in found.tags if given.get("class") == "gauge-mark"]
    assert marks
    assert marks[0]["d"] == f"M{needed.low_percent} -2V8"


def test_hostile_text_in_the_record_stays_text(record):
    argument = record.options[0].arguments[0].model_copy(update={"text": HOSTILE})
    option = record.options[0].model_copy(
        update={"title": HOSTILE, "arguments": (argument,), "targets": (HOSTILE,)}
    )
    case = record.case.model_copy(update={"id": f'{HOSTILE}"}}</style>', "remarks": (HOSTILE,)})
    source = next(iter(record.sources.values())).model_copy(
        update={"title": HOSTILE, "url": "javascript:alert(1)"}
    )
    hostile = record.model_copy(
        update={"options": (option,), "case": case, "sources": {HOSTILE: source}}
    )
    reader = read(report_page(hostile))
    tags = {tag for tag, _ in reader.tags}
    assert "script" not in tags
    assert "img" not in tags
    assert all(not given.get("href", "").startswith("javascript") for tag, given in reader.tags)
    assert HOSTILE in "".join(reader.words)


def test_css_text_cannot_leave_its_string():
    assert not re.search(r'["}<]', css_text('"; } </style><script>'))


def test_page_without_images_argues_on_the_record_alone(bare_board):
    record = record_of(bare_board)
    page = report_page(record, bare_board)
    reader = read(page)
    assert "No images: nothing could be measured or drawn" in reader.text
    assert reader.open == []
    assert set(reader.links) <= set(reader.ids)
    assert "data:image/" not in page
    assert "no images" in reader.text


def test_page_without_lesions_still_shows_the_liver(board, record):
    none = record.model_copy(update={"lesions": ()})
    layers = tuple(layer for layer in board.layers if layer.role != "lesion")
    page = report_page(none, replace(board, layers=layers))
    assert read(page).open == []
    assert 'id="anatomy"' in page
    assert 'id="lesions"' not in page


def test_page_of_a_record_alone_has_no_pictures_but_all_options(record):
    page = report_page(record)
    assert "data:image/webp" not in page
    reader = read(page)
    assert all(option.title in reader.text for option in record.options)


def test_failed_option_shows_its_error(record):
    broken = record.options[0].model_copy(
        update={
            "status": "failed",
            "plan": None,
            "dominated_by": (),
            "no_plan": NoPlanRecord(cause="failed", reason="ValueError: a made fault"),
        }
    )
    page = report_page(record.model_copy(update={"options": (broken,)}))
    assert "No plan (failed)" in page
    assert "ValueError: a made fault" in page


def test_anchors_differ_even_where_names_read_alike():
    found = anchors(["a/b", "a-b", "A B", "options", "%%"])
    assert len(set(found.values())) == 5
    assert found["options"] != "options"
