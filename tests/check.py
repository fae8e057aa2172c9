"""Every check of `make check`: runs them all and counts failures rather than stopping at one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATHS = ("src", "tests", "benchmarks", "examples", "docs")

CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("format", ("ruff", "format", "--check", *PATHS)),
    ("lint", ("ruff", "check", *PATHS)),
    ("types", ("mypy",)),
    ("import table", ("lint-imports",)),
    ("criteria", ("liverboard", "rules", "lint")),
    ("criteria's own tests", ("liverboard", "rules", "test")),
    ("generated pages", ("python", "docs/generate.py", "--check")),
)


def main() -> int:
    """Run every check and return how many failed."""
    folder = Path(sys.executable).parent
    failed = []
    for name, (program, *arguments) in CHECKS:
        command = [str(folder / program), *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {name}")
        if done.returncode != 0:
            failed.append(name)
            print(done.stdout[-6000:], done.stderr[-3000:], sep="\n")
    print(f"{len(failed)} of {len(CHECKS)} checks failed" if failed else "all checks passed")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
