"""Write the generated parts of the pages: tables, the schema, the help of every command.

    python docs/generate.py            writes
    python docs/generate.py --check    only says whether anything is out of date (exit 1)

A generated part stands between `<!-- NAME -->` and `<!-- end of NAME -->`.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

DOCS = Path(__file__).resolve().parent
PROGRAM = Path(sys.executable).parent / "liverboard"


def case_tables() -> Mapping[str, str]:
    """Return the tables of the page on case folders."""
    from liverboard.case.reference import keys_table, names_table

    return {"keys": keys_table(), "names": names_table()}


def command_help() -> Mapping[str, str]:
    """Return the help text of every command."""
    from typer.main import get_command

    from liverboard.cli.app import app

    names = sorted(get_command(app).commands)  # type: ignore[attr-defined]
    blocks = [f"## {name}\n\n```text\n{_help(name)}\n```" for name in names]
    return {"commands": "\n\n".join(blocks)}


def _help(name: str) -> str:
    """Return what `liverboard NAME --help` prints at 100 columns."""
    done = subprocess.run(
        [str(PROGRAM), *name.split(), "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={"COLUMNS": "100", "TERM": "dumb", "PATH": "", "NO_COLOR": "1"},
    )
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


PAGES: Mapping[str, Callable[[], Mapping[str, str]]] = {
    "case.md": case_tables,
    "commands.md": command_help,
}


def filled(text: str, parts: Mapping[str, str]) -> str:
    """Return a page with its generated parts replaced; ValueError where a mark is missing."""
    for name, content in parts.items():
        start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        if text.count(start) != 1 or text.count(end) != 1:
            raise ValueError(f"the page needs {start} and {end} once")
        before, rest = text.split(start)
        after = rest.split(end)[1]
        text = f"{before}{start}\n{content.strip()}\n{end}{after}"
    return text


def outdated() -> dict[Path, str]:
    """Return the files whose generated parts have changed, with what they should hold."""
    found = {}
    for page, make in PAGES.items():
        path = DOCS / page
        old = path.read_text("utf-8")
        new = filled(old, make())
        if new != old:
            found[path] = new
    return found | _schema()


def _schema() -> dict[Path, str]:
    """Return the published schema where it is out of date."""
    from liverboard.report.schema import schema_text

    path = DOCS / "plan-1.schema.json"
    text = schema_text()
    is_current = path.is_file() and path.read_text("utf-8") == text
    return {} if is_current else {path: text}


def main() -> int:
    """Write what is out of date, or only name it."""
    found = outdated()
    for path, text in found.items():
        print(f"out of date: {path.name}")
        if "--check" not in sys.argv:
            path.write_text(text, "utf-8")
    return int(bool(found) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
