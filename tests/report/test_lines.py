"""What the terminal prints, how numbers are written, charts, and the published schema."""

import json

import pytest

from liverboard.board.model import BoardRecord, EstimateRecord, UnknownRecord
from liverboard.errors import RequestError
from liverboard.report.chart import bar_chart, curve_chart, grid_table
from liverboard.report.read import read_record
from liverboard.report.schema import plan_schema, schema_text
from liverboard.report.table import option_row
from liverboard.report.terminal import board_lines, explain_lines
from liverboard.report.wording import number_text, quantity_text
from liverboard.report.write import plan_json, write_report


def test_board_lines_hold_every_option_with_its_status(record):
    lines = board_lines(record)
    for option in record.options:
        (line,) = [one for one in lines if f" {option.id.split('/')[1]} " in f"{one} "]
        assert option.status in line
    assert record.notice in lines


def test_explain_draws_the_whole_tree(record):
    option = record.options[0]
    lines = explain_lines(record, option.id)
    assert lines[0].startswith(option.id)
    text = "\n".join(lines)
    for argument in option.arguments:
        assert argument.criterion in text

    def leaves(trace):
        yield trace
        for child in trace.children:
            yield from leaves(child)

    signs = {"yes": "✓", "no": "✗", "unknown": "?"}
    for argument in option.arguments:
        for node in leaves(argument.trace):
            assert f" {signs[node.verdict]} " in text
            assert node.text in text
    assert "obtain by" in text
    assert "[verified]" in text


def test_explain_of_an_unknown_option_names_those_that_exist(record):
    with pytest.raises(RequestError, match="resection/nothing"):
        explain_lines(record, "resection/nothing")


def test_lines_without_images_show_question_marks_not_zeros(bare_board):
    from liverboard.report.write import record_of

    bare = record_of(bare_board)
    assert bare.options
    assert all(option.plan is None for option in bare.options)
    lines = board_lines(bare)
    assert sum("no plan" in line for line in lines) == len(bare.options)
    assert not any(" ml" in line or " mm" in line for line in lines)


def test_written_record_reads_back_and_says_where_it_is_wrong(record, tmp_path):
    (tmp_path / "plan.json").write_bytes(plan_json(record))
    assert read_record(tmp_path) == record
    (tmp_path / "plan.json").write_text('{"schema": "other"}')
    with pytest.raises(RequestError, match="not a record"):
        read_record(tmp_path)
    with pytest.raises(RequestError, match="cannot be read"):
        read_record(tmp_path / "nowhere")


def test_schema_names_every_part_of_the_record(record):
    schema = plan_schema()
    content = json.loads(plan_json(record))
    assert set(content) == set(schema["properties"])
    assert set(schema["required"]) <= set(content)
    assert schema["additionalProperties"] is False
    assert BoardRecord.model_validate(content) == record
    assert json.loads(schema_text()) == schema
    _holds(content, schema, schema["$defs"])


def _holds(value, schema, names):
    """Check a value against the parts of JSON Schema that the record uses."""
    if "$ref" in schema:
        schema = names[schema["$ref"].rsplit("/", 1)[1]]
    for choices in (schema.get("anyOf"), schema.get("oneOf")):
        if choices:
            assert any(_fits(value, one, names) for one in choices), (value, choices)
            return
    kinds = {
        "object": dict,
        "array": list,
        "string": str,
        "number": (int, float),
        "integer": int,
        "boolean": bool,
        "null": type(None),
    }
    if "type" in schema:
        assert isinstance(value, kinds[schema["type"]]), (value, schema)
    assert value in schema.get("enum", [value])
    assert value == schema.get("const", value)
    if isinstance(value, dict):
        known = schema.get("properties", {})
        more = schema.get("additionalProperties", True)
        assert set(schema.get("required", ())) <= set(value)
        for key, item in value.items():
            assert key in known or more is not False, key
            inner = known.get(key, more)
            if isinstance(inner, dict):
                _holds(item, inner, names)
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for item in value:
            _holds(item, schema["items"], names)


def _fits(value, schema, names):
    try:
        _holds(value, schema, names)
    except AssertionError:
        return False
    return True


def test_files_are_written_and_the_same_each_time(board, tmp_path):
    first, second = (write_report(board, tmp_path / name) for name in ("a", "b"))
    for path in (first.plan, first.report, *first.layers):
        twin = tmp_path / "b" / path.relative_to(tmp_path / "a")
        assert path.read_bytes() == twin.read_bytes()
    assert second.report.is_file()
    assert (tmp_path / "a" / "run.json").is_file()
    assert len(first.layers) == len(set(first.layers))


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.04, "mm", "0.0"),
        (-0.04, "mm", "0.0"),
        (-3.0, "mm", "−3"),
        (1504.6, "ml", "1505"),
        (0.75, "percent", "0.75"),
        (4.1, "day", "4.1"),
        (9.996, "ml", "10"),
        (float("nan"), "mm", "?"),
        (12.0, "1", "12"),
    ],
)
def test_numbers_are_written_with_the_digits_they_need(value, unit, text):
    assert number_text(value, unit) == text


def test_an_unknown_is_never_written_as_a_number():
    assert quantity_text(UnknownRecord(reason="not recorded")) == "? not recorded"
    known = EstimateRecord(value=12.3, low=11, high=14, unit="ml", sources=("a",))
    assert quantity_text(known) == "12 ml (11 to 14)"


def test_row_of_an_option_without_plan_is_unknown_in_every_figure(record):
    bare = record.options[0].model_copy(update={"plan": None})
    row = option_row(bare, 3)
    figures = (row.functional_ml, row.smallest_margin_mm, row.removed_ml, row.nights, row.sessions)
    assert all(isinstance(figure, UnknownRecord) for figure in figures)
    assert row.covered == 0


def test_charts_keep_numbers_in_order():
    bars = bar_chart(
        {
            "edges": [0.0, 1.0, 2.0],
            "heights": [1.0, 3.0],
            "unit": "mm",
            "height_unit": "cm2",
            "references": [{"x": 1.0, "label": "limit"}],
            "note": "",
        }
    )
    assert bars.bars[0].x < bars.lines[0].at <= bars.bars[1].x + 1
    assert bars.bars[1].height == pytest.approx(3 * bars.bars[0].height, rel=1e-3)
    curve = {"name": "a", "x": [0, 1, 2], "y": [0, None, 2], "low": [], "high": []}
    content = {"curves": [curve], "references": [], "x_label": "", "y_label": "", "note": ""}
    drawn = curve_chart(content).curves[0].path
    assert drawn.count("M") == 2  # never drawn across what is unknown
    cells = {"columns": ["a", "b"], "rows": [["x", None], ["y", 2.5]], "note": "", "sources": []}
    table = grid_table(cells)
    assert table.is_numeric == (False, True)
    assert table.rows[0][1].is_unknown
