"""The JSON Schema of `plan.json`, for programs that read it.

python -m liverboard.report.schema docs/plan-1.schema.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from liverboard.board.model import SCHEMA, BoardRecord

__all__ = ["plan_schema", "schema_text"]


def plan_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a written `plan.json`."""
    schema = BoardRecord.model_json_schema(by_alias=True, mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        **schema,
        "title": "The record of a board",
    }


def schema_text() -> str:
    """Return the schema as it is published."""
    return json.dumps(plan_schema(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(schema_text(), encoding="utf-8")
